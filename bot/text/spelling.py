"""How Chinese words are spelled on a keyboard without tones. Pure."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources


def spelled(text: str) -> str:
    """A text's syllables run together, a blank, and their first letters: 刷单 -> "shuadan sd".

    Each character has its commonest reading. What is no Chinese character is left out, but for
    Latin letters and digits, which stand as they are.
    """
    readings = _readings()
    found = [
        readings.get(sign, sign.lower() if sign.isascii() and sign.isalnum() else "")
        for sign in text
    ]
    return "".join(found) + " " + "".join(one[:1] for one in found)


@lru_cache(maxsize=1)
def _readings() -> dict[str, str]:
    table = resources.files("bot.text").joinpath("tables/syllables.txt").read_text("utf-8")
    lines = (line.split(" ") for line in table.splitlines())
    return {sign: syllable for syllable, signs in lines for sign in signs}
