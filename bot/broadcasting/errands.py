"""Queued deliveries -> what can be handed to a sender now, and what cannot go at all. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.broadcasting.model import Book
from bot.broadcasting.rules import Rules, rule
from bot.senders.base import Sender
from bot.store.api import DeliveryRow, EditionRow, Move, TextRow
from bot.types import Outgoing


@dataclass(frozen=True, slots=True)
class Errand:
    """A delivery with all its sender needs. ``pace_key`` is the platform's, made unique by type."""

    delivery: DeliveryRow
    sender: Sender
    outgoing: Outgoing
    pace_key: str


@dataclass(frozen=True, slots=True)
class Wait:
    """A delivery that may go later, at ``until``."""

    until: datetime


def prepare(
    delivery: DeliveryRow,
    edition: EditionRow,
    texts: Mapping[str, TextRow],
    sent_this_week: int,
    book: Book,
    senders: Mapping[str, Sender],
    rules: Rules,
    now: datetime,
) -> Errand | Move | Wait:
    """What to do with one queued delivery of an edition that may be sent."""
    if delivery.not_before > now:
        return Wait(delivery.not_before)
    group = book.groups.get(delivery.group)
    quiet_hours = group.quiet_hours if group else None
    ruling = rule(delivery, quiet_hours, sent_this_week, now, rules, bool(edition.urgent))
    if ruling.kind == "expire":
        return Move("expired", ruling.code, ruling.reason)
    if ruling.kind == "refuse":
        return Move("refused", ruling.code, ruling.reason)
    if ruling.until is not None:
        return Wait(ruling.until)
    return errand_for(delivery, edition, texts, book, senders)


def errand_for(
    delivery: DeliveryRow,
    edition: EditionRow,
    texts: Mapping[str, TextRow],
    book: Book,
    senders: Mapping[str, Sender],
) -> Errand | Move:
    """The errand, or a refusal that says in plain words what is missing."""
    group = book.groups.get(delivery.group)
    if group is None:
        return Move("refused", "no_group", "群名册里已经没有这个群")
    if group.channel_hash != delivery.channel_hash:
        return Move("refused", "channel_changed", "定稿之后改过这个群的渠道，请重新编一期")
    sender = senders.get(delivery.channel_type)
    if sender is None:
        return Move("refused", "no_sender", f"渠道 {delivery.channel_type} 还没有接通")
    target = book.target(group)
    if target.unset:
        names = "、".join(target.unset)
        return Move("refused", "not_configured", f"环境变量 {names} 没有设置，设好后重启再补发")
    missing = sender.missing(target.values)
    if missing:
        return Move("refused", "not_configured", missing)
    text = texts[delivery.digest]
    outgoing = Outgoing(
        group=group.id,
        target=target.values,
        owner=delivery.owner,
        title=text.title,
        text=text.body,
        format=text.format,
        idempotency_key=idempotency_key(edition.id, group.id),
        extra={
            **(json.loads(text.extra) if text.extra else {}),
            "edition": edition.id,
            "code": edition.code or "",
            "group_name": group.name,
        },
    )
    return Errand(delivery, sender, outgoing, f"{sender.type}:{sender.pace_key(target.values)}")


def idempotency_key(edition: str, group: str) -> str:
    """The same for every attempt at a delivery; 32 characters (clientmsgid takes 64 bytes,
    protocol-push §4.2)."""
    return hashlib.sha256(f"{edition}/{group}".encode()).hexdigest()[:32]
