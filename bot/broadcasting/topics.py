"""What an edition is about: which category comes next, and which text a group gets. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from bot.broadcasting.model import Fixed, Group, LibraryText, Topic

_NEVER = datetime.min.replace(tzinfo=UTC)


def categories(library: Mapping[str, LibraryText]) -> tuple[str, ...]:
    """The categories that have texts, sorted."""
    return tuple(sorted({text.category for text in library.values()}))


def next_category(library: Mapping[str, LibraryText], warned: Mapping[str, datetime]) -> str | None:
    """The category least recently warned about; those never warned about first, by name."""
    return min(
        categories(library),
        key=lambda category: (warned.get(category, _NEVER), category),
        default=None,
    )


def text_for(
    content: Topic | Fixed,
    category: str | None,
    group: Group,
    library: Mapping[str, LibraryText],
) -> LibraryText | None:
    """The text for a group: by the first of its audiences that has one, else the ``all`` text.

    ``category`` is the one chosen for a Topic; several texts for one audience go by id.
    """
    for audience in (*group.audience, "all"):
        if isinstance(content, Fixed):
            if audience in content.own:
                return content.own[audience]
            if audience in content.texts:
                return library.get(content.texts[audience])
        else:
            found = sorted(
                text.id
                for text in library.values()
                if text.category == category and audience in text.audience
            )
            if found:
                return library[found[0]]
    return None
