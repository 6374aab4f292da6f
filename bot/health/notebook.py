"""Writes down what a web process sees of its channels, at most once a minute for each of them.

Whoever notes something never waits for the store: a flood of forged requests costs a look into a
dictionary each, and one write a minute, made by a thread of its own.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from bot.store.api_sightings import Sighting, SightingKind

EVERY_SECONDS = 60.0
AT_ONCE: frozenset[SightingKind] = frozenset({"verified"})
"""Comes only when somebody saves the address on the platform, and then looks here."""

_log = logging.getLogger("bot.health")


def in_background(seconds: float, work: Callable[[], None]) -> None:
    """Do it once after so long, in a thread that holds up nobody's end."""
    timer = threading.Timer(seconds, work)
    timer.name, timer.daemon = "notebook", True
    timer.start()


class Notebook:
    """Safe to use from several threads."""

    def __init__(
        self,
        write: Callable[[Iterable[Sighting]], None],
        later: Callable[[float, Callable[[], None]], None] = in_background,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write = write
        self._later = later
        self._monotonic = monotonic
        self._waiting: dict[str, dict[SightingKind, Sighting]] = {}
        self._opens_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def __call__(self, sighting: Sighting) -> None:
        """Note it; it is written with whatever else is noted of its subject until then."""
        subject = sighting.subject
        if sighting.kind in AT_ONCE:
            self._later(0.0, partial(self._keep, subject, (sighting,)))
            return
        with self._lock:
            waiting = self._waiting.get(subject)
            if waiting is not None:
                before = waiting.get(sighting.kind)
                waiting[sighting.kind] = sighting if before is None else _joined(before, sighting)
                return
            self._waiting[subject] = {sighting.kind: sighting}
            wait = max(0.0, self._opens_at.get(subject, 0.0) - self._monotonic())
        self._later(wait, partial(self._write_down, subject))

    def _write_down(self, subject: str) -> None:
        with self._lock:
            sightings = self._waiting.pop(subject)
            self._opens_at[subject] = self._monotonic() + EVERY_SECONDS
        self._keep(subject, sightings.values())

    def _keep(self, subject: str, sightings: Iterable[Sighting]) -> None:
        try:
            self._write(sightings)
        except Exception as error:  # noqa: BLE001  # nobody waits for this; callbacks go on
            _log.warning("%s: 没有记下最近的情况（%s）", subject, type(error).__name__)


def _joined(before: Sighting, after: Sighting) -> Sighting:
    return replace(after, count=before.count + after.count, since=before.since or before.at)
