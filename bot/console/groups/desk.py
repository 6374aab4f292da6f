"""What is done with the group book: one group, or a whole table; each with its audit line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.broadcasting.files import BookFiles, Stale, fingerprint
from bot.broadcasting.group_table import Read
from bot.broadcasting.group_yaml import changed, documents, group_text, without
from bot.console.services import ConsoleServices

FILE = "groups.yaml"
_MOST_IN_AUDIT = 20_000
"""Characters of the file an import keeps on each side; more than that nobody compares by eye."""


@dataclass(frozen=True, slots=True)
class Imported:
    """How many groups of a table were new, changed, and as they were."""

    added: int
    changed: int
    same: int


class GroupDesk:
    """What ``person`` does with the group book.

    All raise ``Invalid`` where the loader refuses the outcome; nothing is written then.
    """

    def __init__(self, services: ConsoleServices, person: str) -> None:
        self._services = services
        self._person = person
        self._files = BookFiles(services.config.broadcasts)

    def seen(self, group: str) -> str:
        """The fingerprint of a group's own lines as they are now, '' where there is none."""
        text = group_text(self._files.read(FILE) or "", group)
        return fingerprint(text) if text else ""

    def save(self, document: Mapping[str, Any], seen: str, now: datetime) -> None:
        """Add or change one group. ``seen`` is the fingerprint of its lines, '' for a new one.

        Raises:
            Stale: somebody else changed this group meanwhile, or the new id is taken.
        """
        group = str(document["id"])
        self._write(
            lambda text: changed(self._still(text, group, seen), [document]),
            "group_saved",
            group,
            now,
        )

    def remove(self, group: str, seen: str, now: datetime) -> None:
        """Take a group out of the book.

        Raises:
            Stale: somebody else changed this group meanwhile.
        """
        self._write(
            lambda text: without(self._still(text, group, seen), group),
            "group_removed",
            group,
            now,
        )

    def take_in(self, read: Read, now: datetime, only_look: bool) -> Imported:
        """Add and change all groups of a table in one step; ``only_look`` writes nothing."""
        text = self._files.read(FILE) or ""
        known = {item["id"]: item for item in documents(text)}
        added = sum(one["id"] not in known for one in read.documents)
        same = sum(known.get(one["id"]) == one for one in read.documents)
        found = Imported(added, len(read.documents) - added - same, same)
        if not only_look and same < len(read.documents):
            self._take(read, found, now)
        return found

    def _take(self, read: Read, found: Imported, now: datetime) -> None:
        def note(before: str, after: str) -> None:
            detail = f"新增 {found.added} 个，改了 {found.changed} 个"
            was, became = before[:_MOST_IN_AUDIT], after[:_MOST_IN_AUDIT]
            self._note("groups_imported", "groups", detail, now, was, became)

        secrets = self._services.book.current().secrets
        with self._services.store.transaction():
            self._files.write(
                FILE, lambda current: changed(current or "", read.documents), secrets, note
            )

    def _still(self, text: str | None, group: str, seen: str) -> str:
        current = group_text(text or "", group)
        if (fingerprint(current) if current else "") != seen:
            raise Stale(current or None)
        return text or ""

    def _write(
        self, change: Callable[[str | None], str], action: str, group: str, now: datetime
    ) -> None:
        def note(before: str, after: str) -> None:
            was, became = group_text(before, group), group_text(after, group)
            self._note(action, f"group:{group}", "", now, was, became)

        secrets = self._services.book.current().secrets
        with self._services.store.transaction():
            self._files.write(FILE, change, secrets, note)

    def _note(
        self, action: str, subject: str, detail: str, now: datetime, before: str, after: str
    ) -> None:
        self._services.store.audit.note(self._person, action, subject, detail, now, before, after)
