"""Recognised boxes of text -> lines as a person reads them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_CLOCK_OR_BATTERY = re.compile(
    r"[\d:：%.\s|凌晨上下午中昨天今星期周一二三四五六日年月/-]{1,16}|[45]G|HD|WiFi|4GHD", re.I
)
"""What a phone writes around a chat: the time, the battery, the net."""

_ENDS_SENTENCE = tuple("。！？!?；;…")


@dataclass(frozen=True, slots=True)
class Box:
    """A piece of text in pixels of the picture that was read."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top


def lines_of(boxes: Iterable[Box]) -> tuple[str, ...]:
    """From top to bottom, without the phone's own marks; lines that a bubble wrapped are one."""
    found: list[str] = []
    before: Box | None = None
    for box in sorted(boxes, key=lambda box: (box.top, box.left)):
        text = box.text.strip()
        if not text or _CLOCK_OR_BATTERY.fullmatch(text):
            continue
        if before is not None and _goes_on(before, box) and not found[-1].endswith(_ENDS_SENTENCE):
            found[-1] += text
        else:
            found.append(text)
        before = box
    return tuple(found)


def _goes_on(above: Box, below: Box) -> bool:
    """Whether ``below`` is the next line of the same paragraph: same edge, same size, close by,
    and the upper line is the longer one, as where it was wrapped."""
    size = max(above.height, below.height)
    return (
        abs(above.left - below.left) < 0.6 * size
        and below.top - above.bottom < 0.6 * size
        and abs(above.height - below.height) < 0.4 * size
        and above.right - below.right > -1.5 * size
    )
