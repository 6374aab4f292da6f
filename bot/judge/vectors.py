"""Vectors of known wordings, cached by content: shipped ones, and what was encoded since.

A wording's key is a hash of its normalised text, so an edited phrasing gets a new vector and an
unchanged one keeps its own, whatever else moved in the files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.judge.encoder import LONGEST, Encoder, Vector

SIZE = 384
_SCALE = 0.3 / 127
"""E5's components lie within ±0.3; one byte each loses less than the fourth digit of a cosine."""

Bytes = npt.NDArray[np.int8]


def key_of(text: str) -> int:
    """The key of a normalised text."""
    head = text[:LONGEST].encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(head, digest_size=8).digest(), "big")


def pack(vector: Vector) -> Bytes:
    return np.clip(np.round(vector / _SCALE), -127, 127).astype(np.int8)


class Shelf:
    """Vectors by key."""

    def __init__(self, keys: Sequence[int], vectors: Bytes) -> None:
        self._places = {int(key): place for place, key in enumerate(keys)}
        self._vectors = vectors

    def __contains__(self, key: int) -> bool:
        return key in self._places

    def rows(self, keys: Iterable[int]) -> Vector:
        """One row per key; rows of zeros where a vector is missing."""
        found = np.zeros((0, SIZE), dtype=np.float32)
        places = [self._places.get(key, -1) for key in keys]
        if places:
            taken = np.array(places)
            found = np.zeros((len(places), SIZE), dtype=np.float32)
            known = taken >= 0
            found[known] = self._vectors[taken[known]].astype(np.float32) * _SCALE
        return found

    def extended(self, texts: Iterable[str], encode: Encoder) -> Shelf:
        """A shelf that also holds these texts."""
        fresh = {key_of(text): text for text in texts if key_of(text) not in self}
        added = {key: pack(v) for key, text in fresh.items() if (v := encode(text)) is not None}
        if not added:
            return self
        keys = [*self._places, *added]
        vectors = np.concatenate((self._vectors, np.stack(list(added.values()))))
        return Shelf(keys, vectors)

    def joined(self, other: Shelf) -> Shelf:
        """A shelf with the vectors of both; where both have one, ours."""
        fresh = [key for key in other._places if key not in self._places]
        if not fresh:
            return self
        taken = other._vectors[[other._places[key] for key in fresh]]
        return Shelf([*self._places, *fresh], np.concatenate((self._vectors, taken)))

    def only(self, keys: Iterable[int]) -> Shelf:
        """A shelf with just these keys (those it has), sorted, for storing."""
        kept = sorted({key for key in keys if key in self._places})
        return Shelf(kept, self._vectors[[self._places[key] for key in kept]])

    def without(self, other: Shelf) -> Shelf:
        """A shelf with just what the other lacks."""
        return self.only(key for key in self._places if key not in other)

    def save(self, path: Path) -> None:
        """Write keys and vectors as one .npz file."""
        keys = np.array(list(self._places), dtype=np.uint64)
        np.savez(path, keys=keys, vectors=self._vectors)


EMPTY = Shelf((), np.zeros((0, SIZE), dtype=np.int8))


def load_shelf(path: Path) -> Shelf:
    with np.load(path) as stored:
        return Shelf(stored["keys"].tolist(), stored["vectors"])


@lru_cache(maxsize=1)
def stored_shelf() -> Shelf:
    """The vectors that ship with the program."""
    file = resources.files("bot.judge").joinpath("fitted/vectors.npz")
    with resources.as_file(file) as path:
        return load_shelf(path)


def unit(rows: Vector, center: Vector) -> Vector:
    """Rows centred and of length one, missing ones (zeros) left at zero.

    E5's cosines all lie between 0.7 and 1; taken from the centre they spread (judging-notes §2).
    """
    missing = ~rows.any(axis=1)
    moved = rows - center
    norms = np.linalg.norm(moved, axis=1, keepdims=True)
    moved /= np.where(norms == 0, 1, norms)
    moved[missing] = 0.0
    return moved
