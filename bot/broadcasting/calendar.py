"""When a plan is due: pure functions over schedules, in the station's time zone."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY_NAMES = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


@dataclass(frozen=True, slots=True)
class Weekly:
    """Every week; ``weekday`` 0 is Monday."""

    weekday: int
    at: time

    def __str__(self) -> str:
        return f"每{_WEEKDAY_NAMES[self.weekday]} {self.at:%H:%M}"


@dataclass(frozen=True, slots=True)
class Monthly:
    """Every month; in a month without that ``day`` (1..31) it is due on the month's last."""

    day: int
    at: time

    def __str__(self) -> str:
        return f"每月 {self.day} 日 {self.at:%H:%M}"


@dataclass(frozen=True, slots=True)
class Once:
    """One single time. ``moment`` is local time where it has no zone of its own."""

    moment: datetime

    def __str__(self) -> str:
        return f"{self.moment:%Y-%m-%d %H:%M:%S} 一次"


When = Weekly | Monthly | Once


def last_due(when: When, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The latest due moment that is not after ``now``; None where there was none yet."""
    for moment in _moments(when, now, zone, -1):
        if moment <= now:
            return moment
    return None


def next_due(when: When, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The first due moment after ``now``; None where none will come."""
    for moment in _moments(when, now, zone, 1):
        if moment > now:
            return moment
    return None


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


def _moments(when: When, now: datetime, zone: ZoneInfo, step: int) -> Iterator[datetime]:
    """Due moments from around ``now``, backwards (step -1) or forwards (step 1) in time."""
    if isinstance(when, Once):
        yield when.moment if when.moment.tzinfo else when.moment.replace(tzinfo=zone)
        return
    today = now.astimezone(zone).date()
    if isinstance(when, Weekly):
        nearest = today + timedelta(days=when.weekday - today.weekday())
        for weeks in count(-step, step):
            yield datetime.combine(nearest + timedelta(weeks=weeks), when.at, zone)
    else:
        for months in count(-step, step):
            yield datetime.combine(_day_of_month(today, months, when.day), when.at, zone)


def _day_of_month(today: date, months: int, day: int) -> date:
    years, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return date(years, month + 1, min(day, monthrange(years, month + 1)[1]))
