"""What has been said in the last half hour, and what a new line means after it. Pure.

A state is per person and chat. A number answers the question that was asked last; a new question
drops the old one; a fragment ("那他要先交500呢") is read together with the line before.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from bot.types import POSITIVE, Verdict

FORGET_AFTER = timedelta(minutes=30)
"""design §4."""
LONGEST_REMEMBERED = 300
LONGEST_FRAGMENT = 40

_NUMBER = re.compile(
    r"^(?:选|第|我选|是|回复|选择|就是|应该是)?\s*([1-3一二三①②③１２３])\s*(?:个|种|号|项|吧|。|\.|、|呀|啊|哦)*$"
)
_DIGITS = {"一": 1, "二": 2, "三": 3, "①": 1, "②": 2, "③": 3, "１": 1, "２": 2, "３": 3}
_REFERRING = re.compile(
    r"^(?:那|这|还|又|就|也|再|然后|后来|接着|结果|可是|可|但是|但|不过|因为|所以|要是|万一|反正)|"
    r"他|她|它|对方|人家|那边|那人|怎么办|咋办|咋整|呢$|是不是$"
)
"""A line that points back by its words."""

_LEANING = re.compile(r"刚|已经|现在|说|让|叫|要|给|能|该|继续|还|又|再|就|也|这|那")
_SHORT = 14
"""Characters up to which a line that says who did what, without saying who, leans on the one before.
Longer ones are stories of their own: people ask about several things in one talk."""


@dataclass(frozen=True, slots=True)
class State:
    """A talk so far; ``asked`` is what the bot is waiting for ('', question, choices, quiz,
    welcome), ``pictured`` whether its last message was a picture."""

    text: str = ""
    verdict: str = ""
    asked: str = ""
    choices: tuple[str, ...] = ()
    quiz: str = ""
    quizzes: int = 0
    pictured: bool = False
    distress: bool = False
    """A life was at risk in this talk: care goes before all that the bot is not for."""
    category: str = ""
    entry: str = ""
    """The tactic that was warned of last."""
    stage: str = ""
    """How far the last emergency had gone."""
    guided: bool = False
    """The last answer was one that tells what to do in order."""
    said: str = ""
    """What kind of words came last: nobody is told the same twice running."""

    @property
    def positive(self) -> bool:
        return self.verdict in POSITIVE


_FIELDS = tuple(field.name for field in fields(State))
"""A state written by another release may have more or fewer."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def to_json(state: State) -> str:
    return _ENCODER.encode({name: getattr(state, name) for name in _FIELDS})


def from_json(stored: str, touched_at: datetime, now: datetime) -> State:
    """The stored state, or an empty one once it is older than FORGET_AFTER."""
    if now - touched_at > FORGET_AFTER:
        return State()
    read = json.loads(stored)
    known = {name: read[name] for name in _FIELDS if name in read}
    return State(**known | {"choices": tuple(known.get("choices", ()))})


def picked(state: State, text: str) -> int | None:
    """Which number (1..3) the text picks of what was asked, if anything was asked."""
    if not state.asked:
        return None
    match = _NUMBER.match(text.strip())
    if match is None:
        return None
    number = _DIGITS.get(match.group(1)) or int(match.group(1))
    offered = len(state.choices) if state.asked == "choices" else 3
    return number if number <= offered else None


def is_fragment(text: str) -> bool:
    """Whether a line only makes sense after the one before."""
    if len(text) > LONGEST_FRAGMENT:
        return False
    return points_back(text) or (len(text) <= _SHORT and bool(_LEANING.search(text)))


def points_back(text: str) -> bool:
    """Whether its words name the line before, and not only leave out who did what."""
    return bool(_REFERRING.search(text))


def answers_us(state: State, text: str) -> bool:
    """Whether a line may be the "say a little more" that was asked for."""
    return state.asked in ("question", "choices") and len(text) <= LONGEST_FRAGMENT


def joined(state: State, text: str) -> str:
    """The line together with what was said before."""
    return f"{state.text}。{text}" if state.text else text


def after(
    state: State, text: str, verdict: Verdict, pictured: bool = False, belongs: bool = False
) -> State:
    """The state once ``text`` was answered with ``verdict``; ``pictured``: it was a picture's,
    ``belongs``: it goes on with what was said before, whatever it looks like alone."""
    asked = verdict.subject if verdict.subject in ("question", "choices") else ""
    # Half of a story on a screenshot may look like nothing until the other half comes.
    about = verdict.positive or verdict.name == "unknown" or pictured
    guided = verdict.name == "info" and verdict.subject == "guide"
    if not about:
        # Thanks or a question in between does not end the story.
        return replace(state, asked="", choices=(), quiz="", pictured=False, guided=guided)
    # What answers a question of ours goes on with what we asked about.
    goes_on = belongs or is_fragment(text) or answers_us(state, text)
    keep = state.text if goes_on and state.text else ""
    story = f"{keep}。{text}" if keep else text
    return replace(
        state,
        text=story[-LONGEST_REMEMBERED:],
        verdict=verdict.name if verdict.positive or not state.positive else state.verdict,
        asked=asked or "",
        choices=verdict.choices if asked == "choices" else (),
        quiz="",
        pictured=pictured,
        distress=state.distress or verdict.stage == "life",
        category=(verdict.category or "") if verdict.positive else state.category,
        entry=(verdict.entry or "") if verdict.positive else state.entry,
        stage=verdict.stage or (state.stage if goes_on else ""),
        guided=False,
    )
