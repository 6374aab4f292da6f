"""WeCom self-built app (企业微信自建应用): members' messages, always encrypted (protocol-callbacks §3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

from bot.channels.base import Incoming, RawRequest, RawResponse
from bot.channels.crypto import MessageCipher
from bot.channels.signing import Signer, read_parameters, read_stamp
from bot.channels.wecom_message import parse
from bot.channels.wire_text import cut, legible
from bot.channels.xml_envelope import XmlEnvelope, text_reply
from bot.config import WecomAccount
from bot.types import Reply

REPLY_BYTES = 2000
"""The platform cuts at 2,048 bytes; our own cut leaves room and shows (protocol-callbacks §3.5)."""

ANSWERED_EVENTS = frozenset({"subscribe", "click"})
"""``enter_agent`` comes each time the app is opened: a greeting then would be a nuisance."""

_EMPTY = RawResponse(200)
_XML = "application/xml; charset=utf-8"


class WecomChannel:
    """One app. The member's id travels in ``Incoming.context`` only."""

    def __init__(self, account: WecomAccount, pseudonym: Callable[[str], str]) -> None:
        """Raises:
        ValueError: the token is empty or the key not sound.
        """
        self.name = f"wecom:{account.account}"
        self.address = f"/callback/wecom/{account.account}"
        self._account = account
        self._pseudonym = pseudonym
        self._envelope = XmlEnvelope(
            Signer(account.token), MessageCipher(account.aes_key, account.corp_id)
        )

    def read(self, request: RawRequest, now: datetime) -> Incoming | RawResponse:
        """See ``base.Channel``. Answers by itself: the address check, and events that nobody
        waits to have answered."""
        parameters = read_parameters(request.query)
        stamp = read_stamp(parameters, now)
        if request.method != "POST":
            _, echo = self._envelope.open(parameters, stamp, parameters.get("echostr", ""))
            return RawResponse(200, echo.encode())
        signature, document = self._envelope.open_body(parameters, stamp, request.body)
        parsed = parse(document, self._account, self.name, self._pseudonym)
        if parsed is None:
            return _EMPTY
        message, member, pictures = parsed
        if message.kind == "event" and message.event not in ANSWERED_EVENTS:
            return _EMPTY
        return Incoming(
            message=message,
            signature=signature,
            fingerprint=sha256(document.encode()).hexdigest(),
            context={"member": member, "nonce": stamp.nonce},
            pictures=pictures,
            reach=member if self._account.secret and self._account.agent_id.isdecimal() else "",
        )

    def write(self, incoming: Incoming, reply: Reply, now: datetime) -> RawResponse:
        """See ``base.Channel``."""
        text = legible(reply.text or "").strip()
        if not text:
            return _EMPTY
        context, own_id = incoming.context, self._account.corp_id
        document = text_reply(context["member"], own_id, cut(text, REPLY_BYTES), now)
        return RawResponse(200, self._envelope.seal(document, context["nonce"], now).encode(), _XML)
