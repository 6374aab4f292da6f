from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from bot.broadcasting.calendar import (
    Monthly,
    Once,
    Weekly,
    When,
    end_of_hours,
    in_hours,
    is_due_moment,
    last_due,
    next_due,
)
from bot.workdays import ChineseWorkdays

SHANGHAI = ZoneInfo("Asia/Shanghai")
NINE = time(9)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


MONDAYS = Weekly(0, time(9))
LAST_DAYS = Monthly(31, time(9))
ONE_DAY = Once(datetime.fromisoformat("2026-12-01T09:00"))


@pytest.mark.parametrize(
    ("when", "now", "last", "following"),
    [
        (MONDAYS, "2026-11-23T08:59", "2026-11-16T09:00", "2026-11-23T09:00"),
        (MONDAYS, "2026-11-23T09:00", "2026-11-23T09:00", "2026-11-30T09:00"),
        (MONDAYS, "2026-11-29T23:59", "2026-11-23T09:00", "2026-11-30T09:00"),
        (Weekly(6, time(9)), "2026-11-23T09:00", "2026-11-22T09:00", "2026-11-29T09:00"),
        (MONDAYS, "2027-01-01T00:00", "2026-12-28T09:00", "2027-01-04T09:00"),
        (Monthly(1, time(17, 30)), "2026-12-01T17:29", "2026-11-01T17:30", "2026-12-01T17:30"),
        (Monthly(1, time(17, 30)), "2026-12-31T00:00", "2026-12-01T17:30", "2027-01-01T17:30"),
        (LAST_DAYS, "2026-11-30T09:00", "2026-11-30T09:00", "2026-12-31T09:00"),
        (LAST_DAYS, "2027-03-01T00:00", "2027-02-28T09:00", "2027-03-31T09:00"),
        (ONE_DAY, "2026-12-01T08:59", None, "2026-12-01T09:00"),
        (ONE_DAY, "2026-12-01T09:00", "2026-12-01T09:00", None),
    ],
)
def test_last_and_next_moments(
    when: When, now: str, last: str | None, following: str | None
) -> None:
    assert last_due(when, local(now), SHANGHAI) == (local(last) if last else None)
    assert next_due(when, local(now), SHANGHAI) == (local(following) if following else None)


@pytest.mark.parametrize(
    ("hours", "moment", "inside", "end"),
    [
        (("21:00", "08:00"), "2026-11-23T21:00", True, "2026-11-24T08:00"),
        (("21:00", "08:00"), "2026-11-23T07:59", True, "2026-11-23T08:00"),
        (("21:00", "08:00"), "2026-11-23T08:00", False, None),
        (("21:00", "08:00"), "2026-11-23T20:59", False, None),
        (("12:00", "14:00"), "2026-11-23T12:30", True, "2026-11-23T14:00"),
        (("12:00", "14:00"), "2026-11-23T14:00", False, None),
        (("00:00", "00:00"), "2026-11-23T00:00", False, None),
    ],
)
def test_daily_hours(hours: tuple[str, str], moment: str, inside: bool, end: str | None) -> None:
    pair = (time.fromisoformat(hours[0]), time.fromisoformat(hours[1]))
    assert in_hours(local(moment), pair, SHANGHAI) is inside
    if end is not None:
        assert end_of_hours(local(moment), pair, SHANGHAI) == local(end)


@pytest.mark.parametrize(
    ("when", "now", "last", "following"),
    [
        # National Day 2026: off from 10-01 to 10-07; the Saturday 10-10 is worked.
        (Weekly(0, NINE), "2026-10-01T12:00", "2026-09-28T09:00", "2026-10-05T09:00"),
        (Weekly(0, NINE, "skip"), "2026-10-01T12:00", "2026-09-28T09:00", "2026-10-12T09:00"),
        (Weekly(0, NINE, "skip"), "2026-10-06T12:00", "2026-09-28T09:00", "2026-10-12T09:00"),
        (Weekly(0, NINE, "next_workday"), "2026-10-06T12:00", "2026-09-28T09:00", "2026-10-08T09:00"),
        (Weekly(0, NINE, "next_workday"), "2026-10-08T09:00", "2026-10-08T09:00", "2026-10-12T09:00"),
        (Weekly(5, NINE, "skip"), "2026-09-30T12:00", "2026-05-09T09:00", "2026-10-10T09:00"),
        (Weekly(5, NINE, "next_workday"), "2026-11-20T12:00", "2026-11-16T09:00", "2026-11-23T09:00"),
        (Monthly(1, NINE, "next_workday"), "2026-10-02T00:00", "2026-09-01T09:00", "2026-10-08T09:00"),
        (Monthly(1, NINE, "skip"), "2026-10-02T00:00", "2026-09-01T09:00", "2026-12-01T09:00"),
    ],
)  # fmt: skip
def test_on_a_holiday_a_moment_moves_falls_out_or_stays(
    when: When, now: str, last: str, following: str
) -> None:
    workday = ChineseWorkdays()
    assert last_due(when, local(now), SHANGHAI, workday) == local(last)
    assert next_due(when, local(now), SHANGHAI, workday) == local(following)


def test_a_schedule_that_never_meets_a_working_day_ends() -> None:
    assert next_due(Weekly(6, NINE, "skip"), local("2026-11-23T09:00"), SHANGHAI) is None


def test_a_schedule_names_its_moments_to_the_second() -> None:
    assert is_due_moment(MONDAYS, local("2026-11-23T09:00"), SHANGHAI)
    assert not is_due_moment(MONDAYS, local("2026-11-23T09:01"), SHANGHAI)
    assert not is_due_moment(MONDAYS, local("2026-11-24T09:00"), SHANGHAI)
    assert is_due_moment(ONE_DAY, local("2026-12-01T09:00"), SHANGHAI)


def test_what_happens_on_holidays_is_told_with_the_schedule() -> None:
    assert str(Weekly(0, NINE)) == "每周一 09:00"
    assert str(Weekly(0, NINE, "skip")) == "每周一 09:00，休息日不发"
    assert "顺延" in str(Monthly(1, NINE, "next_workday"))
