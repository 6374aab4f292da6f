"""The week as people see it."""

from __future__ import annotations

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from bot.broadcasting.calendar import Monthly, Weekly
from bot.broadcasting.week import Day, bounds, shown_state, week
from bot.store.api import EditionRow
from bot.workdays import monday_to_friday
from tests.warning_fakes import MONDAY_NINE, book, group, plan

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 11, 23)


def edition(**fields: object) -> EditionRow:
    known: dict[str, object] = {
        "id": "weekly-1",
        "plan": "weekly",
        "title": "每周预警",
        "author": "zhang",
        "scheduled_at": MONDAY_NINE,
        "created_at": MONDAY_NINE,
        "state": "approved",
        "approval_required": True,
        "category": None,
        "code": None,
        "hash": "h",
    }
    return EditionRow(**(known | fields))  # type: ignore[arg-type]


def test_a_plans_moments_are_shown_until_they_are_frozen() -> None:
    plans = (plan(), plan("monthly", when=Monthly(27, time(10))))
    the_book = book(group("a"), group("b"), plans=plans)
    now = MONDAY_NINE - timedelta(hours=1)
    days = week(
        MONDAY, [], {}, the_book, lambda plan, at: plan.id == "monthly", now, ZONE, monday_to_friday
    )
    found = [
        (day.day.day, entry.plan, entry.state, entry.groups)
        for day in days
        for entry in day.entries
    ]
    assert found == [(23, "weekly", "planned", 2)]


def test_what_is_past_is_not_to_come() -> None:
    the_book = book(group("a"), plans=(plan(),))
    days = week(
        MONDAY, [], {}, the_book, lambda *_: False, MONDAY_NINE + timedelta(hours=1), ZONE,
        monday_to_friday,
    )  # fmt: skip
    assert not any(day.entries for day in days)


def test_a_moment_that_a_holiday_moves_stands_on_the_day_it_moves_to() -> None:
    the_book = book(group("a"), plans=(plan(when=Weekly(5, time(9), "next_workday")),))
    days = week(
        MONDAY + timedelta(days=7), [], {}, the_book, lambda *_: False, MONDAY_NINE, ZONE,
        monday_to_friday,
    )  # fmt: skip
    assert [day.day.day for day in days if day.entries] == [30]


def test_days_off_and_days_made_up_for_are_marked() -> None:
    assert Day(MONDAY, False, ()).mark == "休"
    assert Day(MONDAY, True, ()).mark == ""
    assert Day(MONDAY + timedelta(days=5), True, ()).mark == "班"


def test_an_edition_is_told_as_going_out_only_once_its_time_has_come() -> None:
    row = edition()
    before, after = MONDAY_NINE - timedelta(hours=1), MONDAY_NINE + timedelta(seconds=1)
    assert shown_state(row, {"queued": 2}, before) == "approved"
    assert shown_state(row, {"queued": 1, "sent": 1}, after) == "sending"
    assert shown_state(row, {"sent": 2}, after) == "done"
    assert shown_state(row, {"sent": 1, "unknown": 1}, after) == "attend"
    assert shown_state(row, {"sent": 1, "awaiting_person": 1}, after) == "attend"
    assert shown_state(row, {"queued": 1, "unknown": 1}, after) == "sending"
    assert shown_state(edition(state="cancelled"), {"queued": 1}, after) == "cancelled"


def test_a_week_begins_and_ends_at_midnight_of_the_stations_zone() -> None:
    begin, end = bounds(MONDAY, ZONE)
    assert (begin.isoformat(), end - begin) == ("2026-11-23T00:00:00+08:00", timedelta(days=7))
