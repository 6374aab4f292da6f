"""WeCom smart bot (智能机器人) in webhook mode: single chats, internal groups (protocol-callbacks §4)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from bot.channels.aibot_message import parse, read_object
from bot.channels.base import Incoming, RawRequest, RawResponse, Refused
from bot.channels.crypto import MessageCipher
from bot.channels.signing import Signer, Stamp, read_parameters, read_stamp
from bot.channels.wire_text import cut, legible
from bot.config import AibotAccount

REPLY_BYTES = 20_480
"""Largest content of a stream reply (protocol-callbacks §4.4)."""

_EMPTY = RawResponse(200)


class AibotChannel:
    """One smart bot. Every answer is complete at once, a stream with ``finish`` true."""

    def __init__(
        self, account: AibotAccount, pseudonym: Callable[[str], str], closing: str = "…"
    ) -> None:
        """``closing`` ends a stream the platform asks about although it was finished.

        Raises:
            ValueError: the token is empty or the key not sound.
        """
        self.name = f"aibot:{account.account}"
        self.address = f"/callback/aibot/{account.account}"
        self._bot_name = account.name
        self._pseudonym = pseudonym
        self._closing = closing
        self._signer = Signer(account.token)
        self._cipher = MessageCipher(account.aes_key, receive_id="")

    def read(self, request: RawRequest, now: datetime) -> Incoming | RawResponse:
        """See ``base.Channel``. Answers by itself: the address check, a stream's refresh, and
        events that allow or need no words."""
        parameters = read_parameters(request.query)
        stamp = read_stamp(parameters, now)
        signature = parameters.get("msg_signature", "")
        if request.method != "POST":
            return RawResponse(
                200, self._open(signature, stamp, parameters.get("echostr")).encode()
            )
        document = self._open(signature, stamp, read_object(request.body).get("encrypt"))
        body = read_object(document)
        if body.get("msgtype") == "stream":
            return self._finish_stream(body, stamp, now)
        message = parse(body, self.name, self._bot_name, self._pseudonym)
        if message.kind == "event" and message.event != "subscribe":
            return _EMPTY
        return Incoming(
            message=message,
            signature=signature,
            fingerprint=sha256(document.encode()).hexdigest(),
            context={"nonce": stamp.nonce},
        )

    def write(self, incoming: Incoming, reply: str | None, now: datetime) -> RawResponse:
        """See ``base.Channel``. A greeting is a text, anything else must be a stream (§4.4)."""
        text = legible(reply or "").strip()
        if not text:
            return _EMPTY
        text = cut(text, REPLY_BYTES)
        answer: Mapping[str, Any]
        if incoming.message.kind == "event":
            answer = {"msgtype": "text", "text": {"content": text}}
        else:
            # The same message has the same stream id, so that a repeated callback is no new bubble.
            answer = _stream(sha256(incoming.message.key.encode()).hexdigest()[:32], text)
        return self._seal(answer, incoming.context["nonce"], now)

    def _open(self, signature: str, stamp: Stamp, encrypted: object) -> str:
        if not isinstance(encrypted, str):
            raise Refused("请求里没有密文", 400)
        # A lone surrogate can stand in JSON but not be signed, and never is in base64.
        if not encrypted.isascii():
            raise Refused("密文不是 base64")
        self._signer.check(signature, stamp.timestamp, stamp.nonce, encrypted)
        return self._cipher.decrypt(encrypted)

    def _finish_stream(self, body: Mapping[str, Any], stamp: Stamp, now: datetime) -> RawResponse:
        stream = body.get("stream")
        identity = stream.get("id") if isinstance(stream, dict) else None
        if not isinstance(identity, str):
            raise Refused("流式消息没有 id", 400)
        return self._seal(_stream(identity, self._closing), stamp.nonce, now)

    def _seal(self, answer: Mapping[str, Any], nonce: str, now: datetime) -> RawResponse:
        moment = int(now.timestamp())
        # ASCII escapes keep any string, even a lone surrogate out of a stream's id, encodable.
        encrypted = self._cipher.encrypt(json.dumps(answer))
        envelope = {
            "encrypt": encrypted,
            "msgsignature": self._signer.sign(str(moment), nonce, encrypted),
            "timestamp": moment,
            "nonce": nonce,
        }
        return RawResponse(200, json.dumps(envelope).encode(), "application/json")


def _stream(identity: str, content: str) -> dict[str, Any]:
    return {"msgtype": "stream", "stream": {"id": identity, "finish": True, "content": content}}
