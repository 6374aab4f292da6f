"""The fitted numbers of the judge: linear scores over n-grams and found features.

They are fitted only on texts of this repository by tools/fit_judge.py and stored with the hash of
that data; nothing here learns.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.judge.grams import Codes, code_of, places_in

Floats = npt.NDArray[np.float32]
_NO_GRAM = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Scores:
    """``positive`` and ``emergency`` are log odds; ``categories`` are log weights by category id."""

    positive: float
    emergency: float
    categories: dict[str, float]


@dataclass(frozen=True, slots=True)
class Mix:
    """Weights that join scores and nearness into one log odds."""

    bias: float
    weights: dict[str, float]

    def __call__(self, parts: dict[str, float]) -> float:
        return self.bias + sum(weight * parts[name] for name, weight in self.weights.items())


class Model:
    """Weights by feature; a text's score is the sum over its features, n-grams by 1/sqrt(count).

    ``mixes`` are ``lexical`` (first stage), ``encoded`` and ``emergency`` (with the encoder);
    ``center`` is the mean vector of what was fitted on.
    """

    def __init__(
        self,
        features: Sequence[str],
        weights: npt.NDArray[np.int8],
        scales: Floats,
        biases: Floats,
        classes: Sequence[str],
        mixes: dict[str, Mix],
        center: Floats,
        data_hash: str,
    ) -> None:
        # A sign, cue or find carries its kind before a colon, which no gram can hold.
        codes = np.array([code_of(n) if ":" not in n else _NO_GRAM for n in features], np.int64)
        order = np.argsort(codes)
        self._codes = codes[order]
        self._row_of_code = order
        self._rows = {name: row for row, name in enumerate(features) if ":" in name}
        self._weights = weights
        self._scales = scales
        self._biases = biases
        self._classes = tuple(classes)
        self.mixes = mixes
        self.center = center
        self.data_hash = data_hash

    def __call__(self, asked: Codes, found: Sequence[str]) -> Scores:
        """Scores of a text given by its grams and its found features."""
        sums = self._sum(self._row_of_code[places_in(self._codes, asked)])
        sums /= max(asked.size, 1) ** 0.5
        sums += self._sum(
            np.array([self._rows[n] for n in found if n in self._rows], dtype=np.intp)
        )
        sums *= self._scales
        sums += self._biases
        values = sums.tolist()
        return Scores(
            positive=values[0],
            emergency=values[1],
            categories=dict(zip(self._classes, values[2:], strict=True)),
        )

    def _sum(self, rows: npt.NDArray[np.intp]) -> Floats:
        sums: Floats = self._weights.take(rows, axis=0).sum(axis=0, dtype=np.float32)
        return sums


def load_model_from(document: dict[str, Any], weights: npt.NDArray[np.int8]) -> Model:
    """Put a stored model together; see tools/fit_judge.py for what is stored."""
    return Model(
        features=document["features"],
        weights=weights,
        scales=np.array(document["scales"], dtype=np.float32),
        biases=np.array(document["biases"], dtype=np.float32),
        classes=document["classes"],
        mixes={
            name: Mix(stored["bias"], stored["weights"])
            for name, stored in document["mixes"].items()
        },
        center=np.array(document["center"], dtype=np.float32),
        data_hash=document["data_hash"],
    )


@lru_cache(maxsize=1)
def stored_model() -> Model:
    """The model that ships with the program."""
    folder = resources.files("bot.judge").joinpath("fitted")
    document = json.loads(folder.joinpath("model.json").read_text("utf-8"))
    with resources.as_file(folder.joinpath("weights.npy")) as path:
        return load_model_from(document, np.load(path))
