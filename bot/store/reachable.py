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
_TAKE = """
    UPDATE reachable SET sent = sent + 1
    WHERE account = :account AND person = :person AND last_at >= :since AND sent < :most"""
_GIVE_BACK = """
    UPDATE reachable SET sent = sent - 1
    WHERE account = :account AND person = :person AND sent > 0"""
_USE_UP = """
    UPDATE reachable SET sent = :most
    WHERE account = :account AND person = :person AND sent < :most"""
_FORGET_PERSON = "DELETE FROM reachable WHERE person = :person"
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

    def take(self, account: str, person: str, since: datetime, most: int) -> bool:
        whose: Values = {"account": account, "person": person}
        taken = self._engine.change(_TAKE, {**whose, "since": to_text(since), "most": most})
        return taken == 1

    def give_back(self, account: str, person: str) -> None:
        self._engine.change(_GIVE_BACK, {"account": account, "person": person})

    def use_up(self, account: str, person: str, most: int) -> None:
        self._engine.change(_USE_UP, {"account": account, "person": person, "most": most})

    def drop(self, account: str, person: str) -> None:
        self._engine.change(_DROP, {"account": account, "person": person})

    def forget_person(self, channel: str, person: str) -> None:
        """A pseudonym stands for one follower of one account, whatever the channel is called."""
        self._engine.change(_FORGET_PERSON, {"person": person})

    def forget(self, before: datetime) -> None:
        """Delete whoever last wrote before that moment."""
        self._engine.change(_FORGET, {"before": to_text(before)})
