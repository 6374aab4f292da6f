"""Moments and schedules as people say them. Pure."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.broadcasting.calendar import Once, When

WEEKDAYS = "一二三四五六日"


def spoken_time(moment: datetime | None, zone: ZoneInfo, now: datetime) -> str:
    """Month, day, day of the week and time, the year where it is another one; '' for none."""
    if moment is None:
        return ""
    local = moment.astimezone(zone)
    day = f"{local.month} 月 {local.day} 日 周{WEEKDAYS[local.weekday()]} {local:%H:%M}"
    return day if local.year == now.astimezone(zone).year else f"{local.year} 年 {day}"


def spoken_days(first: date, last: date, today: date) -> str:
    """A stretch of days, short enough for a heading on a phone."""
    begin = f"{first.month} 月 {first.day}"
    if first.month == last.month:
        days = f"{begin}–{last.day} 日"
    else:
        days = f"{begin} 日–{last.month} 月 {last.day} 日"
    return days if first.year == today.year else f"{first.year} 年 {days}"


def schedule(when: When, zone: ZoneInfo, now: datetime) -> str:
    """When a plan goes out. ``str(when)`` is no text for people: editions are told apart by it."""
    if not isinstance(when, Once):
        return str(when)
    moment = when.moment if when.moment.tzinfo else when.moment.replace(tzinfo=zone)
    return f"{spoken_time(moment, zone, now)}，只发一次"
