"""How many messages of each sender are judged in a minute, over all processes."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.store.api_reception import PACE_SECONDS
from bot.store.engine import Engine

_TAKE = """
    INSERT INTO paces (channel, sender, minute, earlier, counted)
    VALUES (:channel, :sender, :minute, 0, 1)
    ON CONFLICT (channel, sender) DO UPDATE SET
        earlier = CASE WHEN paces.minute = :minute THEN paces.earlier
            WHEN paces.minute = :minute - 1 THEN paces.counted ELSE 0 END,
        counted = CASE WHEN paces.minute = :minute THEN paces.counted + 1 ELSE 1 END,
        minute = :minute
    WHERE CASE WHEN paces.minute = :minute THEN paces.earlier * :rest + paces.counted
        WHEN paces.minute = :minute - 1 THEN paces.counted * :rest
        ELSE 0 END < :most"""
"""The minute before counts for as much of it as still lies within PACE_SECONDS."""

_FORGET_PERSON = "DELETE FROM paces WHERE channel = :channel AND sender = :sender"
_FORGET = "DELETE FROM paces WHERE minute < :minute"


class SqlPaces:
    """Implements ``api_reception.Paces``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def admits(self, channel: str, sender: str, most: int, now: datetime) -> bool:
        minute, passed = divmod(now.timestamp(), PACE_SECONDS)
        taken = self._engine.change(
            _TAKE,
            {
                "channel": channel,
                "sender": sender,
                "minute": int(minute),
                "rest": 1 - passed / PACE_SECONDS,
                "most": most,
            },
        )
        return taken > 0

    def forget_person(self, channel: str, person: str) -> None:
        self._engine.change(_FORGET_PERSON, {"channel": channel, "sender": person})

    def forget(self, now: datetime) -> None:
        """Delete whatever no longer counts."""
        before = now - timedelta(seconds=2 * PACE_SECONDS)
        self._engine.change(_FORGET, {"minute": int(before.timestamp()) // PACE_SECONDS})
