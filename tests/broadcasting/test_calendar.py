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
    last_due,
    next_due,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")


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
