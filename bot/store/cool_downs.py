"""When something was last said in a chat that is not to be said again soon."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.store.engine import Engine
from bot.store.moments import to_text

_TAKE = """
    INSERT INTO cool_downs (channel, chat, topic, said_at) VALUES (:channel, :chat, :topic, :now)
    ON CONFLICT (channel, chat, topic) DO UPDATE SET said_at = excluded.said_at
        WHERE cool_downs.said_at <= :over"""
_FORGET_CHAT = "DELETE FROM cool_downs WHERE channel = :channel AND chat = :chat"
_FORGET = "DELETE FROM cool_downs WHERE said_at < :before"


class SqlCoolDowns:
    """Implements ``api.CoolDowns``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def take(
        self, channel: str, chat: str, topic: str, cool_down: timedelta, now: datetime
    ) -> bool:
        taken = self._engine.change(
            _TAKE,
            {
                "channel": channel,
                "chat": chat,
                "topic": topic,
                "now": to_text(now),
                "over": to_text(now - cool_down),
            },
        )
        return taken > 0

    def forget_person(self, channel: str, person: str) -> None:
        """A private chat has the pseudonym of its person."""
        self._engine.change(_FORGET_CHAT, {"channel": channel, "chat": person})

    def forget(self, before: datetime) -> None:
        self._engine.change(_FORGET, {"before": to_text(before)})
