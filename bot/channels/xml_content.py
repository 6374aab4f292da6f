"""What a message of the WeChat family's XML holds (protocol-callbacks §2.3, §3.3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from wechatpy.messages import (
    MESSAGE_TYPES,
    ImageMessage,
    LinkMessage,
    TextMessage,
    UnknownMessage,
    VoiceMessage,
)

from bot.types import Kind

_MESSAGE_ID = re.compile(r"[0-9]{1,20}")


def content_of(fields: Mapping[str, str]) -> tuple[Kind, str]:
    """Its kind, and the words in it that can be judged.

    The XML went through our own pass; wechatpy supplies the classes of the platform's messages on
    top of its fields. Its ``parse_message`` would parse a second time, by other rules than ours, at
    three times the cost, and raise half a dozen different errors (protocol-callbacks §8).
    """
    message = MESSAGE_TYPES.get(fields.get("MsgType", "").lower(), UnknownMessage)(fields)
    if isinstance(message, TextMessage):
        return "text", message.content or ""
    if isinstance(message, VoiceMessage):
        return "voice", message.recognition or ""
    if isinstance(message, ImageMessage):
        return "image", ""
    if isinstance(message, LinkMessage):
        # A forwarded article is as good as its words: the judge reads title, summary and address.
        parts = (message.title, message.description, message.url)
        text = "\n".join(part for part in parts if part)
        return ("text", text) if text else ("other", "")
    return "other", ""


def key_of(fields: Mapping[str, str], document: str, pseudonym: Callable[[str], str]) -> str:
    """What tells a message from others: its MsgId; types the platform's page does not list may
    come without one, then the whole message is its own."""
    identity = fields.get("MsgId", "")
    return identity if _MESSAGE_ID.fullmatch(identity) else "body:" + pseudonym(document)
