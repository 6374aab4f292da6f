"""Channel types the group book may name although nothing is connected to them yet."""

from __future__ import annotations

from collections.abc import Mapping

from bot.senders import layout
from bot.senders.base import Pace, Rendered, Warning_
from bot.types import Outcome, Outgoing

WHY = "这种发送方式还没有接通"
PREVIEW_CHARACTERS = 2000


class NotConnected:
    """Refuses in plain words, so that its groups show up in every report."""

    pace: Pace | None = None

    def __init__(self, type: str) -> None:  # noqa: A002  # the contract's own name
        self.type = type

    def missing(self, target: Mapping[str, object]) -> str:
        return WHY

    def pace_key(self, target: Mapping[str, object]) -> str:
        return self.type

    def render(self, warning: Warning_) -> Rendered:
        text = layout.plain(warning)
        return Rendered("text", text, len(text), PREVIEW_CHARACTERS, "字")

    def send(self, outgoing: Outgoing) -> Outcome:
        detail = f"{WHY}。请给这个群换一种方式，例如手动粘贴（paste）。"
        return Outcome("refused", "not_connected", detail)

    def follow_up(self, outgoing: Outgoing, reference: str) -> Outcome | None:
        return None
