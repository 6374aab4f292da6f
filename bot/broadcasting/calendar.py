"""When a plan is due: pure functions over schedules, in the station's time zone."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count, islice
from typing import Literal
from zoneinfo import ZoneInfo

from bot.workdays import Workday, monday_to_friday

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY_NAMES = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_MOST_MOMENTS = 130
"""How many weeks or months are looked through: a Saturday that is worked comes within a year."""

OnHoliday = Literal["same", "next_workday", "skip"]
"""What happens where the day is no working day: nothing, it moves, or it falls out."""

ON_HOLIDAY: Mapping[str, str] = {
    "same": "",
    "next_workday": "，休息日顺延到下一个工作日",
    "skip": "，休息日不发",
}


@dataclass(frozen=True, slots=True)
class Weekly:
    """Every week; ``weekday`` 0 is Monday."""

    weekday: int
    at: time
    on_holiday: OnHoliday = "same"

    def __str__(self) -> str:
        day = _WEEKDAY_NAMES[self.weekday]
        return f"每{day} {self.at:%H:%M}{ON_HOLIDAY[self.on_holiday]}"


@dataclass(frozen=True, slots=True)
class Monthly:
    """Every month; in a month without that ``day`` (1..31) it is due on the month's last."""

    day: int
    at: time
    on_holiday: OnHoliday = "same"

    def __str__(self) -> str:
        return f"每月 {self.day} 日 {self.at:%H:%M}{ON_HOLIDAY[self.on_holiday]}"


@dataclass(frozen=True, slots=True)
class Once:
    """One single time. ``moment`` is local time where it has no zone of its own."""

    moment: datetime

    def __str__(self) -> str:
        return f"{self.moment:%Y-%m-%d %H:%M:%S%z} 一次"


When = Weekly | Monthly | Once


def last_due(
    when: When, now: datetime, zone: ZoneInfo, workday: Workday = monday_to_friday
) -> datetime | None:
    """The latest due moment that is not after ``now``; None where there was none yet."""
    for moment in _moments(when, now, zone, -1, workday):
        if moment <= now:
            return moment
    return None


def next_due(
    when: When, now: datetime, zone: ZoneInfo, workday: Workday = monday_to_friday
) -> datetime | None:
    """The first due moment after ``now``; None where none will come."""
    for moment in _moments(when, now, zone, 1, workday):
        if moment > now:
            return moment
    return None


def is_due_moment(
    when: When, moment: datetime, zone: ZoneInfo, workday: Workday = monday_to_friday
) -> bool:
    """Whether the schedule names this very second."""
    end_of_second = moment.replace(microsecond=999_999)
    last = last_due(when, end_of_second, zone, workday)
    return last is not None and last.replace(microsecond=0) == moment.replace(microsecond=0)


def next_workday(day: date, workday: Workday) -> date:
    """The day itself where it is a working day, else the first one after it."""
    while not workday(day):
        day += timedelta(days=1)
    return day


def in_hours(moment: datetime, hours: tuple[time, time], zone: ZoneInfo) -> bool:
    """Whether a moment lies in daily hours such as 21:00 to 08:00; equal ends mean never."""
    start, end = hours
    local = moment.astimezone(zone).time()
    if start <= end:
        return start <= local < end
    return local >= start or local < end


def end_of_hours(moment: datetime, hours: tuple[time, time], zone: ZoneInfo) -> datetime:
    """When the daily hours that hold ``moment`` end."""
    local = moment.astimezone(zone)
    day = local.date() + timedelta(days=1 if local.time() >= hours[1] else 0)
    return datetime.combine(day, hours[1], zone)


def _moments(
    when: When, now: datetime, zone: ZoneInfo, step: int, workday: Workday
) -> Iterator[datetime]:
    """Due moments from around ``now``, backwards (step -1) or forwards (step 1) in time."""
    if isinstance(when, Once):
        yield when.moment if when.moment.tzinfo else when.moment.replace(tzinfo=zone)
        return
    today = now.astimezone(zone).date()
    # Two steps back: a day that a long holiday moves may come to lie on the other side of now.
    for number in islice(count(-2 * step, step), _MOST_MOMENTS):
        if isinstance(when, Weekly):
            nearest = today + timedelta(days=when.weekday - today.weekday())
            day = nearest + timedelta(weeks=number)
        else:
            day = _day_of_month(today, number, when.day)
        if when.on_holiday != "same" and not workday(day):
            if when.on_holiday == "skip":
                continue
            day = next_workday(day, workday)
        yield datetime.combine(day, when.at, zone)


def _day_of_month(today: date, months: int, day: int) -> date:
    years, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return date(years, month + 1, min(day, monthrange(years, month + 1)[1]))
