"""Drafts, revisions of the knowledge base with their full texts, and jobs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.store.api_editing import DraftRow, FileChange, JobRow, RevisionKind, RevisionRow, Use
from bot.store.engine import Engine, Row
from bot.store.moments import from_optional, from_text, to_text

_JOBS_KEPT = timedelta(days=1)
"""Results quote residents' questions, scrubbed as they are."""

_DRAFT = "person, kind, name, file, base, text, changed_at"
_PUT_DRAFT = f"""
    INSERT INTO kb_drafts ({_DRAFT})
    VALUES (:person, :kind, :name, :file, :base, :text, :changed_at)
    ON CONFLICT (person, kind, name) DO UPDATE SET file = excluded.file, base = excluded.base,
        text = excluded.text, changed_at = excluded.changed_at"""  # noqa: S608
_ONE_DRAFT = f"""
    SELECT {_DRAFT} FROM kb_drafts
    WHERE person = :person AND kind = :kind AND name = :name"""  # noqa: S608
_DRAFTS = f"""
    SELECT {_DRAFT} FROM kb_drafts WHERE person = :person
    ORDER BY changed_at DESC, kind, name"""  # noqa: S608
_DRAFTING = "SELECT person FROM kb_drafts WHERE kind = :kind AND name = :name ORDER BY person"
_DROP_DRAFT = "DELETE FROM kb_drafts WHERE person = :person AND kind = :kind AND name = :name"

_BEGIN = """
    INSERT INTO kb_revisions (number, author, kind, reason, published_at, done, trials)
    SELECT COALESCE(MAX(number), 0) + 1, :author, :kind, :reason, :now, 0, :trials
    FROM kb_revisions RETURNING number"""
_ADD_FILE = """
    INSERT INTO kb_revision_files (number, name, was, became)
    VALUES (:number, :name, :was, :became)"""
_FINISH = "UPDATE kb_revisions SET done = 1 WHERE number = :number"
_DROP = "DELETE FROM kb_revisions WHERE number = :number AND done = 0"
_DROP_FILES = "DELETE FROM kb_revision_files WHERE number = :number"
_REVISION = "SELECT number, author, kind, reason, published_at, done, trials FROM kb_revisions"
_HISTORY = _REVISION + " ORDER BY number DESC LIMIT :limit OFFSET :offset"
_ONE_REVISION = _REVISION + " WHERE number = :number"
_UNFINISHED = _REVISION + " WHERE done = 0 ORDER BY number"
_NAMES = """
    SELECT number, name FROM kb_revision_files
    WHERE number >= :least AND number <= :most ORDER BY name"""
_CHANGES = """
    SELECT name, was, became FROM kb_revision_files WHERE number = :number ORDER BY name"""
_SINCE = """
    SELECT name, was FROM kb_revision_files WHERE number >= :number ORDER BY number DESC"""

_JOB = "job, person, kind, state, done, total, result, touched_at"
_PUT_JOB = f"""
    INSERT INTO kb_jobs ({_JOB})
    VALUES (:job, :person, :kind, :state, :done, :total, :result, :touched_at)
    ON CONFLICT (job) DO UPDATE SET state = excluded.state, done = excluded.done,
        total = excluded.total, result = excluded.result,
        touched_at = excluded.touched_at"""  # noqa: S608
_ONE_JOB = f"SELECT {_JOB} FROM kb_jobs WHERE job = :job"  # noqa: S608
_JOBS_OF = f"""
    SELECT {_JOB} FROM kb_jobs WHERE person = :person
    ORDER BY touched_at DESC, job LIMIT :limit"""  # noqa: S608
_FORGET_JOBS = "DELETE FROM kb_jobs WHERE touched_at < :before"

_USE = "SELECT COUNT(*), MAX(answered_at) FROM answers WHERE entry = :entry"
_USES = """
    SELECT entry, COUNT(*) FROM answers
    WHERE entry IS NOT NULL AND answered_at >= :since GROUP BY entry"""


class SqlEditing:
    """Implements ``api_editing.Editing``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put_draft(self, draft: DraftRow) -> None:
        self._engine.change(
            _PUT_DRAFT,
            {
                "person": draft.person,
                "kind": draft.kind,
                "name": draft.name,
                "file": draft.file,
                "base": draft.base,
                "text": draft.text,
                "changed_at": to_text(draft.changed_at),
            },
        )

    def draft(self, person: str, kind: str, name: str) -> DraftRow | None:
        rows = self._engine.select(_ONE_DRAFT, {"person": person, "kind": kind, "name": name})
        return _draft(rows[0]) if rows else None

    def drafts(self, person: str) -> tuple[DraftRow, ...]:
        return tuple(map(_draft, self._engine.select(_DRAFTS, {"person": person})))

    def drafting(self, kind: str, name: str) -> tuple[str, ...]:
        rows = self._engine.select(_DRAFTING, {"kind": kind, "name": name})
        return tuple(row[0] for row in rows)

    def drop_draft(self, person: str, kind: str, name: str) -> bool:
        return self._engine.change(_DROP_DRAFT, {"person": person, "kind": kind, "name": name}) == 1

    def begin_revision(
        self,
        author: str,
        kind: RevisionKind,
        reason: str,
        trials: str,
        files: tuple[FileChange, ...],
        now: datetime,
    ) -> int:
        with self._engine.transaction():
            rows = self._engine.returning(
                _BEGIN,
                {
                    "author": author,
                    "kind": kind,
                    "reason": reason,
                    "trials": trials,
                    "now": to_text(now),
                },
            )
            number = int(rows[0][0])
            self._engine.change_many(
                _ADD_FILE,
                [
                    {"number": number, "name": f.name, "was": f.was, "became": f.became}
                    for f in files
                ],
            )
        return number

    def finish_revision(self, number: int) -> None:
        self._engine.change(_FINISH, {"number": number})

    def drop_revision(self, number: int) -> None:
        with self._engine.transaction():
            if self._engine.change(_DROP, {"number": number}):
                self._engine.change(_DROP_FILES, {"number": number})

    def unfinished(self) -> tuple[RevisionRow, ...]:
        return self._revisions(self._engine.select(_UNFINISHED))

    def revision(self, number: int) -> RevisionRow | None:
        return next(
            iter(self._revisions(self._engine.select(_ONE_REVISION, {"number": number}))), None
        )

    def history(self, limit: int, offset: int = 0) -> tuple[RevisionRow, ...]:
        return self._revisions(self._engine.select(_HISTORY, {"limit": limit, "offset": offset}))

    def _revisions(self, rows: list[Row]) -> tuple[RevisionRow, ...]:
        if not rows:
            return ()
        numbers = [row[0] for row in rows]
        names: dict[int, list[str]] = {}
        for number, name in self._engine.select(
            _NAMES, {"least": min(numbers), "most": max(numbers)}
        ):
            names.setdefault(number, []).append(name)
        return tuple(
            RevisionRow(
                number=row[0],
                author=row[1],
                kind=row[2],
                reason=row[3],
                published_at=from_text(row[4]),
                done=bool(row[5]),
                trials=row[6],
                files=tuple(names.get(row[0], ())),
            )
            for row in rows
        )

    def changes(self, number: int) -> tuple[FileChange, ...]:
        rows = self._engine.select(_CHANGES, {"number": number})
        return tuple(FileChange(row[0], row[1], row[2]) for row in rows)

    def first_changes_since(self, number: int) -> Mapping[str, str | None]:
        # The earliest comes last and wins.
        return {row[0]: row[1] for row in self._engine.select(_SINCE, {"number": number})}

    def put_job(self, job: JobRow) -> None:
        self._engine.change(
            _PUT_JOB,
            {
                "job": job.job,
                "person": job.person,
                "kind": job.kind,
                "state": job.state,
                "done": job.done,
                "total": job.total,
                "result": job.result,
                "touched_at": to_text(job.touched_at),
            },
        )
        self._engine.change(_FORGET_JOBS, {"before": to_text(job.touched_at - _JOBS_KEPT)})

    def job(self, job: str) -> JobRow | None:
        rows = self._engine.select(_ONE_JOB, {"job": job})
        return _job(rows[0]) if rows else None

    def jobs(self, person: str, limit: int) -> tuple[JobRow, ...]:
        rows = self._engine.select(_JOBS_OF, {"person": person, "limit": limit})
        return tuple(map(_job, rows))

    def use_of(self, entry: str) -> Use:
        count, last = self._engine.select(_USE, {"entry": entry})[0]
        return Use(int(count), from_optional(last))

    def uses(self, since: datetime) -> Mapping[str, int]:
        return {row[0]: row[1] for row in self._engine.select(_USES, {"since": to_text(since)})}


def _draft(row: Row) -> DraftRow:
    person, kind, name, file, base, text, changed_at = row
    return DraftRow(person, kind, name, file, base, text, from_text(changed_at))


def _job(row: Row) -> JobRow:
    job, person, kind, state, done, total, result, touched_at = row
    return JobRow(job, person, kind, state, done, total, result, from_text(touched_at))
