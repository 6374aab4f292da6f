"""What the plan editor offers to choose from. Pure."""

from __future__ import annotations

from bot.broadcasting.model import AUDIENCE_WORDS, Book, LibraryText
from bot.broadcasting.topics import categories
from bot.broadcasting.words import KIND_WORDS
from bot.console.warnings.plan_form import AUDIENCE_ORDER, PlanForm
from bot.kb.model import CATEGORIES

FOUND = 20
"""Groups shown for a search at most."""


def choices(book: Book, form: PlanForm) -> dict[str, object]:
    """Kinds, audiences, categories and the library's texts for each audience."""

    def for_audience(name: str) -> list[LibraryText]:
        return [
            text
            for text in book.library.values()
            if name in text.audience or text.id == form.texts.get(name)
        ]

    return {
        "kind_words": KIND_WORDS,
        "audience_words": AUDIENCE_WORDS,
        "audience_order": AUDIENCE_ORDER,
        "category_words": {name: CATEGORIES[name] for name in categories(book.library)},
        "library": {name: for_audience(name) for name in AUDIENCE_ORDER},
    }


def found_groups(book: Book, form: PlanForm, asked: str) -> dict[str, object]:
    """Those chosen by name, and those that fit a search."""
    word = asked.strip().casefold()
    fitting = [
        group
        for group in book.groups.values()
        if word
        and group.id not in form.ids
        and (word in group.name.casefold() or word in group.id.casefold())
    ]
    return {
        "chosen": [
            (name, book.groups[name].name if name in book.groups else name) for name in form.ids
        ],
        "fitting": [(group.id, group.name) for group in fitting[:FOUND]],
        "more": max(len(fitting) - FOUND, 0),
        "asked": asked.strip(),
    }
