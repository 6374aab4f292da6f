from __future__ import annotations

from datetime import date

import pytest

from bot.workdays import ChineseWorkdays, monday_to_friday


def test_holidays_and_the_days_that_make_up_for_them_are_known() -> None:
    workday = ChineseWorkdays()
    assert not workday(date(2026, 10, 5)), "a Monday in the National Day holiday"
    assert workday(date(2026, 10, 10)), "the Saturday that makes up for it"
    assert workday(date(2026, 11, 23))
    assert not workday(date(2026, 11, 22))


def test_an_unknown_year_goes_by_the_week_and_says_so_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    workday = ChineseWorkdays()
    days = [date(2091, 5, day) for day in range(1, 15)]
    assert [workday(day) for day in days] == [monday_to_friday(day) for day in days]
    assert caplog.text.count("2091") == 1
    assert "升级 chinesecalendar" in caplog.text
