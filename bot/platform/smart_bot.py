"""A WeCom smart bot's callbacks in webhook mode: JSON inside the envelope, stream replies
(protocol-callbacks §4)."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from threading import Event
from typing import Literal

from bot.clock import Clock
from bot.platform.callbacks import Attempt, Bot, Reply, Retry, Signed, why_no_answer
from bot.platform.envelope import BadEnvelope, decrypt, encrypt, encrypt_media, signature
from bot.platform.media import Media
from bot.platform.settings import SmartBotSettings

_STREAM_BYTES = 20_480
_STREAM_SECONDS = 360.0
_RECEIVE_ID = ""
_TASK = re.compile(r"[0-9A-Za-z_@-]{1,128}")
_MOST_BUTTONS = 6
_FEEDBACK_BYTES = 256

Takes = Literal["message", "greeting", "update"]
"""What may be answered: a message, the first entry of the day, or a tapped card."""


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
        media: Media,
        refresh_seconds: float = 0.5,
    ) -> None:
        self.address = f"/callback/aibot/{account.account}"
        self.name = account.name
        self._account = account
        self._bot = bot
        self._clock = clock
        self._media = media
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

    def picture(self, user: str, picture: bytes, retry: Retry = "fresh") -> Reply:
        """A member sends a picture to the bot alone; its address serves it encrypted."""
        message = self._message(user) | {"chattype": "single"} | self._image(picture)
        return self.post(message, retry)

    def mixed(
        self,
        chat_id: str,
        user: str,
        content: str,
        pictures: tuple[bytes, ...],
        retry: Retry = "fresh",
    ) -> Reply:
        """A member of a group sends words (with the mention) and pictures in one message."""
        items: list[dict[str, object]] = [{"msgtype": "text", "text": {"content": content}}]
        items += [self._image(picture) for picture in pictures]
        message = self._message(user) | {"chatid": chat_id, "chattype": "group"}
        return self.post(message | {"msgtype": "mixed", "mixed": {"msg_item": items}}, retry)

    def tap(self, user: str, task: str, key: str) -> Reply:
        """A member taps a card's button; sent once only (§4.3)."""
        event = {"card_type": "button_interaction", "event_key": key, "task_id": task}
        message = self._event(user, "template_card_event", event) | {"chattype": "single"}
        attempts = self._send(message, "fresh")
        return replace(self._read(attempts, "update")[0], attempts=attempts)

    def rate(self, user: str, feedback: str, kind: int) -> Reply:
        """A member finds an answer good (1) or bad (2), or takes that back (3)."""
        return self.post(self._event(user, "feedback_event", {"id": feedback, "type": kind}))

    def enter_chat(self, user: str) -> Reply:
        """A member opens the chat with the bot for the first time today."""
        return self.post(self._event(user, "enter_chat", {}), takes="greeting")

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
        takes: Takes = "message",
    ) -> Reply:
        """Any callback; an unfinished stream is refreshed until it is finished."""
        attempts = self._send(message, retry)
        reply, stream = self._read(attempts, takes)
        for _ in range(int(_STREAM_SECONDS / self._refresh_seconds)):
            if not stream or self._stopped.wait(self._refresh_seconds):
                break
            refresh = {key: value for key, value in message.items() if key != "response_url"}
            refresh |= {"msgid": secrets.token_hex(16), "msgtype": "stream"}
            refresh |= {"stream": {"id": stream}}
            more = self._send(refresh, retry)
            attempts += more
            reply, stream = self._read(more, takes)
        return replace(reply, attempts=attempts)

    def _send(self, message: Mapping[str, object], retry: Retry) -> tuple[Attempt, ...]:
        plain = json.dumps(message, ensure_ascii=False)
        return self._bot.post(self.address, lambda: self._signed(plain), retry)

    def _message(self, user: str, msg_id: str | None = None) -> dict[str, object]:
        return {
            "msgid": msg_id or f"CAIQ{secrets.token_hex(14)}",
            "aibotid": self._account.aibot_id,
            "from": {"userid": user},
        }

    def _event(self, user: str, name: str, fields: Mapping[str, object]) -> dict[str, object]:
        event = {"eventtype": name} | ({name: fields} if fields else {})
        return self._message(user) | {
            "create_time": self._seconds(),
            "msgtype": "event",
            "event": event,
        }

    def _image(self, picture: bytes) -> dict[str, object]:
        url = self._media.url(encrypt_media(self._account.aes_key, picture))
        return {"msgtype": "image", "image": {"url": url}}

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
        return Signed(self._sign(encrypted), body, "application/json", plain)

    def opened(self, body: bytes) -> str:
        """What is inside an answer of the bot's, as text; '' where there is nothing to open.

        Raises:
            BadEnvelope: it cannot be opened.
        """
        try:
            encrypted = _json(body).get("encrypt")
        except _BadReply:
            return ""
        if not isinstance(encrypted, str):
            return ""
        return decrypt(self._account.aes_key, _RECEIVE_ID, encrypted)

    def _read(self, attempts: tuple[Attempt, ...], takes: Takes) -> tuple[Reply, str]:
        """The reply, and the id of a stream that goes on ('' where it is finished)."""
        fault = why_no_answer(attempts)
        if fault:
            return Reply(fault=fault), ""
        last = attempts[-1]
        if not last.body:
            return Reply(), ""
        try:
            return _shown(self._open(last), takes)
        except (BadEnvelope, _BadReply) as error:
            return Reply(fault=f"回复用不了：{error}"), ""

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


def _shown(reply: Mapping[str, object], takes: Takes) -> tuple[Reply, str]:
    if not reply:
        return Reply(), ""
    if takes == "update":
        if reply.get("response_type") != "update_template_card":
            raise _BadReply("这里只能更新卡片")
        return _card(reply.get("template_card")), ""
    kind = reply.get("msgtype")
    if kind == "text" and takes == "greeting":
        return Reply(text=str(_object(reply.get("text")).get("content", ""))), ""
    if kind == "template_card":
        return _card(reply.get("template_card")), ""
    if kind not in ("stream", "stream_with_template_card"):
        raise _BadReply(f"msgtype {kind} 这里不能用")
    stream = _object(reply.get("stream"))
    if not stream.get("id"):
        raise _BadReply("缺少 stream.id")
    content = stream.get("content", "")
    if not isinstance(content, str) or len(content.encode()) > _STREAM_BYTES:
        raise _BadReply(f"stream.content 超过 {_STREAM_BYTES} 字节")
    finished = stream.get("finish") is True
    if not content and finished:
        raise _BadReply("stream.content 是空的")
    shown = Reply(text=content, feedback=_feedback(stream))
    return shown, "" if finished else str(stream["id"])


def _card(value: object) -> Reply:
    card = _object(value)
    title = _object(card.get("main_title"))
    if not title:
        raise _BadReply("template_card 没有标题")
    quote = _object(card.get("quote_area")).get("quote_text")
    words = (title.get("title"), title.get("desc"), card.get("sub_title_text"), quote)
    text = "\n".join(str(part) for part in words if part)
    if card.get("card_type") != "button_interaction":
        return Reply(text=text)
    task = card.get("task_id")
    if not isinstance(task, str) or not _TASK.fullmatch(task):
        raise _BadReply("task_id 不对")
    found = card.get("button_list")
    rows = [_object(row) for row in found] if isinstance(found, list) else []
    if not 1 <= len(rows) <= _MOST_BUTTONS or not all(r.get("text") and r.get("key") for r in rows):
        raise _BadReply("button_list 不对")
    buttons = tuple((str(row["text"]), str(row["key"])) for row in rows)
    return Reply(text=text, buttons=buttons, task=task, feedback=_feedback(card))


def _feedback(holder: Mapping[str, object]) -> str:
    given = str(_object(holder.get("feedback")).get("id", ""))
    if len(given.encode()) > _FEEDBACK_BYTES:
        raise _BadReply(f"feedback.id 超过 {_FEEDBACK_BYTES} 字节")
    return given


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
