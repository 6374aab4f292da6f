"""A line and what it refers to -> one verdict: when it is read alone, when with the talk. Pure."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from bot import conversation
from bot.conversation import State
from bot.follow import LONGEST
from bot.judge.judge import Judge
from bot.types import Verdict

LEAST_GUESS = 0.4
"""Belief (0..1) from which one tactic alone is offered."""


def read_in_talk(
    text: str, state: State, judge: Judge, signs: Container[str], belongs: bool = False
) -> Verdict:
    """The verdict on a line, alone or together with what it refers to."""
    alone = judge(text, state.positive)
    told = any(sign in signs for sign in alone.signs)
    if alone.positive and state.positive and not (told or belongs) and len(text) <= LONGEST:
        # A short line that shows no sign of its own names no other tactic.
        alone = replace(
            alone, category=state.category or alone.category, entry=state.entry or alone.entry
        )
    answers = conversation.answers_us(state, text)
    refers = belongs or conversation.is_fragment(text) or answers
    leans = alone.name == "unknown" and state.positive
    if not state.text or not (refers or leans) or alone.name == "scam":
        return alone
    if alone.name in ("info", "off_topic") and (alone.entry or alone.subject == "injection"):
        return alone
    if belongs and state.positive and not told and alone.name != "unknown":
        # Warned already; a picture of something else is not the story going on.
        return alone
    if alone.name == "info" and not (belongs or conversation.points_back(text)):
        return alone
    together = judge(conversation.joined(state, text), state.positive)
    if not refers and together.category not in _suspected(alone):
        # People ask about several things in one talk.
        return alone
    if alone.positive:
        if not together.positive:
            return alone
        # The story names the tactic better than its last line does.
        return replace(
            together, name=alone.name, stage=alone.stage, signs=alone.signs, quotes=alone.quotes
        )
    if together.name == "emergency":
        return replace(together, name="suspicious", stage=None)
    if alone.subject == "pressed" and not state.positive:
        return alone
    if together.positive and state.positive:
        # What earlier lines told was quoted to them then.
        quotes = tuple(quote for quote in together.quotes if quote in text)
        return replace(together, quotes=quotes)
    return together if together.positive else alone


def worth_offering(verdict: Verdict) -> Verdict:
    """A lone guess that is hardly believed in frightens for nothing: then the plain question."""
    if verdict.subject != "choices" or len(verdict.choices) != 1:
        return verdict
    guess = verdict.choices[0]
    belief = max((a.score for a in verdict.alternatives if a.entry == guess), default=0.0)
    if belief >= LEAST_GUESS:
        return verdict
    return replace(verdict, subject="question", choices=())


def _suspected(verdict: Verdict) -> tuple[str | None, ...]:
    """The two categories that an unsure verdict holds most likely."""
    return tuple(other.category for other in verdict.alternatives[:2])
