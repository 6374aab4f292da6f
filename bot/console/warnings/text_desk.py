"""Saving and removing texts of the library: checked by the loader, with the audit line in the same
step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

from bot.broadcasting.book import read_text
from bot.broadcasting.calendar import Once
from bot.broadcasting.desk import Desk
from bot.broadcasting.files import BookFiles, Stale, fingerprint
from bot.broadcasting.model import Fixed, LibraryText, Plan, Selection
from bot.broadcasting.preview import Preview, preview
from bot.broadcasting.text_yaml import changed, ids, text_item, without
from bot.broadcasting.yaml_edit import mapping_text
from bot.console.services import ConsoleServices
from bot.console.warnings.text_form import TextForm
from bot.problems import Problem
from bot.store.api import EditionRow

DRAFT = "preview"
"""Stands for the id of a text that has none yet while it is looked at."""

_AHEAD = timedelta(days=14)
"""How far ahead frozen editions are looked for; they are frozen 7 days ahead at the earliest."""


class TextDesk:
    """What ``person`` does with the library's texts."""

    def __init__(self, services: ConsoleServices, person: str) -> None:
        self._services = services
        self._person = person
        self._files = BookFiles(services.config.broadcasts)

    def seen(self, text: LibraryText) -> str:
        """The fingerprint of a text's own lines as they are now, '' where there is none."""
        file = self._files.read(self._files.text_file(text.id, text.category))
        return _mark(text_item(file or "", text.id))

    def draft(self, form: TextForm, name: str = DRAFT) -> str:
        """The form as YAML of its own."""
        return mapping_text(form.document(name), None)

    def read(self, form: TextForm, name: str) -> tuple[LibraryText | None, tuple[Problem, ...]]:
        """The text the form stands for, and what is wrong with it; the lines of the problems are
        those of ``draft``."""
        folder = self._services.config.broadcasts
        return read_text(self.draft(form, name).encode(), "text", folder)

    def looks(self, text: LibraryText) -> Preview:
        """The text as it would go out to every group it is for; where there is none yet, as all
        groups would see it."""
        flow, now = self._services.warnings(), self._services.clock.now()
        selection = Selection(audience=frozenset(text.audience))
        if not any(map(selection.holds, flow.book.groups.values())):
            selection = Selection()
        library = {**flow.book.library, text.id: text}
        flow = replace(flow, book=replace(flow.book, library=library))
        content = Fixed({"all": text.id})
        plan = Plan(DRAFT, text.title, Once(now), selection, content, self._person, True)
        return preview(plan, flow, Desk(flow, self._person), now)

    def frozen_with(self, text: str) -> tuple[EditionRow, ...]:
        """Editions that hold the text and have not begun to go out: a change freezes them anew."""
        store, now = self._services.store, self._services.clock.now()
        waiting = store.editions.in_state("awaiting_approval")
        coming = store.editions.between(now, now + _AHEAD)
        return tuple(
            edition
            for edition in (*waiting, *(one for one in coming if one.state == "approved"))
            if any(row.text_id == text for row in store.editions.texts(edition.id).values())
            and not any(row.attempts for row in store.deliveries.of(edition.id))
        )

    def save(self, form: TextForm, name: str, seen: str, now: datetime) -> str:
        """Write a text and return its id, which is made where ``name`` is ''. ``seen`` is the
        fingerprint of its lines as they were read, '' for a new one.

        Raises:
            Stale: somebody else changed the text meanwhile, or took the new id.
            Invalid: with every problem.
        """
        file = self._files.text_file(name, form.category)
        made = name or self._free_id(form, self._files.read(file) or "")

        def change(current: str | None) -> str:
            return changed(_still(current or "", made, seen), form.document(made))

        self._write(file, change, "text_saved", made, now)
        return made

    def remove(self, text: LibraryText, seen: str, now: datetime) -> None:
        """Take a text out of the library.

        Raises:
            Stale: somebody else changed the text meanwhile.
            Invalid: a plan or its category cannot do without it; with every problem.
        """

        def change(current: str | None) -> str | None:
            return without(_still(current or "", text.id, seen), text.id)

        file = self._files.text_file(text.id, text.category)
        self._write(file, change, "text_removed", text.id, now)

    def _free_id(self, form: TextForm, file: str) -> str:
        taken = {*self._services.book.current().library, *ids(file)}
        begin = f"{form.category.replace('_', '-')}-{(*form.audience, 'all')[0]}"
        return next(name for number in count(1) if (name := f"{begin}-{number}") not in taken)

    def _write(
        self,
        file: str,
        change: Callable[[str | None], str | None],
        action: str,
        name: str,
        now: datetime,
    ) -> None:
        store = self._services.store

        def note(before: str, after: str) -> None:
            was, becomes = (text_item(text, name) for text in (before, after))
            store.audit.note(self._person, action, f"text:{name}", "", now, was, becomes)

        secrets = self._services.book.current().secrets
        with store.transaction():
            self._files.write(file, change, secrets, note)


def _mark(lines: str) -> str:
    return fingerprint(lines) if lines else ""


def _still(file: str, text: str, seen: str) -> str:
    current = text_item(file, text)
    if _mark(current) != seen:
        raise Stale(current or None)
    return file
