"""Who did what to which warning, and when. Lines are only ever added."""

from __future__ import annotations

from datetime import datetime

from bot.store.api import AuditRow
from bot.store.engine import Engine
from bot.store.moments import from_text, to_text

_NOTE = """
    INSERT INTO audit (happened_at, actor, action, subject, detail)
    VALUES (:now, :actor, :action, :subject, :detail)"""
_ABOUT = """
    SELECT happened_at, actor, action, subject, detail FROM audit
    WHERE subject = :subject ORDER BY happened_at"""


class SqlAudit:
    """Implements ``api.Audit``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def note(self, actor: str, action: str, subject: str, detail: str, now: datetime) -> None:
        self._engine.change(
            _NOTE,
            {
                "now": to_text(now),
                "actor": actor,
                "action": action,
                "subject": subject,
                "detail": detail,
            },
        )

    def about(self, subject: str) -> tuple[AuditRow, ...]:
        rows = self._engine.select(_ABOUT, {"subject": subject})
        return tuple(AuditRow(from_text(row[0]), *row[1:]) for row in rows)
