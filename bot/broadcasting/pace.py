"""How fast each key may be written to: a sliding window and a number in flight. Pure state."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.senders.base import Pace

LONGEST_WINDOW = timedelta(hours=1)
"""How far back attempts of earlier runs are looked up."""


class Pacer:
    """Keeps count for one dispatcher; not shared between threads.

    An attempt counts from its start until ``seconds`` after its end: the platform counted it
    somewhere in between. ``history`` are attempts of earlier runs, oldest first, so that a
    restart does not begin with a full allowance.
    """

    def __init__(self, history: Iterable[tuple[str, datetime]] = ()) -> None:
        self._ended: defaultdict[str, deque[datetime]] = defaultdict(deque)
        self._in_flight: defaultdict[str, int] = defaultdict(int)
        for key, moment in history:
            self._ended[key].append(moment)

    def opens_at(self, key: str, pace: Pace | None, now: datetime) -> datetime | None:
        """When the key may be used next (``now`` or later); None until one of its own ends."""
        if pace is None:
            return now
        in_flight = self._in_flight[key]
        if in_flight >= pace.in_flight:
            return None
        window = timedelta(seconds=pace.seconds)
        ended = self._ended[key]
        while ended and ended[0] + window <= now:
            ended.popleft()
        free = pace.count - in_flight
        if len(ended) < free:
            return now
        return None if free <= 0 else ended[len(ended) - free] + window

    def begin(self, key: str) -> None:
        self._in_flight[key] += 1

    def end(self, key: str, now: datetime) -> None:
        self._in_flight[key] -= 1
        self._ended[key].append(now)
