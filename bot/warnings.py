"""Is this warning ours? A pure comparison of what a resident sends with what really went out.

Nothing here says that a text is safe: only that it is word for word ours, that it was changed and
where, or that no such warning of ours exists.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from bot.text.normalise import LONGEST, fold

Standing = Literal["known", "same", "part", "changed", "withdrawn", "not_ours", "malformed"]
"""What is said of a warning.

known      the code is ours; no text came with it that could be compared
same       the text is ours, word for word
part       all that was sent stands in our text
changed    it is our warning, but the text differs
withdrawn  ours, but the station has since stopped it
not_ours   no warning of ours has this code
malformed  the code has not six digits
"""

SHORTEST = 30
"""Letters and digits from which on a text without a code is compared with our warnings."""

SHORTEST_WITH_CODE = 20
"""The same where a code was named: less is a question about it."""

RECOGNISED = 85.0
"""Likeness (rapidfuzz ratio) from which on a text without our code is taken for one of ours."""

SAME_WARNING = 50.0
"""Below it a text under our code has nothing to do with ours, and no spot is worth quoting."""

SPOT_CHARACTERS = 18
"""How much of a changed spot is quoted at most."""

CONTEXT_CHARACTERS = 4
"""What of the sentence before a changed spot is quoted with it."""

_CODE = re.compile(
    r"预\s?警\s?码[\s:;=,.是为\])}(\[{】【《》「」“”\"'、，。#-]{0,6}(?P<digits>\d(?: ?\d)*)"
)
_SIX = re.compile(r"\d(?: ?\d){5}(?!\d)")
_PLAIN_CODE = re.compile(r"预警码[是为]?\d{1,12}")
_ASKING = re.compile(
    r"真的|假的|真假|是不是|你们|看看|看一下|看下|请问|帮|收到|转发|大家|这条|这个|吗|怎么回事"
)
_DEMANDING = re.compile(r"钱|转账|汇|付|款|加|点|扫|卡|联系|下载|电话|微信|群|验证|登录|[0-9a-z]")
_LONGEST_QUESTION = 24


@dataclass(frozen=True)
class Published:
    """One text of one warning as it went out."""

    code: str
    title: str
    station: str
    day: date
    body: str
    withdrawn: bool = False

    @cached_property
    def plain(self) -> Plain:
        return Plain.of(self.body, self.station)

    @cached_property
    def untitled(self) -> str:
        """The plain text without its title, which is often left out when it is passed on."""
        return self.plain.text.removeprefix(Plain.of(self.title).text)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a text differs, in its own spelling; '' where nothing stands on that side."""

    ours: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of a warning. ``rest`` is what the message says besides it."""

    standing: Standing
    published: Published | None = None
    spot: Spot | None = None
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Plain:
    """Letters and digits only, folded, without 预警码 and station; where each stood before."""

    original: str
    text: str
    places: tuple[int, ...]

    @classmethod
    def of(cls, original: str, station: str = "") -> Plain:
        letters: list[str] = []
        places: list[int] = []
        for place, character in enumerate(original[:LONGEST]):
            for part in fold(character):
                if part.isalnum():
                    letters.append(part)
                    places.append(place)
        text = "".join(letters)
        gone = [match.span() for match in _PLAIN_CODE.finditer(text)]
        name = "".join(part for character in station for part in fold(character) if part.isalnum())
        if name:
            gone += [match.span() for match in re.finditer(re.escape(name), text)]
        dropped = {position for start, end in gone for position in range(start, end)}
        kept = [position for position in range(len(text)) if position not in dropped]
        return cls(
            original,
            "".join(text[position] for position in kept),
            tuple(places[position] for position in kept),
        )

    def adjoins(self, position: int) -> bool:
        """Whether only spaces stand between this character and the next."""
        if position + 1 >= len(self.places):
            return False
        return not self.original[self.places[position] + 1 : self.places[position + 1]].strip()

    def quote(self, start: int, end: int) -> str:
        """The original words behind ``text[start:end]``."""
        if start >= end:
            return ""
        return self.original[self.places[start] : self.places[end - 1] + 1]


def code_of(text: str) -> str | None:
    """The six digits after 预警码; '' where other digits stand there, None where it is not named.

    Bare digits are no code (design §6).
    """
    folded = "".join(map(fold, text[:LONGEST]))
    found = _CODE.search(folded)
    if found is None:
        return None
    six = _SIX.match(found["digits"])
    return six.group().replace(" ", "") if six else ""


def worth_comparing(text: str) -> bool:
    """Whether a text without a code is long enough to be one of our warnings."""
    return len(text) >= SHORTEST and len(Plain.of(text).text) >= SHORTEST


def examine(text: str, published: Sequence[Published]) -> Finding | None:
    """What is known of the warning in a message; None where it holds none.

    ``published`` are the texts that went out under the code it names, and the recent ones.
    """
    code = code_of(text)
    if code is None:
        return _recognised(text, published) if worth_comparing(text) else None
    rest = _without_code(text)
    substantial = len(Plain.of(rest).text) >= SHORTEST_WITH_CODE
    ours = [one for one in published if code and one.code == code]
    if not ours:
        found = _recognised(text, published) if substantial else None
        if found is not None:
            return _other_code(found, text)
        return Finding("not_ours" if code else "malformed", rest=rest)
    if ours[0].withdrawn:
        return Finding("withdrawn", ours[0], rest=rest)
    if not substantial:
        return Finding("known", ours[0], rest=rest)
    return compare(text, ours)


def compare(text: str, ours: Sequence[Published]) -> Finding:
    """A text with the forms of one warning: the nearest of them, and where it differs."""
    best = max(ours, key=lambda one: fuzz.ratio(one.plain.text, Plain.of(text, one.station).text))
    theirs = Plain.of(text, best.station)
    if theirs.text == best.plain.text:
        return Finding("same", best)
    if len(theirs.text) >= SHORTEST_WITH_CODE and theirs.text in best.plain.text:
        return Finding("part", best)
    if fuzz.ratio(best.plain.text, theirs.text) < SAME_WARNING:
        return Finding("changed", best, rest=_without_code(text))
    spots = _spots(best.plain, theirs)
    asked = [spot for spot in spots if not (spot.at_edge and _only_asks(spot.theirs_plain))]
    rest = "。".join(spot.theirs for spot in spots if spot.theirs_plain)
    if not asked:
        return Finding("same", best, rest=rest)
    worst = max(asked, key=lambda spot: (len(spot.theirs), len(spot.ours)))
    return Finding("changed", best, Spot(_short(worst.ours), _short(worst.theirs)), rest)


def _recognised(text: str, published: Iterable[Published]) -> Finding | None:
    """A text that is nearly one of ours, or a longer piece of one, whatever its code."""
    by_station: dict[str, Plain] = {}
    best: Published | None = None
    best_score = 0.0
    for one in published:
        plain = by_station.get(one.station)
        if plain is None:
            plain = by_station[one.station] = Plain.of(text, one.station)
        if len(plain.text) < SHORTEST:
            continue
        score = 100.0 if plain.text in one.plain.text else 0.0
        score = score or max(
            fuzz.ratio(ours, plain.text, score_cutoff=RECOGNISED)
            for ours in (one.plain.text, one.untitled)
        )
        if score > best_score:
            best, best_score = one, score
    if best is None:
        return None
    if best.withdrawn:
        return Finding("withdrawn", best)
    return compare(text, [best])


def _other_code(found: Finding, text: str) -> Finding:
    """Our words under a code that is not theirs: changed, whatever else is the same."""
    if found.published is None or found.standing not in ("same", "part"):
        return found
    match = _PLAIN_CODE.search("".join(part for c in text for part in fold(c) if part.isalnum()))
    theirs = match.group() if match else ""
    return Finding("changed", found.published, Spot(f"预警码{found.published.code}", theirs))


@dataclass(frozen=True, slots=True)
class _Difference:
    ours: str
    theirs: str
    theirs_plain: str
    at_edge: bool


def _spots(ours: Plain, theirs: Plain) -> list[_Difference]:
    """Where the two differ; changes with at most two equal letters between them are one."""
    merged: list[list[int]] = []
    for step in Levenshtein.opcodes(ours.text, theirs.text):
        if step.tag == "equal":
            continue
        span = [step.src_start, step.src_end, step.dest_start, step.dest_end]
        if merged and span[0] - merged[-1][1] <= 2 and span[2] - merged[-1][3] <= 2:
            merged[-1][1], merged[-1][3] = span[1], span[3]
        else:
            merged.append(span)
    return [
        _difference(ours, theirs, span, merged[number - 1] if number else [0, 0, 0, 0])
        for number, span in enumerate(merged)
    ]


def _difference(ours: Plain, theirs: Plain, span: list[int], before: list[int]) -> _Difference:
    """The spot, widened to whole numbers and names, with a little of what stands before it."""
    start, end, their_start, their_end = span
    at_edge = start == end and (their_start == 0 or their_end == len(theirs.text))
    plain = theirs.text[their_start:their_end]
    if not at_edge:
        room = min(start - before[1], their_start - before[3])
        back = 0
        while back < room and ours.text[start - back - 1].isascii():
            back += 1
        if back or (start < end and their_start < their_end):
            longest = min(room, back + CONTEXT_CHARACTERS)
            while back < longest and ours.adjoins(start - back - 1):
                back += 1
        start, their_start = start - back, their_start - back
        while end < len(ours.text) and their_end < len(theirs.text):
            if not (ours.text[end].isascii() and ours.text[end] == theirs.text[their_end]):
                break
            end, their_end = end + 1, their_end + 1
    return _Difference(ours.quote(start, end), theirs.quote(their_start, their_end), plain, at_edge)


def _only_asks(plain: str) -> bool:
    """Whether words before or after a warning only ask about it."""
    return (
        len(plain) <= _LONGEST_QUESTION
        and _ASKING.search(plain) is not None
        and _DEMANDING.search(plain) is None
    )


def _without_code(text: str) -> str:
    """What a message says besides 预警码 and its digits, in its own spelling."""
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text[:LONGEST]):
        for part in fold(character):
            folded.append(part)
            places.append(place)
    kept, done = [], 0
    for match in _CODE.finditer("".join(folded)):
        kept.append(text[done : places[match.start()]])
        done = places[match.end() - 1] + 1
    return "".join([*kept, text[done:]]).strip()


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= SPOT_CHARACTERS else line[: SPOT_CHARACTERS - 1] + "…"
