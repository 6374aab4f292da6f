"""The reply templates of replies.yaml: all there, only known slots, short enough when filled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import Formatter

from bot.kb.model import AUDIENCES, STAGES, Entry, Knowledge
from bot.problems import Problem

REPLIES = "replies"
"""Owner of the passages of replies.yaml."""

PRIVATE_LIMIT = 200
GROUP_LIMIT = 120
"""Characters of a verdict reply (design §2): an old person reads it on one screen."""

INFO_LIMIT = 600
"""Characters of a guide's answer (design §2)."""

LONGEST_SAW = "见" * 20
"""Stands for the sentence that names what was seen in the message."""

LONGEST_TITLE = "名" * 18
LONGEST_WARNING = {
    "warning": "题" * 20,
    "day": "2026年11月23日",
    "station": "所" * 20,
    "spot": "原文是“”，你这条成了“”。" + "字" * 36,
}
"""Title, day, station and changed spot of a warning, as long as a reply shows them."""

LONGEST_PLACE = "群" * 20
MOST_CHOICES = 3

MENU_NAMES = ("ask", "report", "more", "check", "weekly", "quiz", "police")
MENU_LIMIT = 4
"""Characters of a menu's label: of a longer one at the bottom the platform shows the beginning."""
TIP_LIMIT = 40
LONGEST_TIP = "话" * TIP_LIMIT

_TACTIC = frozenset(
    {"title", "why", "not_trust", "not_disclose", "not_transfer", "report", "saw"}
)  # fmt: skip
_SAW = frozenset({"saw"})
_HABIT = frozenset({"habit"})
_FOUND = frozenset({"what", "name"})
_WARNING = frozenset({"warning", "day", "station"})
_NONE: frozenset[str] = frozenset()

SLOTS: Mapping[str, frozenset[str]] = {
    "scam.private": _TACTIC,
    "scam.again": _TACTIC,
    "scam.group": _TACTIC,
    "suspicious.again": _TACTIC,
    "suspicious.private": _TACTIC,
    "suspicious.private_no_tactic": _SAW,
    # Also said where no tactic is known, so that it can name none.
    "suspicious.group": _SAW,
    **{f"emergency.{stage}.private": _SAW for stage in STAGES},
    **{f"emergency.{stage}.group": _NONE for stage in STAGES},
    "unknown.question.private": _NONE,
    "unknown.question.again": _NONE,
    "unknown.question.group": _NONE,
    "unknown.choices.private": frozenset({"choices"}),
    "unknown.choices.single": frozenset({"title"}),
    "unknown.choices.group": _NONE,
    "unknown.choices.button": frozenset({"number"}),
    "unknown.lookup.private": frozenset({"found"}),
    "unknown.lookup.group": frozenset({"found"}),
    "picked.1": _NONE,
    "picked.2": _NONE,
    "picked.3": _NONE,
    "ordinary.private": _HABIT,
    "ordinary.group": _HABIT,
    "ordinary.question": _HABIT,
    "ordinary.again": _NONE,
    "ordinary.habit": _NONE,
    "off_topic.private": _NONE,
    "off_topic.group": _NONE,
    "care.private": _NONE,
    "care.again": _NONE,
    "care.group": _NONE,
    "comfort.private": _NONE,
    "comfort.group": _NONE,
    "follow.now.private": _TACTIC - {"why", "saw"},
    "follow.now.group": _TACTIC - {"saw"},
    "follow.opened.private": _NONE,
    "follow.opened.group": _NONE,
    "follow.paid.private": _NONE,
    "follow.paid.group": _NONE,
    "follow.refrained.private": _NONE,
    "follow.refrained.group": _NONE,
    "follow.asked.private": _NONE,
    "follow.asked.group": _NONE,
    "follow.simpler.private": _NONE,
    "follow.simpler.group": _NONE,
    "follow.guided.private": _NONE,
    "follow.guided.group": _NONE,
    "follow.still.private": _NONE,
    "follow.still.again": _NONE,
    "follow.still.group": _NONE,
    "script.private": frozenset({"script"}),
    "pressed.private": _NONE,
    "pressed.group": _NONE,
    "injection.private": _NONE,
    "injection.group": _NONE,
    "found.hidden": _NONE,
    "found.official_number": _FOUND,
    "found.noted_number": _FOUND,
    "found.unknown_number": _FOUND,
    "found.foreign_number": _FOUND,
    "found.official_domain": _FOUND,
    "found.unknown_domain": _FOUND,
    "found.lookalike_domain": _FOUND,
    "saw.quoted": frozenset({"quote"}),
    "saw.pictured": frozenset({"quote"}),
    "saw.emergency": frozenset({"quote"}),
    "saw.told": frozenset({"tell"}),
    "saw.plain": _NONE,
    "quiz.ask": frozenset({"question", "choices"}),
    "quiz.right": frozenset({"explain", "answer"}),
    "quiz.wrong": frozenset({"explain", "answer"}),
    "kinds.image": _NONE,
    "kinds.voice": _NONE,
    "kinds.video": _NONE,
    "kinds.location": _NONE,
    "kinds.file": _NONE,
    "kinds.card": _NONE,
    "kinds.record": _NONE,
    "kinds.other": _NONE,
    "kinds.empty": _NONE,
    "pictures.looking": _NONE,
    "pictures.looking_later": _NONE,
    "pictures.seen": frozenset({"reply"}),
    "pictures.no_words": _NONE,
    "pictures.nothing": _NONE,
    "pictures.too_slow": _NONE,
    "pictures.too_large": _NONE,
    "pictures.broken": _NONE,
    "pictures.not_installed": _NONE,
    "limits.too_many": _NONE,
    "events.subscribe": _NONE,
    "events.subscribe_place": frozenset({"place", "tip"}),
    **{f"events.tip.{audience}": _NONE for audience in sorted(AUDIENCES)},
    "events.menu_ask": _NONE,
    "events.menu_help": _NONE,
    "events.menu_check": _NONE,
    "events.menu_other": _NONE,
    "events.menu_weekly": frozenset({"text", "day"}),
    "events.menu_no_weekly": _NONE,
    "events.menu_police": frozenset({"station", "phone"}),
    "events.menu_police_no_phone": frozenset({"station"}),
    **{f"menu.{name}": _NONE for name in MENU_NAMES},
    "wishes.stop": _NONE,
    "wishes.resume": _NONE,
    **{
        f"warning.{standing}.{place}": _WARNING
        for standing in ("known", "same", "part", "withdrawn")
        for place in ("private", "group")
    },
    "warning.changed.private": _WARNING | {"spot"},
    "warning.changed.group": _WARNING,
    "warning.not_ours.private": _NONE,
    "warning.not_ours.group": _NONE,
    "warning.not_ours.besides": frozenset({"reply"}),
    "warning.malformed.private": _NONE,
    "warning.malformed.group": _NONE,
    "warning.spot.replaced": frozenset({"ours", "theirs"}),
    "warning.spot.added": frozenset({"theirs"}),
    "warning.spot.missing": frozenset({"ours"}),
    "warning.day": frozenset({"year", "month", "day"}),
}
"""Every template that is said, with the slots that are filled when it is."""

KNOWN_SLOTS: frozenset[str] = frozenset().union(*SLOTS.values())


def check_templates(knowledge: Knowledge) -> Iterator[Problem]:
    """Templates that are missing, malformed, or too long once filled."""
    places = {
        passage.field: (passage.file, passage.line)
        for passage in knowledge.passages
        if passage.owner == REPLIES
    }
    file = next((file for file, _ in places.values()), "replies.yaml")
    usable: dict[str, str] = {}
    for path in sorted(SLOTS.keys() - knowledge.replies.keys()):
        yield Problem(file, 1, f"缺少模板 {path}", "请补上")
    for path, template in knowledge.replies.items():
        where = places.get(path, (file, 1))
        faults = list(_slot_faults(template, SLOTS.get(path, KNOWN_SLOTS)))
        for what, mend in faults:
            yield Problem(*where, f"模板 {path} {what}", mend)
        if not faults:
            usable[path] = template
    yield from _fixed_lengths(usable, places)
    yield from _filled_lengths(knowledge, usable)


def _slot_faults(template: str, allowed: frozenset[str]) -> Iterator[tuple[str, str]]:
    known = "、".join(f"{{{slot}}}" for slot in sorted(allowed)) or "没有"
    try:
        parts = list(Formatter().parse(template))
    except ValueError:
        yield "里的花括号不成对", f"可用的空位：{known}"
        return
    for _, slot, form, conversion in parts:
        if slot is not None and (slot not in allowed or form or conversion):
            yield f"里有不认识的空位 {{{slot}}}", f"可用的空位：{known}"


def _fixed_lengths(
    templates: Mapping[str, str], places: Mapping[str, tuple[str, int]]
) -> Iterator[Problem]:
    """Templates whose length hangs on no entry, with their slots as full as they get."""
    full = {
        "saw": LONGEST_SAW,
        "choices": "\n".join(f"{number} {LONGEST_TITLE}" for number in range(1, MOST_CHOICES + 1)),
        "title": LONGEST_TITLE,
        "place": LONGEST_PLACE,
        "tip": LONGEST_TIP,
        "phone": "0" * 13,
        **LONGEST_WARNING,
    }
    for path, template in templates.items():
        limit = _limit(path)
        slots = SLOTS.get(path, KNOWN_SLOTS)
        if limit is None or not slots <= full.keys():
            continue
        size = len(template.format(**full))
        if size > limit:
            yield Problem(
                *places.get(path, ("replies.yaml", 1)),
                f"模板 {path} 填好有 {size} 个字，最多 {limit} 个",
                f"请减去 {size - limit} 个字",
            )


def _limit(path: str) -> int | None:
    if path.endswith(".group"):
        return GROUP_LIMIT
    if path.startswith("menu."):
        return MENU_LIMIT
    if path.startswith("events.tip."):
        return TIP_LIMIT
    said = (
        "emergency.",
        "suspicious.",
        "unknown.",
        "off_topic.",
        "pressed.",
        "injection.",
        "warning.",
    )
    short = (*said, "kinds.", "events.", "wishes.", "care.", "comfort.", "follow.")
    return PRIVATE_LIMIT if path.startswith(short) else None


def _filled_lengths(knowledge: Knowledge, templates: Mapping[str, str]) -> Iterator[Problem]:
    """What each entry and each habit makes of the templates."""
    limits = {
        "scam.private": PRIVATE_LIMIT,
        "scam.again": PRIVATE_LIMIT,
        "suspicious.private": PRIVATE_LIMIT,
        "suspicious.again": PRIVATE_LIMIT,
        "follow.now.private": PRIVATE_LIMIT,
        "scam.group": GROUP_LIMIT,
        "follow.now.group": GROUP_LIMIT,
    }
    for entry in knowledge.entries:
        for path, limit in limits.items():
            size = len(fill(templates[path], entry)) if path in templates else 0
            if size > limit:
                yield Problem(
                    entry.file,
                    entry.line,
                    f"{entry.id} 的回复（{path}）有 {size} 个字，最多 {limit} 个",
                    f"why、do、report 一共减去 {size - limit} 个字",
                )
    habits = {passage.owner: passage for passage in knowledge.passages if passage.field == "habit"}
    for subject, habit in habits.items():
        for path, limit in {
            "ordinary.private": PRIVATE_LIMIT,
            "ordinary.question": PRIVATE_LIMIT,
            "ordinary.group": GROUP_LIMIT,
        }.items():
            size = len(templates[path].format(habit=habit.text)) if path in templates else 0
            if size > limit:
                yield Problem(
                    habit.file,
                    habit.line,
                    f"{subject} 的回复（{path}）有 {size} 个字，最多 {limit} 个",
                    f"habit 减去 {size - limit} 个字",
                )


def fill(template: str, entry: Entry) -> str:
    """A template as this entry fills it, with the longest naming of what was seen."""
    return template.format(
        saw=LONGEST_SAW,
        title=entry.title,
        why=entry.why,
        not_trust=entry.not_trust,
        not_disclose=entry.not_disclose,
        not_transfer=entry.not_transfer,
        report=entry.report,
    )
