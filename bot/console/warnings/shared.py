"""What the pages about warnings have in common."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from flask import abort

from bot.accounts.roles import permissions
from bot.broadcasting.approval import same_person
from bot.broadcasting.desk import Desk
from bot.broadcasting.model import Book
from bot.broadcasting.words import CHANNEL_WORDS
from bot.console.guard import person
from bot.console.services import ConsoleServices
from bot.store.api import DeliveryRow, EditionRow, TextRow

SHORT_HASH = 12
"""How much of a hash people compare by eye."""

STATE_TAGS: Mapping[str, str] = {
    "awaiting_approval": "wait",
    "awaiting_person": "wait",
    "attend": "wait",
    "approved": "good",
    "sent": "good",
    "done": "good",
    "refused": "bad",
    "unknown": "bad",
    "expired": "bad",
}
"""Which colour a state has; none for the others."""


@dataclass(frozen=True, slots=True)
class FrozenText:
    """One text of an edition on one channel and the names of those who get it.

    ``extra`` is what goes out besides the words (a link, a picture)."""

    channel: str
    title: str
    format: str
    body: str
    extra: Mapping[str, str]
    groups: tuple[str, ...]


def desk(services: ConsoleServices) -> Desk:
    """The desk over the book as it is now, for whoever makes this request."""
    return Desk(services.warnings(), person().name)


def approvers(services: ConsoleServices) -> tuple[str, ...]:
    """Who may approve what this person writes, by name."""
    me = person().name
    return tuple(
        user.name
        for user in services.store.users.all()
        if not user.disabled
        and "warnings.approve" in permissions(user.roles)
        and not same_person(user.name, me)
    )


def edition_or_404(services: ConsoleServices, name: str) -> EditionRow:
    found = services.store.editions.get(name)
    if found is None:
        abort(404)
    return found


def group_name(book: Book, group: str) -> str:
    """The group's name, or its id where it left the group book."""
    known = book.groups.get(group)
    return known.name if known else group


def frozen_texts(
    texts: Mapping[str, TextRow], rows: tuple[DeliveryRow, ...], book: Book
) -> tuple[FrozenText, ...]:
    """The stored texts, each with the groups it goes to, in the order of the deliveries."""
    groups: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row.digest in texts:
            name = group_name(book, row.group)
            groups.setdefault((row.channel_type, row.digest), []).append(name)
    return tuple(
        FrozenText(
            CHANNEL_WORDS.get(channel, channel),
            texts[digest].title,
            texts[digest].format,
            texts[digest].body,
            json.loads(texts[digest].extra) if texts[digest].extra else {},
            tuple(names),
        )
        for (channel, digest), names in groups.items()
    )
