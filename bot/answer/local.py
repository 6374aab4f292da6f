"""What a reply names of the place where the bot serves, and the replies to events and menu keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.answer.lexicon import Lexicon
from bot.warnings import Published

WEEKLY_CHARACTERS = 560
"""More of a warning's text does not fit into an answer (design §2: 600)."""

WELCOME_KEYS = ("MENU_ASK", "MENU_REPORT", "MENU_QUIZ")
"""What the numbers of the greeting stand for, in order."""

_PLAIN: Mapping[str, str] = {
    "MENU_ASK": "events.menu_ask",
    "MENU_REPORT": "events.menu_help",
    "MENU_HELP": "events.menu_help",
    "MENU_CHECK": "events.menu_check",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A group of the group book whose QR code brought a resident: id, name, and for whom it is."""

    id: str
    name: str
    audience: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Around:
    """Station, community and latest warning, as far as this message asks for them."""

    station: str = ""
    phone: str = ""
    place: Place | None = None
    weekly: Published | None = None


NOWHERE = Around()


def say_welcome(around: Around, lexicon: Lexicon) -> str:
    """The greeting of somebody who just came; its numbers are ``WELCOME_KEYS``."""
    place = around.place
    if place is None:
        return lexicon.say("events.subscribe")
    audience = place.audience[0] if place.audience else "all"
    return lexicon.say(
        "events.subscribe_place", place=place.name, tip=lexicon.say(f"events.tip.{audience}")
    )


def say_menu(key: str, around: Around, lexicon: Lexicon) -> str:
    """The answer to a menu key; whoever presses an unknown one is asked to write."""
    if key == "MENU_WEEKLY":
        return _weekly(around.weekly, lexicon)
    if key == "MENU_POLICE" and around.phone:
        return lexicon.say("events.menu_police", station=around.station, phone=around.phone)
    if key == "MENU_POLICE":
        return lexicon.say("events.menu_police_no_phone", station=around.station)
    return lexicon.say(_PLAIN.get(key, "events.menu_other"))


def _weekly(warning: Published | None, lexicon: Lexicon) -> str:
    if warning is None:
        return lexicon.say("events.menu_no_weekly")
    text = warning.body.removeprefix("## ").replace("**", "").strip()
    if len(text) > WEEKLY_CHARACTERS:
        text = text[:WEEKLY_CHARACTERS] + "…"
    day = warning.day
    words = lexicon.say("warning.day", year=str(day.year), month=str(day.month), day=str(day.day))
    return lexicon.say("events.menu_weekly", text=text, day=words)
