"""What to mend in a warning's wording before others have to read it. Pure.

Advice, no refusal: a warning may have to quote what the scammer says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.answer.assurance import find_assurance
from bot.broadcasting.model import LibraryText

LONGEST = 300
LONGEST_FOR_ELDERLY = 120
"""Characters of a warning in a group, and of one for the elderly (design's page on voice)."""

_JARGON = ("话术", "涉诈", "资金链")
_LETTERS = re.compile(r"[A-Za-z]+")
_SHOUTING = re.compile(r"[!！]{2,}")


def advice(text: LibraryText) -> tuple[str, ...]:
    """In words what to look at again, nothing where all is well."""
    return tuple(_advice(text))


def _advice(text: LibraryText) -> Iterator[str]:
    length = len(re.sub(r"\s", "", text.body))
    elderly = set(text.audience) == {"elderly"}
    longest = LONGEST_FOR_ELDERLY if elderly else LONGEST
    if length > longest:
        reader = "给老人的" if elderly else "群里的"
        yield f"正文有 {length} 个字。{reader}最好不超过 {longest} 个字"
    words = "\n".join((text.title, text.body, text.led, text.spoken))
    if elderly and (letters := _LETTERS.search(words)):
        yield f"给老人的不要用英文：{letters.group()}"
    if _SHOUTING.search(words):
        yield "连着几个感叹号，像在吓人。用句号就好"
    for word in _JARGON:
        if word in words:
            yield f"“{word}”居民听不懂，请换成大白话"
    assured = find_assurance(words)
    if assured is not None:
        yield f"有“{assured}”。老人可能只看见这几个字，最好换个说法"
