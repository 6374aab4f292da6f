"""What whoever looks at a preview should know of a group's channel."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import cast

from bot.broadcasting.edition import GroupText
from bot.broadcasting.model import Book
from bot.senders.base import Noted, Sender


def channel_notes(text: GroupText, book: Book, senders: Mapping[str, Sender]) -> tuple[str, ...]:
    """Where the channel cannot do what the author asked for, and what its sender says of the
    group's channel: limits used up, how many people it reaches."""
    rendered = text.rendered.notes if text.rendered else ()
    sender = senders.get(text.group.channel_type)
    if sender is None or not _is_noted(type(sender)):
        return rendered
    target = book.target(text.group)
    if target.unset:
        return rendered
    return (*rendered, *cast("Noted", sender).notes(target.values))


@lru_cache
def _is_noted(kind: type) -> bool:
    """Asked for every group of a preview, and slow to find out for a protocol."""
    return issubclass(kind, Noted)
