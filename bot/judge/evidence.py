"""Everything that can be read off one text, gathered once: the judge's pure first half."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.judge.features import found_features
from bot.judge.grams import grams, reduce
from bot.judge.index import Index, Phrasing, phrasings_of
from bot.judge.meaning import Meaning, Nearness
from bot.judge.model import Model, Scores
from bot.judge.official import Look, OfficialBook
from bot.judge.signs import Hit, Spotter
from bot.kb.model import Entry, Guide, Knowledge, Sign
from bot.text.extract import Finds, extract
from bot.text.normalise import Normalised, Normaliser

REDLINE = "red:"
NEAREST = 5

CERTAIN = 7.0
"""Lexical log odds beyond which, either way, the encoder is not asked."""

LONGEST_ENCODED = 220
"""Longer texts hold enough signs of their own, and encoding them takes too long."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one text shows. ``similarity`` is per phrasing of the index; ``odds`` (of a scam) and
    ``emergency`` are log odds; ``nearness`` is None where the encoder was not asked."""

    normalised: Normalised
    reduced: str
    grams: tuple[str, ...]
    hits: tuple[Hit, ...]
    finds: Finds
    looks: tuple[Look, ...]
    similarity: npt.NDArray[np.float32]
    scores: Scores
    nearness: Nearness | None
    odds: float
    emergency: float

    def shows(self, identifier: str) -> bool:
        """Whether a sign, cue or context is there and not denied."""
        return any(hit.id == identifier and not hit.denied for hit in self.hits)


class Lexical:
    """The parts of a knowledge base that read a text by its letters. Immutable."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.normaliser = Normaliser(knowledge.aliases)
        self.official = OfficialBook(knowledge.numbers, knowledge.domains)
        self.phrasings: list[Phrasing] = phrasings_of(knowledge, self.normaliser)
        self.index = Index(self.phrasings)
        self.redlines = {REDLINE + line.id: line for line in knowledge.redlines}
        owners = [
            (sign.id, sign.patterns)
            for sign in (*knowledge.signs, *knowledge.cues, *knowledge.contexts)
        ]
        owners += [(name, line.patterns) for name, line in self.redlines.items()]
        self._spot = Spotter(owners, self.normaliser)
        self.is_scam = np.array([p.kind == "scam" for p in self.phrasings], dtype=bool)
        self.even_negated = {
            sign.id for sign in (*knowledge.signs, *knowledge.cues) if sign.even_negated
        }

    def read(self, normalised: str) -> tuple[list[str], list[Hit], Finds, list[Look], list[str]]:
        """N-grams, pattern hits, finds, what the official list says, and feature names."""
        asked = grams(reduce(normalised))
        hits = [
            Hit(hit.id, hit.start, hit.end, hit.denied and hit.id not in self.even_negated)
            for hit in self._spot(normalised)
        ]
        finds = extract(normalised)
        looks = self.official.look(finds)
        return asked, hits, finds, looks, found_features(hits, finds, looks)


class Gatherer:
    """One knowledge base compiled for reading texts. Immutable; shared between threads."""

    def __init__(
        self, knowledge: Knowledge, model: Model, lexical: Lexical, meaning: Meaning | None
    ) -> None:
        self.knowledge = knowledge
        self.entries: Mapping[str, Entry] = {entry.id: entry for entry in knowledge.entries}
        self.guides: Mapping[str, Guide] = {guide.id: guide for guide in knowledge.guides}
        self.signs: Mapping[str, Sign] = {sign.id: sign for sign in knowledge.signs}
        self.cues: Mapping[str, Sign] = {cue.id: cue for cue in knowledge.cues}
        self.lexical = lexical
        self._model = model
        self._meaning = meaning
        by_kind: dict[str, list[int]] = {"scam": [], "guide": [], "ordinary": []}
        by_owner: dict[str, list[int]] = {}
        for place, phrasing in enumerate(lexical.phrasings):
            by_kind[phrasing.kind].append(place)
            by_owner.setdefault(phrasing.owner, []).append(place)
        self.places_by_kind = {kind: np.array(own, dtype=int) for kind, own in by_kind.items()}
        self.entry_places = _padded([by_owner[entry.id] for entry in knowledge.entries], 3)
        self.categories = tuple(dict.fromkeys(entry.category for entry in knowledge.entries))
        self.category_of_entry = np.array(
            [self.categories.index(entry.category) for entry in knowledge.entries], dtype=int
        )
        self._sign_columns = {sign.id: column for column, sign in enumerate(knowledge.signs)}
        self._sign_shares = np.zeros((len(knowledge.signs), len(knowledge.entries)), np.float32)
        for row, entry in enumerate(knowledge.entries):
            for sign in entry.signs:
                self._sign_shares[self._sign_columns[sign], row] = 1 / len(entry.signs)
        self.guide_places = _padded([by_owner[guide.id] for guide in knowledge.guides], 3)

    def sign_overlap(self, shown: set[str]) -> npt.NDArray[np.float32]:
        """For each entry, the share of its signs that are shown (0..1)."""
        columns = [self._sign_columns[sign] for sign in shown if sign in self._sign_columns]
        shares: npt.NDArray[np.float32] = self._sign_shares[columns].sum(axis=0, dtype=np.float32)
        return shares

    def __call__(self, text: str) -> Evidence:
        normalised = self.lexical.normaliser(text)
        asked, hits, finds, looks, found = self.lexical.read(normalised.text)
        similarity = self.lexical.index.scores(asked)
        scores = self._model(asked, found)
        parts = lexical_parts(scores, similarity, self.lexical.is_scam)
        odds = self._model.mixes["lexical"](parts)
        emergency = scores.emergency
        nearness = None
        if self._meaning and abs(odds) < CERTAIN and len(normalised.text) <= LONGEST_ENCODED:
            nearness = self._meaning(normalised.text)
        if nearness is not None:
            parts |= encoded_parts(nearness)
            odds = self._model.mixes["encoded"](parts)
            emergency = self._model.mixes["emergency"](parts)
        return Evidence(
            normalised=normalised,
            reduced=reduce(normalised.text),
            grams=tuple(asked),
            hits=tuple(hits),
            finds=finds,
            looks=tuple(looks),
            similarity=similarity,
            scores=scores,
            nearness=nearness,
            odds=odds,
            emergency=emergency,
        )


def _padded(rows: list[list[int]], shortest: int) -> npt.NDArray[np.int64]:
    """Rows of places as one table; -1, which is the place behind the last, fills the short ones."""
    width = max([shortest, *map(len, rows)])
    table = np.full((len(rows), width), -1, dtype=np.int64)
    for number, row in enumerate(rows):
        table[number, : len(row)] = row
    return table


def lexical_parts(
    scores: Scores, similarity: npt.NDArray[np.float32], is_scam: npt.NDArray[np.bool_]
) -> dict[str, float]:
    """The named inputs of the first stage's mix, the same when fitting and when judging."""
    scam = _best(similarity[is_scam])
    other = _best(similarity[~is_scam])
    return {
        "linear": scores.positive,
        "linear_emergency": scores.emergency,
        "scam_best": float(scam[0]),
        "other_best": float(other[0]),
        "scam_mean": float(scam.mean()),
        "other_mean": float(other.mean()),
    }


def encoded_parts(nearness: Nearness) -> dict[str, float]:
    """What the second stage adds."""
    return {
        "near_scam": nearness.scam,
        "near_other": nearness.other,
        "near_emergency": nearness.emergency,
        "near_no_emergency": nearness.no_emergency,
    }


def _best(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    if values.size < NEAREST:
        return np.zeros(NEAREST, dtype=np.float32)
    best = np.partition(values, -NEAREST)[-NEAREST:]
    return best[np.argsort(-best)]
