"""Which entry and category a text is about: near phrasings re-ranked by spelling and by signs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from bot.judge.evidence import Evidence, Gatherer

SUPPORT = 0.5
SPELLING = 0.15
SIGNS = 0.12
CATEGORY = 1.0
MEANING = 0.8
VOTES = 0.6
"""Weights, beside an entry's nearest phrasing, of its second and third nearest, of spelling, sign
overlap, category belief, the encoder's nearness, and of near examples within the category belief.
Chosen on the trials of knowledge/ and the even rows of tests/data/own (docs/judging.md)."""

COMPARED = 8
"""Entries that are compared letter by letter, best first."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry with how well it fits (about 0..3) and the belief in its category (0..1)."""

    entry: str
    category: str
    score: float
    belief: float


def rank(evidence: Evidence, gatherer: Gatherer) -> list[Candidate]:
    """Entries, best first: at least the best of every category and COMPARED of them all."""
    table = gatherer.entry_places
    if not table.size:
        return []
    belief = category_belief(evidence)
    near = np.append(_nearness(evidence), np.float32(0))[table]
    top = np.partition(near, -3, axis=1)[:, -3:]
    scores = top[:, 2] + SUPPORT * (top[:, 0] + top[:, 1])
    scores += SIGNS * gatherer.sign_overlap({hit.id for hit in evidence.hits if not hit.denied})
    shares = np.array([belief.get(name, 0.0) for name in gatherer.categories], dtype=np.float32)
    scores += CATEGORY * shares[gatherer.category_of_entry]
    order = np.argsort(-scores, kind="stable")
    ranked: list[Candidate] = []
    compared: list[Candidate] = []
    entries = gatherer.knowledge.entries
    for place, row in enumerate(order.tolist()):
        entry = entries[row]
        score = float(scores[row])
        if place < COMPARED:
            nearest = int(table[row, np.argmax(near[row])])
            spelling = fuzz.ratio(evidence.reduced, gatherer.lexical.phrasings[nearest].reduced)
            score += SPELLING * spelling / 100
        kept = compared if place < COMPARED else ranked
        kept.append(Candidate(entry.id, entry.category, score, belief.get(entry.category, 0.0)))
    compared.sort(key=lambda candidate: -candidate.score)
    return compared + ranked


@dataclass(frozen=True, slots=True)
class Fit:
    """How well the best guide, ordinary subject and scam entry fit, on one scale (0..3)."""

    guide: str
    guide_score: float
    ordinary: str
    ordinary_score: float
    scam_score: float
    guide_scores: tuple[float, ...]
    """Of every guide, in the order of the base."""


def fits(evidence: Evidence, gatherer: Gatherer) -> Fit:
    """The best of each kind: nearest wording, supported by the next two."""
    near = np.append(_nearness(evidence), np.float32(0))
    guide, guide_score = 0, 0.0
    scores = np.zeros(0, dtype=np.float32)
    if gatherer.guide_places.size:
        top = np.partition(near[gatherer.guide_places], -3, axis=1)[:, -3:]
        scores = top[:, 2] + SUPPORT * (top[:, 0] + top[:, 1])
        guide = int(np.argmax(scores))
        guide_score = float(scores[guide])
    ordinary, ordinary_score = _best_of_kind(near, gatherer, "ordinary")
    _, scam_score = _best_of_kind(near, gatherer, "scam")
    guides = gatherer.knowledge.guides
    return Fit(
        guides[guide].id if guides else "",
        guide_score,
        ordinary,
        ordinary_score,
        scam_score,
        tuple(scores.tolist()),
    )


def _best_of_kind(
    near: npt.NDArray[np.float32], gatherer: Gatherer, kind: str
) -> tuple[str, float]:
    places = gatherer.places_by_kind[kind]
    if places.size < 3:
        return "", 0.0
    own = near[places]
    top = np.partition(own, -3)[-3:]
    owner = gatherer.lexical.phrasings[int(places[np.argmax(own)])].owner
    return owner, float(top[2] + SUPPORT * (top[0] + top[1]))


def category_belief(evidence: Evidence) -> dict[str, float]:
    """Belief in each category, summing to one: the linear model's, shared with near examples'."""
    belief = _softmax(evidence.scores.categories)
    if evidence.nearness is None or not evidence.nearness.votes:
        return belief
    votes = evidence.nearness.votes
    return {
        name: (1 - VOTES) * value + VOTES * votes.get(name, 0.0) for name, value in belief.items()
    }


def _nearness(evidence: Evidence) -> npt.NDArray[np.float32]:
    if evidence.nearness is None:
        return evidence.similarity
    meaning = np.maximum(evidence.nearness.phrasings, 0) * np.float32(MEANING)
    return np.add(evidence.similarity, meaning, dtype=np.float32)


def _softmax(values: dict[str, float]) -> dict[str, float]:
    if not values:
        return {}
    largest = max(values.values())
    powers = {name: math.exp(value - largest) for name, value in values.items()}
    total = sum(powers.values())
    return {name: power / total for name, power in powers.items()}
