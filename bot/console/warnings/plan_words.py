"""A plan in words, for comparing two versions of it. Pure."""

from __future__ import annotations

from collections.abc import Callable

from bot.broadcasting.calendar import When
from bot.broadcasting.model import AUDIENCE_WORDS, Book, Fixed, Plan, Topic
from bot.broadcasting.words import KIND_WORDS
from bot.kb.model import CATEGORIES

Spoken = Callable[[When], str]
"""A schedule in words."""


def described(plan: Plan, book: Book, spoken: Spoken) -> tuple[tuple[str, str], ...]:
    """(label, words) of each of the plan's fields."""
    return (
        ("名称", plan.title),
        ("什么时候", spoken(plan.when)),
        ("发给", groups_words(plan, book)),
        ("内容", _content(plan.content, book)),
        ("重复", "每次同一段话" if plan.repeats else "不重复"),
        ("撰写人", plan.author),
    )


def differences(
    mine: Plan, theirs: Plan, book: Book, spoken: Spoken
) -> tuple[tuple[str, str, str], ...]:
    """(label, mine, theirs) of the fields that differ; who saves becomes the author anyway."""
    pairs = zip(described(mine, book, spoken), described(theirs, book, spoken), strict=True)
    return tuple(
        (label, ours, others)
        for (label, ours), (_, others) in pairs
        if ours != others and label != "撰写人"
    )


def groups_words(plan: Plan, book: Book) -> str:
    """Which groups a plan is for; all that is named must hold."""
    chosen = plan.groups
    parts: list[str] = []
    if chosen.kinds is not None:
        parts.append("、".join(KIND_WORDS[kind] for kind in sorted(chosen.kinds)))
    if chosen.audience is not None:
        names = (AUDIENCE_WORDS[word] for word in sorted(chosen.audience))
        parts.append(f"有{'、'.join(names)}的群")
    if chosen.ids is not None:
        names = (book.groups[group].name for group in sorted(chosen.ids) if group in book.groups)
        parts.append("、".join(names))
    return "；".join(parts)


def _content(content: Topic | Fixed, book: Book) -> str:
    if isinstance(content, Topic):
        return CATEGORIES[content.category] if content.category else "轮到哪一类讲哪一类"
    texts = {
        name: book.library[text_id]
        for name, text_id in content.texts.items()
        if text_id in book.library
    }
    return "\n".join(
        f"给{AUDIENCE_WORDS[name]}：{text.title}\n{text.body}"
        for name, text in {**texts, **content.own}.items()
    )
