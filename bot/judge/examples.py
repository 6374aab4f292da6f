"""Labelled examples beside the knowledge base: what tests/data/corpus/ teaches the second stage.

Only their vectors and labels ship, no texts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path

import numpy as np
import numpy.typing as npt

NO_CATEGORY = -1


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Parallel columns; ``categories`` are places in kb.model.CATEGORIES or NO_CATEGORY."""

    keys: npt.NDArray[np.uint64]
    positive: npt.NDArray[np.bool_]
    emergency: npt.NDArray[np.bool_]
    categories: npt.NDArray[np.int8]

    def save(self, path: Path) -> None:
        np.savez(
            path,
            keys=self.keys,
            positive=self.positive,
            emergency=self.emergency,
            categories=self.categories,
        )


NONE = Examples(
    np.zeros(0, dtype=np.uint64),
    np.zeros(0, dtype=bool),
    np.zeros(0, dtype=bool),
    np.zeros(0, dtype=np.int8),
)


@lru_cache(maxsize=1)
def stored_examples() -> Examples:
    """The examples that ship with the program."""
    file = resources.files("bot.judge").joinpath("fitted/examples.npz")
    with resources.as_file(file) as path, np.load(path) as stored:
        return Examples(
            stored["keys"], stored["positive"], stored["emergency"], stored["categories"]
        )
