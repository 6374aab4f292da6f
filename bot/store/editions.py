"""Editions of warnings, their texts and approvals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.store.api import ApprovalRow, DeliveryRow, EditionRow, EditionState, TextRow
from bot.store.deliveries import ADD_DELIVERY, delivery_values
from bot.store.engine import Engine, Row, Values
from bot.store.moments import from_optional, from_text, to_text

_COLUMNS = """edition, plan, title, author, scheduled_at, created_at, state, approval_required,
    category, code, hash, detail, slot, origin, alike, urgent"""
_ADD = f"""
    INSERT INTO editions ({_COLUMNS})
    VALUES (:edition, :plan, :title, :author, :scheduled_at, :created_at, :state,
        :approval_required, :category, :code, :hash, :detail, :slot, :origin, :alike, :urgent)
    ON CONFLICT DO NOTHING"""  # noqa: S608  # the columns are a constant
_ADD_TEXT = """
    INSERT INTO edition_texts (edition, digest, title, format, body, extra, text_id)
    VALUES (:edition, :digest, :title, :format, :body, :extra, :text_id)"""
_GET = f"SELECT {_COLUMNS} FROM editions WHERE edition = :edition"  # noqa: S608
_BY_CODE = f"SELECT {_COLUMNS} FROM editions WHERE code = :code"  # noqa: S608
_NEWEST = f"""
    SELECT {_COLUMNS} FROM editions ORDER BY created_at DESC, edition DESC
    LIMIT :limit"""  # noqa: S608
_NEWEST_OF = f"""
    SELECT {_COLUMNS} FROM editions WHERE plan = :plan
    ORDER BY created_at DESC, edition DESC LIMIT :limit"""  # noqa: S608
_IN_STATE = f"""
    SELECT {_COLUMNS} FROM editions WHERE state = :state ORDER BY created_at"""  # noqa: S608
_BETWEEN = f"""
    SELECT {_COLUMNS} FROM editions
    WHERE scheduled_at >= :since AND scheduled_at < :until
    ORDER BY scheduled_at, edition"""  # noqa: S608
_AT = f"""
    SELECT {_COLUMNS} FROM editions
    WHERE plan = :plan AND scheduled_at = :scheduled_at"""  # noqa: S608
_PUBLISHED = f"""
    SELECT {_COLUMNS} FROM editions
    WHERE scheduled_at >= :since AND state IN ('approved', 'cancelled')
        AND EXISTS (SELECT 1 FROM deliveries WHERE deliveries.edition = editions.edition
            AND deliveries.state IN ('sent', 'sending', 'unknown', 'awaiting_person'))
    ORDER BY scheduled_at DESC"""  # noqa: S608
_LAST_SLOT = "SELECT MAX(slot) FROM editions WHERE plan = :plan AND slot <= :until"
_LAST_WARNED = """
    SELECT category, MAX(scheduled_at) FROM editions
    WHERE plan = :plan AND category IS NOT NULL AND state NOT IN ('expired', 'cancelled')
    GROUP BY category"""
_TEXTS = """
    SELECT digest, title, format, body, extra, text_id FROM edition_texts
    WHERE edition = :edition"""
_TEXTS_SENT = """
    SELECT edition_texts.text_id, MAX(editions.scheduled_at)
    FROM edition_texts JOIN editions ON editions.edition = edition_texts.edition
    WHERE edition_texts.text_id <> '' AND EXISTS (SELECT 1 FROM deliveries
        WHERE deliveries.edition = edition_texts.edition
            AND deliveries.digest = edition_texts.digest
            AND deliveries.state IN ('sent', 'sending', 'unknown', 'awaiting_person'))
    GROUP BY edition_texts.text_id"""
_APPROVE = """
    INSERT INTO approvals (edition, approver, hash, approved_at)
    VALUES (:edition, :approver, :hash, :now)
    ON CONFLICT (edition, approver, hash) DO UPDATE SET approved_at = excluded.approved_at"""
_APPROVALS = """
    SELECT approver, hash, approved_at FROM approvals
    WHERE edition = :edition ORDER BY approved_at"""
_CHANGE_STATE = """
    UPDATE editions SET state = :after, detail = :detail
    WHERE edition = :edition AND state = :before"""
_UPDATE = """
    UPDATE editions SET title = :title, author = :author, scheduled_at = :scheduled_at,
        state = :state, category = :category, hash = :hash, detail = :detail, alike = :alike,
        urgent = :urgent
    WHERE edition = :edition AND state = :state_before AND hash = :hash_before"""
_ATTEMPTED = "SELECT 1 FROM deliveries WHERE edition = :edition AND attempts > 0"
_DROP_TEXTS = "DELETE FROM edition_texts WHERE edition = :edition"
_DROP_DELIVERIES = "DELETE FROM deliveries WHERE edition = :edition"
_FIRST_SEEN = """
    INSERT INTO plan_starts (plan, schedule, since) VALUES (:plan, :schedule, :now)
    ON CONFLICT (plan, schedule) DO NOTHING"""
_SINCE = "SELECT since FROM plan_starts WHERE plan = :plan AND schedule = :schedule"


class SqlEditions:
    """Implements ``api.Editions``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(
        self, edition: EditionRow, texts: Iterable[TextRow], deliveries: Iterable[DeliveryRow]
    ) -> bool:
        with self._engine.transaction():
            if not self._engine.change(_ADD, _edition_values(edition)):
                return False
            self._add_content(edition.id, texts, deliveries)
        return True

    def replace(
        self,
        before: EditionRow,
        after: EditionRow,
        texts: Iterable[TextRow],
        deliveries: Iterable[DeliveryRow],
    ) -> bool:
        with self._engine.transaction():
            if self._engine.select(_ATTEMPTED, {"edition": before.id}):
                return False
            if not self.update(before, after):
                return False
            for statement in (_DROP_TEXTS, _DROP_DELIVERIES):
                self._engine.change(statement, {"edition": before.id})
            self._add_content(before.id, texts, deliveries)
        return True

    def update(self, before: EditionRow, after: EditionRow) -> bool:
        values = {
            **_edition_values(after),
            "state_before": before.state,
            "hash_before": before.hash,
        }
        return self._engine.change(_UPDATE, values) == 1

    def _add_content(
        self, edition: str, texts: Iterable[TextRow], deliveries: Iterable[DeliveryRow]
    ) -> None:
        self._engine.change_many(_ADD_TEXT, [_text_values(edition, text) for text in texts])
        self._engine.change_many(ADD_DELIVERY, [delivery_values(row) for row in deliveries])

    def get(self, edition: str) -> EditionRow | None:
        return _first(self._engine.select(_GET, {"edition": edition}))

    def by_code(self, code: str) -> EditionRow | None:
        return _first(self._engine.select(_BY_CODE, {"code": code}))

    def newest(self, plan: str | None = None, limit: int = 100) -> tuple[EditionRow, ...]:
        rows = (
            self._engine.select(_NEWEST, {"limit": limit})
            if plan is None
            else self._engine.select(_NEWEST_OF, {"plan": plan, "limit": limit})
        )
        return tuple(map(_edition, rows))

    def in_state(self, state: EditionState) -> tuple[EditionRow, ...]:
        return tuple(map(_edition, self._engine.select(_IN_STATE, {"state": state})))

    def between(self, since: datetime, until: datetime) -> tuple[EditionRow, ...]:
        values: Values = {"since": to_text(since), "until": to_text(until)}
        return tuple(map(_edition, self._engine.select(_BETWEEN, values)))

    def at(self, plan: str, scheduled_at: datetime) -> EditionRow | None:
        return _first(
            self._engine.select(_AT, {"plan": plan, "scheduled_at": to_text(scheduled_at)})
        )

    def published_since(self, since: datetime) -> tuple[EditionRow, ...]:
        return tuple(map(_edition, self._engine.select(_PUBLISHED, {"since": to_text(since)})))

    def last_slot(self, plan: str, until: datetime) -> datetime | None:
        values: Values = {"plan": plan, "until": to_text(until)}
        return from_optional(self._engine.select(_LAST_SLOT, values)[0][0])

    def last_warned(self, plan: str) -> Mapping[str, datetime]:
        rows = self._engine.select(_LAST_WARNED, {"plan": plan})
        return {row[0]: from_text(row[1]) for row in rows}

    def texts(self, edition: str) -> Mapping[str, TextRow]:
        rows = self._engine.select(_TEXTS, {"edition": edition})
        return {row[0]: TextRow(*row) for row in rows}

    def texts_last_sent(self) -> Mapping[str, datetime]:
        return {row[0]: from_text(row[1]) for row in self._engine.select(_TEXTS_SENT)}

    def approve(self, edition: str, approver: str, digest: str, now: datetime) -> None:
        self._engine.change(
            _APPROVE,
            {"edition": edition, "approver": approver, "hash": digest, "now": to_text(now)},
        )

    def approvals(self, edition: str) -> tuple[ApprovalRow, ...]:
        rows = self._engine.select(_APPROVALS, {"edition": edition})
        return tuple(ApprovalRow(row[0], row[1], from_text(row[2])) for row in rows)

    def change_state(
        self, edition: str, before: EditionState, after: EditionState, detail: str = ""
    ) -> bool:
        values: Values = {"edition": edition, "before": before, "after": after, "detail": detail}
        return self._engine.change(_CHANGE_STATE, values) == 1

    def plan_since(self, plan: str, schedule: str, now: datetime) -> datetime:
        known = self._engine.select(_SINCE, {"plan": plan, "schedule": schedule})
        if not known:
            self._engine.change(
                _FIRST_SEEN, {"plan": plan, "schedule": schedule, "now": to_text(now)}
            )
            known = self._engine.select(_SINCE, {"plan": plan, "schedule": schedule})
        return from_text(known[0][0])


def _edition_values(row: EditionRow) -> Values:
    return {
        "edition": row.id,
        "plan": row.plan,
        "title": row.title,
        "author": row.author,
        "scheduled_at": to_text(row.scheduled_at),
        "created_at": to_text(row.created_at),
        "state": row.state,
        "approval_required": int(row.approval_required),
        "category": row.category,
        "code": row.code,
        "hash": row.hash,
        "detail": row.detail,
        "slot": to_text(row.slot or row.scheduled_at),
        "origin": row.origin,
        "alike": row.alike,
        "urgent": row.urgent,
    }


def _text_values(edition: str, text: TextRow) -> Values:
    return {
        "edition": edition,
        "digest": text.digest,
        "title": text.title,
        "format": text.format,
        "body": text.body,
        "extra": text.extra,
        "text_id": text.text_id,
    }


def _edition(row: Row) -> EditionRow:
    return EditionRow(
        id=row[0],
        plan=row[1],
        title=row[2],
        author=row[3],
        scheduled_at=from_text(row[4]),
        created_at=from_text(row[5]),
        state=row[6],
        approval_required=bool(row[7]),
        category=row[8],
        code=row[9],
        hash=row[10],
        detail=row[11],
        slot=from_text(row[12]),
        origin=row[13],
        alike=row[14],
        urgent=row[15],
    )


def _first(rows: list[Row]) -> EditionRow | None:
    return _edition(rows[0]) if rows else None
