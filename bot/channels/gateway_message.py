"""The gateway's JSON -> Message. Whatever is not as docs/gateway.md says is refused, never guessed."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import Any

from bot.channels.base import Picture, Refused
from bot.channels.wire_text import legible
from bot.types import ChatType, Kind, Message

LONGEST_ID = 128
LONGEST_TEXT = 20_000
"""Characters; the judge reads far fewer, and a body has at most 256 KiB."""

_KINDS: Mapping[str, Kind] = {
    "text": "text",
    "voice": "voice",
    "image": "image",
    "video": "video",
    "location": "location",
    "file": "file",
    "link": "text",
    "card": "card",
    "record": "record",
}


def parse(
    body: bytes, channel: str, pseudonym: Callable[[str], str]
) -> tuple[Message, tuple[Picture, ...]]:
    """One message and its picture.

    Raises:
        Refused: with status 400, whatever is wrong.
    """
    fields = _object(_read(body), "整条消息")
    kind = _kind(fields)
    chat = _object(fields.get("chat"), "chat")
    chat_type: ChatType = (
        "group" if _choice(chat, "type", ("private", "group")) == "group" else "private"
    )
    mentioned = fields.get("mentioned", chat_type == "private")
    if not isinstance(mentioned, bool):
        raise Refused("mentioned 不是 true 或 false", 400)
    # Ids of chats and people are spaces of their own: one may not pass for the other.
    sender = pseudonym("person\n" + _identity(_object(fields.get("from"), "from"), "from.id"))
    message = Message(
        key=_identity(fields, "id"),
        channel=channel,
        sender=sender,
        chat=pseudonym(chat_name(_identity(chat, "chat.id"))),
        chat_type=chat_type,
        kind=kind,
        text=_words(fields, kind),
        mentioned=mentioned or chat_type == "private",
        # A partner that cannot make a picture small enough leaves it out; the resident is told.
        trouble="too_large" if kind == "image" and fields.get("image") is None else "",
    )
    return message, _pictures(fields) if kind == "image" else ()


def chat_name(identity: str) -> str:
    """A chat's id as it is made a pseudonym of."""
    return "chat\n" + identity


def _read(body: bytes) -> object:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise Refused("JSON 里有重复的字段", 400)
        return found

    try:
        return json.loads(body.decode(), object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise Refused("请求体不是 UTF-8 的 JSON", 400) from error


def _object(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Refused(f"{name} 不是对象", 400)
    return value


def _choice(fields: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> str:
    value = fields.get(name)
    if value not in allowed or not isinstance(value, str):
        raise Refused(f"{name} 只能是 {'、'.join(allowed)}", 400)
    return value


def _kind(fields: Mapping[str, Any]) -> Kind:
    value = fields.get("type")
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ID:
        raise Refused("缺少 type", 400)
    # A partner's platform has kinds we never heard of: they get a polite answer, no error.
    return _KINDS.get(value, "other")


def _identity(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get("id")
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_ID:
        raise Refused(f"{name} 应是 1 到 {LONGEST_ID} 个字符", 400)
    if legible(value) != value:
        raise Refused(f"{name} 里有不能用的字符", 400)
    return value


def _words(fields: Mapping[str, Any], kind: Kind) -> str:
    """The words that can be judged; a card, link or record is as good as its title and summary."""
    if kind == "text" and fields["type"] == "text" and "text" not in fields:
        raise Refused("缺少 text", 400)
    parts = [fields.get(name) for name in ("text", "title", "description", "url")]
    if not all(part is None or isinstance(part, str) for part in parts):
        raise Refused("text、title、description、url 只能是文字", 400)
    text = "\n".join(legible(part).strip() for part in parts if part)
    if len(text) > LONGEST_TEXT:
        raise Refused(f"文字超过 {LONGEST_TEXT} 个字符", 400)
    return text.strip()


def _pictures(fields: Mapping[str, Any]) -> tuple[Picture, ...]:
    written = fields.get("image")
    if written is None:
        return ()
    if not isinstance(written, str):
        raise Refused("image 应是图片的 base64", 400)
    try:
        data = base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("image 不是 base64", 400) from error
    if not data:
        raise Refused("image 是空的", 400)
    return (Picture(data=data),)
