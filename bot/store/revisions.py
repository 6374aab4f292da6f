"""Which revisions of the knowledge base gave answers, and since when."""

from __future__ import annotations

from datetime import datetime

from bot.store.engine import Engine
from bot.store.moments import from_text, to_text

_NOTE = """
    INSERT INTO revisions (revision, first_used_at) VALUES (:revision, :now)
    ON CONFLICT (revision) DO NOTHING"""
_SINCE = "SELECT first_used_at FROM revisions WHERE revision = :revision"


class SqlRevisions:
    """Implements ``api.Revisions``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def note(self, revision: str, now: datetime) -> None:
        self._engine.change(_NOTE, {"revision": revision, "now": to_text(now)})

    def used_since(self, revision: str) -> datetime | None:
        rows = self._engine.select(_SINCE, {"revision": revision})
        return from_text(rows[0][0]) if rows else None
