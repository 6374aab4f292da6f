"""What is done with questions that nobody could answer: grouped, decided, made wishes of.

Grouping is the worker's, in small bites; decisions are people's. Every decision writes its audit
line in the same transaction.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.alike import sort_in
from bot.store.api import Store
from bot.store.asked import (
    Addition,
    AdditionState,
    AnswerRow,
    Decision,
    Field,
    GroupRow,
    MarkRow,
    QuestionRow,
    Questions,
)

AT_ONCE = 100
"""Questions grouped in one go; with COMPARED groups about 0.2 s."""

COMPARED = 500
"""Groups a new question is compared with, the latest first."""

MOST_TEXTS = 20
LONGEST_TEXT = 300
"""Characters of one phrasing; the judge compares 500 of a text."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Phrasings for a list of an entry, guide or ordinary subject; item '' for a new entry."""

    item: str
    field: Field
    texts: tuple[str, ...]


def group_new(questions: Questions, limit: int = AT_ONCE) -> int:
    """Put questions that are new into groups of like ones; how many.

    A group once begun stays: what is put into it is never moved to another.
    """
    fresh = questions.ungrouped(limit)
    if not fresh:
        return 0
    growing = questions.growing(COMPARED)
    members: defaultdict[str, list[QuestionRow]] = defaultdict(list)
    for marked in (False, True):
        # A colleague says that this answer was wrong: it is looked at, whatever was decided.
        known = [(one.id, one.example) for one in growing if not (marked and one.decision)]
        rows = [row for row in fresh if (row.reason == "marked") is marked]
        groups = sort_in([(group_id(row), row.scrubbed) for row in rows], known)
        for group, row in zip(groups, rows, strict=True):
            members[group].append(row)
    for group, rows in members.items():
        questions.put(group, rows)
    return len(fresh)


def group_id(first: QuestionRow) -> str:
    """The id of the group that begins with this question."""
    key = f"{first.channel}\0{first.message}\0{first.reason}"
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def clean_texts(lines: str) -> tuple[str, ...]:
    """The phrasings of a text field, one a line, each once."""
    found = dict.fromkeys(" ".join(line.split()) for line in lines.splitlines())
    found.pop("", None)
    return tuple(found)


def trouble(wish: Wish) -> str:
    """What is wrong with a wish, in words; '' where nothing is."""
    if not wish.texts:
        return "请至少写一句问法，一行一句"
    if len(wish.texts) > MOST_TEXTS:
        return f"一次最多 {MOST_TEXTS} 句，先挑说法不一样的"
    if any(len(text) > LONGEST_TEXT for text in wish.texts):
        return f"有一句超过 {LONGEST_TEXT} 个字，请改短"
    return ""


def mark_wrong(store: Store, answer: AnswerRow, mark: MarkRow) -> None:
    """Note that an answer was wrong; its question joins those that wait, at once in a group."""
    with store.transaction():
        before = store.answer_log.mark_of(answer.channel, answer.message)
        store.answer_log.mark(answer, mark)
        group_new(store.questions)
        store.audit.note(
            mark.actor,
            "answer_marked",
            f"answer:{answer.channel}/{answer.message}",
            mark.note,
            mark.marked_at,
            f"{before.should} {before.item}".strip() if before else "",
            f"{mark.should} {mark.item}".strip(),
        )


def decide(
    store: Store, group: GroupRow, decision: Decision, wish: Wish | None, actor: str, now: datetime
) -> bool:
    """Close a group, or open it again with ''; False where somebody was quicker.

    ``wish`` is kept for whoever edits the knowledge base (decisions asks, new, ordinary).
    """
    item = wish.item if wish else ""
    with store.transaction():
        if not store.questions.decide(group, decision, item, actor, now):
            return False
        if wish:
            store.questions.add(_additions(wish, actor, now, group.id))
        store.audit.note(
            actor,
            "questions_decided" if decision else "questions_reopened",
            f"questions:{group.id}",
            f"{group.size} 个问题",
            now,
            f"{group.decision} {group.item}".strip(),
            "\n".join([f"{decision} {item}".strip(), *(wish.texts if wish else ())]).strip(),
        )
    return True


def move_addition(
    store: Store, addition: str, state: AdditionState, actor: str, now: datetime
) -> bool:
    """Take or drop a wished phrasing; False where it is not waiting any more."""
    with store.transaction():
        if not store.questions.move_addition(addition, state):
            return False
        store.audit.note(actor, f"addition_{state}", f"addition:{addition}", "", now)
    return True


def _additions(wish: Wish, actor: str, now: datetime, group: str) -> Sequence[Addition]:
    return [
        Addition(_name(wish, text), wish.item, wish.field, text, actor, now, "pending", group)
        for text in wish.texts
    ]


def _name(wish: Wish, text: str) -> str:
    key = "\0".join((wish.item, wish.field, text))
    return hashlib.sha256(key.encode()).hexdigest()[:16]
