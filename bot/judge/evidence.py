"""Everything that can be read off one text, gathered once: the judge's pure first half."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.judge.features import found_features
from bot.judge.grams import grams, reduce
from bot.judge.index import Index, phrasings_of
from bot.judge.model import Mix, Model, Scores
from bot.judge.official import Look, OfficialBook
from bot.judge.signs import Hit, Spotter
from bot.kb.model import Entry, Guide, Knowledge, Sign
from bot.text.extract import Finds, extract
from bot.text.normalise import Normalised, Normaliser

REDLINE = "red:"
NEAREST = 5


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one text shows. ``similarity`` is per phrasing of the index; ``odds`` are log odds."""

    normalised: Normalised
    reduced: str
    grams: tuple[str, ...]
    hits: tuple[Hit, ...]
    finds: Finds
    looks: tuple[Look, ...]
    similarity: npt.NDArray[np.float32]
    scores: Scores
    odds: float

    def shows(self, identifier: str) -> bool:
        """Whether a sign, cue or context is there and not denied."""
        return any(hit.id == identifier and not hit.denied for hit in self.hits)


class Gatherer:
    """One knowledge base compiled for reading texts. Immutable; shared between threads."""

    def __init__(self, knowledge: Knowledge, model: Model) -> None:
        self.knowledge = knowledge
        self.entries: Mapping[str, Entry] = {entry.id: entry for entry in knowledge.entries}
        self.guides: Mapping[str, Guide] = {guide.id: guide for guide in knowledge.guides}
        self.signs: Mapping[str, Sign] = {sign.id: sign for sign in knowledge.signs}
        self.cues: Mapping[str, Sign] = {cue.id: cue for cue in knowledge.cues}
        self.redlines = {REDLINE + line.id: line for line in knowledge.redlines}
        self.normaliser = Normaliser(knowledge.aliases)
        self.official = OfficialBook(knowledge.numbers, knowledge.domains)
        self.index = Index(phrasings_of(knowledge, self.normaliser))
        self.is_scam = np.array([p.kind == "scam" for p in self.index.phrasings], dtype=bool)
        categories: dict[str, list[int]] = {}
        for place, phrasing in enumerate(self.index.phrasings):
            if phrasing.kind == "scam" and phrasing.category:
                categories.setdefault(phrasing.category, []).append(place)
        self.places_by_category = {name: np.array(own) for name, own in categories.items()}
        kinds: dict[str, list[int]] = {"scam": [], "guide": [], "ordinary": []}
        for place, phrasing in enumerate(self.index.phrasings):
            kinds[phrasing.kind].append(place)
        self.places_by_kind = {name: np.array(own, dtype=int) for name, own in kinds.items()}
        self._model = model
        owners = [
            (sign.id, sign.patterns)
            for sign in (*knowledge.signs, *knowledge.cues, *knowledge.contexts)
        ]
        owners += [(name, line.patterns) for name, line in self.redlines.items()]
        self.spot = Spotter(owners, self.normaliser)

    def __call__(self, text: str) -> Evidence:
        normalised = self.normaliser(text)
        reduced = reduce(normalised.text)
        asked = grams(reduced)
        hits = self.spot(normalised.text)
        finds = extract(normalised.text)
        looks = self.official.look(finds)
        similarity = self.index.scores(asked)
        scores = self._model(asked, found_features(hits, finds, looks))
        return Evidence(
            normalised=normalised,
            reduced=reduced,
            grams=tuple(asked),
            hits=tuple(hits),
            finds=finds,
            looks=tuple(looks),
            similarity=similarity,
            scores=scores,
            odds=mixed_odds(self._model.mix, scores.positive, similarity, self.is_scam),
        )


def mixed_odds(
    mix: Mix,
    linear: float,
    similarity: npt.NDArray[np.float32],
    is_scam: npt.NDArray[np.bool_],
) -> float:
    """Log odds of a scam from the linear score and the nearest phrasings on both sides."""
    return mix(mix_parts(linear, similarity, is_scam))


def mix_parts(
    linear: float, similarity: npt.NDArray[np.float32], is_scam: npt.NDArray[np.bool_]
) -> dict[str, float]:
    """The named inputs of the mix, the same when fitting and when judging."""
    scam = _top(similarity[is_scam])
    other = _top(similarity[~is_scam])
    return {
        "linear": linear,
        "scam_best": float(scam[0]),
        "other_best": float(other[0]),
        "scam_mean": float(scam.mean()),
        "other_mean": float(other.mean()),
    }


def _top(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    if values.size < NEAREST:
        return np.zeros(NEAREST, dtype=np.float32)
    best = np.partition(values, -NEAREST)[-NEAREST:]
    return best[np.argsort(-best)]
