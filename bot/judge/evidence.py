"""Everything that can be read off one text, gathered once: the judge's pure first half."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from bot.judge.features import found_features
from bot.judge.grams import Codes, grams, reduce
from bot.judge.index import Index, Phrasing, phrasings_of
from bot.judge.meaning import Meaning, Nearness
from bot.judge.model import Model, Scores
from bot.judge.official import Look, OfficialBook
from bot.judge.owners import Floats, Nearest, Owners
from bot.judge.signs import Hit, Spotter
from bot.kb.model import Entry, Guide, Knowledge, Sign
from bot.text.extract import Finds, extract
from bot.text.normalise import Normalised, Normaliser

REDLINE = "red:"
CERTAIN = 7.0
"""Lexical log odds beyond which, either way, the encoder is not asked."""

MEANING = 0.8
"""Weight of the encoder's nearness beside that by letters; chosen with the weights of rank.py."""

LONGEST_ENCODED = 220
"""Longer texts hold enough signs of their own, and encoding them takes too long."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one text shows. ``near`` is how near each phrasing is by letters and, where the encoder
    was asked (``nearness``), by meaning; ``nearest`` the best of it. ``odds`` (of a scam) and
    ``emergency`` are log odds."""

    normalised: Normalised
    reduced: str
    hits: tuple[Hit, ...]
    finds: Finds
    looks: tuple[Look, ...]
    near: Floats
    nearest: Nearest
    scores: Scores
    nearness: Nearness | None
    odds: float
    emergency: float

    def shows(self, identifier: str) -> bool:
        """Whether a sign, cue or context is there and not denied."""
        return any(hit.id == identifier and not hit.denied for hit in self.hits)


class Reading(NamedTuple):
    """What a text is compared by, what it shows, and the names of that for the fitted model."""

    grams: Codes
    hits: list[Hit]
    finds: Finds
    looks: list[Look]
    features: list[str]


class Lexical:
    """The parts of a knowledge base that read a text by its letters. Immutable."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.normaliser = Normaliser(knowledge.aliases)
        self.official = OfficialBook(knowledge.numbers, knowledge.domains, knowledge.senders)
        self.phrasings: list[Phrasing] = phrasings_of(knowledge, self.normaliser)
        self.index = Index(self.phrasings)
        self.redlines = {REDLINE + line.id: line for line in knowledge.redlines}
        owners = [
            (sign.id, sign.patterns)
            for sign in (*knowledge.signs, *knowledge.cues, *knowledge.contexts)
        ]
        owners += [(name, line.patterns) for name, line in self.redlines.items()]
        self._spot = Spotter(owners, self.normaliser)
        self.owners = Owners(
            self.phrasings,
            [entry.id for entry in knowledge.entries],
            [guide.id for guide in knowledge.guides],
        )
        self.even_negated = {
            sign.id for sign in (*knowledge.signs, *knowledge.cues) if sign.even_negated
        }

    def read(self, reduced: str, normalised: str) -> Reading:
        """Everything but similarity, from a normalised text and its reduced form."""
        hits = [
            Hit(hit.id, hit.start, hit.end, False) if hit.id in self.even_negated else hit
            for hit in self._spot(normalised)
        ]
        finds = extract(normalised)
        looks = self.official.look(finds)
        return Reading(grams(reduced), hits, finds, looks, found_features(hits, finds, looks))


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
        self.category_of = tuple(entry.category for entry in knowledge.entries)
        self.categories = tuple(dict.fromkeys(self.category_of))
        self.category_numbers = np.array(list(map(self.categories.index, self.category_of)), int)
        self._sign_columns = {sign.id: column for column, sign in enumerate(knowledge.signs)}
        self._sign_shares = np.zeros((len(knowledge.signs), len(knowledge.entries)), np.float32)
        for row, entry in enumerate(knowledge.entries):
            for sign in entry.signs:
                self._sign_shares[self._sign_columns[sign], row] = 1 / len(entry.signs)

    def sign_overlap(self, shown: set[str]) -> Floats:
        """For each entry, the share of its signs that are shown (0..1)."""
        columns = [self._sign_columns[sign] for sign in shown if sign in self._sign_columns]
        shares: Floats = self._sign_shares[columns].sum(axis=0, dtype=np.float32)
        return shares

    def __call__(self, text: str) -> Evidence:
        lexical = self.lexical
        normalised = lexical.normaliser(text)
        reduced = reduce(normalised.text)
        asked, hits, finds, looks, found = lexical.read(reduced, normalised.text)
        near = lexical.index.scores(asked)
        nearest = lexical.owners.nearest(near)
        scores = self._model(asked, found)
        parts = lexical_parts(scores, nearest)
        odds = self._model.mixes["lexical"](parts)
        emergency = scores.emergency
        nearness = None
        if self._meaning and abs(odds) < CERTAIN and len(normalised.text) <= LONGEST_ENCODED:
            nearness = self._meaning(normalised.text)
        if nearness is not None:
            parts |= encoded_parts(nearness)
            odds = self._model.mixes["encoded"](parts)
            emergency = self._model.mixes["emergency"](parts)
            meant = np.maximum(nearness.phrasings, 0) * MEANING
            near = np.add(near, meant, dtype=np.float32)
            nearest = lexical.owners.nearest(near)
        return Evidence(
            normalised=normalised,
            reduced=reduced,
            hits=tuple(hits),
            finds=finds,
            looks=tuple(looks),
            near=near,
            nearest=nearest,
            scores=scores,
            nearness=nearness,
            odds=odds,
            emergency=emergency,
        )


def lexical_parts(scores: Scores, nearest: Nearest) -> dict[str, float]:
    """The named inputs of the first stage's mix, the same when fitting and when judging."""
    scam, other = nearest.scam.tolist(), nearest.other.tolist()
    return {
        "linear": scores.positive,
        "linear_emergency": scores.emergency,
        "scam_best": scam[-1],
        "other_best": other[-1],
        "scam_mean": sum(scam) / len(scam),
        "other_mean": sum(other) / len(other),
    }


def encoded_parts(nearness: Nearness) -> dict[str, float]:
    """What the second stage adds."""
    return {
        "near_scam": nearness.scam,
        "near_other": nearness.other,
        "near_emergency": nearness.emergency,
        "near_no_emergency": nearness.no_emergency,
    }
