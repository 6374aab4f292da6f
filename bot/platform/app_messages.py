"""WeCom app messages to members: ``message/send`` (protocol-push §2.2, §7.4)."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Lock

from flask import Blueprint, Response, request

from bot.clock import Clock
from bot.platform.answers import Refusal, accepted, api, read_json
from bot.platform.ledger import Ledger
from bot.platform.settings import CorpSettings
from bot.platform.tokens import TokenDesk

_TEXT_BYTES = {"text": 2048, "markdown": 2048}
_MOST_USERS = 1000
_PER_MINUTE = 30
_MINUTE = timedelta(minutes=1)
_DEFAULT_INTERVAL = 1800
_LONGEST_INTERVAL = 4 * 3600
EVERYBODY = "@all"


class AppMessages:
    """``dropped`` counts per member what the platform swallowed without a word."""

    def __init__(self, corp: CorpSettings, clock: Clock, ledger: Ledger) -> None:
        self.dropped: Counter[str] = Counter()
        self._corp = corp
        self._clock = clock
        self._ledger = ledger
        self._seen: dict[str, datetime] = {}
        self._recent: defaultdict[str, deque[datetime]] = defaultdict(deque)
        self._lock = Lock()

    def send(self, payload: Mapping[str, object]) -> tuple[str, list[str]]:
        """The message's id and the ids of those who cannot be reached.

        The same content to the same people within the interval is answered as if it went out, and
        does not (what the real platform answers is not documented).

        Raises:
            Refusal: 40056, 40008, 40058, 44004, 45002, 82001, 40032, 81013.
        """
        if payload.get("agentid") != self._corp.agent_id:
            raise Refusal(40056)
        form, text = _content(payload)
        wanted = [user for user in str(payload.get("touser") or "").split("|") if user]
        if not wanted:
            raise Refusal(82001)
        if len(wanted) > _MOST_USERS:
            raise Refusal(40032)
        members = self._corp.members
        reached = members if EVERYBODY in wanted else [user for user in wanted if user in members]
        invalid = [] if EVERYBODY in wanted else [user for user in wanted if user not in members]
        if not reached:
            raise Refusal(81013)
        with self._lock:
            now = self._clock.now()
            if not self._is_duplicate(payload, now):
                for member in dict.fromkeys(reached):
                    self._deliver(member, form, text, now)
        return secrets.token_urlsafe(16), [user.lower() for user in invalid]

    def _is_duplicate(self, payload: Mapping[str, object], now: datetime) -> bool:
        if payload.get("enable_duplicate_check") != 1:
            return False
        interval = payload.get("duplicate_check_interval", _DEFAULT_INTERVAL)
        seconds = min(interval if isinstance(interval, int) else 0, _LONGEST_INTERVAL)
        form = json.dumps(payload, sort_keys=True, ensure_ascii=False)
        digest = hashlib.sha256(form.encode()).hexdigest()
        before = self._seen.get(digest)
        if before is not None and now - before < timedelta(seconds=seconds):
            return True
        self._seen[digest] = now
        return False

    def _deliver(self, member: str, form: str, text: str, now: datetime) -> None:
        recent = self._recent[member]
        while recent and now - recent[0] >= _MINUTE:
            recent.popleft()
        if len(recent) >= _PER_MINUTE:
            self.dropped[member] += 1
            return
        recent.append(now)
        self._ledger.receive(now, member, "app", form, text)


def _content(payload: Mapping[str, object]) -> tuple[str, str]:
    form = payload.get("msgtype")
    if form not in _TEXT_BYTES:
        raise Refusal(40008)
    fields = payload.get(str(form))
    text = fields.get("content") if isinstance(fields, dict) else None
    if not isinstance(text, str):
        raise Refusal(40058, f"{form}.content is not a string")
    if not text.strip():
        raise Refusal(44004)
    if len(text.encode()) > _TEXT_BYTES[str(form)]:
        raise Refusal(45002)
    return str(form), text


def blueprint(messages: AppMessages, desk: TokenDesk) -> Blueprint:
    """The address of app messages."""
    routes = api("app_messages")

    @routes.post("/cgi-bin/message/send")
    def send() -> Response:
        desk.check_corp(request.args.get("access_token", ""))
        msgid, invalid = messages.send(read_json(request.get_data(), broken=47001))
        return accepted(invaliduser="|".join(invalid), invalidparty="", invalidtag="", msgid=msgid)

    return routes
