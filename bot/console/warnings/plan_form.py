"""The plan editor's fields, and the plan they stand for. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from bot.broadcasting.calendar import WEEKDAYS, Monthly, Once, Weekly
from bot.broadcasting.model import AUDIENCE_WORDS, Fixed, Plan, Topic

AUDIENCE_ORDER = ("all", *(name for name in AUDIENCE_WORDS if name != "all"))
"""The text for everybody first."""

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
OWN_PARTS = ("title", "body", "spoken", "led")


@dataclass(frozen=True, slots=True)
class PlanForm:
    """What stands in the fields. ``texts`` and ``own`` are by audience; empty ones are left out."""

    plan: str = ""
    title: str = ""
    when: str = "weekly"
    weekday: str = "mon"
    day: str = "1"
    at: str = "09:00"
    moment: str = ""
    on_holiday: str = "same"
    kinds: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    content: str = "next"
    category: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    repeats: bool = False

    def document(self, author: str) -> dict[str, Any]:
        """As it stands in the plan's file (design §6)."""
        groups = {"kinds": self.kinds, "audience": self.audience, "ids": self.ids}
        made: dict[str, Any] = {
            "plan": self.plan,
            "title": self.title,
            "when": self._when(),
            "groups": {name: list(words) for name, words in groups.items() if words},
            "content": self._content(),
            "author": author,
        }
        if self.repeats:
            made["repeats"] = True
        return made

    def _when(self) -> dict[str, Any]:
        if self.when == "once":
            return {"once": self.moment}
        turn: dict[str, Any] = (
            {"monthly": int(self.day) if self.day.isdecimal() else self.day}
            if self.when == "monthly"
            else {"weekly": self.weekday}
        )
        turn["at"] = self.at
        if self.on_holiday != "same":
            turn["on_holiday"] = self.on_holiday
        return turn

    def _content(self) -> dict[str, Any]:
        if self.content == "own":
            return {"own": {name: dict(parts) for name, parts in self.own.items()}}
        if self.content == "text":
            if set(self.texts) == {"all"}:
                return {"text": self.texts["all"]}
            return {"texts": dict(self.texts)}
        return {"topic": self.category if self.content == "category" else "next"}


def read_form(fields: MultiDict[str, str]) -> PlanForm:
    """The form as it was posted, without what nobody can see."""

    def one(name: str) -> str:
        return clean(fields.get(name, ""))

    def many(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(filter(None, map(clean, fields.getlist(name)))))

    own = {
        name: {part: text for part in OWN_PARTS if (text := one(f"{part}_{name}"))}
        for name in AUDIENCE_ORDER
    }
    return PlanForm(
        plan=one("plan"),
        title=one("title"),
        when=one("when"),
        weekday=one("weekday"),
        day=one("day"),
        at=one("at"),
        moment=one("moment"),
        on_holiday=one("on_holiday"),
        kinds=many("kinds"),
        audience=many("audience"),
        ids=many("ids"),
        content=one("content"),
        category=one("category"),
        texts={name: chosen for name in AUDIENCE_ORDER if (chosen := one(f"text_{name}"))},
        own={name: parts for name, parts in own.items() if parts},
        repeats=one("repeats") == "yes",
    )


def form_of(plan: Plan) -> PlanForm:
    """The form that shows a plan."""
    known: dict[str, Any] = {
        "plan": plan.id,
        "title": plan.title,
        "kinds": tuple(sorted(plan.groups.kinds or ())),
        "audience": tuple(sorted(plan.groups.audience or ())),
        "ids": tuple(sorted(plan.groups.ids or ())),
        "repeats": plan.repeats,
    }
    when = plan.when
    if isinstance(when, Weekly):
        known |= {"when": "weekly", "weekday": WEEKDAYS[when.weekday]}
    elif isinstance(when, Monthly):
        known |= {"when": "monthly", "day": str(when.day)}
    if isinstance(when, Once):
        known |= {"when": "once", "moment": _moment(when)}
    else:
        known |= {"at": f"{when.at:%H:%M}", "on_holiday": when.on_holiday}
    return PlanForm(**known, **_content_of(plan.content))


def _moment(when: Once) -> str:
    exact = "seconds" if when.moment.second else "minutes"
    return when.moment.isoformat(timespec=exact)


def _content_of(content: Topic | Fixed) -> dict[str, Any]:
    if isinstance(content, Topic):
        if content.category is None:
            return {"content": "next"}
        return {"content": "category", "category": content.category}
    if content.own:
        own = {
            name: {part: text for part in OWN_PARTS if (text := getattr(one, part))}
            for name, one in content.own.items()
        }
        return {"content": "own", "own": own}
    return {"content": "text", "texts": dict(content.texts)}


def clean(text: str) -> str:
    """What was typed, without what nobody can see."""
    lines = text.replace("\r\n", "\n").replace("\t", " ").split("\n")
    return _UNSEEN.sub("", "\n".join(line.rstrip() for line in lines)).strip()
