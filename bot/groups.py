"""When the bot speaks in a group although nobody asked it. Pure."""

from __future__ import annotations

from bot.types import Verdict

CERTAIN = 0.97
"""Least score to speak unasked. Measured with the encoder: of the 364 ordinary texts of
tests/data/own none passes (at 0.95 two do), of its 410 scam and emergency texts 60 %."""


def almost_certain(verdict: Verdict) -> bool:
    """A scam or an emergency of a named tactic, with a sign of it told in this very message."""
    return (
        verdict.name in ("scam", "emergency")
        and verdict.entry is not None
        and bool(verdict.signs)
        and verdict.score >= CERTAIN
    )
