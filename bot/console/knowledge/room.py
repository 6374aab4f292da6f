"""What the pages of the knowledge base share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import abort, render_template

from bot.console.guard import person
from bot.console.services import ConsoleServices
from bot.kb.catalogue import Catalogue, Row, catalogue_of
from bot.kb.items import KINDS, is_editable
from bot.publishing.desk import KnowledgeDesk
from bot.publishing.merge import current_text
from bot.respond import Base
from bot.store.api import Store
from bot.store.api_editing import DraftRow
from bot.store.asked import Addition

KIND_WORDS = {"entry": "手法", "guide": "解答", "ordinary": "平常消息", "file": "整个文件"}
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
            return Row("file", name, name, name, name, None, "")
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

    def show(self, template: str, **values: Any) -> str:
        """A page with what every one of them needs."""
        return render_template(
            f"console/{template}", KIND_WORDS=KIND_WORDS, drafts_count=self.count(), **values
        )

    def count(self) -> int:
        """How many drafts this person has."""
        return len(self.drafts()) if person().may("knowledge.edit") else 0
