"""The first page: what needs a person now, this week's figures, what goes out next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template

from bot.accounts.roles import Permission
from bot.broadcasting.calendar import next_due
from bot.broadcasting.model import Book
from bot.console.guard import needs, person
from bot.console.page import NavItem, Page
from bot.console.services import ConsoleServices
from bot.console.words import VERDICT_WORDS
from bot.store.api import Store
from bot.types import POSITIVE

_BY_HAND = frozenset({"paste", "loudspeaker"})
_NEXT = 5


@dataclass(frozen=True, slots=True)
class Tile:
    """Something that waits. Shown to those with the permission; ``endpoint`` is where it is done."""

    label: str
    count: int
    hint: str
    permission: Permission
    endpoint: str = ""


@dataclass(frozen=True, slots=True)
class Coming:
    """A plan and the moment it goes out next."""

    title: str
    at: datetime
    groups: int


def routes(services: ConsoleServices) -> Blueprint:
    """``/console/``"""
    pages = Blueprint("today", __name__)

    @pages.get("/")
    @needs("today.see")
    def index() -> str:
        now, zone = services.clock.now(), services.config.timezone
        tally = services.store.answers.tally(week_start(now, zone))
        return render_template(
            "console/today.html",
            tiles=[tile for tile in tiles(services.store) if person().may(tile.permission)],
            problems=services.problems() if person().may("settings.see") else (),
            week=[(VERDICT_WORDS[name], tally[name]) for name in VERDICT_WORDS if name in tally],
            answered=sum(tally.values()),
            warned=sum(count for name, count in tally.items() if name in POSITIVE),
            coming=coming(services.book.current(), now, zone),
        )

    return pages


PAGE = Page(routes, (NavItem("今日", "console.today.index", "today.see"),))


def tiles(store: Store) -> tuple[Tile, ...]:
    """What waits for a person, from the store as it is now."""
    waiting = store.deliveries.waiting()
    unknown = sum(count for (state, _), count in waiting.items() if state == "unknown")
    by_hand = sum(waiting.get(("awaiting_person", channel), 0) for channel in _BY_HAND)
    others = sum(count for (state, _), count in waiting.items() if state == "awaiting_person")
    approvals = len(store.editions.in_state("awaiting_approval"))
    return (
        Tile("待审批的预警", approvals, "作者以外的人看过才能发", "warnings.see"),
        Tile("结果不明的发送", unknown, "到群里看一眼，登记到没到", "warnings.see"),
        Tile("等人转发或播放", by_hand, "复制粘贴到群里，或用喇叭播", "warnings.see"),
        Tile("等群主点确认", others - by_hand, "企业群发要群主在手机上点一下", "warnings.see"),
        Tile(
            "没答上来的问题",
            store.unanswered.count(),
            "归到已有条目，或写成新条目",
            "inbox.see",
            "console.inbox.index",
        ),
    )


def week_start(now: datetime, zone: ZoneInfo) -> datetime:
    """Monday's midnight of this week."""
    today = now.astimezone(zone).date()
    return datetime.combine(today - timedelta(days=today.weekday()), time(), zone)


def coming(book: Book, now: datetime, zone: ZoneInfo) -> tuple[Coming, ...]:
    """The plans that go out next, the soonest first."""
    found = [
        Coming(plan.title, at, len(book.selected(plan)))
        for plan in book.plans.values()
        if (at := next_due(plan.when, now, zone)) is not None
    ]
    return tuple(sorted(found, key=lambda one: one.at)[:_NEXT])
