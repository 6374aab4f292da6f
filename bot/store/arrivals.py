"""How many residents each community's QR code brought, by day. Nobody is named."""

from __future__ import annotations

from datetime import date

from bot.store.api import Arrival, ArrivalRow
from bot.store.engine import Engine

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
