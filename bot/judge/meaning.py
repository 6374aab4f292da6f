"""The second stage: how near a text is in meaning to known wordings and examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.judge.encoder import Encoder, Vector
from bot.judge.examples import NO_CATEGORY, Examples
from bot.judge.index import Phrasing
from bot.judge.vectors import Shelf, key_of, unit

NEAREST = 5
VOTERS = 16
"""Neighbours that vote on the category."""

VOTE_SHARPNESS = 12.0


@dataclass(frozen=True, slots=True, eq=False)
class Nearness:
    """Cosines (-1..1) to every phrasing of the base, and means of the nearest of each side."""

    phrasings: npt.NDArray[np.float32]
    scam: float
    other: float
    emergency: float
    no_emergency: float
    votes: dict[str, float]


class Meaning:
    """Vectors of one knowledge base and of the examples, ready for comparing."""

    def __init__(
        self,
        encoder: Encoder,
        shelf: Shelf,
        center: Vector,
        phrasings: Sequence[Phrasing],
        examples: Examples,
        classes: Sequence[str],
    ) -> None:
        self._encode = encoder
        self._center = center
        self._count = len(phrasings)
        own = shelf.rows(key_of(phrasing.normalised) for phrasing in phrasings)
        learned = shelf.rows(int(key) for key in examples.keys)
        self._rows = unit(np.concatenate((own, learned)), center)
        scam = np.array([phrasing.kind == "scam" for phrasing in phrasings], dtype=bool)
        self._scam = np.flatnonzero(np.concatenate((scam, examples.positive)))
        self._other = np.flatnonzero(~np.concatenate((scam, examples.positive)))
        shifted = np.arange(len(examples.keys)) + self._count
        self._emergency = shifted[examples.emergency]
        self._no_emergency = shifted[~examples.emergency]
        places = {name: place for place, name in enumerate(classes)}
        categories = [
            places.get(p.category or "", NO_CATEGORY) if p.kind == "scam" else NO_CATEGORY
            for p in phrasings
        ]
        self._categories = np.concatenate(
            (np.array(categories, dtype=np.int8), examples.categories)
        )
        self._classes = tuple(classes)
        self._named = np.flatnonzero(self._categories != NO_CATEGORY)

    def __call__(self, normalised: str) -> Nearness | None:
        """None where the encoder is too busy."""
        vector = self._encode(normalised)
        return None if vector is None else self.nearness(vector)

    def nearness(self, vector: Vector, without: Sequence[int] = ()) -> Nearness:
        """Nearness of a vector; ``without`` are places to leave out when fitting."""
        asked = unit(vector[None, :], self._center)[0]
        cosines = self._rows @ asked
        if len(without):
            cosines[list(without)] = 0.0
        return Nearness(
            phrasings=cosines[: self._count],
            scam=_mean_of_best(cosines[self._scam]),
            other=_mean_of_best(cosines[self._other]),
            emergency=_mean_of_best(cosines[self._emergency]),
            no_emergency=_mean_of_best(cosines[self._no_emergency]),
            votes=self._votes(cosines),
        )

    def _votes(self, cosines: npt.NDArray[np.float32]) -> dict[str, float]:
        if self._named.size < VOTERS:
            return {}
        near = cosines[self._named]
        best = np.argpartition(near, -VOTERS)[-VOTERS:]
        weights = np.exp(VOTE_SHARPNESS * near[best])
        shares = np.bincount(
            self._categories[self._named[best]], weights=weights, minlength=len(self._classes)
        )
        shares = shares / shares.sum()
        return {self._classes[int(i)]: float(shares[i]) for i in np.flatnonzero(shares)}


def _mean_of_best(cosines: npt.NDArray[np.float32]) -> float:
    if cosines.size < NEAREST:
        return 0.0
    return float(np.partition(cosines, -NEAREST)[-NEAREST:].mean())
