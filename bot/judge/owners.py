"""Phrasings by whose they are: the nearest few of every owner, found once for all who ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bot.judge.index import Phrasing

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]

NEAREST = 5
"""How many of each owner are kept."""

_ZERO = np.zeros(1, dtype=np.float32)


class Nearest(NamedTuple):
    """How near the nearest wordings are, ascending, NEAREST of each, zeros where there are fewer:
    one row per entry and one per guide, and those of all ordinary subjects, of all entries, and of
    guides and ordinary subjects together."""

    entries: Floats
    guides: Floats
    ordinary: Floats
    scam: Floats
    other: Floats


class Owners:
    """Who owns which places among the phrasings (``phrasings_of`` gives their order)."""

    def __init__(
        self, phrasings: Sequence[Phrasing], entries: Sequence[str], guides: Sequence[str]
    ) -> None:
        self._phrasings = phrasings
        own: dict[str, list[int]] = {}
        for place, phrasing in enumerate(phrasings):
            own.setdefault(phrasing.owner, []).append(place)
        self._entries = _padded([own[entry] for entry in entries], len(phrasings))
        self._guides = _padded([own[guide] for guide in guides], len(phrasings))
        self._ordinary = next(
            (place for place, p in enumerate(phrasings) if p.kind == "ordinary"), len(phrasings)
        )

    def nearest(self, near: Floats) -> Nearest:
        """The nearest of every owner, given how near each phrasing is."""
        padded = np.concatenate((near, _ZERO))
        entries, guides = padded.take(self._entries), padded.take(self._guides)
        for rows in (entries, guides):
            rows.sort(axis=1)
        entries, guides = entries[:, -NEAREST:], guides[:, -NEAREST:]
        ordinary = _highest(near[self._ordinary :])
        other = np.concatenate((guides, ordinary), axis=None)
        return Nearest(entries, guides, ordinary, _highest(entries.ravel()), _highest(other))

    def nearest_of_entries(self, near: Floats, rows: Sequence[int]) -> list[Phrasing]:
        """The one nearest phrasing of each of these entries, by their rows."""
        places = self._entries[rows]
        best = np.concatenate((near, _ZERO))[places].argmax(axis=1)
        return [self._phrasings[place] for place in places[np.arange(best.size), best].tolist()]

    def nearest_subject(self, near: Floats) -> str:
        """Whose the nearest ordinary wording is; '' where there is none."""
        ordinary = near[self._ordinary :]
        if not ordinary.size:
            return ""
        return self._phrasings[self._ordinary + int(ordinary.argmax())].owner


def _highest(values: Floats) -> Floats:
    """The NEAREST highest values, ascending, with zeros for those that are not there."""
    filled = np.concatenate((np.zeros(max(NEAREST - values.size, 0), dtype=np.float32), values))
    filled.partition(-NEAREST)
    best = filled[-NEAREST:]
    best.sort()
    return best


def _padded(rows: list[list[int]], nobody: int) -> Places:
    """Rows of places as one table; ``nobody``, the place behind the last, fills the short ones."""
    width = max([NEAREST, *map(len, rows)])
    table = np.full((len(rows), width), nobody, dtype=np.intp)
    for number, row in enumerate(rows):
        table[number, : len(row)] = row
    return table
