"""Posts a callback to the bot as the platform does: time limit, retries, nothing else.

Retries follow only where no complete answer came in time (protocol-callbacks §2.6, §3.2).
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import httpx

Retry = Literal["fresh", "same"]
"""Whether a retry is signed anew or repeats the first request byte for byte; both occur."""

_LARGEST_ANSWER = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Signed:
    """A callback ready to go: query parameters and body; ``plain`` is the message inside."""

    query: Mapping[str, str]
    body: bytes
    content_type: str
    plain: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request to the bot. ``status`` is 0 where no complete answer came."""

    status: int
    seconds: float
    body: bytes = b""
    nonce: str = ""
    sent: Signed | None = None


class Bot:
    """The bot's callback server as the platform sees it.

    ``url`` may be set once the bot's port is known. ``timeout`` is in real seconds, for the whole
    answer; ``tries`` is how often a callback is sent in all.
    """

    def __init__(self, url: str, timeout: float, tries: int) -> None:
        self.url = url
        self.timeout = timeout
        self.tries = tries
        self._client = httpx.Client(
            trust_env=False,
            # Plain http on this machine: loading the system's certificates costs 0.1 s.
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            timeout=timeout,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def post(
        self,
        address: str,
        sign: Callable[[], Signed],
        retry: Retry = "fresh",
        tries: int | None = None,
    ) -> tuple[Attempt, ...]:
        """Send a callback until it is answered; the last attempt is the one that counts. Tries begin
        a time limit apart, also where the bot was not there at all (protocol-callbacks §2.6)."""
        attempts: list[Attempt] = []
        signed = sign()
        for number in range(tries or self.tries):
            if number and retry == "fresh":
                signed = sign()
            if attempts:
                time.sleep(max(0.0, self.timeout - attempts[-1].seconds))
            attempts.append(self._once("POST", address, signed))
            if attempts[-1].status:
                break
        return tuple(attempts)

    def get(self, address: str, query: Mapping[str, str]) -> Attempt:
        """The check of the callback's address."""
        return self._once("GET", address, Signed(query, b"", ""))

    def _once(self, method: str, address: str, signed: Signed) -> Attempt:
        started = time.monotonic()
        headers = {"Content-Type": signed.content_type} if signed.content_type else {}
        nonce = signed.query.get("nonce", "")
        try:
            with self._client.stream(
                method,
                self.url + address,
                params=dict(signed.query),
                content=signed.body,
                headers=headers,
                timeout=self.timeout,
            ) as response:
                body = self._read(response, started)
        except httpx.HTTPError:
            return Attempt(0, time.monotonic() - started, nonce=nonce, sent=signed)
        seconds = time.monotonic() - started
        return Attempt(response.status_code, seconds, body, nonce, signed)

    def _read(self, response: httpx.Response, started: float) -> bytes:
        # httpx limits each read; the platform limits the whole.
        body = b""
        for chunk in response.iter_bytes():
            body += chunk
            if time.monotonic() - started > self.timeout or len(body) > _LARGEST_ANSWER:
                raise httpx.ReadTimeout("the whole answer took too long")
        return body

    def close(self) -> None:
        self._client.close()


@dataclass(frozen=True, slots=True)
class Reply:
    """What the user sees after a callback: ``text``, nothing (both empty), or the notice of a fault.

    ``fault`` says in plain Chinese what was wrong with the bot's answer. A smart bot's answer may
    have ``buttons`` (label and key) on a card ``task``, and a ``feedback`` id.
    """

    text: str = ""
    fault: str = ""
    attempts: tuple[Attempt, ...] = ()
    buttons: tuple[tuple[str, str], ...] = ()
    task: str = ""
    feedback: str = ""

    @property
    def silent(self) -> bool:
        return not self.text and not self.fault


def why_no_answer(attempts: tuple[Attempt, ...]) -> str:
    """Why the last attempt has no usable answer, or '' where it has one."""
    last = attempts[-1]
    if last.status == 0:
        return f"服务器没有在时限内回答（试了 {len(attempts)} 次）"
    return "" if last.status == 200 else f"服务器回答了 HTTP {last.status}"
