"""What a message of the WeChat family's XML holds (protocol-callbacks §2.3, §3.3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from wechatpy.messages import (
    MESSAGE_TYPES,
    ImageMessage,
    LinkMessage,
    LocationMessage,
    MiniProgramPageMessage,
    ShortVideoMessage,
    TextMessage,
    UnknownMessage,
    VideoMessage,
    VoiceMessage,
)

from bot.channels.base import Picture
from bot.types import Kind, Message

_MESSAGE_ID = re.compile(r"[0-9]{1,20}")
_LONGEST_URL = 2000
_UNSUPPORTED = "收到不支持的消息类型"
"""The platform's own text where it hands a forwarded chat record or the like to an account."""

_OTHER_KINDS: Mapping[str, Kind] = {"file": "file", "merged_msg": "record"}
"""Not listed for accounts (protocol-callbacks §9.3); the names are those of WeCom's other interfaces."""


def content_of(fields: Mapping[str, str]) -> tuple[Kind, str]:
    """Its kind, and the words in it that can be judged.

    The XML went through our own pass; wechatpy supplies the classes of the platform's messages on
    top of its fields. Its ``parse_message`` would parse a second time, by other rules than ours, at
    three times the cost, and raise half a dozen different errors (protocol-callbacks §8).
    """
    message = MESSAGE_TYPES.get(fields.get("MsgType", "").lower(), UnknownMessage)(fields)
    if isinstance(message, TextMessage):
        text = message.content or ""
        return ("other", "") if _UNSUPPORTED in text[:20] else ("text", text)
    if isinstance(message, VoiceMessage):
        return "voice", message.recognition or ""
    if isinstance(message, ImageMessage):
        return "image", ""
    if isinstance(message, LinkMessage):
        # A forwarded article is as good as its words: the judge reads title, summary and address.
        text = _joined(message.title, message.description, message.url)
        return ("text", text) if text else ("other", "")
    if isinstance(message, MiniProgramPageMessage):
        return "card", _joined(fields.get("Title"), fields.get("Description"))
    if isinstance(message, LocationMessage):
        return "location", ""
    if isinstance(message, VideoMessage | ShortVideoMessage):
        return "video", ""
    kind = _OTHER_KINDS.get(fields.get("MsgType", "").lower(), "other")
    return kind, _joined(fields.get("Title"), fields.get("Description"))


def pictures_of(fields: Mapping[str, str]) -> tuple[Picture, ...]:
    """Where the picture of a picture message can be fetched."""
    url = fields.get("PicUrl", "")
    if fields.get("MsgType", "").lower() != "image" or not 0 < len(url) <= _LONGEST_URL:
        return ()
    return (Picture(url=url),)


def _joined(*parts: str | None) -> str:
    return "\n".join(part for part in parts if part)


def key_of(fields: Mapping[str, str], document: str, pseudonym: Callable[[str], str]) -> str:
    """What tells a message from others: its MsgId; types the platform's page does not list may
    come without one, then the whole message is its own."""
    identity = fields.get("MsgId", "")
    return identity if _MESSAGE_ID.fullmatch(identity) else "body:" + pseudonym(document)


def message_of(
    fields: Mapping[str, str],
    document: str,
    channel: str,
    sender: str,
    pseudonym: Callable[[str], str],
) -> Message:
    """What one person wrote to the account; ``sender`` is a pseudonym already."""
    kind, text = content_of(fields)
    return Message(
        key=key_of(fields, document, pseudonym),
        channel=channel,
        sender=sender,
        chat=sender,
        chat_type="private",
        kind=kind,
        text=text,
    )
