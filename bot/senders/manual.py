"""Channels where a person does the sending: a text to paste, a text to read out. No network."""

from __future__ import annotations

from collections.abc import Mapping

from bot.senders import layout
from bot.senders.base import Pace, Rendered, Warning_
from bot.types import Outcome, Outgoing

PASTE_CHARACTERS = 2000
"""About two screens of a phone; WeChat itself takes more."""
SPOKEN_CHARACTERS = 300
"""About a minute and a quarter read aloud at a village's pace of four a second."""
BOARD_CHARACTERS = 60
"""What a running LED board shows in one pass."""


class PasteSender:
    """``paste {}``: residents' own WeChat groups, which no machine may write to."""

    type = "paste"
    pace: Pace | None = None

    def missing(self, target: Mapping[str, object]) -> str:
        return ""

    def pace_key(self, target: Mapping[str, object]) -> str:
        return self.type

    def render(self, warning: Warning_) -> Rendered:
        text = layout.plain(warning)
        notes = layout.cannot(warning)
        return Rendered("text", text, len(text), PASTE_CHARACTERS, "字", notes=notes)

    def send(self, outgoing: Outgoing) -> Outcome:
        return Outcome("awaiting_person", detail="请复制下面的文字，发到群里，再点“已经发了”。")

    def follow_up(self, outgoing: Outgoing, reference: str) -> Outcome | None:
        return None


class LoudspeakerSender:
    """``loudspeaker {}``: a text to read out and one for the LED board."""

    type = "loudspeaker"
    pace: Pace | None = None

    def missing(self, target: Mapping[str, object]) -> str:
        return ""

    def pace_key(self, target: Mapping[str, object]) -> str:
        return self.type

    def render(self, warning: Warning_) -> Rendered:
        """Of the two texts the one that is too long is measured, else the one read out."""
        text = layout.loudspeaker(warning)
        spoken, board = len(layout.spoken(warning)), len(warning.led.strip())
        if board > BOARD_CHARACTERS and spoken <= SPOKEN_CHARACTERS:
            return Rendered("spoken", text, board, BOARD_CHARACTERS, "字（LED 屏）")
        return Rendered("spoken", text, spoken, SPOKEN_CHARACTERS, "字（广播）")

    def send(self, outgoing: Outgoing) -> Outcome:
        return Outcome("awaiting_person", detail="请按下面的文字广播、上屏，再点“已经发了”。")

    def follow_up(self, outgoing: Outgoing, reference: str) -> Outcome | None:
        return None
