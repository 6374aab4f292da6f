"""The groups the bot sits in: when it last heard of them, and whether it may speak unasked."""

from __future__ import annotations

from datetime import date, datetime

from bot.store.api_reception import ChatRow, ChatSetting
from bot.store.engine import Engine, Row

_SEEN = """
    INSERT INTO chats (channel, room, name, unasked, seen_on)
    VALUES (:channel, :chat, '', '', :day)
    ON CONFLICT (channel, room) DO UPDATE SET seen_on = excluded.seen_on
        WHERE chats.seen_on < excluded.seen_on"""
_ALL = """
    SELECT channel, room, name, unasked, seen_on FROM chats
    ORDER BY CASE WHEN name = '' THEN 1 ELSE 0 END, name, seen_on DESC, channel, room"""
_ONE = """
    SELECT channel, room, name, unasked, seen_on FROM chats
    WHERE channel = :channel AND room = :chat"""
_SET = """
    INSERT INTO chats (channel, room, name, unasked, seen_on)
    VALUES (:channel, :chat, :name, :unasked, '')
    ON CONFLICT (channel, room) DO UPDATE SET name = excluded.name, unasked = excluded.unasked"""
_FORGET = "DELETE FROM chats WHERE seen_on < :day AND name = '' AND unasked = ''"


class SqlChats:
    """Implements ``api_reception.Chats``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def seen(self, channel: str, chat: str, day: date) -> None:
        values = {"channel": channel, "chat": chat, "day": day.isoformat()}
        self._engine.change(_SEEN, values)

    def all(self) -> tuple[ChatRow, ...]:
        return tuple(map(_row, self._engine.select(_ALL)))

    def one(self, channel: str, chat: str) -> ChatRow | None:
        found = self._engine.select(_ONE, {"channel": channel, "chat": chat})
        return _row(found[0]) if found else None

    def set(self, channel: str, chat: str, name: str, unasked: ChatSetting) -> None:
        values = {"channel": channel, "chat": chat, "name": name, "unasked": unasked}
        self._engine.change(_SET, values)

    def forget(self, before: datetime) -> None:
        """Delete what was not seen since, unless something was set for it."""
        self._engine.change(_FORGET, {"day": before.date().isoformat()})


def _row(row: Row) -> ChatRow:
    return ChatRow(row[0], row[1], row[2], row[3], date.fromisoformat(row[4]) if row[4] else None)
