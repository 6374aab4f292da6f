"""A WeCom smart bot's callbacks in webhook mode: JSON inside the envelope, stream replies
(protocol-callbacks §4)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from threading import Event

from bot.clock import Clock
from bot.platform.callbacks import Attempt, Bot, Reply, Retry, Signed, why_no_answer
from bot.platform.envelope import BadEnvelope, decrypt, encrypt, signature
from bot.platform.settings import SmartBotSettings

_STREAM_BYTES = 20_480
_STREAM_SECONDS = 360.0
_RECEIVE_ID = ""


class _BadReply(Exception):
    """The JSON inside is not a reply the platform takes."""


class SmartBot:
    """``refresh_seconds`` is the real time between two refreshes of an unfinished stream;
    ``stopped`` ends the waiting."""

    def __init__(
        self,
        account: SmartBotSettings,
        bot: Bot,
        clock: Clock,
        stopped: Event,
        refresh_seconds: float = 0.5,
    ) -> None:
        self.address = f"/callback/aibot/{account.account}"
        self.name = account.name
        self._account = account
        self._bot = bot
        self._clock = clock
        self._refresh_seconds = refresh_seconds
        self._stopped = stopped

    def group(
        self,
        chat_id: str,
        user: str,
        content: str,
        quote: str = "",
        retry: Retry = "fresh",
        msg_id: str | None = None,
    ) -> Reply:
        """A member of an internal group mentions the bot; ``content`` holds the mention."""
        fields: dict[str, object] = {"chatid": chat_id, "chattype": "group"}
        return self._text(fields, user, content, quote, retry, msg_id)

    def single(
        self,
        user: str,
        content: str,
        quote: str = "",
        retry: Retry = "fresh",
        msg_id: str | None = None,
    ) -> Reply:
        """A member writes to the bot alone."""
        return self._text({"chattype": "single"}, user, content, quote, retry, msg_id)

    def enter_chat(self, user: str) -> Reply:
        """A member opens the chat with the bot for the first time today."""
        event = {
            "create_time": self._seconds(),
            "msgtype": "event",
            "event": {"eventtype": "enter_chat"},
        }
        return self.post(self._message(user) | event, plain_text_allowed=True)

    def verify(self) -> bool:
        """The console's check of the address: does the bot send the decrypted echostr back?"""
        echo = str(secrets.randbelow(10**19))
        encrypted = encrypt(self._account.aes_key, _RECEIVE_ID, echo)
        query = dict(self._sign(encrypted)) | {"echostr": encrypted}
        attempt = self._bot.get(self.address, query)
        return attempt.status == 200 and attempt.body == echo.encode()

    def _text(
        self,
        chat: dict[str, object],
        user: str,
        content: str,
        quote: str,
        retry: Retry,
        msg_id: str | None,
    ) -> Reply:
        message = self._message(user, msg_id) | chat
        # Loopback is no host a bot may answer to; it must use the HTTP answer.
        message["response_url"] = f"http://127.0.0.1/response?response_code={secrets.token_hex(8)}"
        message |= {"msgtype": "text", "text": {"content": content}}
        if quote:
            message["quote"] = {"msgtype": "text", "text": {"content": quote}}
        return self.post(message, retry)

    def post(
        self,
        message: Mapping[str, object],
        retry: Retry = "fresh",
        plain_text_allowed: bool = False,
    ) -> Reply:
        """Any callback; an unfinished stream is refreshed until it is finished."""
        attempts = self._send(message, retry)
        reply, stream = self._read(attempts, plain_text_allowed)
        for _ in range(int(_STREAM_SECONDS / self._refresh_seconds)):
            if not stream or self._stopped.wait(self._refresh_seconds):
                break
            refresh = {key: value for key, value in message.items() if key != "response_url"}
            refresh |= {"msgid": secrets.token_hex(16), "msgtype": "stream"}
            refresh |= {"stream": {"id": stream}}
            more = self._send(refresh, retry)
            attempts += more
            reply, stream = self._read(more, plain_text_allowed)
        return Reply(reply.text, reply.fault, attempts)

    def _send(self, message: Mapping[str, object], retry: Retry) -> tuple[Attempt, ...]:
        plain = json.dumps(message, ensure_ascii=False)
        return self._bot.post(self.address, lambda: self._signed(plain), retry)

    def _message(self, user: str, msg_id: str | None = None) -> dict[str, object]:
        return {
            "msgid": msg_id or f"CAIQ{secrets.token_hex(14)}",
            "aibotid": self._account.aibot_id,
            "from": {"userid": user},
        }

    def _seconds(self) -> int:
        return int(self._clock.now().timestamp())

    def _sign(self, encrypted: str) -> Mapping[str, str]:
        timestamp, nonce = str(self._seconds()), str(secrets.randbelow(10**10))
        return {
            "msg_signature": signature(self._account.token, timestamp, nonce, encrypted),
            "timestamp": timestamp,
            "nonce": nonce,
        }

    def _signed(self, plain: str) -> Signed:
        encrypted = encrypt(self._account.aes_key, _RECEIVE_ID, plain)
        body = json.dumps({"encrypt": encrypted}).encode()
        return Signed(self._sign(encrypted), body, "application/json")

    def _read(self, attempts: tuple[Attempt, ...], plain_text_allowed: bool) -> tuple[Reply, str]:
        """The reply, and the id of a stream that goes on ('' where it is finished)."""
        fault = why_no_answer(attempts)
        if fault:
            return Reply(fault=fault), ""
        last = attempts[-1]
        if not last.body:
            return Reply(), ""
        try:
            text, stream = _shown(self._open(last), plain_text_allowed)
        except (BadEnvelope, _BadReply) as error:
            return Reply(fault=f"回复用不了：{error}"), ""
        return Reply(text=text), stream

    def _open(self, attempt: Attempt) -> Mapping[str, object]:
        envelope = _json(attempt.body)
        encrypted, given = envelope.get("encrypt"), envelope.get("msgsignature")
        timestamp, nonce = envelope.get("timestamp"), envelope.get("nonce")
        if not isinstance(encrypted, str) or not isinstance(given, str):
            raise _BadReply("缺少 encrypt 或 msgsignature")
        if not isinstance(timestamp, int) or isinstance(timestamp, bool):
            raise _BadReply("timestamp 不是整数")
        if nonce != attempt.nonce:
            raise _BadReply("nonce 不是请求里的那个")
        if given != signature(self._account.token, str(timestamp), attempt.nonce, encrypted):
            raise BadEnvelope("签名不对")
        return _json(decrypt(self._account.aes_key, _RECEIVE_ID, encrypted).encode())


def _json(body: bytes) -> Mapping[str, object]:
    try:
        fields = json.loads(body)
    except ValueError as error:
        raise _BadReply("不是 JSON") from error
    if not isinstance(fields, dict):
        raise _BadReply("不是 JSON 对象")
    return fields


def _shown(reply: Mapping[str, object], plain_text_allowed: bool) -> tuple[str, str]:
    kind = reply.get("msgtype")
    if not reply:
        return "", ""
    if kind == "text" and plain_text_allowed:
        text = reply.get("text")
        return str(text.get("content", "")) if isinstance(text, dict) else "", ""
    if kind == "template_card":
        return _card(reply.get("template_card")), ""
    if kind not in ("stream", "stream_with_template_card"):
        raise _BadReply(f"msgtype {kind} 这里不能用")
    stream = reply.get("stream")
    if not isinstance(stream, dict) or not stream.get("id"):
        raise _BadReply("缺少 stream.id")
    content = stream.get("content", "")
    if not isinstance(content, str) or len(content.encode()) > _STREAM_BYTES:
        raise _BadReply(f"stream.content 超过 {_STREAM_BYTES} 字节")
    if not content and stream.get("finish") is True:
        raise _BadReply("stream.content 是空的")
    return content, "" if stream.get("finish") is True else str(stream["id"])


def _card(card: object) -> str:
    title = card.get("main_title") if isinstance(card, dict) else None
    if not isinstance(title, dict):
        raise _BadReply("template_card 没有标题")
    return "\n".join(str(title[name]) for name in ("title", "desc") if title.get(name))
