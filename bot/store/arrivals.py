"""Each community's QR code, and how many residents it brought, by day. Nobody is named."""

from __future__ import annotations

from datetime import date, datetime

from bot.store.api import Arrival, ArrivalDay, ArrivalRow
from bot.store.engine import Engine, Values
from bot.store.moments import to_text

_COUNT = """
    INSERT INTO arrivals (channel, place, day, followed, scanned)
    VALUES (:channel, :place, :day, :followed, :scanned)
    ON CONFLICT (channel, place, day) DO UPDATE SET
        followed = arrivals.followed + excluded.followed,
        scanned = arrivals.scanned + excluded.scanned"""
_SINCE = """
    SELECT channel, place, SUM(followed), SUM(scanned) FROM arrivals
    WHERE day >= :since GROUP BY channel, place
    ORDER BY channel, SUM(followed) DESC, SUM(scanned) DESC, place"""
_BY_DAY = """
    SELECT place, day, SUM(followed), SUM(scanned) FROM arrivals
    WHERE day >= :since GROUP BY place, day ORDER BY day, place"""
_BY_DAY_OF = """
    SELECT place, day, SUM(followed), SUM(scanned) FROM arrivals
    WHERE day >= :since AND place = :place GROUP BY place, day ORDER BY day"""
_CODE = "SELECT content FROM scene_codes WHERE channel = :channel AND place = :place"
_CODED = "SELECT DISTINCT place FROM scene_codes"
_KEEP_CODE = """
    INSERT INTO scene_codes (channel, place, content, made_at)
    VALUES (:channel, :place, :content, :now)
    ON CONFLICT (channel, place) DO UPDATE SET
        content = excluded.content, made_at = excluded.made_at"""


class SqlArrivals:
    """Implements ``api.Arrivals``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def count(self, channel: str, place: str, how: Arrival, day: date) -> None:
        self._engine.change(
            _COUNT,
            {
                "channel": channel,
                "place": place,
                "day": day.isoformat(),
                "followed": int(how == "followed"),
                "scanned": int(how == "scanned"),
            },
        )

    def since(self, day: date) -> tuple[ArrivalRow, ...]:
        rows = self._engine.select(_SINCE, {"since": day.isoformat()})
        return tuple(ArrivalRow(row[0], row[1], int(row[2]), int(row[3])) for row in rows)

    def by_day(self, since: date, place: str | None = None) -> tuple[ArrivalDay, ...]:
        values: Values = {"since": since.isoformat()}
        rows = (
            self._engine.select(_BY_DAY, values)
            if place is None
            else self._engine.select(_BY_DAY_OF, {**values, "place": place})
        )
        return tuple(
            ArrivalDay(row[0], date.fromisoformat(row[1]), int(row[2]), int(row[3])) for row in rows
        )

    def code(self, channel: str, place: str) -> str:
        rows = self._engine.select(_CODE, {"channel": channel, "place": place})
        return str(rows[0][0]) if rows else ""

    def keep_code(self, channel: str, place: str, content: str, now: datetime) -> None:
        self._engine.change(
            _KEEP_CODE,
            {"channel": channel, "place": place, "content": content, "now": to_text(now)},
        )

    def coded(self) -> frozenset[str]:
        return frozenset(row[0] for row in self._engine.select(_CODED))
