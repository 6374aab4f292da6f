"""What whoever looks at a preview should know of a group's channel."""

from __future__ import annotations

from collections.abc import Mapping

from bot.broadcasting.edition import GroupText
from bot.broadcasting.model import Book
from bot.senders.base import Noted, Sender


def channel_notes(text: GroupText, book: Book, senders: Mapping[str, Sender]) -> tuple[str, ...]:
    """Where the channel cannot do what the author asked for, and what its sender says of the
    group's channel: limits used up, how many people it reaches."""
    rendered = text.rendered.notes if text.rendered else ()
    sender = senders.get(text.group.channel_type)
    target = book.target(text.group)
    if not isinstance(sender, Noted) or target.unset:
        return rendered
    return (*rendered, *sender.notes(target.values))
