"""Many spellings to one form, with offsets back to the resident's own words.

Symbols and letters are folded (NFKC, lower case, simplified characters), what cannot be seen is
dropped, marks squeezed between Chinese characters to dodge filters ("验.证-码") are dropped, and
aliases of knowledge/aliases.yaml are replaced ("v信" -> "微信"). Every character of the result
knows which span of the original it came from.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import ahocorasick_rs

LONGEST = 10_000
"""Characters that are looked at; anything after is ignored (design: bad input)."""

_CHINESE = "[\u3400-\u9fff〇]"
_SQUEEZED = " \t.·•*_~^|`'\"-—–/\\,，、。@#&=:;。丨ˉ…"
_ORDINARY = frozenset(",，、。:;@#&=…-—")
"""Marks that stand between two Chinese characters in ordinary writing too."""

_BETWEEN = re.compile(f"(?<={_CHINESE})[{re.escape(_SQUEEZED)}](?={_CHINESE})")
_DROPPED_CATEGORIES = frozenset({"Cf", "Cc", "Mn", "Me", "Co", "Cs", "Cn"})
_KEPT_CONTROLS = frozenset("\n")


@dataclass(frozen=True, slots=True)
class Normalised:
    """``text`` and, for each of its characters, where it starts and ends in ``original``."""

    original: str
    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def quote(self, start: int, end: int) -> str:
        """The original words behind ``text[start:end]``."""
        if start >= end or not self.text:
            return ""
        return self.original[self.starts[start] : self.ends[end - 1]]


@lru_cache(maxsize=1)
def _simplified() -> Mapping[str, str]:
    lines = resources.files("bot.text").joinpath("tables/simplified.txt").read_text("utf-8")
    return {line[0]: line[1] for line in lines.splitlines()}


@lru_cache(maxsize=16_384)
def fold(character: str) -> str:
    """One character folded: '' where it is dropped, sometimes several ('㎏' -> 'kg')."""
    if character in _KEPT_CONTROLS:
        return character
    if character == "\t" or character.isspace():
        return " "
    if unicodedata.category(character) in _DROPPED_CATEGORIES:
        return ""
    folded = unicodedata.normalize("NFKC", character).lower()
    table = _simplified()
    return "".join(table.get(part, part) for part in folded)


class Normaliser:
    """Folding with one set of aliases."""

    def __init__(self, aliases: Mapping[str, str]) -> None:
        folded = {"".join(map(fold, spelling)): word for spelling, word in aliases.items()}
        pairs = [(spelling, word) for spelling, word in folded.items() if spelling != word]
        self._words = [word for _, word in pairs]
        self._spellings = [spelling for spelling, _ in pairs]
        self._automaton = (
            ahocorasick_rs.AhoCorasick(
                self._spellings, matchkind=ahocorasick_rs.MatchKind.LeftmostLongest
            )
            if pairs
            else None
        )

    def __call__(self, original: str) -> Normalised:
        parts = [fold(character) for character in original[:LONGEST]]
        text = "".join(parts)
        if len(text) == len(parts) and "" not in parts:
            origins = list(range(len(text)))
        else:
            origins = [position for position, part in enumerate(parts) for _ in part]
        text, origins = _squeeze(text, origins)
        starts, ends = origins, [position + 1 for position in origins]
        if self._automaton is not None:
            text, starts, ends = self._replace(text, starts, ends)
        return Normalised(original, text, tuple(starts), tuple(ends))

    def _replace(
        self, text: str, starts: list[int], ends: list[int]
    ) -> tuple[str, list[int], list[int]]:
        assert self._automaton is not None  # noqa: S101  # narrowing for mypy
        pieces: list[str] = []
        new_starts: list[int] = []
        new_ends: list[int] = []
        done = 0
        for index, start, end in self._automaton.find_matches_as_indexes(text):
            if _inside_latin_word(text, start, end):
                continue
            word = self._words[index]
            pieces += (text[done:start], word)
            new_starts += starts[done:start] + [starts[start]] * len(word)
            new_ends += ends[done:start] + [ends[end - 1]] * len(word)
            done = end
        if not done:
            return text, starts, ends
        pieces.append(text[done:])
        return "".join(pieces), new_starts + starts[done:], new_ends + ends[done:]


def _inside_latin_word(text: str, start: int, end: int) -> bool:
    """Whether a match of letters is part of a longer word or link ("wx" in "wxyz.com")."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    return (_latin(text[start]) and _latin(before)) or (_latin(text[end - 1]) and _latin(after))


def _latin(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character in "./_-")


def _squeeze(text: str, origins: list[int]) -> tuple[str, list[int]]:
    """Drop spaces between Chinese characters, and marks that split a word character by character.

    A single mark between two Chinese characters is ordinary punctuation unless the same kind of
    mark comes again two characters on, as in "验.证.码"; commas and full stops therefore stay.
    """
    dropped: set[int] = set()
    for match in _BETWEEN.finditer(text):
        position, mark = match.start(), match.group()
        # What lies two before the first character, or behind the last, is not the mark.
        splits = (
            text[position + 2 : position + 3] == mark or text[position - 2 : position - 1] == mark
        )
        if splits or mark not in _ORDINARY:
            dropped.add(position)
    if not dropped:
        return text, origins
    kept = [position for position in range(len(text)) if position not in dropped]
    return "".join([text[position] for position in kept]), [origins[position] for position in kept]
