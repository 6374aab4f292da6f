"""What the pages of the knowledge base share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import abort, render_template

from bot.console.guard import person
from bot.console.knowledge.field_words import (
    AUDIENCE_WORDS,
    FIELD_WORDS,
    SEVERITY_WORDS,
    plainly,
)
from bot.console.services import ConsoleServices
from bot.kb.catalogue import Catalogue, Row, catalogue_of
from bot.kb.items import KINDS, is_editable
from bot.publishing.changes import title_of
from bot.publishing.desk import KnowledgeDesk
from bot.publishing.merge import current_text
from bot.respond import Base
from bot.store.api import Store
from bot.store.api_editing import DraftRow, JobRow
from bot.store.asked import Addition

KIND_WORDS = {"entry": "手法", "guide": "解答", "ordinary": "平常消息", "file": "整个文件"}
JOB_WORDS = {"publish": "发布", "rollback": "退回", "compare": "对比", "ask": "试问"}
_GOING = frozenset({"waiting", "running"})
FILE_WORDS = {
    "replies.yaml": "回复模板",
    "quiz.yaml": "小测题",
    "official.yaml": "官方电话和网址",
}
"""Files without items that may be edited as a whole."""

MOST_WISHED = 500
"""Phrasings looked through; more have never waited."""


@dataclass(slots=True)
class Room:
    """Services, and the catalogue of the base that answers now."""

    services: ConsoleServices
    desk: KnowledgeDesk
    _kept: list[tuple[str, Catalogue]] = field(default_factory=list)

    @classmethod
    def over(cls, services: ConsoleServices) -> Room:
        live = services.live
        folder = services.config.knowledge
        desk = KnowledgeDesk(folder, services.store, services.clock, live.current, live.build)
        return cls(services, desk)

    @property
    def store(self) -> Store:
        return self.services.store

    @property
    def base(self) -> Base:
        """The base that answers now."""
        return self.services.live.current()

    @property
    def today(self) -> date:
        """In the station's time zone."""
        return self.services.clock.now().astimezone(self.services.config.timezone).date()

    def catalogue(self) -> Catalogue:
        """Of the base that answers now; made once per revision."""
        base = self.base
        kept = self._kept[-1] if self._kept else None
        if kept is None or kept[0] != base.revision:
            kept = (base.revision, catalogue_of(base.judge.knowledge, self.desk.files()))
            self._kept[:] = [kept]
        return kept[1]

    def row(self, kind: str, name: str) -> Row | None:
        """A published item. Unknown kinds and files that are not editable are not found."""
        if kind not in KINDS or (kind == "file" and not is_editable(name)):
            abort(404)
        if kind == "file":
            return Row("file", name, name, name, name, None, "", "")
        return self.catalogue().find(kind, name)

    def draft(self, kind: str, name: str) -> DraftRow | None:
        """This person's draft of the item."""
        return self.store.editing.draft(person().name, kind, name)

    def drafts(self) -> tuple[DraftRow, ...]:
        """All drafts of this person."""
        return self.store.editing.drafts(person().name)

    def opened(self, kind: str, name: str) -> DraftRow:
        """What an editor begins with: the person's draft, else the item as it is published."""
        kept = self.draft(kind, name)
        if kept is not None:
            return kept
        row = self.row(kind, name)
        if row is None:
            abort(404)
        text = current_text(self.desk.files(), row.file, kind, name)
        if not text:
            abort(404)
        return DraftRow(person().name, kind, name, row.file, "", text, self.services.clock.now())

    def wished(self, item: str, group: str = "") -> tuple[Addition, ...]:
        """Phrasings that wait to be written into an item; for a new one ('') those of ``group``."""
        pending = self.store.questions.additions("pending", MOST_WISHED)
        return tuple(one for one in pending if one.item == item and (item or one.group == group))

    def label(self, file: str) -> str:
        """What people call a file; ``file`` is its path below knowledge/."""
        shelves = (shelf.label for shelf in self.catalogue().shelves if shelf.file == file)
        return next(shelves, FILE_WORDS.get(file, file))

    def titles(self) -> dict[str, str]:
        """Of published entries and guides, and of those this person has begun, by their id."""
        begun = {d.name: title_of(d.kind, d.name, d.text) for d in self.drafts() if not d.base}
        return begun | {row.name: row.title for row in self.catalogue().rows if row.review_by}

    def going(self) -> JobRow | None:
        """What this person has set going and is not through yet."""
        if not person().may("knowledge.edit"):
            return None
        return next((j for j in self.desk.jobs.of(person().name) if j.state in _GOING), None)

    def show(self, template: str, **values: Any) -> str:
        """A page with what every one of them needs."""
        signs = {sign.id: sign.name for sign in self.base.judge.knowledge.signs}
        return render_template(
            f"console/{template}",
            KIND_WORDS=KIND_WORDS,
            FIELD_WORDS=FIELD_WORDS,
            CHOICE_WORDS={"signs": signs, "audience": AUDIENCE_WORDS, "severity": SEVERITY_WORDS},
            JOB_WORDS=JOB_WORDS,
            drafts_count=self.count(),
            going=self.going(),
            label=self.label,
            plainly=lambda words, titles=None: plainly(words, titles or {}),
            **values,
        )

    def count(self) -> int:
        """How many drafts this person has."""
        return len(self.drafts()) if person().may("knowledge.edit") else 0
