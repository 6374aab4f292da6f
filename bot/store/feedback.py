"""What residents think of answers: one row per answered message and person."""

from __future__ import annotations

from datetime import datetime

from bot.store.engine import Engine
from bot.store.moments import to_text
from bot.store.questions import recount

_GIVE = """
    INSERT INTO feedback (channel, message, sender, useful, given_at)
    VALUES (:channel, :message, :sender, :useful, :now)
    ON CONFLICT (channel, message, sender)
    DO UPDATE SET useful = excluded.useful, given_at = excluded.given_at"""
_TAKE_BACK = """
    DELETE FROM feedback
    WHERE channel = :channel AND message = :message AND sender = :sender"""
# An answer that did not help is a question for those who write the knowledge base.
_MAKE_WAIT = """
    INSERT INTO unanswered (channel, message, scrubbed, asked_at, reason)
    SELECT channel, message, scrubbed, answered_at, 'useless' FROM answers
    WHERE channel = :channel AND message = :message AND scrubbed <> ''
    ON CONFLICT (channel, message) DO NOTHING"""
_WAIT_NO_LONGER = """
    DELETE FROM unanswered
    WHERE channel = :channel AND message = :message AND reason = 'useless' AND decided = 0
        AND NOT EXISTS (SELECT 1 FROM feedback f WHERE f.channel = :channel
            AND f.message = :message AND f.useful = 0)
    RETURNING group_id"""
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
        which = {"channel": channel, "message": message}
        with self._engine.transaction():
            if useful is None:
                self._engine.change(_TAKE_BACK, whose)
            else:
                self._engine.change(_GIVE, whose | {"useful": int(useful), "now": to_text(now)})
            if useful is False:
                self._engine.change(_MAKE_WAIT, which)
            else:
                left = self._engine.returning(_WAIT_NO_LONGER, which)
                recount(self._engine, {row[0] for row in left})

    def of(self, channel: str, message: str) -> tuple[int, int]:
        rows = self._engine.select(_OF, {"channel": channel, "message": message})
        counts = {int(row[0]): int(row[1]) for row in rows}
        return counts.get(1, 0), counts.get(0, 0)

    def forget_person(self, channel: str, sender: str) -> None:
        self._engine.change(_FORGET_PERSON, {"channel": channel, "sender": sender})

    def forget(self, before: datetime) -> None:
        self._engine.change(_FORGET, {"before": to_text(before)})
