"""A publication in one step: checked, tried, written whole, kept with who, when, why (design §3)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.clock import Clock
from bot.kb.items import is_editable
from bot.kb.journal import FolderChanged, digest_of, finish, write_all
from bot.problems import Invalid, Problem
from bot.publishing import tries
from bot.publishing.candidate import Bench, Changed, examine, snapshot
from bot.publishing.merge import Files, Merged, touched
from bot.publishing.tries import Report
from bot.respond import Base
from bot.store.api import Store
from bot.store.api_editing import FileChange, RevisionKind, RevisionRow

_AGAIN = 3
"""How often a publication is checked anew because another one came in between."""

Decide = Callable[[Files], Merged]
"""What is to be written, from the files as they are now."""


@dataclass(frozen=True, slots=True)
class Published:
    """What came of it. ``number`` is 0 where nothing was written, and the other fields say why."""

    number: int = 0
    problems: tuple[Problem, ...] = ()
    old: tuple[Problem, ...] = ()
    trials: str = ""
    clashes: tuple[str, ...] = field(default_factory=tuple)
    refusal: str = ""


class Publisher:
    """Publishes changes of one knowledge folder."""

    def __init__(
        self,
        folder: Path,
        store: Store,
        clock: Clock,
        published: Callable[[], Base],
        bench: Bench,
    ) -> None:
        """``published`` is the base that answers now."""
        self._folder = folder
        self._store = store
        self._clock = clock
        self._published = published
        self._bench = bench

    def publish(
        self,
        person: str,
        kind: RevisionKind,
        reason: str,
        decide: Decide,
        report: Report = lambda done, total: None,
        tried: bool = True,
    ) -> Published:
        """Publish what ``decide`` says, or nothing. ``tried`` False skips the trials; only for
        changes that no judging depends on."""
        for _ in range(_AGAIN):
            finish(self._folder)
            expected = digest_of(self._folder)
            files = snapshot(self._folder).files
            merged = decide(files)
            found = self._checked(files, merged, report, tried)
            if found.refusal or found.problems or found.clashes:
                return found
            try:
                return self._write(person, kind, reason, files, merged.files, found, expected)
            except FolderChanged:
                continue
        return Published(refusal="别人也在发布，请过一会儿再试")

    def settle(self) -> None:
        """Say of publications that were cut short whether their files are there."""
        for row in self._store.editing.unfinished():
            finish(self._folder)
            files = snapshot(self._folder).files
            changes = self._store.editing.changes(row.number)
            if all(files.get(one.name) == one.became for one in changes):
                self._end(row, changes)
            else:
                self._store.editing.drop_revision(row.number)

    def _checked(self, files: Files, merged: Merged, report: Report, tried: bool) -> Published:
        if merged.problems or merged.clashes:
            clashes = tuple(clash.change.name for clash in merged.clashes)
            return Published(problems=tuple(merged.problems), clashes=clashes)
        if not merged.files:
            return Published(refusal="和现在的一样，没有要发布的")
        if not all(map(is_editable, merged.files)):
            return Published(refusal="里面有不能在后台改的文件")
        problems, _ = examine(self._folder, merged.files)
        if problems:
            return Published(problems=tuple(problems))
        if not tried:
            return Published(trials="只改了日期，不用试题")
        return self._try(files, merged.files, report)

    def _try(self, files: Files, changed: Changed, report: Report) -> Published:
        try:
            candidate = self._bench.compiled(changed)
        except Invalid as invalid:
            return Published(problems=invalid.problems)
        trial = tries.run(
            self._published(),
            candidate,
            frozenset(touched(files, changed)),
            frozenset(f"{self._folder.name}/{name}" for name in changed),
            report,
            time.monotonic,
        )
        return Published(problems=trial.blocking, old=trial.old, trials=trial.words)

    def _write(
        self,
        person: str,
        kind: RevisionKind,
        reason: str,
        files: Files,
        changed: Changed,
        found: Published,
        expected: str,
    ) -> Published:
        changes = tuple(
            FileChange(name, files.get(name), text) for name, text in sorted(changed.items())
        )
        now = self._clock.now()
        number = self._store.editing.begin_revision(
            person, kind, reason, found.trials, changes, now
        )
        content: Mapping[str, bytes | None] = {
            name: None if text is None else text.encode() for name, text in changed.items()
        }
        try:
            write_all(self._folder, content, expected)
        except FolderChanged:
            self._store.editing.drop_revision(number)
            raise
        except OSError as error:
            self._store.editing.drop_revision(number)
            return Published(
                refusal=f"写不进去（{error.strerror}），什么也没有改。请看看磁盘和权限"
            )
        row = self._store.editing.revision(number)
        if row is not None:
            self._end(row, changes)
        return Published(number=number, old=found.old, trials=found.trials)

    def _end(self, row: RevisionRow, changes: tuple[FileChange, ...]) -> None:
        names = "、".join(one.name for one in changes)
        with self._store.transaction():
            self._store.editing.finish_revision(row.number)
            self._store.audit.note(
                row.author,
                f"kb_{row.kind}",
                f"kb:{row.number}",
                f"{row.reason}（{names}；{row.trials}）",
                self._clock.now(),
            )
