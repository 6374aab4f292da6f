from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.broadcasting.desk import Desk
from bot.broadcasting.postpone import read_moment
from bot.config import Broadcast
from bot.store.api import EditionRow
from bot.store.sqlstore import SqlStore
from bot.worker import Worker
from tests.warning_fakes import MONDAY_NINE as NOW
from tests.warning_fakes import FakeSender, book, group, plan, services

SHANGHAI = ZoneInfo("Asia/Shanghai")
TOMORROW = NOW + timedelta(days=1)
TOWN = book(group("a"), group("b"))


class Office:
    def __init__(self, store: SqlStore, approval: bool = True) -> None:
        self.store, self.sender = store, FakeSender()
        known = services(store, TOWN, self.sender, broadcast=Broadcast(approval=approval))
        self.desk, self.worker, self.clock = Desk(known, "wang"), Worker(known, "one"), known.clock
        started = self.desk.start_now(plan(), False, NOW).edition
        assert started is not None
        self.name = started.id

    @property
    def edition(self) -> EditionRow:
        found = self.store.editions.get(self.name)
        assert found is not None
        return found

    def postpone(self, to: datetime, now: datetime = NOW) -> str:
        return self.desk.postpone(self.edition, to, now)

    def at(self, moment: datetime) -> None:
        self.clock.set(moment)  # type: ignore[attr-defined]  # a FixedClock
        self.worker.tick(moment)


@pytest.fixture
def office(store: SqlStore) -> Office:
    return Office(store)


def test_another_time_voids_the_approval_and_is_kept_once_approved_again(office: Office) -> None:
    assert office.desk.approve(office.edition, "li", NOW) == ""
    before = office.edition
    assert office.postpone(TOMORROW) == ""
    assert office.edition.state == "awaiting_approval"
    assert office.edition.hash != before.hash
    line = office.store.audit.about(office.name)[-1]
    assert (line.actor, line.action) == ("wang", "postponed")
    assert line.detail == "2026-11-23 09:00 -> 2026-11-24 09:00，原来的审批作废"
    office.at(TOMORROW - timedelta(hours=3))
    assert office.desk.approve(office.edition, "li", TOMORROW - timedelta(hours=3)) == ""
    office.at(TOMORROW - timedelta(seconds=1))
    assert office.sender.arrived == []
    office.at(TOMORROW)
    assert office.sender.counts == {"a": 1, "b": 1}


def test_without_required_approval_it_just_goes_later(store: SqlStore) -> None:
    office = Office(store, approval=False)
    assert office.postpone(TOMORROW) == ""
    office.at(NOW + timedelta(hours=2))
    assert office.sender.arrived == []
    office.at(TOMORROW + timedelta(minutes=1))
    assert office.sender.counts == {"a": 1, "b": 1}


@pytest.mark.parametrize(
    ("to", "words"),
    [
        (NOW - timedelta(minutes=1), "已经过去了"),
        (NOW, "已经过去了"),
        (NOW + timedelta(hours=14), "安静时段"),
        (NOW + timedelta(days=7), "自己就有一期"),
    ],
)
def test_times_that_cannot_be_are_refused_in_words(
    office: Office, to: datetime, words: str
) -> None:
    before = office.edition
    assert words in office.postpone(to)
    assert office.edition == before


def test_nothing_is_postponed_once_something_went_out_or_it_has_ended(store: SqlStore) -> None:
    office = Office(store, approval=False)
    office.at(NOW)
    assert "已经开始发了" in office.postpone(TOMORROW)
    other = office.desk.start_now(plan("other", repeats=True), False, NOW).edition
    assert other is not None
    office.desk.cancel(other, NOW)
    ended = store.editions.get(other.id)
    assert ended is not None
    assert "已经取消" in office.desk.postpone(ended, TOMORROW, NOW)


def test_the_time_it_already_has_changes_nothing(office: Office) -> None:
    office.postpone(TOMORROW)
    assert "本来就定在 2026-11-24 09:00" in office.postpone(TOMORROW)


@pytest.mark.parametrize(
    ("raw", "moment"),
    [
        ("2026-12-01T09:00", "2026-12-01T09:00+08:00"),
        ("2026-12-01 09:00:30", "2026-12-01T09:00:30+08:00"),
        ("2026-12-01T09:00+09:00", "2026-12-01T08:00+08:00"),
        ("2026-12-01T01:00Z", "2026-12-01T09:00+08:00"),
        ("2026-12-01T01:00-0500", "2026-12-01T14:00+08:00"),
        ("2026-12-01", None),
        ("2026-02-30T09:00", None),
        ("tomorrow", None),
        ("", None),
    ],
)
def test_times_are_the_stations_own_unless_they_name_another_zone(
    raw: str, moment: str | None
) -> None:
    expected = datetime.fromisoformat(moment) if moment else None
    assert read_moment(raw, SHANGHAI) == expected
