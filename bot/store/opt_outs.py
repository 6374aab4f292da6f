"""Who asked not to be written to unasked."""

from __future__ import annotations

from datetime import datetime

from bot.store.engine import Engine
from bot.store.moments import to_text

_ADD = """
    INSERT INTO opt_outs (channel, person, since) VALUES (:channel, :person, :now)
    ON CONFLICT (channel, person) DO NOTHING"""
_TAKE_BACK = "DELETE FROM opt_outs WHERE channel = :channel AND person = :person"
_HAS = "SELECT 1 FROM opt_outs WHERE channel = :channel AND person = :person"


class SqlOptOuts:
    """Implements ``api.OptOuts``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, channel: str, person: str, now: datetime) -> None:
        self._engine.change(_ADD, {"channel": channel, "person": person, "now": to_text(now)})

    def take_back(self, channel: str, person: str) -> None:
        self._engine.change(_TAKE_BACK, {"channel": channel, "person": person})

    def has(self, channel: str, person: str) -> bool:
        return bool(self._engine.select(_HAS, {"channel": channel, "person": person}))

    def forget_person(self, channel: str, person: str) -> None:
        """Whoever leaves has said it more clearly; what they said before is deleted."""
        self.take_back(channel, person)
