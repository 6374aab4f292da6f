from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.broadcasting.ahead import freeze_from
from bot.workdays import ChineseWorkdays

SHANGHAI = ZoneInfo("Asia/Shanghai")
TWO_DAYS = timedelta(hours=48)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("due", "ahead", "frozen", "why"),
    [
        ("2026-11-26T08:30", 48, "2026-11-24T08:30", "two days, with a working day in them"),
        ("2026-11-23T09:00", 48, "2026-11-20T09:00", "a Monday is offered from Friday morning on"),
        ("2026-11-24T09:00", 48, "2026-11-22T09:00", "Monday is its working day"),
        ("2026-11-26T08:30", 1, "2026-11-25T09:00", "the working day counts more than the hours"),
        ("2026-10-08T09:00", 48, "2026-10-01T09:00", "no approval lasts over the whole holiday"),
        ("2026-10-11T09:00", 24, "2026-10-10T09:00", "a Saturday that makes up is a working day"),
    ],
)
def test_an_approver_has_a_working_day(due: str, ahead: int, frozen: str, why: str) -> None:
    found = freeze_from(local(due), timedelta(hours=ahead), SHANGHAI, ChineseWorkdays())
    assert found == local(frozen), why


def test_a_week_without_a_working_day_ends_the_search() -> None:
    def never(day: date) -> bool:
        return False

    due = local("2026-11-23T09:00")
    assert freeze_from(due, TWO_DAYS, SHANGHAI, never) == due - timedelta(days=7)
