"""The first page: what needs a person now, this week's figures, what goes out next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template

from bot.accounts.roles import Permission
from bot.broadcasting.calendar import next_due
from bot.broadcasting.desk import Desk
from bot.broadcasting.edition import edition_id
from bot.broadcasting.model import Book, LibraryText
from bot.broadcasting.words import STATE_WORDS
from bot.console.guard import needs, person
from bot.console.page import NavItem, Page
from bot.console.services import ConsoleServices
from bot.console.warnings.shared import STATE_TAGS, desk
from bot.console.words import VERDICT_WORDS
from bot.kb.model import Knowledge
from bot.store.api import Store
from bot.types import POSITIVE
from bot.workdays import Workday

_NEXT = 5
_AHEAD = timedelta(days=62)
"""How far ahead editions are frozen at most: somebody may have postponed one for weeks."""


@dataclass(frozen=True, slots=True)
class Tile:
    """Something that waits. Shown to those with the permission; it is done at ``endpoint``, with
    ``at`` in its address."""

    label: str
    count: int
    hint: str
    permission: Permission
    endpoint: str
    at: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Coming:
    """A warning and its moment: ``edition`` where it is frozen, else ``plan``, else ''.

    ``state`` is a key of ``words.STATE_WORDS``, '' for what is not frozen yet."""

    title: str
    at: datetime
    groups: int
    state: str = ""
    edition: str = ""
    plan: str = ""


def routes(services: ConsoleServices) -> Blueprint:
    """``/console/``"""
    pages = Blueprint("today", __name__)

    @pages.get("/")
    @needs("today.see")
    def index() -> str:
        now, zone = services.clock.now(), services.config.timezone
        knowledge = services.live.current().judge.knowledge
        library = services.book.current().library.values()
        waiting = tiles(services.store, knowledge, library, now.astimezone(zone).date())
        tally = services.store.answers.tally(week_start(now, zone))
        return render_template(
            "console/today.html",
            tiles=[tile for tile in waiting if person().may(tile.permission)],
            problems=services.problems() if person().may("settings.see") else (),
            week=[(VERDICT_WORDS[name], tally[name]) for name in VERDICT_WORDS if name in tally],
            answered=sum(tally.values()),
            warned=sum(count for name, count in tally.items() if name in POSITIVE),
            coming=coming(
                services.store,
                services.book.current(),
                desk(services),
                now,
                zone,
                services.warnings().workday,
            ),
            words=STATE_WORDS,
            tags=STATE_TAGS,
        )

    return pages


PAGE = Page(routes, (NavItem("今日", "console.today.index", "today.see"),))


def tiles(
    store: Store, knowledge: Knowledge, library: Iterable[LibraryText], today: date
) -> tuple[Tile, ...]:
    """What waits for a person, as it is now."""
    waiting = store.deliveries.waiting()
    unknown = sum(count for (state, _), count in waiting.items() if state == "unknown")
    handed = sum(count for (state, _), count in waiting.items() if state == "awaiting_person")
    confirms = waiting.get(("awaiting_person", "wecom_external"), 0)
    approvals = store.editions.in_state("awaiting_approval")
    unknown_in = tuple(store.deliveries.unknown_in()) if unknown else ()
    questions = store.unanswered.count()
    entries, guides = knowledge.entries, knowledge.guides
    review_days = [e.review_by for e in entries] + [g.review_by for g in guides]
    stale = sum(today > day for day in review_days)
    old = sum(text.review_by is not None and today > text.review_by for text in library)
    week, tasks = "console.warnings.index", "console.tasks.index"
    inbox, review = "console.inbox.index", "console.knowledge.stale"
    texts = "console.warnings.texts"
    # A single one is opened at once, several are listed above the week.
    approve, approve_at = week, {}
    if len(approvals) == 1 and approvals[0].approval_required:
        approve, approve_at = "console.warnings.approval", {"name": approvals[0].id}
    resolve, resolve_at = week, {}
    if len(unknown_in) == 1:
        resolve = "console.warnings.board"
        resolve_at = {"name": unknown_in[0], "state": "unknown"}
    return (
        Tile(
            "等审批的预警",
            len(approvals),
            "作者以外的人看过才能发",
            "warnings.see",
            approve,
            approve_at,
        ),
        Tile(
            "不知道发到没有", unknown, "到群里看一眼，回来登记", "warnings.see", resolve, resolve_at
        ),
        Tile("等人转发或播放", handed - confirms, "复制到群里，或用喇叭播", "warnings.see", tasks),
        Tile("企业群发等群主点", confirms, "群主在手机上点一下才发", "warnings.see", tasks),
        Tile("没答上来的问题", questions, "归到已有词条，或写成新词条", "inbox.see", inbox),
        Tile("该复核的词条", stale, "看看还对不对，机器人还照它答", "knowledge.see", review),
        Tile("该复核的预警文字", old, "看看还对不对，照样会发出去", "warnings.see", texts),
    )


def week_start(now: datetime, zone: ZoneInfo) -> datetime:
    """Monday's midnight of this week."""
    today = now.astimezone(zone).date()
    return datetime.combine(today - timedelta(days=today.weekday()), time(), zone)


def coming(
    store: Store, book: Book, at_desk: Desk, now: datetime, zone: ZoneInfo, workday: Workday
) -> tuple[Coming, ...]:
    """What goes out next, the soonest first: what is frozen, and of each other plan its next."""
    until = now + _AHEAD
    counted = store.deliveries.tally(now, until)
    frozen = [
        one
        for one in store.editions.between(now, until)
        if one.state in ("awaiting_approval", "approved") and counted.get(one.id, {}).get("queued")
    ]
    found = [
        Coming(one.title, one.scheduled_at, sum(counted[one.id].values()), one.state, one.id)
        for one in frozen
    ]
    ahead = {one.plan for one in frozen}
    for plan in book.plans.values():
        at = next_due(plan.when, now, zone, workday)
        if at_desk.anticipated(plan, now):
            continue
        while at is not None and store.editions.get(edition_id(plan.id, at, zone)) is not None:
            at = next_due(plan.when, at, zone, workday)
        if at is not None and plan.id not in ahead:
            found.append(Coming(plan.title, at, len(book.selected(plan)), plan=plan.id))
    return tuple(sorted(found, key=lambda one: one.at)[:_NEXT])
