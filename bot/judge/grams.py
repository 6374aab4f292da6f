"""The pieces a text is compared by: character n-grams and toneless syllable pairs.

Digits are folded into length classes, links and masks into one mark each, so that another amount
or another domain is not another text. Computed once per text and shared by index and model.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

HEAD = 360
TAIL = 140
"""Characters compared: the first HEAD and the last TAIL; signs look at the whole text."""

_LINK = re.compile(r"(?:https?://)?(?:[a-z0-9-]+\.)+[a-z]{2,}(?:[/:?][!-~]*)?")
_NUMBER = re.compile(r"[0-9x*]*[0-9][0-9x*.,:-]*|x{2,}|\*{2,}|某+")
_LATIN = re.compile(r"[a-z]{13,}")
_PUNCTUATION = re.compile(r"[^\w\u3400-\u9fff]+")


def reduce(text: str) -> str:
    """A normalised text without what differs between two tellings of one thing."""
    if len(text) > HEAD + TAIL:
        text = text[:HEAD] + " " + text[-TAIL:]
    text = _LINK.sub("L", text)
    text = _NUMBER.sub(_number_class, text)
    text = _LATIN.sub("W", text)
    return _PUNCTUATION.sub(" ", text).strip()


def _number_class(match: re.Match[str]) -> str:
    digits = sum(character.isdigit() or character in "x*" for character in match.group())
    return "D" if digits <= 2 else "E" if digits <= 6 else "F"


@lru_cache(maxsize=1)
def _syllables() -> Mapping[str, str]:
    lines = resources.files("bot.text").joinpath("tables/syllables.txt").read_text("utf-8")
    table: dict[str, str] = {}
    for line in lines.splitlines():
        syllable, characters = line.split(" ")
        # What southern speakers and keyboards mix up is read the same.
        merged = re.sub(r"^([zcs])h", r"\1", syllable)
        merged = re.sub(r"([aei])ng$", r"\1n", merged)
        table.update(dict.fromkeys(characters, merged))
    return table


def grams(reduced: str) -> list[str]:
    """Distinct character 1-, 2-, 3-grams and syllable pairs of a reduced text."""
    found = dict.fromkeys(reduced)
    found.update(dict.fromkeys(map("".join, itertools.pairwise(reduced))))
    found.update(dict.fromkeys(map("".join, zip(reduced, reduced[1:], reduced[2:], strict=False))))
    table = _syllables()
    spoken = [table.get(character, "") for character in reduced]
    found.update(
        dict.fromkeys(
            f"{first}'{second}" for first, second in itertools.pairwise(spoken) if first and second
        )
    )
    found.pop(" ", None)
    return list(found)
