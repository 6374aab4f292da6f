"""Who wrote to an official account lately, so that they may be written to for a while."""

from __future__ import annotations

from datetime import datetime

from bot.store.api import ReachableRow
from bot.store.engine import Engine, Values
from bot.store.moments import from_text, to_text

_TOUCH = """
    INSERT INTO reachable (account, person, sealed, last_at, sent)
    VALUES (:account, :person, :sealed, :at, 0)
    ON CONFLICT (account, person) DO UPDATE
        SET sealed = excluded.sealed, last_at = excluded.last_at, sent = 0
        WHERE reachable.last_at < excluded.last_at"""
_SINCE = """
    SELECT person, sealed, last_at FROM reachable
    WHERE account = :account AND last_at >= :since AND sent < :most ORDER BY last_at"""
_COUNT = """
    UPDATE reachable SET sent = sent + 1 WHERE account = :account AND person = :person"""
_DROP = "DELETE FROM reachable WHERE account = :account AND person = :person"
_FORGET = "DELETE FROM reachable WHERE last_at < :before"


class SqlReachable:
    """Implements ``api.Reachable``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def touch(self, account: str, person: str, sealed: str, at: datetime, kept: datetime) -> None:
        values = {"account": account, "person": person, "sealed": sealed, "at": to_text(at)}
        with self._engine.transaction():
            self.forget(kept)
            self._engine.change(_TOUCH, values)

    def since(self, account: str, since: datetime, most: int) -> tuple[ReachableRow, ...]:
        values: Values = {"account": account, "since": to_text(since), "most": most}
        rows = self._engine.select(_SINCE, values)
        return tuple(ReachableRow(row[0], row[1], from_text(row[2])) for row in rows)

    def count(self, account: str, person: str) -> None:
        self._engine.change(_COUNT, {"account": account, "person": person})

    def drop(self, account: str, person: str) -> None:
        self._engine.change(_DROP, {"account": account, "person": person})

    def forget(self, before: datetime) -> None:
        """Delete whoever last wrote before that moment."""
        self._engine.change(_FORGET, {"before": to_text(before)})
