"""A smart bot's inner JSON -> Message (protocol-callbacks §4.2, §4.3)."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.channels.base import Picture, Refused
from bot.channels.wire_text import legible
from bot.types import ChatType, Kind, Message

MOST_PICTURES = 9
"""As many as a phone lets one choose at once."""

_ID = re.compile(r"[\x21-\x7e]{1,128}")
"""Real ones have about 40 characters; 128 keep a reference to one below 256 bytes (§4.4)."""

_MENTION = re.compile(r"@[^\s@]{1,20}(?:\s+|$)")
_LONGEST_URL = 4000
_QUOTE = "引用："
"""Marks for the judge where the resident's own words end; no resident ever sees it."""

_USEFUL: Mapping[int, str] = {1: "useful", 2: "useless", 3: "withdrawn"}


@dataclass(frozen=True, slots=True)
class Parsed:
    """A message with the addresses of its pictures, and who sent it."""

    message: Message
    user: str
    pictures: tuple[Picture, ...] = ()


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
) -> Parsed:
    """Read one message or event.

    enter_chat becomes the event ``subscribe`` (a first greeting), a tapped button ``choose`` with
    its key, a judgement on an answer ``feedback`` with that answer's message as key and what was
    thought of it as text. A stream's refresh bears the key of the message it asks about.

    Raises:
        Refused: with status 400; it has no usable id or sender.
    """
    user = identity(part(body, "from"), "userid")
    sender = pseudonym(user)
    in_group = body.get("chattype") == "group"
    chat = pseudonym(identity(body, "chatid")) if in_group else sender
    chat_type: ChatType = "group" if in_group else "private"

    def message(key: str, kind: Kind, text: str = "", event: str = "", about: str = "") -> Message:
        return Message(
            key=key,
            channel=channel,
            sender=sender,
            chat=chat,
            chat_type=chat_type,
            kind=kind,
            text=text,
            event=event,
            event_key=about,
        )

    if body.get("msgtype") == "stream":
        asked = key_of_reference(string(part(body, "stream"), "id"))
        return Parsed(message(asked, "event", event="refresh"), user)
    key = identity(body, "msgid")
    if body.get("msgtype") == "event":
        return Parsed(message(key, "event", *_event(part(body, "event"))), user)
    kind, words, pictures = _content(body)
    text = strip_mention(words, bot_name, in_group) if kind == "text" else words
    _, quoted, shown = _content(part(body, "quote"))
    if quoted:
        text = f"{text}\n{_QUOTE}{quoted}".strip()
    return Parsed(message(key, kind, text), user, (*pictures, *shown)[:MOST_PICTURES])


def _event(event: Mapping[str, Any]) -> tuple[str, str, str]:
    """Text, name and key of an event."""
    name = string(event, "eventtype").lower()
    if name == "enter_chat":
        return "", "subscribe", name
    if name == "template_card_event":
        return "", "choose", string(part(event, name), "event_key")
    if name == "feedback_event":
        feedback = part(event, name)
        kind = feedback.get("type")
        opinion = _USEFUL.get(kind, "") if isinstance(kind, int) else ""
        try:
            return opinion, "feedback", key_of_reference(string(feedback, "id"))
        except Refused:
            # Given for an answer of another program that had this bot before.
            return "", "feedback", ""
    return "", name, ""


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


def reference_of(key: str) -> str:
    """A message's key in letters, digits, - and _ only: the id of its stream, card and feedback.

    It can be turned back, so that whichever worker is asked about a stream finds its message."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def key_of_reference(reference: str) -> str:
    """Raises:
    Refused: with status 400; ``reference_of`` did not make it.
    """
    try:
        key = base64.b64decode(reference + "=" * (-len(reference) % 4), b"-_", True).decode()
    except (binascii.Error, ValueError) as error:
        raise Refused("没有这条流式消息", 400) from error
    if not _ID.fullmatch(key):
        raise Refused("没有这条流式消息", 400)
    return key


def _content(body: Mapping[str, Any]) -> tuple[Kind, str, tuple[Picture, ...]]:
    """What a message or a quoted message holds."""
    match body.get("msgtype"):
        case "text":
            return "text", string(part(body, "text"), "content"), ()
        case "voice":
            return "voice", string(part(body, "voice"), "content"), ()
        case "image":
            return "image", "", _pictures([body])
        case "mixed":
            found = part(body, "mixed").get("msg_item")
            items = [
                item for item in (found if isinstance(found, list) else []) if _is_object(item)
            ]
            texts = [string(part(item, "text"), "content") for item in items]
            text = "\n".join(text for text in texts if text)
            return ("text" if text else "image"), text, _pictures(items)
        case "file":
            return "file", "", ()
        case "video":
            return "video", "", ()
    return "other", "", ()


def _pictures(items: list[Mapping[str, Any]]) -> tuple[Picture, ...]:
    urls = [string(part(item, "image"), "url") for item in items if item.get("msgtype") == "image"]
    return tuple(Picture(url=url) for url in urls if 0 < len(url) <= _LONGEST_URL)


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object of that name, empty where it is none."""
    found = body.get(name)
    return found if isinstance(found, dict) else {}


def string(body: Mapping[str, Any], name: str) -> str:
    """The text of that name, '' where it is none."""
    value = body.get(name)
    return legible(value).strip() if isinstance(value, str) else ""


def identity(body: Mapping[str, Any], name: str) -> str:
    """Raises:
    Refused: with status 400; there is no usable id of that name.
    """
    value = body.get(name)
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Refused(f"消息里没有可用的 {name}", 400)
    return value
