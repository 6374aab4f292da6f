"""Which entry and category a text is about: near phrasings re-ranked by spelling and by signs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from bot.judge.evidence import Evidence, Gatherer

CANDIDATES = 40
"""Near phrasings that are compared letter by letter."""

SPELLING = 0.3
SIGNS = 0.12
CATEGORY = 0.55
MEANING = 0.6
VOTES = 0.5
"""Weights of spelling, sign overlap, category belief and the encoder's nearness beside the cosine;
chosen on the even rows of tests/data/own/questions.jsonl (docs/judging.md)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry with how well it fits (about 0..2) and its category."""

    entry: str
    category: str
    score: float


def rank(evidence: Evidence, gatherer: Gatherer) -> list[Candidate]:
    """Entries, best first."""
    belief = category_belief(evidence)
    shown = {hit.id for hit in evidence.hits if not hit.denied}
    nearness = _nearness(evidence)
    best: dict[str, float] = {}
    for place in _near_places(evidence, gatherer, nearness, belief):
        phrasing = gatherer.lexical.phrasings[place]
        spelling = fuzz.ratio(evidence.reduced, phrasing.reduced) / 100
        value = float(nearness[place]) + SPELLING * spelling
        if value > best.get(phrasing.owner, 0.0):
            best[phrasing.owner] = value
    ranked = []
    for owner, value in best.items():
        entry = gatherer.entries[owner]
        overlap = sum(sign in shown for sign in entry.signs) / max(len(entry.signs), 1)
        score = value + SIGNS * overlap + CATEGORY * belief.get(entry.category, 0.0)
        ranked.append(Candidate(owner, entry.category, score))
    ranked.sort(key=lambda candidate: (-candidate.score, candidate.entry))
    return ranked


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
    return evidence.similarity + MEANING * np.maximum(evidence.nearness.phrasings, 0)


def _near_places(
    evidence: Evidence,
    gatherer: Gatherer,
    nearness: npt.NDArray[np.float32],
    belief: dict[str, float],
) -> set[int]:
    scams = gatherer.places_by_kind["scam"]
    count = min(CANDIDATES, scams.size)
    if not count:
        return set()
    own = nearness[scams]
    places = set(scams[np.argpartition(own, -count)[-count:]].tolist())
    # A category that is believed in takes part even where none of its wordings is near.
    for category in sorted(belief, key=lambda name: -belief[name])[:3]:
        of_category = gatherer.places_by_category.get(category)
        if of_category is not None:
            places.add(int(of_category[np.argmax(nearness[of_category])]))
    return places


def _softmax(values: dict[str, float]) -> dict[str, float]:
    if not values:
        return {}
    largest = max(values.values())
    powers = {name: math.exp(value - largest) for name, value in values.items()}
    total = sum(powers.values())
    return {name: power / total for name, power in powers.items()}
