"""Recognised boxes of text -> lines as a person reads them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_CLOCK_OR_BATTERY = re.compile(
    r"(?:[\d:：%.\s|/-]|凌晨|清晨|早上|上午|中午|下午|傍晚|晚上|深夜|昨天|前天|今天|星期|周|[一二三四五六日年月]"
    r"|[2-6]G|HD|VoLTE|Wi-?Fi|5GA)+",
    re.I,
)
"""What a phone writes around a chat: the time, the battery, the net."""

_KEYS = re.compile(
    r"[<>‹›〈〉＜＞《》+＋○◎●☺·…\.\s]*\d{0,3}\+?[·…\.\s]*|发消息|发送消息|按住\s?说话|输入消息|短信|彩信|iMessage信息|发送"
)
"""What an app writes around a chat: the arrow back with its count, the field to write in."""

_BARS = 0.13
"""Share of a picture's height, above and below, in which an app's keys may stand."""

_MARGIN = 0.13
_ON_A_FACE = 1
"""Share of a picture's width at either side in which the faces of a chat stand, and most characters
on one."""

_UNPARTED = re.compile(r"[\w.,:/%?=&-]+", re.ASCII)
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


def lines_of(boxes: Iterable[Box], size: tuple[float, float] | None = None) -> tuple[str, ...]:
    """From top to bottom, without the marks of phone and app; lines that a bubble wrapped are one.

    ``size`` is the picture's width and height; without it only the phone's own marks are known.
    """
    found: list[str] = []
    before: Box | None = None
    for box in sorted(boxes, key=lambda box: (box.top, box.left)):
        text = box.text.strip()
        if not text or _CLOCK_OR_BATTERY.fullmatch(text) or (size and _of_the_app(box, size)):
            continue
        if before is not None and _goes_on(before, box) and not found[-1].endswith(_ENDS_SENTENCE):
            found[-1] += text
        else:
            found.append(text)
        before = box
    return tuple(found)


def _of_the_app(box: Box, size: tuple[float, float]) -> bool:
    """Whether a piece is a face beside a bubble, or a key above or below the chat."""
    wide, high = size
    text = box.text.strip()
    middle = (box.left + box.right) / 2
    aside = middle < _MARGIN * wide or middle > (1 - _MARGIN) * wide
    if aside and len(text) <= _ON_A_FACE and not text.isdecimal():
        return True
    in_a_bar = box.bottom < _BARS * high or box.top > (1 - _BARS) * high
    return in_a_bar and _KEYS.fullmatch(text) is not None


def _goes_on(above: Box, below: Box) -> bool:
    """Whether ``below`` is the next line of the same paragraph: same edge (or the upper one
    indented by two characters), same size, close by, and the upper line is the longer one, as where
    it was wrapped; a number or address is never parted, so it may stand out by its length."""
    size = max(above.height, below.height)
    run = _UNPARTED.match(below.text.strip())
    unparted = 0.6 * size * len(run.group()) if run else 0.0
    indent = above.left - below.left
    return (
        (abs(indent) < 0.6 * size or 1.4 * size < indent < 2.6 * size)
        and below.top - above.bottom < 0.6 * size
        and abs(above.height - below.height) < 0.4 * size
        and above.right - below.right > -1.5 * size - unparted
    )
