"""Nearest phrasings: an inverted index over the knowledge base's own wordings.

Every phrasing of an entry, a guide or an ordinary subject is one document. Weights are TF-IDF,
a score is the cosine (0..1) between the asked text and a phrasing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from bot.judge.grams import Codes, firsts, grams, lengths, places_in, reduce
from bot.kb.model import Knowledge
from bot.text.normalise import Normaliser

Kind = Literal["scam", "guide", "ordinary"]


@dataclass(frozen=True, slots=True)
class Phrasing:
    """One wording: whose it is (``owner``: entry id, guide id or subject) and of what kind."""

    owner: str
    kind: Kind
    category: str | None
    normalised: str
    reduced: str


def phrasings_of(knowledge: Knowledge, normaliser: Normaliser) -> list[Phrasing]:
    """All wordings of a base, reduced and ready for the index: scams, then guides, then ordinary
    ones, each owner's side by side."""
    found: list[Phrasing] = []

    def add(texts: Sequence[str], owner: str, kind: Kind, category: str | None = None) -> None:
        for text in texts:
            normalised = normaliser(text).text
            found.append(Phrasing(owner, kind, category, normalised, reduce(normalised)))

    for entry in knowledge.entries:
        add((*entry.says, *entry.asks, entry.title), entry.id, "scam", entry.category)
    for guide in knowledge.guides:
        add((*guide.asks, guide.title), guide.id, "guide")
    for entry in knowledge.entries:
        add(entry.looks_like, f"like:{entry.id}", "ordinary", entry.category)
    for subject in knowledge.ordinary:
        add(subject.phrasings, subject.subject, "ordinary")
    return found


COMMON = 16
"""A gram that one of so many phrasings holds is kept as a row over all of them: adding a row is
quicker than adding its postings one by one."""


class Index:
    """Immutable once built; safe to share between threads."""

    def __init__(self, phrasings: Sequence[Phrasing]) -> None:
        self.phrasings = tuple(phrasings)
        found = [grams(phrasing.reduced) for phrasing in self.phrasings]
        codes = np.concatenate((*found, np.zeros(0, dtype=np.int64)))
        order = np.argsort(codes, kind="stable")
        codes = codes[order]
        self._begin = np.append(np.flatnonzero(firsts(codes)), codes.size)
        self._codes = codes[self._begin[:-1]]
        frequency = np.diff(self._begin)
        self._documents = np.repeat(np.arange(len(found)), [own.size for own in found])[order]
        total = len(found) or 1
        self._squares = (np.log(1 + total / frequency) * _length_weights(self._codes)) ** 2
        self._unseen = (0.5 * math.log(1 + total)) ** 2
        spread = np.repeat(self._squares, frequency)
        norms = np.sqrt(np.bincount(self._documents, spread, len(found)))
        self._shares = (1 / np.where(norms == 0, 1, norms)).astype(np.float32)
        common = np.flatnonzero(frequency > total / COMMON)
        self._row_of = np.full(self._codes.size, -1, dtype=np.int16)
        self._row_of[common] = np.arange(common.size)
        self._rows = np.zeros((common.size, len(found)), dtype=np.float32)
        for row, place in zip(self._rows, common.tolist(), strict=True):
            own = slice(self._begin[place], self._begin[place + 1])
            row[self._documents[own]] = self._squares[place]

    def scores(self, asked: Codes) -> npt.NDArray[np.float32]:
        """The cosine of every phrasing with a text given by its grams."""
        ids = places_in(self._codes, asked)
        if not ids.size:
            return np.zeros(len(self.phrasings), dtype=np.float32)
        unseen = (asked.size - ids.size) * self._unseen
        norm = math.sqrt(self._squares[ids].sum() + unseen)
        rows = self._row_of[ids]
        rare = ids[rows < 0]
        begin = self._begin[rare]
        sizes = self._begin[rare + 1] - begin
        ends = sizes.cumsum()
        places = np.repeat(begin - ends + sizes, sizes)
        places += np.arange(places.size)
        sums = np.bincount(
            self._documents[places],
            np.repeat(self._squares[rare], sizes),
            len(self.phrasings),
        )
        cosines = sums.astype(np.float32)
        for row in rows[rows >= 0].tolist():
            cosines += self._rows[row]
        cosines *= self._shares
        cosines *= 1 / norm
        return cosines


def _length_weights(codes: Codes) -> npt.NDArray[np.float64]:
    """Single characters say little, pairs most; syllable pairs repeat what pairs say."""
    return np.array([0.6, 0.5, 1.0, 1.1])[lengths(codes)]
