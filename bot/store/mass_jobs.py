"""Mass sends of official accounts: which the platform took, and how they ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.store.api import MassJobRow
from bot.store.engine import Engine
from bot.store.moments import from_text, to_text

_ADD = """
    INSERT INTO mass_jobs (account, job, tag, accepted_at, status, total, filtered, sent, failed)
    VALUES (:account, :job, :tag, :now, '', 0, 0, 0, 0)
    ON CONFLICT (account, job) DO UPDATE SET tag = excluded.tag"""
_FINISH = """
    INSERT INTO mass_jobs (account, job, tag, accepted_at, status, total, filtered, sent, failed)
    VALUES (:account, :job, :tag, :now, :status, :total, :filtered, :sent, :failed)
    ON CONFLICT (account, job) DO UPDATE SET status = excluded.status, total = excluded.total,
        filtered = excluded.filtered, sent = excluded.sent, failed = excluded.failed"""
_ONE = """
    SELECT job, tag, accepted_at, status, total, filtered, sent, failed FROM mass_jobs
    WHERE account = :account AND job = :job"""
_TAKEN = """
    SELECT tag, COUNT(*) FROM mass_jobs
    WHERE account = :account AND accepted_at >= :since GROUP BY tag"""


class SqlMassJobs:
    """Implements ``api.MassJobs``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, account: str, job: str, tag: str, now: datetime) -> None:
        values = {"account": account, "job": job, "tag": tag, "now": to_text(now)}
        self._engine.change(_ADD, values)

    def finish(self, account: str, row: MassJobRow) -> None:
        self._engine.change(
            _FINISH,
            {
                "account": account,
                "job": row.job,
                "tag": row.tag,
                "now": to_text(row.accepted_at),
                "status": row.status,
                "total": row.total,
                "filtered": row.filtered,
                "sent": row.sent,
                "failed": row.failed,
            },
        )

    def one(self, account: str, job: str) -> MassJobRow | None:
        rows = self._engine.select(_ONE, {"account": account, "job": job})
        if not rows:
            return None
        row = rows[0]
        return MassJobRow(row[0], row[1], from_text(row[2]), row[3], *row[4:])

    def taken_since(self, account: str, since: datetime) -> Mapping[str, int]:
        return dict(self._engine.select(_TAKEN, {"account": account, "since": to_text(since)}))
