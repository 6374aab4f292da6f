"""Nearest phrasings: an inverted index over the knowledge base's own wordings.

Every phrasing of an entry, a guide or an ordinary subject is one document. Weights are TF-IDF,
a score is the cosine (0..1) between the asked text and a phrasing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from bot.judge.grams import grams, reduce
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
    """All wordings of a base, reduced and ready for the index."""
    found: list[Phrasing] = []

    def add(texts: Sequence[str], owner: str, kind: Kind, category: str | None = None) -> None:
        for text in texts:
            normalised = normaliser(text).text
            found.append(Phrasing(owner, kind, category, normalised, reduce(normalised)))

    for entry in knowledge.entries:
        add((*entry.says, *entry.asks, entry.title), entry.id, "scam", entry.category)
        add(entry.looks_like, f"like:{entry.id}", "ordinary", entry.category)
    for guide in knowledge.guides:
        add((*guide.asks, guide.title), guide.id, "guide")
    for subject in knowledge.ordinary:
        add(subject.phrasings, subject.subject, "ordinary")
    return found


class Index:
    """Immutable once built; safe to share between threads."""

    def __init__(self, phrasings: Sequence[Phrasing]) -> None:
        self.phrasings = tuple(phrasings)
        documents = [grams(phrasing.reduced) for phrasing in self.phrasings]
        frequency = Counter(gram for document in documents for gram in document)
        total = len(documents) or 1
        self._ids = {gram: number for number, gram in enumerate(frequency)}
        self._idf = np.array(
            [math.log(1 + total / frequency[gram]) * _length_weight(gram) for gram in self._ids],
            dtype=np.float32,
        )
        self._unseen = math.log(1 + total)
        postings: list[list[int]] = [[] for _ in self._ids]
        norms = np.zeros(total, dtype=np.float32)
        for number, document in enumerate(documents):
            ids = [self._ids[gram] for gram in document]
            weights = self._idf[ids]
            norms[number] = math.sqrt(float(weights @ weights)) or 1.0
            for gram_id in ids:
                postings[gram_id].append(number)
        sizes = np.array([len(posting) for posting in postings], dtype=np.int64)
        self._begin = np.concatenate(([0], np.cumsum(sizes)))
        self._documents = np.fromiter(
            (number for posting in postings for number in posting),
            dtype=np.int32,
            count=sizes.sum(),
        )
        self._weights = np.repeat(self._idf, sizes) / norms[self._documents]

    def scores(self, asked: Sequence[str]) -> npt.NDArray[np.float32]:
        """The cosine of every phrasing with a text given by its grams."""
        ids = [place for place in map(self._ids.get, asked) if place is not None]
        if not ids:
            return np.zeros(len(self.phrasings), dtype=np.float32)
        weights = self._idf[ids]
        unseen = (len(asked) - len(ids)) * (0.5 * self._unseen) ** 2
        norm = math.sqrt(float(weights @ weights) + unseen)
        begin = self._begin[ids]
        sizes = self._begin[np.asarray(ids) + 1] - begin
        places = np.repeat(begin - np.concatenate(([0], np.cumsum(sizes)[:-1])), sizes)
        places += np.arange(places.size)
        sums = np.bincount(
            self._documents[places],
            weights=self._weights[places] * np.repeat(weights, sizes),
            minlength=len(self.phrasings),
        )
        return (sums / norm).astype(np.float32)


def _length_weight(gram: str) -> float:
    """Single characters say little, pairs most; syllable pairs repeat what pairs say."""
    if "'" in gram:
        return 0.6
    return (0.5, 1.0, 1.1)[len(gram) - 1]
