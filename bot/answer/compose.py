"""Verdict + templates -> the words a resident reads. All wording comes from knowledge/."""

from __future__ import annotations

from bot.answer.guard import fit_for_group, quotable
from bot.answer.lexicon import Lexicon
from bot.kb.model import Entry
from bot.kb.templates import GROUP_LIMIT, PRIVATE_LIMIT
from bot.types import ChatType, Verdict

FOLLOWS = "follow:"
"""Subjects of what is said to a line that hangs on the talk before it (follow.py)."""

_TO_PERSUADE = ("family-elder-refuses", "teller-dissuade")
"""Guides on how to speak with someone who believes the swindler: a relative, a bank's client."""


def manner(verdict: Verdict) -> str:
    """Kinds of words that are said otherwise the second time; '' where once more is right."""
    if verdict.subject == "care" or (verdict.subject or "").startswith(FOLLOWS):
        return verdict.subject or ""
    if verdict.name in ("scam", "suspicious"):
        return "tactic" if verdict.entry else ""
    if verdict.name == "unknown" and verdict.subject == "question":
        return "question"
    guided = verdict.entry or verdict.subject in ("script", "injection", "comfort", None)
    return "ordinary" if verdict.name == "info" and not guided else ""


def compose(
    verdict: Verdict,
    chat: ChatType,
    lexicon: Lexicon,
    again: bool = False,
    pictured: bool = False,
) -> str:
    """The reply for a verdict, within its limit of characters. ``again``: the same kind of words
    came last (``manner``), so that others are taken where there are others. ``pictured``: what is
    quoted stands on a picture; it was not said."""
    place = "group" if chat == "group" else "private"
    if (verdict.subject or "").startswith(FOLLOWS):
        return _follow(verdict, place, lexicon, again)
    if verdict.name == "emergency":
        return _emergency(verdict, place, lexicon)
    if verdict.name in ("scam", "suspicious"):
        return _positive(verdict, place, lexicon, again, pictured)
    if verdict.name == "unknown":
        return _unknown(verdict, place, lexicon, again)
    if verdict.subject == "care" and again and place == "private":
        return lexicon.say("care.again")
    if verdict.subject in ("injection", "care", "comfort"):
        return lexicon.say(f"{verdict.subject}.{place}")
    if verdict.subject == "script":
        script = lexicon.entries[verdict.entry or ""].script
        return script if place == "group" else lexicon.say("script.private", script=script)
    guide = lexicon.guides.get(verdict.entry or "")
    if guide is not None:
        return guide.group if place == "group" else guide.answer
    if verdict.name == "info":
        return _ordinary(verdict, place, lexicon, again)
    return lexicon.say(f"off_topic.{place}")


def _emergency(verdict: Verdict, place: str, lexicon: Lexicon) -> str:
    path = f"emergency.{verdict.stage or 'paying'}.{place}"
    if place == "group":
        return lexicon.say(path)
    quote = next(filter(quotable, verdict.quotes), None)
    saw = lexicon.say("saw.emergency", quote=quote) if quote else ""
    full = lexicon.say(path, saw=saw)
    return full if len(full) <= PRIVATE_LIMIT else lexicon.say(path, saw="")


def _follow(verdict: Verdict, place: str, lexicon: Lexicon, again: bool) -> str:
    """What is said to a line that hangs on the talk before it."""
    what = (verdict.subject or "").removeprefix(FOLLOWS)
    entry = lexicon.entries.get(verdict.entry or "")
    if what == "persuade":
        guide = lexicon.guides.get(_TO_PERSUADE[bool(verdict.category)])
        if guide is not None:
            return guide.group if place == "group" else guide.answer
    if what == "now" and entry is not None:
        return lexicon.say(f"follow.now.{place}", **_slots(entry))
    if what == "more":
        return lexicon.say("ordinary.again")
    if what in ("opened", "guided", "paid", "simpler", "refrained", "asked"):
        return lexicon.say(f"follow.{what}.{place}")
    way = "again" if again and place == "private" else place
    return lexicon.say(f"follow.still.{way}")


def _slots(entry: Entry) -> dict[str, str]:
    return {
        "title": entry.title,
        "why": _whole(entry.why),
        "not_trust": _bare(entry.not_trust),
        "not_disclose": _bare(entry.not_disclose),
        "not_transfer": _bare(entry.not_transfer),
        "report": _whole(entry.report),
    }


def _positive(verdict: Verdict, place: str, lexicon: Lexicon, again: bool, pictured: bool) -> str:
    entry = lexicon.entries.get(verdict.entry or "")
    if entry is None:
        path = "suspicious.group" if place == "group" else "suspicious.private_no_tactic"
        return lexicon.say(path, saw="" if place == "group" else _saw(verdict, lexicon, pictured))
    slots = _slots(entry)
    way = "again" if again and place == "private" else place
    path = f"{verdict.name}.{way}"
    # In a group nobody's words are repeated, whoever wrote them.
    quoted = any(map(quotable, verdict.quotes))
    saw = "" if place == "group" or (again and not quoted) else _saw(verdict, lexicon, pictured)
    full = lexicon.say(path, saw=saw, **slots)
    limit = GROUP_LIMIT if place == "group" else PRIVATE_LIMIT
    return full if len(full) <= limit else lexicon.say(path, saw="", **slots)


def _unknown(verdict: Verdict, place: str, lexicon: Lexicon, again: bool) -> str:
    if verdict.subject == "empty":
        return lexicon.say("kinds.empty")
    if verdict.subject == "pressed":
        return lexicon.say(f"pressed.{place}")
    if verdict.subject == "lookup" and verdict.looks:
        kind, what, name = verdict.looks[0]
        shown = what if place == "private" else lexicon.say("found.hidden")
        found = lexicon.say(f"found.{kind}", what=shown, name=name)
        return lexicon.say(f"unknown.lookup.{place}", found=found)
    if verdict.subject == "choices" and verdict.choices and place == "private":
        titles = _titles(verdict, lexicon)
        if len(titles) == 1:
            return lexicon.say("unknown.choices.single", title=titles[0])
        return lexicon.say("unknown.choices.private", choices=numbered(titles))
    way = "again" if again and place == "private" else place
    return lexicon.say(f"unknown.question.{way}")


def _titles(verdict: Verdict, lexicon: Lexicon) -> list[str]:
    return [
        lexicon.entries[choice].title for choice in verdict.choices if choice in lexicon.entries
    ]


def numbered(lines: list[str]) -> str:
    """Lines with their numbers, to be picked by number."""
    return "\n".join(f"{number} {line}" for number, line in enumerate(lines, 1))


def _ordinary(verdict: Verdict, place: str, lexicon: Lexicon, again: bool) -> str:
    if again and place == "private":
        return lexicon.say("ordinary.again")
    kind, _, subject = (verdict.subject or "").partition(":")
    habit = lexicon.habits.get(subject) or lexicon.say("ordinary.habit")
    if kind == "question" and place == "private":
        return lexicon.say("ordinary.question", habit=habit)
    return lexicon.say(f"ordinary.{place}", habit=habit)


def _saw(verdict: Verdict, lexicon: Lexicon, pictured: bool) -> str:
    quote = next(filter(quotable, verdict.quotes), None)
    if quote:
        return lexicon.say("saw.pictured" if pictured else "saw.quoted", quote=quote)
    told = next((lexicon.signs[sign].tell for sign in verdict.signs if sign in lexicon.signs), None)
    return lexicon.say("saw.told", tell=told) if told else lexicon.say("saw.plain")


def _whole(sentence: str) -> str:
    return sentence if sentence.endswith(("。", "！", "？")) else sentence + "。"


def _bare(line: str) -> str:
    return line.rstrip("。；，")


def finish(reply: str, chat: ChatType) -> str:
    """The last gate before a reply leaves: nothing personal in groups, never an empty line end."""
    text = "\n".join(line.rstrip() for line in reply.strip().splitlines() if line.strip())
    return fit_for_group(text) if chat == "group" else text
