"""WeChat official account (公众号): plain, compatible and AES mode (protocol-callbacks §2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Protocol

from bot.channels.base import Incoming, RawRequest, RawResponse, Refused
from bot.channels.crypto import MessageCipher
from bot.channels.mp_message import Parsed, parse
from bot.channels.signing import Signer, Stamp, read_parameters, read_stamp
from bot.channels.wire_text import cut, legible
from bot.channels.xml import as_text
from bot.channels.xml_envelope import XmlEnvelope, text_reply
from bot.config import MpAccount
from bot.types import Reply

REPLY_BYTES = 2000
"""The platform cuts at 2,048 bytes; our own cut leaves room and shows (protocol-callbacks §2.5)."""

ANSWERED_EVENTS = frozenset({"subscribe", "scan", "click"})
"""Only these may get words: a LOCATION repeats by itself, of the others nobody sees the reply."""

_UNHEARD_EVENTS = frozenset({"location", "view"})
"""Nothing is to be done about these, and LOCATION may come every five seconds."""

_ECHO = re.compile(r"[0-9A-Za-z_+/=.-]{1,256}")
_SUCCESS = RawResponse(200, b"success")
_XML = "application/xml; charset=utf-8"


class Listener(Protocol):
    """Learns what a verified callback tells besides a message to answer. Told again when the
    platform tells it again."""

    def wrote(self, person: str, open_id: str, at: datetime) -> None:
        """A follower (a pseudonym, and the platform's own id) wrote something."""

    def left(self, person: str) -> None:
        """A follower left."""

    def job_ended(
        self, job: str, status: str, total: int, filtered: int, sent: int, failed: int
    ) -> None:
        """A mass send is over."""


class MpChannel:
    """One official account. The openid travels in ``Incoming.context`` only."""

    def __init__(
        self,
        account: MpAccount,
        pseudonym: Callable[[str], str],
        listener: Listener | None = None,
    ) -> None:
        """Raises:
        ValueError: the token is empty, or an encrypted mode has no sound key.
        """
        self.name = f"mp:{account.account}"
        self.address = f"/callback/mp/{account.account}"
        self._signer = Signer(account.token)
        self._pseudonym = pseudonym
        self._listener = listener
        self._sends = bool(account.app_secret)
        # In compatible mode the platform encrypts too; its plain elements are not signed.
        self._envelope = (
            None
            if account.mode == "plain"
            else XmlEnvelope(self._signer, MessageCipher(account.aes_key, account.app_id))
        )

    def read(self, request: RawRequest, now: datetime) -> Incoming | RawResponse:
        """See ``base.Channel``. Answers by itself: the address check, LOCATION and VIEW."""
        parameters = read_parameters(request.query)
        stamp = read_stamp(parameters, now)
        if request.method != "POST":
            return self._echo(parameters, stamp)
        signature, document = self._open(parameters, stamp, request.body)
        parsed = parse(document, self.name, self._pseudonym)
        if parsed.message.event in _UNHEARD_EVENTS:
            return _SUCCESS
        if self._listener is not None:
            _tell(self._listener, parsed, now)
        return Incoming(
            message=parsed.message,
            signature=signature,
            fingerprint=sha256(document.encode()).hexdigest(),
            context=_context(parsed, stamp),
            pictures=parsed.pictures,
            reach=parsed.open_id if self._sends else "",
        )

    def write(self, incoming: Incoming, reply: Reply, now: datetime) -> RawResponse:
        """See ``base.Channel``. An empty text would show as an out-of-service notice."""
        event = incoming.message.event
        text = legible(reply.text or "").strip()
        if not text or (event and event not in ANSWERED_EVENTS):
            return _SUCCESS
        context = incoming.context
        document = text_reply(context["open_id"], context["own_id"], cut(text, REPLY_BYTES), now)
        if self._envelope is not None:
            document = self._envelope.seal(document, context["nonce"], now)
        return RawResponse(200, document.encode(), _XML)

    def _echo(self, parameters: Mapping[str, str], stamp: Stamp) -> RawResponse:
        self._signer.check(parameters.get("signature", ""), stamp.timestamp, stamp.nonce)
        echo = parameters.get("echostr", "")
        if not _ECHO.fullmatch(echo):
            raise Refused("echostr 缺少或格式不对", 400)
        return RawResponse(200, echo.encode())

    def _open(self, parameters: Mapping[str, str], stamp: Stamp, body: bytes) -> tuple[str, str]:
        """The checked signature and the XML it vouches for. The query's openid is not signed and
        so not read (protocol-callbacks §7.9)."""
        kind = parameters.get("encrypt_type", "raw")
        if kind != ("raw" if self._envelope is None else "aes"):
            raise Refused("加密方式和配置的 mode 不同")
        if self._envelope is not None:
            return self._envelope.open_body(parameters, stamp, body)
        signature = parameters.get("signature", "")
        self._signer.check(signature, stamp.timestamp, stamp.nonce)
        return signature, as_text(body)


def _tell(listener: Listener, parsed: Parsed, now: datetime) -> None:
    message, job = parsed.message, parsed.job
    if message.kind != "event":
        # The platform's own time, so that a retry opens no window anew; it is signed.
        at = datetime.fromtimestamp(parsed.created_at, UTC) if parsed.created_at else now
        listener.wrote(message.sender, parsed.open_id, min(at, now))
    elif message.event == "unsubscribe":
        listener.left(message.sender)
    elif job is not None:
        listener.job_ended(job.job, job.status, job.total, job.filtered, job.sent, job.failed)


def _context(parsed: Parsed, stamp: Stamp) -> dict[str, str]:
    return {"open_id": parsed.open_id, "own_id": parsed.own_id, "nonce": stamp.nonce}
