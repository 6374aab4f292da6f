"""Moments and schedules as people say them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from bot.broadcasting.calendar import Once, Weekly
from bot.console.spoken import schedule, spoken_days, spoken_time

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=ZONE)


def test_a_moment_is_told_in_the_stations_time_with_its_weekday() -> None:
    late = datetime(2026, 11, 25, 16, 30, tzinfo=UTC)
    assert spoken_time(late, ZONE, NOW) == "11 月 26 日 周四 00:30"
    assert spoken_time(None, ZONE, NOW) == ""


def test_another_year_is_told_with_it() -> None:
    new_year = datetime(2027, 1, 1, 9, 0, tzinfo=ZONE)
    assert spoken_time(new_year, ZONE, NOW) == "2027 年 1 月 1 日 周五 09:00"


def test_a_stretch_of_days_is_short() -> None:
    today = NOW.date()
    assert spoken_days(date(2026, 11, 23), date(2026, 11, 29), today) == "11 月 23–29 日"
    assert spoken_days(date(2026, 11, 30), date(2026, 12, 6), today) == "11 月 30 日–12 月 6 日"
    assert spoken_days(date(2027, 1, 4), date(2027, 1, 10), today) == "2027 年 1 月 4–10 日"


def test_a_schedule_is_told_without_seconds_and_signs() -> None:
    once = Once(datetime(2026, 12, 1, 9, 0))  # noqa: DTZ001  # local time, as plans have it
    assert schedule(once, ZONE, NOW) == "12 月 1 日 周二 09:00，只发一次"
    aware = Once(datetime(2026, 12, 1, 9, 0, tzinfo=UTC))
    assert schedule(aware, ZONE, NOW) == "12 月 1 日 周二 17:00，只发一次"
    assert schedule(Weekly(0, time(9)), ZONE, NOW) == "每周一 09:00"
