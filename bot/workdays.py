"""Working days of mainland China, with the days off that are moved and made up for (调休)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date

Workday = Callable[[date], bool]
"""Whether people work on that day."""

_log = logging.getLogger("bot.workdays")


def monday_to_friday(day: date) -> bool:
    """The week as it is where no holiday is known."""
    return day.weekday() < 5


class ChineseWorkdays:
    """The State Council's calendar as ``chinesecalendar`` knows it.

    It is published in November for the next year; a year the package does not know goes by Monday
    to Friday, with one log line.
    """

    def __init__(self) -> None:
        self._unknown: set[int] = set()

    def __call__(self, day: date) -> bool:
        import chinese_calendar

        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:
            if day.year not in self._unknown:
                self._unknown.add(day.year)
                _log.warning(
                    "还不知道 %d 年怎么放假，先按周一到周五算；放假安排公布后请升级 chinesecalendar",
                    day.year,
                )
            return monday_to_friday(day)
