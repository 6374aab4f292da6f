"""One automaton pass over a normalised text: which patterns of signals.yaml it shows, and where.

A pattern is groups of spellings that must follow each other in one clause, each at most GAP
characters after the one before. A sign does not count where the words before it deny it or warn
of it ("不要相信安全账户", "没有给验证码"), unless the sign says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import ahocorasick_rs

from bot.kb.model import Pattern
from bot.text.normalise import Normaliser

GAP = 8
"""Most characters between two groups of a pattern (signals.yaml's own header states it)."""

_STOP = re.compile("[。!?;\n]")
_DENIALS = (
    "不要", "别", "勿", "没有", "没", "不会", "不能", "谨防", "警惕", "拒绝", "不", "防止", "严禁",
    "禁止", "杜绝", "不得", "莫", "防范", "不可", "切勿", "从不", "绝不", "不用", "无需", "避免",
)  # fmt: skip
_DENIAL_REACH = 6
_DENIED = re.compile(f"(?:{'|'.join(_DENIALS)})[^。!?;\n,:]*\\Z")
"""A denial with no end of its clause between it and what follows."""


class Hit(NamedTuple):
    """Pattern owner ``id`` shown by ``text[start:end]``; ``denied`` where the words before deny it."""

    id: str
    start: int
    end: int
    denied: bool


_Step = tuple[int, bool, int, str]
"""One group of a pattern: its number (those of a pattern follow each other), whether it is the
first, the number of the last, and whose the pattern is."""


class Spotter:
    """All patterns of a knowledge base in one automaton."""

    def __init__(
        self, owners: Iterable[tuple[str, tuple[Pattern, ...]]], normaliser: Normaliser
    ) -> None:
        places: dict[str, set[_Step]] = {}
        number = 0
        for owner, patterns in owners:
            for pattern in patterns:
                last = number + len(pattern) - 1
                for step, group in enumerate(pattern, number):
                    for word in group:
                        literal = normaliser(word).text
                        places.setdefault(literal, set()).add((step, step == number, last, owner))
                number = last + 1
        self._steps = [tuple(sorted(steps)) for steps in places.values()]
        self._automaton = ahocorasick_rs.AhoCorasick(list(places))

    def __call__(self, text: str) -> list[Hit]:
        """Every pattern shown in ``text``, the first place of each, in the order they end."""
        progress: dict[int, list[tuple[int, int]]] = {}
        hits: list[Hit] = []
        done: set[int] = set()
        for literal, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            for step, first, last, owner in self._steps[literal]:
                begun: int | None = start
                if not first:
                    earlier = progress.get(step - 1)
                    if earlier is None:
                        continue
                    begun = _reaching(earlier, start, text)
                if begun is None or last in done:
                    continue
                if step < last:
                    progress.setdefault(step, []).append((begun, end))
                    continue
                denied = _DENIED.search(text, max(0, begun - _DENIAL_REACH), begun) is not None
                hits.append(Hit(owner, begun, end, denied))
                if not denied:
                    done.add(last)
        return hits


def _reaching(earlier: Sequence[tuple[int, int]], start: int, text: str) -> int | None:
    """Where the latest earlier group began that ``start`` follows closely in one clause."""
    for begun, end in reversed(earlier):
        if start - end > GAP:
            return None
        if end <= start and _STOP.search(text, end, start) is None:
            return begun
    return None
