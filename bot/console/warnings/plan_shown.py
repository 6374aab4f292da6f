"""A plan's form and how its next edition would look, for the templates that show both."""

from __future__ import annotations

from bot.broadcasting.calendar import next_due
from bot.broadcasting.desk import Desk
from bot.broadcasting.model import AUDIENCE_WORDS
from bot.broadcasting.preview import preview
from bot.broadcasting.words import CHANNEL_WORDS, STATE_WORDS
from bot.console.services import ConsoleServices
from bot.console.warnings.form_problems import by_part
from bot.console.warnings.plan_desk import PlanDesk
from bot.console.warnings.plan_faults import not_filled_in
from bot.console.warnings.plan_form import PlanForm
from bot.kb.model import CATEGORIES

_LABELS = {
    "kinds": "群的类型",
    "ids": "单个的群",
    "audience": "群里有谁",
    "title": "标题",
    "body": "正文",
    "led": "屏幕上的字",
    "spoken": "喇叭里念的话",
}
"""What the file's fields are called on the page."""


def plan_shown(
    services: ConsoleServices, desk: PlanDesk, person: str, form: PlanForm
) -> dict[str, object]:
    """``problems`` by part of the form; ``found`` is the preview, None where there is none yet."""
    plan, problems = desk.read(form, services.book.current())
    text = by_part(desk.draft(form), problems, _LABELS) | not_filled_in(form) if problems else {}
    if plan is None or "groups" in text or "content" in text:
        return {"plan": plan, "problems": text, "found": None}
    flow, now = desk.beside(plan), services.clock.now()
    return {
        "plan": plan,
        "problems": text,
        "found": preview(plan, flow, Desk(flow, person), now),
        "next": next_due(plan.when, now, services.config.timezone, flow.workday)
        if "when" not in text
        else None,
        "channels": CHANNEL_WORDS,
        "audiences": AUDIENCE_WORDS,
        "categories": CATEGORIES,
        "states": STATE_WORDS,
    }
