from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.broadcasting.calendar import Once
from bot.broadcasting.due import Accounted, DueEdition, decide
from bot.broadcasting.model import Plan
from tests.warning_fakes import MONDAY_NINE, plan

SHANGHAI = ZoneInfo("Asia/Shanghai")
LONG_AGO = MONDAY_NINE - timedelta(days=100)
QUIET = (time(21), time(8))


def due(
    now: datetime,
    last: datetime | None = None,
    since: datetime = LONG_AGO,
    of: Plan | None = None,
    quiet: tuple[time, time] | None = QUIET,
) -> tuple[DueEdition, ...]:
    one = of or plan()
    known = {one.id: Accounted(since, last)}
    return decide([one], known, now, timedelta(minutes=120), quiet, SHANGHAI)


def test_a_plan_starts_at_its_moment() -> None:
    assert due(MONDAY_NINE) == (DueEdition(plan(), MONDAY_NINE),)


def test_a_moment_with_an_edition_is_done() -> None:
    assert due(MONDAY_NINE + timedelta(hours=1), last=MONDAY_NINE) == ()


def test_an_edition_by_hand_after_the_moment_counts_for_it() -> None:
    assert due(MONDAY_NINE + timedelta(hours=1), last=MONDAY_NINE + timedelta(minutes=30)) == ()


def test_it_may_be_120_minutes_late_and_no_more() -> None:
    in_time, too_late = (
        due(MONDAY_NINE + timedelta(minutes=120)),
        due(MONDAY_NINE + timedelta(minutes=121)),
    )
    assert in_time[0].expired == ""
    assert "晚了超过 120 分钟" in too_late[0].expired


def test_after_weeks_of_downtime_only_the_latest_moment_counts() -> None:
    found = due(MONDAY_NINE + timedelta(minutes=5), last=MONDAY_NINE - timedelta(days=28))
    assert [one.scheduled_at for one in found] == [MONDAY_NINE]


def test_in_quiet_hours_it_expires_and_says_why() -> None:
    early = (time(21), time(10))
    found = due(MONDAY_NINE, quiet=early)
    assert "安静时段 21:00–10:00" in found[0].expired
    assert due(MONDAY_NINE, quiet=None)[0].expired == ""


def test_a_plan_written_after_its_moment_owes_nothing() -> None:
    wednesday = MONDAY_NINE + timedelta(days=2)
    assert due(wednesday, since=wednesday) == ()
    assert due(wednesday, since=MONDAY_NINE - timedelta(seconds=1))[0].expired != ""


def test_a_single_date_in_the_past_is_told_even_when_new() -> None:
    once = plan(when=Once(datetime.fromisoformat("2026-11-20T09:00")))
    assert due(MONDAY_NINE, since=MONDAY_NINE, of=once)[0].expired != ""
