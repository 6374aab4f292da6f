"""Saving and removing plans: checked by the loader, with the audit line in the same step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.broadcasting.book import read_plan
from bot.broadcasting.files import BookFiles, Stale, fingerprint
from bot.broadcasting.model import Book, Plan
from bot.broadcasting.services import BroadcastServices
from bot.broadcasting.yaml_edit import mapping_text
from bot.console.services import ConsoleServices
from bot.console.warnings.plan_form import PlanForm
from bot.problems import Problem

_DRAFT = "preview"
"""Stands for the id of a plan that has none yet while it is looked at."""


class PlanDesk:
    """What ``person`` does with plans."""

    def __init__(self, services: ConsoleServices, person: str) -> None:
        self._services = services
        self._person = person
        self._files = BookFiles(services.config.broadcasts)

    def file_of(self, plan: str) -> tuple[str, str]:
        """The fingerprint of a plan's file as it is now, and its text."""
        text = self._files.read(self._files.plan_file(plan))
        return fingerprint(text), text or ""

    def draft(self, form: PlanForm) -> str:
        """The form as the text of a file of its own."""
        draft = form if form.plan else replace(form, plan=_DRAFT)
        return mapping_text(draft.document(self._person), None)

    def read(self, form: PlanForm, book: Book) -> tuple[Plan | None, tuple[Problem, ...]]:
        """The plan the form stands for, and what is wrong with it, beside this book.

        The lines of the problems are those of ``draft``."""
        return read_plan(self.draft(form).encode(), "plan", book)

    def beside(self, plan: Plan) -> BroadcastServices:
        """The warning flow as if the plan were saved."""
        flow = self._services.warnings()
        plans = {**flow.book.plans, plan.id: plan}
        return replace(flow, book=replace(flow.book, plans=plans))

    def save(self, form: PlanForm, seen: str, now: datetime) -> None:
        """Write the plan. ``seen`` is the fingerprint of its file as it was read, '' for a new one.

        Raises:
            Stale: somebody else changed the plan meanwhile, or the new id is taken.
            Invalid: with every problem.
        """

        def change(current: str | None) -> str:
            if fingerprint(current) != seen:
                raise Stale(current)
            return mapping_text(form.document(self._person), current)

        self._write(form.plan, change, "plan_saved", now)

    def remove(self, plan: str, seen: str, now: datetime) -> None:
        """Delete the plan's file.

        Raises:
            Stale: somebody else changed the plan meanwhile.
            Invalid: the folder has problems that must be mended first.
        """

        def change(current: str | None) -> None:
            if fingerprint(current) != seen:
                raise Stale(current)

        self._write(plan, change, "plan_removed", now)

    def _write(
        self, plan: str, change: Callable[[str | None], str | None], action: str, now: datetime
    ) -> None:
        store = self._services.store

        def note(before: str, after: str) -> None:
            store.audit.note(self._person, action, f"plan:{plan}", "", now, before, after)

        secrets = self._services.book.current().secrets
        with store.transaction():
            self._files.write(self._files.plan_file(plan), change, secrets, note)
