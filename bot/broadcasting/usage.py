"""Which plans bring which text of the library, and to whom. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from bot.broadcasting.model import Book, Fixed, Group, Plan, Topic
from bot.broadcasting.topics import categories, text_for


def usage(book: Book) -> Mapping[str, tuple[Plan, ...]]:
    """Text id -> the plans that bring it to some group now, or will once its category's turn
    comes."""
    chosen: dict[tuple[tuple[str, ...], str], str] = {}
    found: dict[str, list[Plan]] = {}
    for plan in book.plans.values():
        listeners = {group.audience: group for group in book.selected(plan)}
        for text in sorted({
            text
            for audience, group in listeners.items()
            for text in _texts(plan, audience, group, book, chosen)
        }):  # fmt: skip
            found.setdefault(text, []).append(plan)
    return {text: tuple(plans) for text, plans in found.items()}


def fixed_in(text: str, book: Book) -> tuple[Plan, ...]:
    """The plans that name this very text: without it they could not be read any more."""
    return tuple(
        plan
        for plan in book.plans.values()
        if isinstance(plan.content, Fixed) and text in plan.content.texts.values()
    )


def _texts(
    plan: Plan,
    audience: tuple[str, ...],
    group: Group,
    book: Book,
    chosen: dict[tuple[tuple[str, ...], str], str],
) -> set[str]:
    """What a plan may bring to groups of this audience, of which ``group`` is one; ``chosen`` is
    what was found before."""
    content = plan.content
    if not isinstance(content, Topic):
        text = text_for(content, None, group, book.library)
        return {text.id} if text else set()
    found = set()
    for category in (content.category,) if content.category else categories(book.library):
        if (audience, category) not in chosen:
            text = text_for(content, category, group, book.library)
            chosen[audience, category] = text.id if text else ""
        found.add(chosen[audience, category])
    return found - {""}
