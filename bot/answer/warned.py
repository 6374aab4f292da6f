"""What a resident is told about a warning. All wording comes from knowledge/."""

from __future__ import annotations

from bot.answer.assurance import find_assurance
from bot.answer.lexicon import Lexicon
from bot.types import ChatType
from bot.warnings import Finding, Spot

TITLE_CHARACTERS = 20
STATION_CHARACTERS = 20
"""More of a title or name does not fit into a reply."""


def say_warning(found: Finding, chat: ChatType, lexicon: Lexicon) -> str:
    """The reply to a finding, within the limits of its chat."""
    place = "group" if chat == "group" else "private"
    if found.published is None:
        return lexicon.say(f"warning.{found.standing}.{place}")
    day = found.published.day
    slots = {
        "warning": _cut(found.published.title, TITLE_CHARACTERS),
        "day": lexicon.say(
            "warning.day", year=str(day.year), month=str(day.month), day=str(day.day)
        ),
        "station": _cut(found.published.station, STATION_CHARACTERS),
    }
    if found.standing == "changed":
        spot = _spot(found.spot, lexicon) if place == "private" else ""
        return lexicon.say(f"warning.changed.{place}", spot=spot, **slots)
    return lexicon.say(f"warning.{found.standing}.{place}", **slots)


def _spot(spot: Spot | None, lexicon: Lexicon) -> str:
    """The changed spot in words; '' where its words must not be repeated."""
    if spot is None or find_assurance(f"{spot.ours}\n{spot.theirs}"):
        return ""
    kind = "replaced" if spot.ours and spot.theirs else "added" if spot.theirs else "missing"
    return lexicon.say(f"warning.spot.{kind}", ours=spot.ours, theirs=_untappable(spot.theirs))


def _untappable(words: str) -> str:
    """No phone makes a link of it."""
    return words.replace(".", "．")


def _cut(words: str, longest: int) -> str:
    return words if len(words) <= longest else words[: longest - 1] + "…"
