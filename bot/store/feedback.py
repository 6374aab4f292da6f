"""What residents think of answers: one row per answered message and person."""

from __future__ import annotations

from datetime import datetime

from bot.store.engine import Engine
from bot.store.moments import to_text

_GIVE = """
    INSERT INTO feedback (channel, message, sender, useful, given_at)
    VALUES (:channel, :message, :sender, :useful, :now)
    ON CONFLICT (channel, message, sender)
    DO UPDATE SET useful = excluded.useful, given_at = excluded.given_at"""
_TAKE_BACK = """
    DELETE FROM feedback
    WHERE channel = :channel AND message = :message AND sender = :sender"""
_OF = """
    SELECT useful, COUNT(*) FROM feedback
    WHERE channel = :channel AND message = :message GROUP BY useful"""
_FORGET_PERSON = "DELETE FROM feedback WHERE channel = :channel AND sender = :sender"
_FORGET = "DELETE FROM feedback WHERE given_at < :before"


class SqlFeedback:
    """Implements ``api.Feedback``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def give(
        self, channel: str, message: str, sender: str, useful: bool | None, now: datetime
    ) -> None:
        whose = {"channel": channel, "message": message, "sender": sender}
        if useful is None:
            self._engine.change(_TAKE_BACK, whose)
        else:
            self._engine.change(_GIVE, whose | {"useful": int(useful), "now": to_text(now)})

    def of(self, channel: str, message: str) -> tuple[int, int]:
        rows = self._engine.select(_OF, {"channel": channel, "message": message})
        counts = {int(row[0]): int(row[1]) for row in rows}
        return counts.get(1, 0), counts.get(0, 0)

    def forget_person(self, channel: str, sender: str) -> None:
        self._engine.change(_FORGET_PERSON, {"channel": channel, "sender": sender})

    def forget(self, before: datetime) -> None:
        self._engine.change(_FORGET, {"before": to_text(before)})
