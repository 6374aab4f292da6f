"""Leases: who may do a job that must run in one place."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.store.api import LeaseRow
from bot.store.engine import Engine
from bot.store.moments import from_text, to_text

_TAKE = """
    INSERT INTO leases (name, holder, ends_at, since) VALUES (:name, :holder, :ends_at, :now)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, ends_at = excluded.ends_at,
        since = CASE WHEN leases.holder = excluded.holder AND leases.ends_at > :now
            THEN leases.since ELSE excluded.since END
        WHERE leases.holder = excluded.holder OR leases.ends_at <= :now"""
_HELD = "SELECT holder, since, ends_at FROM leases WHERE name = :name"
_RELEASE = "DELETE FROM leases WHERE name = :name AND holder = :holder"


class SqlLeases:
    """Implements ``api.Leases``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def take(self, name: str, holder: str, seconds: float, now: datetime) -> bool:
        return (
            self._engine.change(
                _TAKE,
                {
                    "name": name,
                    "holder": holder,
                    "ends_at": to_text(now + timedelta(seconds=seconds)),
                    "now": to_text(now),
                },
            )
            == 1
        )

    def release(self, name: str, holder: str) -> None:
        self._engine.change(_RELEASE, {"name": name, "holder": holder})

    def held(self, name: str) -> LeaseRow | None:
        rows = self._engine.select(_HELD, {"name": name})
        return LeaseRow(rows[0][0], *map(from_text, rows[0][1:])) if rows else None
