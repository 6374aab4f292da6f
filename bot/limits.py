"""How many messages of one sender are judged in a minute.

Counted in the memory of each web process: one look at a dictionary instead of a write to the store
for every message. So with several processes the limit is per process, and a sender whose messages
are spread over two gets twice as many; what the limit is for, that a flood takes nobody else's time,
holds all the same.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from threading import Lock

WINDOW_SECONDS = 60.0
MOST_SENDERS = 20_000
"""Remembered at once, about 200 bytes each; those silent for a window go first."""


class SenderLimit:
    """A window that moves with the clock; safe from several threads."""

    def __init__(self, most: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        """``most`` messages in WINDOW_SECONDS; 0 sets no limit."""
        self._most = most
        self._monotonic = monotonic
        self._times: dict[str, deque[float]] = {}
        self._lock = Lock()

    def admits(self, sender: str) -> bool:
        """Whether this message is within the limit; one that is not does not lengthen the wait."""
        if not self._most:
            return True
        now = self._monotonic()
        with self._lock:
            if len(self._times) >= MOST_SENDERS and sender not in self._times:
                self._forget(now)
            times = self._times.setdefault(sender, deque(maxlen=self._most))
            if len(times) == self._most and now - times[0] < WINDOW_SECONDS:
                return False
            times.append(now)
            return True

    def _forget(self, now: float) -> None:
        recent = {
            sender: times
            for sender, times in self._times.items()
            if now - times[-1] < WINDOW_SECONDS
        }
        # So many in one minute is no village: rather no limit for a moment than no memory.
        self._times = recent if len(recent) < MOST_SENDERS else {}
