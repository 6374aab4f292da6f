"""What editing the knowledge base asks of the store: drafts, revisions with their texts, jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

RevisionKind = Literal["publish", "rollback", "reviewed"]
JobState = Literal["waiting", "running", "done", "failed"]


@dataclass(frozen=True, slots=True)
class DraftRow:
    """What a person is writing. ``base`` is the item's text when they began, '' for a new one.

    ``kind`` and ``name`` say which item (bot/kb/items.py), ``file`` is the path below knowledge/.
    """

    person: str
    kind: str
    name: str
    file: str
    base: str
    text: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class FileChange:
    """A whole file before and after; None where there was, or is, none."""

    name: str
    was: str | None
    became: str | None


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """A publication. ``done`` is False until all files are known to be written.

    ``trials`` says in words what was tried before."""

    number: int
    author: str
    kind: RevisionKind
    reason: str
    published_at: datetime
    done: bool
    trials: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JobRow:
    """Work in a background thread. ``result`` is JSON, '' until there is one."""

    job: str
    person: str
    kind: str
    state: JobState
    done: int
    total: int
    result: str
    touched_at: datetime


@dataclass(frozen=True, slots=True)
class Use:
    """How often an entry was the answer, and when last."""

    count: int
    last: datetime | None


class Editing(Protocol):
    """Drafts, the history of publications, jobs, and how often entries answered."""

    def put_draft(self, draft: DraftRow) -> None:
        """Keep a draft, in place of the person's earlier one of the same item."""

    def draft(self, person: str, kind: str, name: str) -> DraftRow | None: ...

    def drafts(self, person: str) -> tuple[DraftRow, ...]:
        """Last changed first."""

    def drafting(self, kind: str, name: str) -> tuple[str, ...]:
        """Who has a draft of the item."""

    def drop_draft(self, person: str, kind: str, name: str) -> bool: ...

    def begin_revision(
        self,
        author: str,
        kind: RevisionKind,
        reason: str,
        trials: str,
        files: tuple[FileChange, ...],
        now: datetime,
    ) -> int:
        """Store a publication that is about to be written; its number."""

    def finish_revision(self, number: int) -> None: ...

    def drop_revision(self, number: int) -> None:
        """Forget a publication that was not written after all."""

    def unfinished(self) -> tuple[RevisionRow, ...]: ...

    def revision(self, number: int) -> RevisionRow | None: ...

    def history(self, limit: int, offset: int = 0) -> tuple[RevisionRow, ...]:
        """Newest first."""

    def changes(self, number: int) -> tuple[FileChange, ...]:
        """The files of a publication, by name."""

    def first_changes_since(self, number: int) -> Mapping[str, str | None]:
        """Of every file changed by this publication or a later one: its text before that."""

    def put_job(self, job: JobRow) -> None:
        """Keep a job as it is now; jobs older than a day are forgotten."""

    def job(self, job: str) -> JobRow | None: ...

    def jobs(self, person: str, limit: int) -> tuple[JobRow, ...]:
        """The jobs of a person, the one touched last first."""

    def use_of(self, entry: str) -> Use: ...

    def uses(self, since: datetime) -> Mapping[str, int]:
        """Per entry or guide, how often it was the answer."""
