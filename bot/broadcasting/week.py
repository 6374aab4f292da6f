"""A week of warnings: what went out, what waits, what will come. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.broadcasting.calendar import next_due
from bot.broadcasting.ledger import OPEN
from bot.broadcasting.model import Book, Plan
from bot.store.api import EditionRow
from bot.types import DeliveryState
from bot.workdays import Workday

BY_PERSON: tuple[DeliveryState, ...] = ("unknown", "awaiting_person")
"""What only a person brings to an end."""

_MOST_COMING = 8
"""How often a plan can come in one week, with some to spare."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An edition, or a plan's moment for which nothing is frozen yet (``edition`` '').

    ``state`` is a key of ``words.STATE_WORDS``, or ``planned``.
    """

    at: datetime
    plan: str
    title: str
    state: str
    edition: str = ""
    groups: int = 0
    counts: Mapping[DeliveryState, int] | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """One day with its entries in order. ``working`` is whether people work on it."""

    day: date
    working: bool
    entries: tuple[Entry, ...]

    @property
    def mark(self) -> str:
        """休 for a weekday off, 班 for a weekend that is worked, '' for a day as usual."""
        usual = self.day.weekday() < 5
        if usual == self.working:
            return ""
        return "休" if usual else "班"


def bounds(monday: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """A week's first midnight and the one it ends with."""
    return (
        datetime.combine(monday, time(), zone),
        datetime.combine(monday + timedelta(days=7), time(), zone),
    )


def shown_state(edition: EditionRow, counts: Mapping[DeliveryState, int], now: datetime) -> str:
    """The state people are told: ``approved`` before its time, ``sending`` while the machine has
    something to do, then ``attend`` while a person has, then ``done``; else the edition's own."""
    if edition.state != "approved":
        return edition.state
    if not any(counts.get(state, 0) for state in OPEN):
        return "attend" if any(counts.get(state, 0) for state in BY_PERSON) else "done"
    return "approved" if edition.scheduled_at > now else "sending"


def week(
    monday: date,
    editions: Iterable[EditionRow],
    counted: Mapping[str, Mapping[DeliveryState, int]],
    book: Book,
    frozen: Callable[[Plan, datetime], bool],
    now: datetime,
    zone: ZoneInfo,
    workday: Workday,
) -> tuple[Day, ...]:
    """Seven days. ``frozen`` tells whether a plan's moment has an edition, wherever it went."""
    entries = [_entry(edition, counted.get(edition.id, {}), now) for edition in editions]
    begin, end = bounds(monday, zone)
    for plan in book.plans.values():
        for moment in _moments(plan, max(begin, now), end, zone, workday):
            if not frozen(plan, moment):
                entries.append(_coming(plan, moment, book))
    by_day: dict[date, list[Entry]] = {}
    for entry in sorted(entries, key=lambda one: (one.at, one.title)):
        by_day.setdefault(entry.at.astimezone(zone).date(), []).append(entry)
    days = (monday + timedelta(days=number) for number in range(7))
    return tuple(Day(day, workday(day), tuple(by_day.get(day, ()))) for day in days)


def _entry(edition: EditionRow, counts: Mapping[DeliveryState, int], now: datetime) -> Entry:
    return Entry(
        edition.scheduled_at,
        edition.plan,
        edition.title,
        shown_state(edition, counts, now),
        edition.id,
        sum(counts.values()),
        counts,
    )


def _coming(plan: Plan, moment: datetime, book: Book) -> Entry:
    return Entry(moment, plan.id, plan.title, "planned", groups=len(book.selected(plan)))


def _moments(
    plan: Plan, since: datetime, until: datetime, zone: ZoneInfo, workday: Workday
) -> Iterator[datetime]:
    """The plan's moments from ``since`` on and before ``until``."""
    moment = next_due(plan.when, since - timedelta(microseconds=1), zone, workday)
    for _ in range(_MOST_COMING):
        if moment is None or moment >= until:
            return
        yield moment
        moment = next_due(plan.when, moment, zone, workday)
