"""Phrasings that staff picked from residents' questions, written into a draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.kb import form
from bot.publishing.desk import KnowledgeDesk, stamp
from bot.publishing.merge import current_text
from bot.store.api import Store
from bot.store.api_editing import DraftRow
from bot.store.asked import Addition
from bot.unanswered import move_addition

GONE = "知识库里已经没有这一条了，请另选一条"
MOVED = "您写草稿的时候，别人发布了这一条的改动。请先点“看过了，接在新的上”，再写进来"
BROKEN = "您这一条的草稿原文有写错的地方。请先改好，再写进来"
QUICKER = "刚才有人改了这一条，请再点一次"


@dataclass(frozen=True, slots=True)
class Place:
    """An item that is published; ``file`` is its path below knowledge/."""

    kind: str
    name: str
    file: str


@dataclass(frozen=True, slots=True)
class Written:
    """``added`` counts what the draft did not have yet; ``problem`` says why nothing was written,
    and the phrasings wait on."""

    added: int = 0
    problem: str = ""


def write_in(
    store: Store,
    desk: KnowledgeDesk,
    person: str,
    place: Place,
    wished: Sequence[Addition],
    now: datetime,
) -> Written:
    """Add the phrasings, all meant for one list of the item, to the person's draft of it."""
    kind, name, file = place.kind, place.name, place.file
    published = current_text(desk.files(), file, kind, name)
    kept = store.editing.draft(person, kind, name)
    if not published:
        return Written(problem=GONE)
    if kept is not None and kept.base != published:
        return Written(problem=MOVED)
    standing = kept.text if kept else published
    lists = {one.field for one in wished}
    try:
        fields = form.as_fields(kind, standing)
        stood = {path: [line for line in fields[path].split("\n") if line] for path in lists}
        new = [one for one in oldest_first(wished) if one.text not in stood[one.field]]
        for one in new:
            stood[one.field].append(one.text)
        typed: dict[str, str] = {path: "\n".join(lines) for path, lines in stood.items()}
        text = form.with_fields(kind, standing, typed)
    except form.NoForm:
        return Written(problem=BROKEN)
    with store.transaction():
        if new:
            draft = DraftRow(person, kind, name, file, published, text, now)
            saved = desk.save(draft, stamp(standing))
            if saved.problem or saved.standing is not None:
                return Written(problem=saved.problem or QUICKER)
        _take(store, person, wished, now)
    return Written(len(new))


def begin_with(
    store: Store, desk: KnowledgeDesk, blank: DraftRow, wished: Sequence[Addition]
) -> None:
    """Begin a new item whose first asks are the phrasings."""
    asks = "\n".join(dict.fromkeys(one.text for one in oldest_first(wished)))
    text = form.with_fields(blank.kind, blank.text, {"asks": asks})
    with store.transaction():
        desk.begin(blank, text)
        _take(store, blank.person, wished, blank.changed_at)


def oldest_first(wished: Sequence[Addition]) -> list[Addition]:
    """In the order in which they were picked."""
    return sorted(wished, key=lambda one: one.added_at)


def _take(store: Store, person: str, wished: Sequence[Addition], now: datetime) -> None:
    for one in wished:
        move_addition(store, one.id, "taken", person, now)
