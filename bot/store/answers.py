"""What was answered, and the questions nobody could answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.store.api import UnansweredRow
from bot.store.engine import Engine
from bot.store.moments import from_text, to_text
from bot.types import Answer, Message, VerdictName

_RECORD = """
    INSERT INTO answers (channel, message, chat_type, verdict, category, entry, score, silent,
        revision, answered_at)
    VALUES (:channel, :message, :chat_type, :verdict, :category, :entry, :score, :silent,
        :revision, :now)
    ON CONFLICT (channel, message) DO UPDATE SET verdict = excluded.verdict,
        category = excluded.category, entry = excluded.entry, score = excluded.score,
        silent = excluded.silent, revision = excluded.revision,
        answered_at = excluded.answered_at"""
_KEEP = """
    INSERT INTO unanswered (channel, message, scrubbed, asked_at)
    VALUES (:channel, :message, :scrubbed, :now)
    ON CONFLICT (channel, message) DO NOTHING"""
_UNANSWERED = """
    SELECT channel, scrubbed, asked_at FROM unanswered ORDER BY asked_at DESC LIMIT :limit"""
_COUNT = "SELECT COUNT(*) FROM unanswered"
_TALLY = """
    SELECT verdict, COUNT(*) FROM answers WHERE answered_at >= :since GROUP BY verdict"""
_FORGET = "DELETE FROM answers WHERE answered_at < :before"
_FORGET_UNANSWERED = "DELETE FROM unanswered WHERE asked_at < :before"


class SqlAnswers:
    """Implements ``api.Answers``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, message: Message, scrubbed: str, answer: Answer, now: datetime) -> None:
        verdict = answer.verdict
        moment = to_text(now)
        with self._engine.transaction():
            self._engine.change(
                _RECORD,
                {
                    "channel": message.channel,
                    "message": message.key,
                    "chat_type": message.chat_type,
                    "verdict": verdict.name,
                    "category": verdict.category,
                    "entry": verdict.entry,
                    "score": verdict.score,
                    "silent": int(answer.silent),
                    "revision": answer.kb,
                    "now": moment,
                },
            )
            if verdict.name == "unknown" and scrubbed:
                self._engine.change(
                    _KEEP,
                    {
                        "channel": message.channel,
                        "message": message.key,
                        "scrubbed": scrubbed,
                        "now": moment,
                    },
                )

    def unanswered(self, limit: int) -> tuple[UnansweredRow, ...]:
        rows = self._engine.select(_UNANSWERED, {"limit": limit})
        return tuple(UnansweredRow(row[0], row[1], from_text(row[2])) for row in rows)

    def count(self) -> int:
        return int(self._engine.select(_COUNT)[0][0])

    def tally(self, since: datetime) -> Mapping[VerdictName, int]:
        return {row[0]: row[1] for row in self._engine.select(_TALLY, {"since": to_text(since)})}

    def forget(self, before: datetime) -> None:
        self._engine.change(_FORGET, {"before": to_text(before)})
        self._engine.change(_FORGET_UNANSWERED, {"before": to_text(before)})
