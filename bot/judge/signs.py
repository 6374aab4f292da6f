"""One automaton pass over a normalised text: which patterns of signals.yaml it shows, and where.

A pattern is groups of spellings that must follow each other in one clause, each at most GAP
characters after the one before. A sign does not count where the words before it deny it or warn
of it ("不要相信安全账户", "没有给验证码"), unless the sign says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import ahocorasick_rs

from bot.kb.model import Pattern
from bot.text.normalise import Normaliser

GAP = 8
"""Most characters between two groups of a pattern (signals.yaml's own header states it)."""

_STOPS = frozenset("。!?;\n")
_DENIALS = (
    "不要", "别", "勿", "没有", "没", "不会", "不能", "谨防", "警惕", "拒绝", "不", "防止", "严禁",
    "禁止", "杜绝", "不得", "莫", "防范", "不可", "切勿", "从不", "绝不", "不用", "无需", "避免",
)  # fmt: skip
_DENIAL_REACH = 6


@dataclass(frozen=True, slots=True)
class Hit:
    """Pattern owner ``id`` shown by ``text[start:end]``; ``denied`` where the words before deny it."""

    id: str
    start: int
    end: int
    denied: bool


class Spotter:
    """All patterns of a knowledge base in one automaton."""

    def __init__(
        self, owners: Iterable[tuple[str, tuple[Pattern, ...]]], normaliser: Normaliser
    ) -> None:
        self._patterns: list[tuple[str, int]] = []
        places: dict[str, set[tuple[int, int]]] = {}
        for owner, patterns in owners:
            for pattern in patterns:
                number = len(self._patterns)
                self._patterns.append((owner, len(pattern)))
                for position, group in enumerate(pattern):
                    for word in group:
                        literal = normaliser(word).text
                        places.setdefault(literal, set()).add((number, position))
        self._literals = list(places)
        self._places = [tuple(sorted(places[literal])) for literal in self._literals]
        self._automaton = ahocorasick_rs.AhoCorasick(self._literals)

    def __call__(self, text: str) -> list[Hit]:
        """Every pattern shown in ``text``, the first place of each, in the order they end."""
        matches = self._automaton.find_matches_as_indexes(text, overlapping=True)
        if not matches:
            return []
        stops = [position for position, character in enumerate(text) if character in _STOPS]
        progress: dict[tuple[int, int], list[tuple[int, int]]] = {}
        hits: list[Hit] = []
        done: set[int] = set()
        for literal, start, end in matches:
            for number, position in self._places[literal]:
                if number in done:
                    continue
                owner, length = self._patterns[number]
                begun = start
                if position:
                    earlier = progress.get((number, position - 1))
                    reached = _reaching(earlier, start, stops) if earlier else None
                    if reached is None:
                        continue
                    begun = reached
                if position + 1 < length:
                    progress.setdefault((number, position), []).append((begun, end))
                    continue
                denied = _denied(text, begun)
                hits.append(Hit(owner, begun, end, denied))
                if not denied:
                    done.add(number)
        return hits


def _reaching(earlier: Sequence[tuple[int, int]], start: int, stops: Sequence[int]) -> int | None:
    """Where the latest earlier group began that ``start`` follows closely in one clause."""
    for begun, end in reversed(earlier):
        if start - end > GAP:
            return None
        if end <= start and not any(end <= stop < start for stop in stops):
            return begun
    return None


def _denied(text: str, start: int) -> bool:
    """Whether the few words before ``start``, in the same clause, deny what follows."""
    before = text[max(0, start - _DENIAL_REACH) : start]
    for stop in ("。", "!", "?", ";", "\n", ",", ":"):
        before = before.rsplit(stop, 1)[-1]
    return any(word in before for word in _DENIALS)
