"""Deliveries and attempts. Every change names the state it starts from and counts the rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.store.api import DeliveryRow, Move, Standing
from bot.store.engine import Engine, Row, Values
from bot.store.moments import from_optional, from_text, to_text
from bot.types import DeliveryState

_COLUMNS = """edition, group_id, position, channel_type, channel_hash, digest, owner, state, code,
    detail, reference, by_hand, released_at, not_before, attempts, tries, attempted_at"""
ADD_DELIVERY = f"""
    INSERT INTO deliveries ({_COLUMNS})
    VALUES (:edition, :group, :position, :channel_type, :channel_hash, :digest, :owner, :state,
        :code, :detail, :reference, :by_hand, :released_at, :not_before, :attempts, :tries,
        :attempted_at)"""  # noqa: S608  # the columns are a constant
_OF = f"""
    SELECT {_COLUMNS} FROM deliveries WHERE edition = :edition ORDER BY position"""  # noqa: S608
_ONE = f"""
    SELECT {_COLUMNS} FROM deliveries
    WHERE edition = :edition AND group_id = :group"""  # noqa: S608
_IN_STATE = f"""
    SELECT {_COLUMNS} FROM deliveries WHERE state = :state
    ORDER BY released_at, edition, position"""  # noqa: S608
_TALLY = """
    SELECT deliveries.edition, deliveries.state, COUNT(*) FROM deliveries
    JOIN editions ON editions.edition = deliveries.edition
    WHERE scheduled_at >= :since AND scheduled_at < :until
    GROUP BY deliveries.edition, deliveries.state"""
_STANDINGS = """
    SELECT deliveries.edition, group_id, channel_type, deliveries.state FROM deliveries
    JOIN editions ON editions.edition = deliveries.edition
    WHERE scheduled_at >= :since AND scheduled_at < :until"""
_TO_FOLLOW_UP = f"""
    SELECT {_COLUMNS} FROM deliveries
    WHERE not_before <= :now AND (state = 'awaiting_person'
        OR (state = 'unknown' AND reference <> '' AND attempted_at >= :since))
    ORDER BY not_before, edition, position"""  # noqa: S608
_WAITING = """
    SELECT state, channel_type, COUNT(*) FROM deliveries
    WHERE state IN ('unknown', 'awaiting_person') GROUP BY state, channel_type"""
_UNKNOWN_IN = """
    SELECT edition, COUNT(*) FROM deliveries
    WHERE state = 'unknown' GROUP BY edition ORDER BY edition"""
_CLAIM = """
    UPDATE deliveries SET state = 'sending', attempts = attempts + 1, tries = tries + 1,
        attempted_at = :now
    WHERE edition = :edition AND group_id = :group AND state = 'queued'
        AND attempts = :attempts AND not_before <= :now
        AND EXISTS (SELECT 1 FROM leases
            WHERE name = :lease AND holder = :holder AND ends_at > :now)
        AND EXISTS (SELECT 1 FROM editions
            WHERE editions.edition = :edition AND editions.state = 'approved')"""
_BEGIN = """
    INSERT INTO attempts (edition, group_id, number, holder, pace_key, started_at)
    VALUES (:edition, :group, :number, :holder, :pace_key, :now)"""
_SETTLE = """
    UPDATE deliveries SET state = :to, code = :code, detail = :detail, reference = :reference,
        not_before = COALESCE(:not_before, not_before)
    WHERE edition = :edition AND group_id = :group AND attempts = :number
        AND (state = 'sending'
            OR (state = 'unknown' AND :to IN ('sent', 'refused', 'awaiting_person')))"""
_END = """
    UPDATE attempts SET ended_at = :now, outcome = :outcome, code = :code, detail = :detail
    WHERE edition = :edition AND group_id = :group AND number = :number"""
_MOVE = """
    UPDATE deliveries SET state = :to, code = :code, detail = :detail,
        reference = CASE WHEN :reference = '' THEN reference ELSE :reference END,
        not_before = COALESCE(:not_before, not_before)
    WHERE edition = :edition AND group_id = :group AND state = :before AND attempts = :number"""
_RELEASE = """
    UPDATE deliveries SET released_at = :now,
        by_hand = CASE WHEN :by_hand = 1 THEN 1 ELSE by_hand END
    WHERE edition = :edition AND state = 'queued'"""
_POSTPONE = """
    UPDATE deliveries SET released_at = :to, not_before = :to, by_hand = 0
    WHERE edition = :edition AND state = 'queued'"""
_REQUEUE = """
    UPDATE deliveries SET state = 'queued', code = '', detail = '', reference = '', tries = 0,
        by_hand = 1, released_at = :now, not_before = :now
    WHERE edition = :edition AND state = 'refused' AND digest <> ''"""
_HANDED_OVER = """
    SELECT group_id, COUNT(*) FROM deliveries
    WHERE attempted_at >= :since AND edition <> :edition
        AND state IN ('sent', 'sending', 'unknown', 'awaiting_person')
    GROUP BY group_id"""
_HANDED_OVER_OF = """
    SELECT digest, group_id FROM deliveries
    WHERE edition = :edition AND state IN ('sent', 'sending', 'unknown', 'awaiting_person')
    ORDER BY position"""
_TEXTS_RECEIVED = """
    SELECT DISTINCT edition, digest FROM deliveries
    WHERE attempted_at >= :since AND edition <> :edition
        AND state IN ('sent', 'sending', 'unknown', 'awaiting_person')
    ORDER BY edition, digest"""
_RECEIVERS = """
    SELECT group_id FROM deliveries
    WHERE attempted_at >= :since AND edition = :edition AND digest = :digest
        AND state IN ('sent', 'sending', 'unknown', 'awaiting_person')
    ORDER BY position"""
_ATTEMPTS = """
    SELECT pace_key, COALESCE(ended_at, started_at) FROM attempts
    WHERE started_at >= :since ORDER BY started_at"""


class SqlDeliveries:
    """Implements ``api.Deliveries``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, edition: str) -> tuple[DeliveryRow, ...]:
        return tuple(map(_delivery, self._engine.select(_OF, {"edition": edition})))

    def one(self, edition: str, group: str) -> DeliveryRow | None:
        rows = self._engine.select(_ONE, {"edition": edition, "group": group})
        return _delivery(rows[0]) if rows else None

    def queued(self) -> tuple[DeliveryRow, ...]:
        return tuple(map(_delivery, self._engine.select(_IN_STATE, {"state": "queued"})))

    def sending(self) -> tuple[DeliveryRow, ...]:
        return tuple(map(_delivery, self._engine.select(_IN_STATE, {"state": "sending"})))

    def awaiting_person(self) -> tuple[DeliveryRow, ...]:
        return tuple(map(_delivery, self._engine.select(_IN_STATE, {"state": "awaiting_person"})))

    def tally(self, since: datetime, until: datetime) -> Mapping[str, Mapping[DeliveryState, int]]:
        values: Values = {"since": to_text(since), "until": to_text(until)}
        found: dict[str, dict[DeliveryState, int]] = {}
        for edition, state, count in self._engine.select(_TALLY, values):
            found.setdefault(edition, {})[state] = count
        return found

    def standings(self, since: datetime, until: datetime) -> tuple[Standing, ...]:
        values: Values = {"since": to_text(since), "until": to_text(until)}
        return tuple(Standing(*row) for row in self._engine.select(_STANDINGS, values))

    def waiting(self) -> Mapping[tuple[DeliveryState, str], int]:
        return {(row[0], row[1]): row[2] for row in self._engine.select(_WAITING)}

    def unknown_in(self) -> Mapping[str, int]:
        return {row[0]: row[1] for row in self._engine.select(_UNKNOWN_IN)}

    def to_follow_up(self, unknown_since: datetime, now: datetime) -> tuple[DeliveryRow, ...]:
        values: Values = {"since": to_text(unknown_since), "now": to_text(now)}
        return tuple(map(_delivery, self._engine.select(_TO_FOLLOW_UP, values)))

    def claim(
        self, delivery: DeliveryRow, pace_key: str, lease: str, holder: str, now: datetime
    ) -> bool:
        values: Values = {
            "edition": delivery.edition,
            "group": delivery.group,
            "attempts": delivery.attempts,
            "number": delivery.attempts + 1,
            "lease": lease,
            "holder": holder,
            "pace_key": pace_key,
            "now": to_text(now),
        }
        with self._engine.transaction():
            if not self._engine.change(_CLAIM, values):
                return False
            self._engine.change(_BEGIN, values)
        return True

    def settle(self, delivery: DeliveryRow, move: Move, now: datetime) -> bool:
        values = _move_values(delivery, move, delivery.attempts + 1, now)
        with self._engine.transaction():
            self._engine.change(_END, values)
            return self._engine.change(_SETTLE, values) == 1

    def move(self, delivery: DeliveryRow, move: Move, now: datetime) -> bool:
        values = _move_values(delivery, move, delivery.attempts, now)
        return self._engine.change(_MOVE, values) == 1

    def release(self, edition: str, by_hand: bool, now: datetime) -> int:
        return self._engine.change(
            _RELEASE, {"edition": edition, "by_hand": int(by_hand), "now": to_text(now)}
        )

    def postpone(self, edition: str, to: datetime) -> int:
        return self._engine.change(_POSTPONE, {"edition": edition, "to": to_text(to)})

    def requeue_refused(self, edition: str, now: datetime) -> int:
        return self._engine.change(_REQUEUE, {"edition": edition, "now": to_text(now)})

    def handed_over_since(self, since: datetime, edition: str) -> Mapping[str, int]:
        rows = self._engine.select(_HANDED_OVER, {"since": to_text(since), "edition": edition})
        return {row[0]: row[1] for row in rows}

    def handed_over(self, edition: str) -> tuple[tuple[str, str], ...]:
        rows = self._engine.select(_HANDED_OVER_OF, {"edition": edition})
        return tuple((row[0], row[1]) for row in rows)

    def texts_received_since(self, since: datetime, edition: str) -> tuple[tuple[str, str], ...]:
        rows = self._engine.select(_TEXTS_RECEIVED, {"since": to_text(since), "edition": edition})
        return tuple((row[0], row[1]) for row in rows)

    def receivers(self, since: datetime, edition: str, digest: str) -> tuple[str, ...]:
        values: Values = {"since": to_text(since), "edition": edition, "digest": digest}
        return tuple(row[0] for row in self._engine.select(_RECEIVERS, values))

    def attempts_since(self, since: datetime) -> tuple[tuple[str, datetime], ...]:
        rows = self._engine.select(_ATTEMPTS, {"since": to_text(since)})
        return tuple((row[0], from_text(row[1])) for row in rows)


def delivery_values(row: DeliveryRow) -> Values:
    """The parameters of ADD_DELIVERY."""
    return {
        "edition": row.edition,
        "group": row.group,
        "position": row.position,
        "channel_type": row.channel_type,
        "channel_hash": row.channel_hash,
        "digest": row.digest,
        "owner": row.owner,
        "state": row.state,
        "code": row.code,
        "detail": row.detail,
        "reference": row.reference,
        "by_hand": int(row.by_hand),
        "released_at": to_text(row.released_at),
        "not_before": to_text(row.not_before),
        "attempts": row.attempts,
        "tries": row.tries,
        "attempted_at": to_text(row.attempted_at) if row.attempted_at else None,
    }


def _move_values(delivery: DeliveryRow, move: Move, number: int, now: datetime) -> Values:
    return {
        "edition": delivery.edition,
        "group": delivery.group,
        "number": number,
        "before": delivery.state,
        "to": move.to,
        "code": move.code,
        "detail": move.detail,
        "reference": move.reference,
        "not_before": to_text(move.not_before) if move.not_before else None,
        "outcome": move.outcome,
        "now": to_text(now),
    }


def _delivery(row: Row) -> DeliveryRow:
    return DeliveryRow(
        edition=row[0],
        group=row[1],
        position=row[2],
        channel_type=row[3],
        channel_hash=row[4],
        digest=row[5],
        owner=row[6],
        state=row[7],
        code=row[8],
        detail=row[9],
        reference=row[10],
        by_hand=bool(row[11]),
        released_at=from_text(row[12]),
        not_before=from_text(row[13]),
        attempts=row[14],
        tries=row[15],
        attempted_at=from_optional(row[16]),
    )
