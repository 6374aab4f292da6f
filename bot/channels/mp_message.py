"""An official account's inner XML -> Message (protocol-callbacks §2.3, §2.4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.channels.base import Picture, Refused
from bot.channels.xml import read_xml
from bot.channels.xml_content import message_of, pictures_of
from bot.types import Message

_ID = re.compile(r"[\x21-\x7e]{1,128}")
_JOB = re.compile(r"[0-9]{1,20}")
_COUNT = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class JobEnd:
    """How a mass send ended: the platform's status, and people counted."""

    job: str
    status: str
    total: int
    filtered: int
    sent: int
    failed: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """A message with the platform's own ids of both ends, which only the reply needs.

    ``created_at`` is in unix seconds, 0 where the message does not say. ``job`` stands in the
    event that ends a mass send (protocol-push §4.2).
    """

    message: Message
    open_id: str
    own_id: str
    created_at: int = 0
    job: JobEnd | None = None
    pictures: tuple[Picture, ...] = ()


def parse(document: str, channel: str, pseudonym: Callable[[str], str]) -> Parsed:
    """Read one message or event.

    Raises:
        Refused: with status 400; the message has no usable type or ends.
    """
    fields = read_xml(document)
    open_id, own_id = fields.get("FromUserName", ""), fields.get("ToUserName", "")
    if not _ID.fullmatch(open_id) or not _ID.fullmatch(own_id):
        raise Refused("消息里没有可用的 FromUserName 或 ToUserName", 400)
    message_type = fields.get("MsgType", "").lower()
    if not message_type:
        raise Refused("消息里没有可用的 MsgType", 400)
    sender = pseudonym(open_id)
    if message_type == "event":
        message = _event(fields, channel, sender, pseudonym)
    else:
        message = message_of(fields, document, channel, sender, pseudonym)
    return Parsed(
        message,
        open_id,
        own_id,
        _number(fields, "CreateTime"),
        _job(fields, message),
        pictures_of(fields),
    )


def _job(fields: Mapping[str, str], message: Message) -> JobEnd | None:
    if message.event != "masssendjobfinish" or not _JOB.fullmatch(message.event_key):
        return None
    counts = ("TotalCount", "FilterCount", "SentCount", "ErrorCount")
    return JobEnd(message.event_key, message.text[:40], *(_number(fields, n) for n in counts))


def _number(fields: Mapping[str, str], name: str) -> int:
    value = fields.get(name, "")
    return int(value) if _COUNT.fullmatch(value) else 0


def _event(
    fields: dict[str, str], channel: str, sender: str, pseudonym: Callable[[str], str]
) -> Message:
    """An event. Where a job has finished, ``event_key`` is the job's id and ``text`` its status."""
    event = fields.get("Event", "").lower()
    if not event:
        raise Refused("事件没有名字", 400)
    job = fields.get("MsgID", "")
    identity = ("FromUserName", "CreateTime", "Event", "EventKey", "MsgID", "Ticket")
    return Message(
        key="event:" + pseudonym("\n".join(fields.get(name, "") for name in identity)),
        channel=channel,
        sender=sender,
        chat=sender,
        chat_type="private",
        kind="event",
        text=fields.get("Status", "") if job else "",
        event=event,
        event_key=job or fields.get("EventKey", "").removeprefix("qrscene_"),
    )
