"""Who did what to which thing, and when. Lines are only ever added."""

from __future__ import annotations

from datetime import datetime

from bot.store.api import AuditRow, AuditSearch
from bot.store.engine import Engine, Row
from bot.store.moments import EVER, from_text, to_text

_COLUMNS = "happened_at, actor, action, subject, detail, was, became"
_NOTE = f"""
    INSERT INTO audit ({_COLUMNS})
    VALUES (:now, :actor, :action, :subject, :detail, :before, :after)"""  # noqa: S608
_ABOUT = f"""
    SELECT {_COLUMNS} FROM audit
    WHERE subject = :subject ORDER BY happened_at"""  # noqa: S608  # the columns are a constant
_FIND = f"""
    SELECT {_COLUMNS} FROM audit
    WHERE happened_at >= :since AND happened_at < :until
    ORDER BY happened_at DESC, subject, action LIMIT :limit OFFSET :offset"""  # noqa: S608
_BY = "actor = :actor AND happened_at >= :since"
# What lies below a subject: '0' is the sign that follows '/'. Needs byte order, as SQLite has.
_ABOUT_IT = "(subject = :subject OR (subject >= :below AND subject < :beyond))"
_FIND_BY = _FIND.replace("happened_at >= :since", _BY)
_FIND_ABOUT = _FIND.replace("WHERE", f"WHERE {_ABOUT_IT} AND")
_FIND_BY_ABOUT = _FIND_BY.replace("WHERE", f"WHERE {_ABOUT_IT} AND")
# From one actor to the next by the index; DISTINCT would read every line.
_ACTORS = """
    WITH RECURSIVE seen (actor) AS (
        SELECT MIN(actor) FROM audit
        UNION ALL
        SELECT (SELECT MIN(actor) FROM audit WHERE actor > seen.actor) FROM seen
        WHERE seen.actor IS NOT NULL)
    SELECT actor FROM seen WHERE actor IS NOT NULL"""


class SqlAudit:
    """Implements ``api.Audit``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def note(
        self,
        actor: str,
        action: str,
        subject: str,
        detail: str,
        now: datetime,
        before: str = "",
        after: str = "",
    ) -> None:
        self._engine.change(
            _NOTE,
            {
                "now": to_text(now),
                "actor": actor,
                "action": action,
                "subject": subject,
                "detail": detail,
                "before": before,
                "after": after,
            },
        )

    def about(self, subject: str) -> tuple[AuditRow, ...]:
        return tuple(map(_line, self._engine.select(_ABOUT, {"subject": subject})))

    def find(self, search: AuditSearch, limit: int, offset: int = 0) -> tuple[AuditRow, ...]:
        # One statement for each case, so that an index leads straight to the lines.
        if search.subject:
            sql = _FIND_BY_ABOUT if search.actor else _FIND_ABOUT
        else:
            sql = _FIND_BY if search.actor else _FIND
        rows = self._engine.select(
            sql,
            {
                "since": to_text(search.since) if search.since else EVER[0],
                "until": to_text(search.until) if search.until else EVER[1],
                "actor": search.actor,
                "subject": search.subject,
                "below": search.subject + "/",
                "beyond": search.subject + "0",
                "limit": limit,
                "offset": offset,
            },
        )
        return tuple(map(_line, rows))

    def actors(self) -> tuple[str, ...]:
        return tuple(row[0] for row in self._engine.select(_ACTORS))


def _line(row: Row) -> AuditRow:
    return AuditRow(from_text(row[0]), *row[1:])
