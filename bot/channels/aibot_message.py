"""A smart bot's inner JSON -> Message (protocol-callbacks §4.2, §4.3)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from bot.channels.base import Refused
from bot.channels.wire_text import legible
from bot.types import ChatType, Kind, Message

_ID = re.compile(r"[\x21-\x7e]{1,256}")
_MENTION = re.compile(r"@[^\s@]{1,20}(?:\s+|$)")
_QUOTE = "引用："
"""Marks for the judge where the resident's own words end; no resident ever sees it."""


def read_object(document: str | bytes) -> dict[str, Any]:
    """A JSON object.

    Raises:
        Refused: with status 400; it is anything else.
    """
    try:
        value = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise Refused("JSON 格式不对", 400) from error
    if not isinstance(value, dict):
        raise Refused("JSON 不是对象", 400)
    return value


def parse(
    body: Mapping[str, Any], channel: str, bot_name: str, pseudonym: Callable[[str], str]
) -> Message:
    """Read one message or event. enter_chat becomes the event ``subscribe``: a first greeting.

    Raises:
        Refused: with status 400; it has no usable id or sender.
    """
    sender = pseudonym(_identity(_part(body, "from"), "userid"))
    in_group = body.get("chattype") == "group"
    chat = pseudonym(_identity(body, "chatid")) if in_group else sender
    chat_type: ChatType = "group" if in_group else "private"
    key = _identity(body, "msgid")
    if body.get("msgtype") == "event":
        event = _string(_part(body, "event"), "eventtype").lower()
        entered = event == "enter_chat"
        return Message(
            key=key,
            channel=channel,
            sender=sender,
            chat=chat,
            chat_type=chat_type,
            kind="event",
            event="subscribe" if entered else event,
            event_key=event if entered else "",
        )
    kind, words = _content(body)
    text = strip_mention(words, bot_name, in_group) if kind == "text" else words
    quoted = _content(_part(body, "quote"))[1]
    if quoted:
        text = f"{text}\n{_QUOTE}{quoted}".strip()
    return Message(
        key=key,
        channel=channel,
        sender=sender,
        chat=chat,
        chat_type=chat_type,
        kind=kind,
        text=text,
    )


def strip_mention(text: str, bot_name: str, in_group: bool) -> str:
    """``text`` without the mention that made the platform send it.

    The bot's own name goes wherever it stands. In a group other leading mentions go too: the bot
    may bear another name there, and neighbours' names are none of its business.
    """
    mention = "@" + bot_name
    text = text.strip().removeprefix(mention)
    text = re.sub(rf"{re.escape(mention)}(?=\s|$)", " ", text).strip()
    while in_group and (match := _MENTION.match(text)):
        text = text[match.end() :]
    return text.strip()


def _content(body: Mapping[str, Any]) -> tuple[Kind, str]:
    """What a message or a quoted message holds."""
    match body.get("msgtype"):
        case "text":
            return "text", _string(_part(body, "text"), "content")
        case "voice":
            return "voice", _string(_part(body, "voice"), "content")
        case "image":
            return "image", ""
        case "mixed":
            items = _part(body, "mixed").get("msg_item")
            parts = [
                _string(_part(item, "text"), "content")
                for item in (items if isinstance(items, list) else [])
                if isinstance(item, dict)
            ]
            text = "\n".join(part for part in parts if part)
            return ("text", text) if text else ("image", "")
    return "other", ""


def _part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = body.get(name)
    return part if isinstance(part, dict) else {}


def _string(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return legible(value).strip() if isinstance(value, str) else ""


def _identity(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Refused(f"消息里没有可用的 {name}", 400)
    return value
