"""Answers that take longer than the platform waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.store.api_reception import OwedRow, PromiseRow
from bot.store.engine import Engine, Row, Values
from bot.store.moments import from_text, to_text

_ADD = """
    INSERT INTO promises (channel, message, sender, sealed, state, reply, told_in, tries,
        not_before, promised_at)
    VALUES (:channel, :message, :sender, :sealed, 'looking', '', '', 0, :promised_at, :promised_at)
    ON CONFLICT (channel, message) DO NOTHING"""
_NEXT = """
    SELECT channel, sender FROM promises WHERE state = 'looking' AND not_before <= :now
    ORDER BY not_before LIMIT 1"""
_TAKE = """
    UPDATE promises SET not_before = :until, tries = tries + 1
    WHERE channel = :channel AND sender = :sender AND state = 'looking' AND not_before <= :now
    RETURNING channel, message, sender, sealed, promised_at, tries"""
_PUT_OFF = """
    UPDATE promises SET not_before = :until
    WHERE channel = :channel AND message = :message AND state = 'looking'"""
_ANSWER = """
    UPDATE promises SET state = :state, reply = :reply, not_before = :now
    WHERE channel = :channel AND message = :message AND state = 'looking'"""
_DELETE = "DELETE FROM promises WHERE channel = :channel AND message = :message"
_OWED = "channel, message, sender, sealed, reply, promised_at"
_BEGIN = f"""
    UPDATE promises SET state = 'sending', not_before = :until
    WHERE (channel, message) IN (SELECT channel, message FROM promises
        WHERE state = 'ready' AND not_before <= :now ORDER BY not_before LIMIT 1)
    RETURNING {_OWED}"""  # noqa: S608
_LOST = f"SELECT {_OWED} FROM promises WHERE state = 'sending' AND not_before <= :now"  # noqa: S608
_MOVE = """
    UPDATE promises SET state = :state, not_before = :at
    WHERE channel = :channel AND message = :message AND state = 'sending'"""
_IS_OWED = """
    SELECT 1 FROM promises WHERE sender = :sender AND channel = :channel
        AND state IN ('owed', 'telling') LIMIT 1"""
_TELL = f"""
    UPDATE promises SET state = 'telling', told_in = :message, not_before = :until
    WHERE channel = :channel AND sender = :sender AND (state = 'owed'
        OR (state = 'telling' AND (told_in = :message OR not_before <= :now)))
    RETURNING {_OWED}"""  # noqa: S608
_TOLD = """
    DELETE FROM promises WHERE channel = :channel AND sender = :sender AND state = 'telling'
        AND told_in = :message"""
_FORGET_PERSON = "DELETE FROM promises WHERE channel = :channel AND sender = :sender"
_FORGET = "DELETE FROM promises WHERE promised_at < :before"


class SqlPromises:
    """Implements ``api_reception.Promises``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, row: PromiseRow) -> None:
        self._engine.change(
            _ADD,
            {
                **_key(row),
                "sender": row.sender,
                "sealed": row.sealed,
                "promised_at": to_text(row.promised_at),
            },
        )

    def take(self, now: datetime, seconds: float) -> tuple[PromiseRow, ...]:
        moment = to_text(now)
        # Looked at without a lock first: mostly there is nothing.
        if not self._engine.select(_NEXT, {"now": moment}):
            return ()
        with self._engine.transaction():
            found = self._engine.select(_NEXT, {"now": moment})
            if not found:
                return ()
            channel, sender = found[0]
            until = to_text(now + timedelta(seconds=seconds))
            whose: Values = {"channel": channel, "sender": sender, "now": moment, "until": until}
            rows = [
                PromiseRow(row[0], row[1], row[2], row[3], from_text(row[4]), row[5])
                for row in self._engine.returning(_TAKE, whose)
            ]
        return tuple(sorted(rows, key=lambda row: row.promised_at))

    def put_off(self, rows: Sequence[PromiseRow], until: datetime) -> None:
        with self._engine.transaction():
            for row in rows:
                self._engine.change(_PUT_OFF, {**_key(row), "until": to_text(until)})

    def answer(self, rows: Sequence[PromiseRow], reply: str, by_push: bool, now: datetime) -> bool:
        state = "ready" if by_push else "owed"
        values = {"state": state, "reply": reply, "now": to_text(now)}
        with self._engine.transaction():
            answered = self._engine.change(_ANSWER, {**_key(rows[-1]), **values})
            self.drop(rows[:-1])
        return answered > 0

    def drop(self, rows: Sequence[PromiseRow]) -> None:
        with self._engine.transaction():
            for row in rows:
                self._engine.change(_DELETE, _key(row))

    def begin_sending(self, now: datetime, seconds: float) -> OwedRow | None:
        values = {"now": to_text(now), "until": to_text(now + timedelta(seconds=seconds))}
        found = self._engine.returning(_BEGIN, values)
        return _owed(found[0]) if found else None

    def sent(self, row: OwedRow) -> None:
        self._engine.change(_DELETE, _key(row))

    def send_again(self, row: OwedRow, at: datetime) -> None:
        self._engine.change(_MOVE, {**_key(row), "state": "ready", "at": to_text(at)})

    def owe(self, row: OwedRow) -> None:
        at = to_text(row.promised_at)
        self._engine.change(_MOVE, {**_key(row), "state": "owed", "at": at})

    def lost(self, now: datetime) -> tuple[OwedRow, ...]:
        return tuple(map(_owed, self._engine.select(_LOST, {"now": to_text(now)})))

    def tell(
        self, channel: str, sender: str, message: str, now: datetime, seconds: float
    ) -> tuple[OwedRow, ...]:
        # Asked for every message, and mostly nothing is owed: no write then.
        if not self._engine.select(_IS_OWED, {"channel": channel, "sender": sender}):
            return ()
        values: Values = {
            "channel": channel,
            "sender": sender,
            "message": message,
            "now": to_text(now),
            "until": to_text(now + timedelta(seconds=seconds)),
        }
        rows = map(_owed, self._engine.returning(_TELL, values))
        return tuple(sorted(rows, key=lambda row: row.promised_at))

    def told(self, channel: str, sender: str, message: str) -> None:
        values: Values = {"channel": channel, "sender": sender, "message": message}
        self._engine.change(_TOLD, values)

    def forget_person(self, channel: str, person: str) -> None:
        self._engine.change(_FORGET_PERSON, {"channel": channel, "sender": person})

    def forget(self, before: datetime) -> None:
        self._engine.change(_FORGET, {"before": to_text(before)})


def _key(row: PromiseRow | OwedRow) -> dict[str, str]:
    return {"channel": row.channel, "message": row.message}


def _owed(row: Row) -> OwedRow:
    return OwedRow(row[0], row[1], row[2], row[3], row[4], from_text(row[5]))
