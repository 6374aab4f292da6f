"""Customer-service messages of an official account, within their windows (protocol-push §4.3, §7.7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from bot.clock import Clock
from bot.platform.answers import Refusal
from bot.platform.ledger import Ledger

_TEXT_BYTES = 2048


@dataclass(slots=True)
class _Window:
    ends_at: datetime
    left: int


class CustomerService:
    """Who may be written to until when, and how often."""

    def __init__(self, clock: Clock, ledger: Ledger) -> None:
        self._clock = clock
        self._ledger = ledger
        self._windows: dict[str, _Window] = {}
        self._left: set[str] = set()
        self._lock = Lock()

    def wrote(self, openid: str) -> None:
        """A follower wrote: five messages within 48 hours."""
        self._open(openid, timedelta(hours=48), 5)

    def touched(self, openid: str) -> None:
        """A follower subscribed, scanned or pressed a menu key: three within a minute."""
        with self._lock:
            window = self._windows.get(openid)
            if window is not None and window.ends_at > self._clock.now():
                return
        self._open(openid, timedelta(minutes=1), 3)

    def leave(self, openid: str) -> None:
        """They do not follow any more."""
        with self._lock:
            self._left.add(openid)

    def follows(self, openid: str) -> bool:
        """Whether they were seen and have not left since."""
        with self._lock:
            return openid in self._windows and openid not in self._left

    def send(self, payload: Mapping[str, object]) -> None:
        """custom/send.

        Raises:
            Refusal: 40008, 44004, 45002 form; 40003 no openid; 43004 left; 45015 no window; 45047.
        """
        openid = payload.get("touser")
        if not isinstance(openid, str) or not openid:
            raise Refusal(40003)
        if payload.get("msgtype") != "text":
            raise Refusal(40008)
        fields = payload.get("text")
        text = fields.get("content") if isinstance(fields, dict) else None
        if not isinstance(text, str) or not text.strip():
            raise Refusal(44004)
        if len(text.encode()) > _TEXT_BYTES:
            raise Refusal(45002)
        with self._lock:
            if openid in self._left:
                raise Refusal(43004)
            now = self._clock.now()
            window = self._windows.get(openid)
            if window is None or window.ends_at <= now:
                raise Refusal(45015)
            if not window.left:
                raise Refusal(45047)
            window.left -= 1
            self._ledger.receive(now, openid, "service", "text", text)

    def _open(self, openid: str, length: timedelta, messages: int) -> None:
        with self._lock:
            self._left.discard(openid)
            self._windows[openid] = _Window(self._clock.now() + length, messages)
