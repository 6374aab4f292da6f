"""The official account's menu: which keys there are and how they are arranged (protocol-callbacks
§2.4 tells what comes back when one is pressed). Labels stand in replies.yaml."""

from __future__ import annotations

from dataclasses import dataclass

from bot.answer.lexicon import Lexicon


@dataclass(frozen=True, slots=True)
class Button:
    """One key, or a title with keys below it (``key`` is then '')."""

    label: str
    key: str = ""
    below: tuple[Button, ...] = ()


_MORE = (
    ("check", "MENU_CHECK"),
    ("weekly", "MENU_WEEKLY"),
    ("quiz", "MENU_QUIZ"),
    ("police", "MENU_POLICE"),
)


def menu_of(lexicon: Lexicon) -> tuple[Button, ...]:
    """The menu, left to right. The platform takes three at the bottom and five above each; the two
    that cannot wait are at the bottom."""

    def button(name: str, key: str) -> Button:
        return Button(lexicon.say(f"menu.{name}"), key)

    return (
        button("ask", "MENU_ASK"),
        button("report", "MENU_REPORT"),
        Button(lexicon.say("menu.more"), below=tuple(button(*each) for each in _MORE)),
    )
