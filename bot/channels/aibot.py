"""WeCom smart bot (智能机器人) in webhook mode: single chats, internal groups (protocol-callbacks §4)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from bot.channels.aibot_message import parse, part, read_object, string
from bot.channels.aibot_reply import card, card_update, greeting, stream
from bot.channels.base import Incoming, RawRequest, RawResponse, Refused
from bot.channels.crypto import MessageCipher
from bot.channels.signing import Signer, Stamp, read_parameters, read_stamp
from bot.channels.wire_text import legible
from bot.config import AibotAccount
from bot.types import Reply

_HEARD_EVENTS = frozenset({"subscribe", "choose", "feedback", "refresh"})
_TASK = re.compile(r"[0-9A-Za-z_@-]{1,128}")
_EMPTY = RawResponse(200)


class AibotChannel:
    """One smart bot. What takes long is answered by a stream that the platform asks about again."""

    def __init__(self, account: AibotAccount, pseudonym: Callable[[str], str]) -> None:
        """Raises:
        ValueError: the token is empty or the key not sound.
        """
        self.name = f"aibot:{account.account}"
        self.address = f"/callback/aibot/{account.account}"
        self._bot_name = account.name
        self._pseudonym = pseudonym
        self._signer = Signer(account.token)
        self._cipher = MessageCipher(account.aes_key, receive_id="")

    def read(self, request: RawRequest, now: datetime) -> Incoming | RawResponse:
        """See ``base.Channel``. Answers by itself: the address check, and events that allow or
        need no words."""
        parameters = read_parameters(request.query)
        stamp = read_stamp(parameters, now)
        signature = parameters.get("msg_signature", "")
        if request.method != "POST":
            return RawResponse(
                200, self._open(signature, stamp, parameters.get("echostr")).encode()
            )
        document = self._open(signature, stamp, read_object(request.body).get("encrypt"))
        body = read_object(document)
        parsed = parse(body, self.name, self._bot_name, self._pseudonym)
        message = parsed.message
        if message.kind == "event" and message.event not in _HEARD_EVENTS:
            return _EMPTY
        return Incoming(
            message=message,
            signature=signature,
            fingerprint=sha256(document.encode()).hexdigest(),
            context={"nonce": stamp.nonce, "user": parsed.user, "task": _task(body)},
            pictures=parsed.pictures,
            unseal=self._cipher.decrypt_media,
            asks_again=True,
            refresh=message.event == "refresh",
        )

    def write(self, incoming: Incoming, reply: Reply, now: datetime) -> RawResponse:
        """See ``base.Channel``. A greeting is a text, what was tapped changes its card, anything
        else is a stream, or a card with buttons in a single chat (§4.4)."""
        text = legible(reply.text or "").strip()
        message, context = incoming.message, incoming.context
        if not text or message.event == "feedback":
            return _EMPTY
        answer: Mapping[str, Any]
        if message.event == "choose":
            if not _TASK.fullmatch(context["task"]) or not reply.choices:
                return _EMPTY
            answer = card_update(context["task"], message.key, context["user"], text, reply.choices)
        elif message.kind == "event" and not incoming.refresh:
            answer = greeting(text)
        elif reply.choices and message.chat_type == "private" and not incoming.refresh:
            answer = card(message.key, text, reply.choices)
        else:
            answer = stream(message.key, text, not reply.unfinished, first=not incoming.refresh)
        return self._seal(answer, context["nonce"], now)

    def _open(self, signature: str, stamp: Stamp, encrypted: object) -> str:
        if not isinstance(encrypted, str):
            raise Refused("请求里没有密文", 400)
        # A lone surrogate can stand in JSON but not be signed, and never is in base64.
        if not encrypted.isascii():
            raise Refused("密文不是 base64")
        self._signer.check(signature, stamp.timestamp, stamp.nonce, encrypted)
        return self._cipher.decrypt(encrypted)

    def _seal(self, answer: Mapping[str, Any], nonce: str, now: datetime) -> RawResponse:
        moment = int(now.timestamp())
        encrypted = self._cipher.encrypt(json.dumps(answer))
        envelope = {
            "encrypt": encrypted,
            "msgsignature": self._signer.sign(str(moment), nonce, encrypted),
            "timestamp": moment,
            "nonce": nonce,
        }
        return RawResponse(200, json.dumps(envelope).encode(), "application/json")


def _task(body: Mapping[str, Any]) -> str:
    return string(part(part(body, "event"), "template_card_event"), "task_id")
