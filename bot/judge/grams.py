"""The pieces a text is compared by: character n-grams and toneless syllable pairs.

Digits are folded into length classes, links and masks into one mark each, so that another amount
or another domain is not another text. Computed once per text and shared by index and model.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int64]

HEAD = 360
TAIL = 140
"""Characters compared: the first HEAD and the last TAIL; signs look at the whole text."""

_POINT_BITS = 21
_SOUND_BITS = 10
_SILENT = 0xFFFF
"""Characters from here on have no syllable in the table."""

_BLANK = ord(" ")

_SHORTEST = (0, 1 << _POINT_BITS, 1 << 2 * _POINT_BITS)
"""The least codes of n-grams with one, two and three characters."""

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


class _Sounds:
    """Toneless syllables, each with a number from 1; what southern speakers and keyboards mix up
    is read the same."""

    def __init__(self) -> None:
        lines = resources.files("bot.text").joinpath("tables/syllables.txt").read_text("utf-8")
        merged: dict[str, list[str]] = {}
        for line in lines.splitlines():
            syllable, characters = line.split(" ")
            syllable = re.sub(r"^([zcs])h", r"\1", syllable)
            syllable = re.sub(r"([aei])ng$", r"\1n", syllable)
            merged.setdefault(syllable, []).append(characters)
        self.names = ("", *merged)
        self.numbers = {syllable: number for number, syllable in enumerate(self.names)}
        self.of = np.zeros(_SILENT + 1, dtype=np.int64)
        for syllable, characters_of in merged.items():
            self.of[_points("".join(characters_of))] = self.numbers[syllable]


@lru_cache(maxsize=1)
def _sounds() -> _Sounds:
    return _Sounds()


def _points(text: str) -> Codes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.int64)


def grams(reduced: str) -> Codes:
    """Distinct character 1-, 2-, 3-grams and syllable pairs of a reduced text, as sorted codes.

    An n-gram's code is its characters' code points side by side, a syllable pair's the negative of
    its syllables' numbers side by side.
    """
    single = _points(reduced)
    pairs = (single[:-1] << _POINT_BITS) | single[1:]
    triples = (pairs[:-1] << _POINT_BITS) | single[2:]
    sounds = _sounds().of.take(single, mode="clip")
    first, second = sounds[:-1], sounds[1:]
    spoken = -((first << _SOUND_BITS) | second)[(first * second).astype(bool)]
    codes = np.concatenate((spoken, single[single != _BLANK], pairs, triples))
    codes.sort()
    return codes[firsts(codes)]


def firsts(codes: Codes) -> npt.NDArray[np.bool_]:
    """Which of the sorted codes differ from the one before."""
    first = np.empty(codes.size, dtype=bool)
    first[:1] = True
    np.not_equal(codes[1:], codes[:-1], out=first[1:])
    return first


def places_in(known: Codes, asked: Codes) -> npt.NDArray[np.intp]:
    """Where the asked codes stand among the known ones; both sorted, unknown ones left out."""
    if not known.size:
        return np.zeros(0, dtype=np.intp)
    places = known.searchsorted(asked)
    np.minimum(places, known.size - 1, out=places)
    found: npt.NDArray[np.intp] = places[known[places] == asked]
    return found


def lengths(codes: Codes) -> npt.NDArray[np.intp]:
    """How many characters each n-gram has; 0 for a syllable pair."""
    return np.searchsorted(_SHORTEST, codes, side="right")


def name_of(code: int) -> str:
    """A gram as it is written in the fitted model: its characters, or ``syllable'syllable``."""
    if code < 0:
        names = _sounds().names
        first, second = divmod(-code, 1 << _SOUND_BITS)
        return f"{names[first]}'{names[second]}"
    points = []
    while code:
        code, point = divmod(code, 1 << _POINT_BITS)
        points.append(chr(point))
    return "".join(reversed(points))


def code_of(name: str) -> int:
    """The code of a gram that is written as ``name_of`` does."""
    first, apostrophe, second = name.partition("'")
    if apostrophe:
        numbers = _sounds().numbers
        return -(numbers[first] << _SOUND_BITS | numbers[second])
    code = 0
    for character in name:
        code = code << _POINT_BITS | ord(character)
    return code
