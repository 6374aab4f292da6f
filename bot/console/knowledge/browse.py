"""Search and browse; one item with its reply as residents see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, abort, request

from bot.answer.compose import compose, finish
from bot.console.guard import needs
from bot.console.items import nearest
from bot.console.knowledge.room import FILE_WORDS, Room
from bot.console.views import PAGE_SIZE, cut, is_htmx, page_number
from bot.kb.model import Entry, Guide, Ordinary
from bot.respond import Base
from bot.types import ChatType, Verdict

RECENT = timedelta(days=30)
MOST_NEAR = 8
"""What is shown where nothing has the very words."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An item's reply as residents read it."""

    private: str
    group: str


def add(pages: Blueprint, room: Room) -> None:
    """``/console/knowledge/`` and ``/console/knowledge/item/…``"""

    @pages.get("/")
    @needs("knowledge.see")
    def index() -> str:
        catalogue = room.catalogue()
        text = request.args.get("q", "").strip()[:100]
        file, kind = request.args.get("file", ""), request.args.get("kind", "")
        found = catalogue.search(text, file, kind)
        exact = bool(found) or not text
        if not exact:
            wanted = catalogue.search("", file, kind)
            order = nearest(room.base.judge, text)[:MOST_NEAR]
            found = tuple(row for name in order for row in wanted if row.name == name)
        number = page_number()
        start = (number - 1) * PAGE_SIZE
        return room.show(
            "knowledge_rows.html" if is_htmx() else "knowledge.html",
            rows=cut(found[start : start + PAGE_SIZE + 1], number),
            total=len(found),
            exact=exact,
            wanted={"q": text, "file": file, "kind": kind},
            filters={k: v for k, v in (("q", text), ("file", file), ("kind", kind)) if v},
            shelves=catalogue.shelves,
            uses=room.store.editing.uses(room.services.clock.now() - RECENT),
            stale=sum(row.stale(room.today) for row in catalogue.rows),
            today=room.today,
            whole_files=FILE_WORDS,
        )

    @pages.get("/item/<kind>/<path:name>")
    @needs("knowledge.see")
    def item(kind: str, name: str) -> str:
        row = room.row(kind, name)
        catalogue = room.catalogue()
        found: Entry | Guide | Ordinary | None = (
            catalogue.entries.get(name)
            if kind == "entry"
            else catalogue.guides.get(name)
            if kind == "guide"
            else catalogue.subjects.get(name)
        )
        if row is None or found is None:
            abort(404)
        return room.show(
            "knowledge_item.html",
            row=row,
            item=found,
            seen=seen(found, room.base),
            use=None if kind == "ordinary" else room.store.editing.use_of(name),
            stale=row.stale(room.today),
            draft=room.draft(kind, name),
            others=room.store.editing.drafting(kind, name),
            signs={sign.id: sign.name for sign in room.base.judge.knowledge.signs},
        )


def seen(item: Entry | Guide | Ordinary, base: Base) -> Seen:
    """The words for an item, as they are sent."""
    if isinstance(item, Entry):
        verdict = Verdict("scam", category=item.category, entry=item.id, score=1.0)
    elif isinstance(item, Guide):
        verdict = Verdict("info", entry=item.id, score=1.0)
    else:
        verdict = Verdict("info", subject=f"ordinary:{item.subject}")

    def said(chat: ChatType) -> str:
        return finish(compose(verdict, chat, base.lexicon), chat)

    return Seen(said("private"), said("group"))
