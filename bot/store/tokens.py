"""Access tokens of the platforms, shared between processes and refreshed by one at a time."""

from __future__ import annotations

from datetime import datetime

from bot.store.engine import Engine
from bot.store.leases import SqlLeases
from bot.store.moments import to_text

_GET = "SELECT token FROM tokens WHERE name = :name AND ends_at > :now"
_PUT = """
    INSERT INTO tokens (name, token, ends_at) VALUES (:name, :token, :ends_at)
    ON CONFLICT (name) DO UPDATE SET token = excluded.token, ends_at = excluded.ends_at"""
_DROP = "DELETE FROM tokens WHERE name = :name AND token = :token"

REFRESH_SECONDS = 15
"""How long one process may take to fetch a token before another may try."""


class SqlTokens:
    """Implements ``api.Tokens``."""

    def __init__(self, engine: Engine, leases: SqlLeases) -> None:
        self._engine = engine
        self._leases = leases

    def get(self, name: str, now: datetime) -> str | None:
        rows = self._engine.select(_GET, {"name": name, "now": to_text(now)})
        return rows[0][0] if rows else None

    def put(self, name: str, token: str, ends_at: datetime) -> None:
        self._engine.change(_PUT, {"name": name, "token": token, "ends_at": to_text(ends_at)})

    def drop(self, name: str, token: str) -> None:
        self._engine.change(_DROP, {"name": name, "token": token})

    def begin_refresh(self, name: str, holder: str, now: datetime) -> bool:
        return self._leases.take(f"token {name}", holder, REFRESH_SECONDS, now)

    def end_refresh(self, name: str, holder: str) -> None:
        self._leases.release(f"token {name}", holder)
