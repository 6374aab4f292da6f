"""State of talks, one row per person and chat."""

from __future__ import annotations

from datetime import datetime

from bot.store.api import ConversationRow
from bot.store.engine import Engine
from bot.store.moments import from_text, to_text

_GET = """
    SELECT state, touched_at FROM conversations
    WHERE channel = :channel AND chat = :chat AND sender = :sender"""
_PUT = """
    INSERT INTO conversations (channel, chat, sender, state, touched_at)
    VALUES (:channel, :chat, :sender, :state, :now)
    ON CONFLICT (channel, chat, sender)
    DO UPDATE SET state = excluded.state, touched_at = excluded.touched_at"""
_FORGET_PERSON = "DELETE FROM conversations WHERE channel = :channel AND sender = :sender"
_FORGET = "DELETE FROM conversations WHERE touched_at < :before"


class SqlConversations:
    """Implements ``api.Conversations``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, channel: str, chat: str, sender: str) -> ConversationRow | None:
        rows = self._engine.select(_GET, {"channel": channel, "chat": chat, "sender": sender})
        return ConversationRow(rows[0][0], from_text(rows[0][1])) if rows else None

    def put(self, channel: str, chat: str, sender: str, state: str, now: datetime) -> None:
        self._engine.change(
            _PUT,
            {
                "channel": channel,
                "chat": chat,
                "sender": sender,
                "state": state,
                "now": to_text(now),
            },
        )

    def forget_person(self, channel: str, sender: str) -> None:
        self._engine.change(_FORGET_PERSON, {"channel": channel, "sender": sender})

    def forget(self, before: datetime) -> None:
        self._engine.change(_FORGET, {"before": to_text(before)})
