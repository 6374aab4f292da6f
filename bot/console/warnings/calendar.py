"""The week: what went out, what waits for somebody, what is to come; and the plans."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask import Blueprint, render_template, request

from bot.broadcasting.calendar import next_due
from bot.broadcasting.edition import edition_id
from bot.broadcasting.model import Plan
from bot.broadcasting.week import bounds, week
from bot.broadcasting.words import STATE_WORDS
from bot.console.guard import needs
from bot.console.services import ConsoleServices
from bot.console.spoken import spoken_days
from bot.console.views import day_of
from bot.console.warnings.shared import STATE_TAGS, desk

MOST_NAMED = 10
"""Editions named above the week because something about them is unknown, the latest."""

_FIRST_YEAR, _LAST_YEAR = 2000, 2099


def add(pages: Blueprint, services: ConsoleServices) -> None:
    """``/console/warnings/?week=2026-11-23``"""

    @pages.get("/")
    @needs("warnings.see")
    def index() -> str:
        flow, now, zone = services.warnings(), services.clock.now(), services.config.timezone
        today = now.astimezone(zone).date()
        monday = _monday(request.args.get("week", ""), today)
        begin, end = bounds(monday, zone)
        at = desk(services)

        def frozen(plan: Plan, moment: datetime) -> bool:
            known = services.store.editions.get(edition_id(plan.id, moment, zone))
            return known is not None or at.anticipated(plan, now)

        done = {plan.id for plan in flow.book.plans.values() if at.anticipated(plan, now)}
        plans = [
            (
                plan,
                None if plan.id in done else next_due(plan.when, now, zone, flow.workday),
                len(flow.book.selected(plan)),
            )
            for plan in flow.book.plans.values()
        ]
        return render_template(
            "console/warnings_week.html",
            days=week(
                monday,
                services.store.editions.between(begin, end),
                services.store.deliveries.tally(begin, end),
                flow.book,
                frozen,
                now,
                zone,
                flow.workday,
            ),
            today=today,
            days_in_words=spoken_days(monday, monday + timedelta(days=6), today),
            this_week=monday <= today < monday + timedelta(weeks=1),
            before=monday - timedelta(weeks=1),
            after=monday + timedelta(weeks=1),
            plans=sorted(plans, key=lambda one: (one[1] is None, one[1] or now)),
            waiting=services.store.editions.in_state("awaiting_approval"),
            unknown=[
                (edition, count)
                for name, count in services.store.deliveries.unknown_in().items()
                if (edition := services.store.editions.get(name)) is not None
            ][-MOST_NAMED:],
            problems=services.book.problems,
            words={**STATE_WORDS, "planned": "未定稿"},
            tags=STATE_TAGS,
        )


def _monday(raw: str, today: date) -> date:
    day = day_of(raw)
    if day is None or not _FIRST_YEAR < day.year < _LAST_YEAR:
        day = today
    return day - timedelta(days=day.weekday())
