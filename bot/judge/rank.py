"""Which entry and category a text is about: near phrasings re-ranked by spelling and by signs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from rapidfuzz import fuzz

from bot.judge.evidence import Evidence, Gatherer
from bot.judge.owners import Floats

SUPPORT = 0.5
SPELLING = 0.15
SIGNS = 0.12
CATEGORY = 1.0
VOTES = 0.6
"""Weights, beside an entry's nearest phrasing, of its second and third nearest, of spelling, sign
overlap, category belief, and of near examples within the category belief.
Chosen on the trials of knowledge/ and the even rows of tests/data/own (docs/judging.md)."""

COMPARED = 8
"""Entries that are compared letter by letter, best first."""


class Candidate(NamedTuple):
    """An entry with how well it fits (about 0..3) and the belief in its category (0..1)."""

    entry: str
    category: str
    score: float
    belief: float


def rank(evidence: Evidence, gatherer: Gatherer) -> list[Candidate]:
    """Entries, best first: COMPARED of them all, then of every category that is still missing its
    best, and all others of the first one's category."""
    entries = gatherer.knowledge.entries
    if not entries:
        return []
    belief = category_belief(evidence)
    scores = _supported(evidence.nearest.entries)
    scores += SIGNS * gatherer.sign_overlap({hit.id for hit in evidence.hits if not hit.denied})
    shares = np.array([belief.get(name, 0.0) for name in gatherer.categories], dtype=np.float32)
    scores += CATEGORY * shares[gatherer.category_numbers]
    order = np.argsort(-scores, kind="stable").tolist()
    totals = scores.tolist()

    best = order[:COMPARED]
    nearest = gatherer.lexical.owners.nearest_of_entries(evidence.near, best)
    for row, phrasing in zip(best, nearest, strict=True):
        totals[row] += SPELLING * fuzz.ratio(evidence.reduced, phrasing.reduced) / 100
    best.sort(key=lambda row: -totals[row])
    category_of = gatherer.category_of
    first = category_of[best[0]]
    seen = {category_of[row] for row in best}
    for row in order[COMPARED:]:
        category = category_of[row]
        if category not in seen or category == first:
            seen.add(category)
            best.append(row)
    return [
        Candidate(entries[row].id, category_of[row], totals[row], belief.get(category_of[row], 0.0))
        for row in best
    ]


def _supported(nearest: Floats) -> Floats:
    """Of each owner the nearest wording, supported by the next two."""
    scores: Floats = nearest[..., -1] + SUPPORT * (nearest[..., -3] + nearest[..., -2])
    return scores


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
    """The best of each kind."""
    nearest = evidence.nearest
    scores = _supported(nearest.guides).tolist()
    guide_score = max(scores, default=0.0)
    guides = gatherer.knowledge.guides
    return Fit(
        guides[scores.index(guide_score)].id if guides else "",
        guide_score,
        gatherer.lexical.owners.nearest_subject(evidence.near),
        float(_supported(nearest.ordinary)),
        float(_supported(nearest.scam)),
        tuple(scores),
    )


def category_belief(evidence: Evidence) -> dict[str, float]:
    """Belief in each category, summing to one: the linear model's, shared with near examples'."""
    belief = _softmax(evidence.scores.categories)
    if evidence.nearness is None or not evidence.nearness.votes:
        return belief
    votes = evidence.nearness.votes
    return {
        name: (1 - VOTES) * value + VOTES * votes.get(name, 0.0) for name, value in belief.items()
    }


def _softmax(values: dict[str, float]) -> dict[str, float]:
    if not values:
        return {}
    largest = max(values.values())
    powers = {name: math.exp(value - largest) for name, value in values.items()}
    total = sum(powers.values())
    return {name: power / total for name, power in powers.items()}
