"""Signed JSON to another system, signed as that of the gateway in (design §5, §6).

Body ``{"id", "group", "title", "text"}``; ``id`` stays the same when a delivery is sent again.
An answer 2xx ``{"ok": true}`` is success, ``{"ok": false}`` a refusal.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from bot.clock import Clock
from bot.senders import layout
from bot.senders.base import Pace, Rendered, Warning_
from bot.senders.fingerprint import fingerprint
from bot.senders.http import BAD_ADDRESS, Http, Reply, json_bytes, misconfigured, unclear
from bot.senders.signature import signed
from bot.types import Outcome, Outgoing

log = logging.getLogger("bot.senders")

TEXT_BYTES = 4096
"""Ours, so that whoever receives it can rely on it; the other side sets none."""
WAIT_SECONDS = 60.0
LONGEST_WAIT = 3600.0

_REFUSALS: Mapping[int, str] = {
    401: "对方不认我们的签名。请管理员和对方核对 secret，并检查本机的时间。",
    403: "对方不认我们的签名。请管理员和对方核对 secret，并检查本机的时间。",
    404: "对方没有这个地址。请管理员和对方核对 url。",
    413: "对方嫌内容太长。请改短文字再发。",
}
_REFUSED = "对方拒收（HTTP {status}），没有发出去。请管理员联系对方系统的负责人。"
_NO = "对方明确说不收，没有发出去。请管理员联系对方系统的负责人。"
_TOO_FAST = "对方说发得太快，没有收下。稍后会再试。"


class WebhookSender:
    """``webhook {url, secret}``. ``nonce`` gives a fresh random text at each call."""

    type = "webhook"
    pace: Pace | None = None

    def __init__(self, http: Http, clock: Clock, nonce: Callable[[], str]) -> None:
        self._http = http
        self._clock = clock
        self._nonce = nonce

    def missing(self, target: Mapping[str, object]) -> str:
        if not target.get("url"):
            return "这个群没有填 webhook 的 url"
        return "" if target.get("secret") else "这个群没有填 webhook 的 secret"

    def pace_key(self, target: Mapping[str, object]) -> str:
        return f"{self.type} {fingerprint(str(target.get('url', '')))}"

    def render(self, warning: Warning_) -> Rendered:
        return layout.plain_text(warning, TEXT_BYTES)

    def send(self, outgoing: Outgoing) -> Outcome:
        lacking = self.missing(outgoing.target)
        if lacking:
            return misconfigured(lacking)
        url = str(outgoing.target["url"])
        if not _usable(url):
            return Outcome("refused", "address", BAD_ADDRESS)
        body = json_bytes(
            {
                "id": outgoing.idempotency_key,
                "group": outgoing.group,
                "title": outgoing.title,
                "text": outgoing.text,
            }
        )
        headers = signed(str(outgoing.target["secret"]), body, self._clock.now(), self._nonce())
        reply = self._http.post(url, body, headers=headers)
        return reply if isinstance(reply, Outcome) else _read(reply)

    def follow_up(self, outgoing: Outgoing, reference: str) -> Outcome | None:
        return None


def _usable(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _read(reply: Reply) -> Outcome:
    fields = reply.document if isinstance(reply.document, dict) else {}
    if 200 <= reply.status < 300:
        if fields.get("ok") is True:
            return Outcome("sent")
        if fields.get("ok") is False:
            return Outcome("refused", "ok false", _NO)
    if reply.status == 429:
        seconds = min(reply.retry_after or WAIT_SECONDS, LONGEST_WAIT)
        return Outcome("later", "http 429", _TOO_FAST, retry_after=seconds)
    if 400 <= reply.status < 500 and reply.status != 408:
        detail = _REFUSALS.get(reply.status, _REFUSED.format(status=reply.status))
        log.warning("webhook: refused with HTTP %d", reply.status)
        return Outcome("refused", f"http {reply.status}", detail)
    log.warning("webhook: unclear answer, HTTP %d", reply.status)
    return unclear(f"http {reply.status}")
