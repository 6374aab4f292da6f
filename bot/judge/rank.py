"""Which entry and category a text is about: near phrasings re-ranked by spelling and by signs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz

from bot.judge.evidence import Evidence, Gatherer
from bot.judge.index import Phrasing

CANDIDATES = 40
"""Near phrasings that are compared letter by letter."""

SPELLING = 0.3
SIGNS = 0.12
CATEGORY = 0.55
"""Weights of spelling, sign overlap and category probability beside the cosine; chosen on the
even rows of tests/data/own/questions.jsonl (docs/judging.md)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry with how well it fits (about 0..1.5) and its category's share of belief."""

    entry: str
    category: str
    score: float


def rank(evidence: Evidence, gatherer: Gatherer) -> list[Candidate]:
    """Entries, best first; the best of each category stands for it."""
    belief = _softmax(evidence.scores.categories)
    shown = {hit.id for hit in evidence.hits if not hit.denied}
    best: dict[str, float] = {}
    for phrasing, cosine in _near_scams(evidence, gatherer):
        owner = phrasing.owner
        spelling = fuzz.ratio(evidence.reduced, phrasing.reduced) / 100
        value = cosine + SPELLING * spelling
        if value > best.get(owner, 0.0):
            best[owner] = value
    ranked = []
    for owner, value in best.items():
        entry = gatherer.entries[owner]
        overlap = sum(sign in shown for sign in entry.signs) / max(len(entry.signs), 1)
        score = value + SIGNS * overlap + CATEGORY * belief.get(entry.category, 0.0)
        ranked.append(Candidate(owner, entry.category, score))
    ranked.sort(key=lambda candidate: (-candidate.score, candidate.entry))
    return ranked


def _near_scams(evidence: Evidence, gatherer: Gatherer) -> list[tuple[Phrasing, float]]:
    similarity = np.where(gatherer.is_scam, evidence.similarity, 0.0)
    count = min(CANDIDATES, similarity.size)
    places = set(np.argpartition(similarity, -count)[-count:].tolist()) if count else set()
    # A category the model believes in takes part even where none of its wordings is near.
    for category in sorted(
        evidence.scores.categories, key=lambda c: -evidence.scores.categories[c]
    )[:3]:
        own = gatherer.places_by_category.get(category)
        if own is not None and own.size:
            places.add(int(own[np.argmax(similarity[own])]))
    return [
        (gatherer.index.phrasings[place], float(similarity[place]))
        for place in places
        if gatherer.is_scam[place]
    ]


def _softmax(values: dict[str, float]) -> dict[str, float]:
    if not values:
        return {}
    largest = max(values.values())
    powers = {name: math.exp(value - largest) for name, value in values.items()}
    total = sum(powers.values())
    return {name: power / total for name, power in powers.items()}
