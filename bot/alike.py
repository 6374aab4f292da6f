"""Which questions ask the same, by the pieces they are written with. Pure.

Pieces are those the judge compares by (character n-grams and syllable pairs), so that another
amount, link or homophone is not another question.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from bot.judge.grams import grams, lengths, reduce
from bot.text.normalise import Normaliser

ALIKE = 0.35
"""Share of pieces in common (Dice) from which two questions are one: "这个是不是骗子" and
"他是骗子吗" just reach it; of 40,000 pairs of asks of different entries two did."""

_normalise = Normaliser({})


@dataclass(frozen=True, slots=True)
class Pieces:
    """A text ready for comparing."""

    found: Set[int | str]

    def share(self, other: Pieces) -> float:
        """How much both have in common, 0..1."""
        return 2 * len(self.found & other.found) / (len(self.found) + len(other.found))


def pieces_of(text: str) -> Pieces:
    """The pieces of a text; single characters say too little."""
    reduced = reduce(_normalise(text).text)
    codes = grams(reduced)
    return Pieces(frozenset(codes[lengths(codes) != 1].tolist()) or {reduced})


def sort_in(texts: Sequence[tuple[str, str]], known: Iterable[tuple[str, str]]) -> list[str]:
    """For each (id, text) the id of the group it belongs to: a known one, or that of the earlier
    text that begins a new one (its own for the first). ``known`` are groups as (id, example)."""
    groups = [(group, pieces_of(example)) for group, example in known]
    placed: list[str] = []
    for own, text in texts:
        pieces = pieces_of(text)
        best = max(groups, key=lambda one: pieces.share(one[1]), default=None)
        if best is None or pieces.share(best[1]) < ALIKE:
            best = (own, pieces)
            groups.append(best)
        placed.append(best[0])
    return placed
