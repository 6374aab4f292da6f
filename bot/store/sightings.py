"""What was last seen of channels and processes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.store.api_sightings import Sighting, SightingKind
from bot.store.engine import Engine, Row, Values
from bot.store.moments import from_text, to_text

NEW_SERIES = timedelta(days=1)
"""What is not seen for so long is counted from 1 when it comes again."""

_NOTE = """
    INSERT INTO sightings (kind, subject, place, seen_at, outcome, code, words, seen, since)
    VALUES (:kind, :subject, :place, :at, :outcome, :code, :words, :count, :since)
    ON CONFLICT (kind, subject, place) DO UPDATE SET
        outcome = CASE WHEN excluded.seen_at >= sightings.seen_at
            THEN excluded.outcome ELSE sightings.outcome END,
        code = CASE WHEN excluded.seen_at >= sightings.seen_at
            THEN excluded.code ELSE sightings.code END,
        words = CASE WHEN excluded.seen_at >= sightings.seen_at
            THEN excluded.words ELSE sightings.words END,
        seen = CASE WHEN sightings.seen_at < :series
            THEN excluded.seen ELSE sightings.seen + excluded.seen END,
        since = CASE WHEN sightings.seen_at < :series
            THEN excluded.since ELSE sightings.since END,
        seen_at = CASE WHEN excluded.seen_at >= sightings.seen_at
            THEN excluded.seen_at ELSE sightings.seen_at END"""
_OF = """
    SELECT kind, subject, place, seen_at, outcome, code, words, seen, since FROM sightings
    WHERE kind = :kind"""
_FORGET = "DELETE FROM sightings WHERE seen_at < :before"


class SqlSightings:
    """Implements ``api_sightings.Sightings``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def note(self, sightings: Iterable[Sighting]) -> None:
        self._engine.change_many(_NOTE, [_values(one) for one in sightings])

    def of(self, *kinds: SightingKind) -> tuple[Sighting, ...]:
        rows = [row for kind in kinds for row in self._engine.select(_OF, {"kind": kind})]
        return tuple(map(_sighting, sorted(rows, key=lambda row: row[3], reverse=True)))

    def forget(self, before: datetime) -> None:
        self._engine.change(_FORGET, {"before": to_text(before)})


def _values(one: Sighting) -> Values:
    return {
        "kind": one.kind,
        "subject": one.subject,
        "place": one.place,
        "at": to_text(one.at),
        "outcome": one.outcome,
        "code": one.code,
        "words": one.words,
        "count": one.count,
        "since": to_text(one.since or one.at),
        "series": to_text(one.at - NEW_SERIES),
    }


def _sighting(row: Row) -> Sighting:
    return Sighting(
        kind=row[0],
        subject=row[1],
        place=row[2],
        at=from_text(row[3]),
        outcome=row[4],
        code=row[5],
        words=row[6],
        count=row[7],
        since=from_text(row[8]),
    )
