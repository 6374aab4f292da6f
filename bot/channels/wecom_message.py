"""A WeCom app's inner XML -> Message (protocol-callbacks §3.3, §3.4)."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.channels.base import Picture, Refused
from bot.channels.xml import read_xml
from bot.channels.xml_content import message_of, pictures_of
from bot.config import WecomAccount
from bot.types import Message

_MEMBER = re.compile(r"[\x21-\x7e]{1,128}")
_PLATFORM = "sys"
"""The sender of events about contacts and customers; nobody is there to be answered."""


def parse(
    document: str, account: WecomAccount, channel: str, pseudonym: Callable[[str], str]
) -> tuple[Message, str, tuple[Picture, ...]] | None:
    """One message or event with its sender's member id and its pictures; None for the platform's own events.

    Raises:
        Refused: with status 400 where it has no usable type or sender; with 403 where it is for
            another corp or app than the one this address was configured for (§7.9).
    """
    fields = read_xml(document)
    member = fields.get("FromUserName", "")
    if fields.get("ToUserName") != account.corp_id:
        raise Refused("消息不是发给这个企业的")
    if member == _PLATFORM:
        return None
    if account.agent_id and fields.get("AgentID") != account.agent_id:
        raise Refused("消息不是发给这个应用的，请核对 agent_id")
    if not _MEMBER.fullmatch(member):
        raise Refused("消息里没有可用的 FromUserName", 400)
    message_type = fields.get("MsgType", "").lower()
    if not message_type:
        raise Refused("消息里没有可用的 MsgType", 400)
    sender = pseudonym(member)
    if message_type == "event":
        message = Message(
            # One second can hold several events of one sender (§3.4): the whole one is its key.
            key="event:" + pseudonym(document),
            channel=channel,
            sender=sender,
            chat=sender,
            chat_type="private",
            kind="event",
            event=fields.get("Event", "").lower(),
            event_key=fields.get("EventKey", ""),
        )
        return message, member, ()
    message = message_of(fields, document, channel, sender, pseudonym)
    return message, member, pictures_of(fields)
