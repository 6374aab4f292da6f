"""Reminding who is waited for, and taking back what nobody shall send any more."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.broadcasting.desk import Desk
from bot.broadcasting.follow_up import PATIENCE, REMIND_AFTER, WITHDRAWAL_PATIENCE, reminder_is_due
from bot.clock import FixedClock
from bot.senders.base import WITHDRAWN
from bot.store.api import DeliveryRow
from bot.store.sqlstore import SqlStore
from bot.types import Outcome, Outgoing
from bot.worker import Worker
from tests.warning_fakes import MONDAY_NINE, FakeSender, book, group, plan, services

ZONE = ZoneInfo("Asia/Shanghai")
TASK = Outcome("awaiting_person", "", "等群主确认", reference="msg-1")
STOPPED = Outcome("refused", WITHDRAWN, "已撤回。")
PARTLY = Outcome("sent", "partial", "2 个群里有 1 个已经收到。")
LOST = Outcome("unknown", "timeout", "没有回音。")


class TaskSender(FakeSender):
    """Makes tasks that can be reminded of and taken back."""

    def __init__(self) -> None:
        super().__init__("wecom_external", answer=lambda outgoing: TASK)
        self.reminded: list[str] = []
        self.withdrawn: list[str] = []
        self.on_remind = Outcome("sent")
        self.on_withdraw = STOPPED

    def remind(self, outgoing: Outgoing, reference: str) -> Outcome:
        self.reminded.append(reference)
        return self.on_remind

    def withdraw(self, outgoing: Outgoing, reference: str) -> Outcome:
        self.withdrawn.append(reference)
        return self.on_withdraw


class Waiting:
    """One delivery that waits for its owner's tap, begun on Monday at nine."""

    def __init__(self, store: SqlStore, sender: FakeSender) -> None:
        self.store, self.sender = store, sender
        self.clock = FixedClock(MONDAY_NINE)
        channel = {"type": "wecom_external", "account": "station"}
        offered = services(store, book(group("a", channel=channel)), sender, clock=self.clock)
        self.worker = Worker(offered, "one")
        self.desk = Desk(offered, "li")
        started = self.desk.start_now(plan(), False, self.clock.now()).edition
        assert started is not None
        self.edition = started.id
        self.worker.tick(self.clock.now())

    def row(self) -> DeliveryRow:
        return self.store.deliveries.of(self.edition)[0]

    def later(self, **time: float) -> DeliveryRow:
        self.clock.advance(timedelta(**time).total_seconds())
        self.worker.tick(self.clock.now())
        return self.row()

    def cancel(self) -> str:
        edition = self.store.editions.get(self.edition)
        assert edition is not None
        return self.desk.cancel(edition, self.clock.now())

    def actions(self) -> list[str]:
        return [line.action for line in self.store.audit.about(f"{self.edition}/a")]


@pytest.fixture
def sender() -> TaskSender:
    return TaskSender()


@pytest.fixture
def waiting(store: SqlStore, sender: TaskSender) -> Waiting:
    return Waiting(store, sender)


def test_the_owner_is_reminded_once_after_four_hours(waiting: Waiting, sender: TaskSender) -> None:
    waiting.later(hours=3, minutes=59)
    assert sender.reminded == []
    waiting.later(minutes=2)
    assert sender.reminded == ["msg-1"]
    for _ in range(3):
        waiting.later(hours=1)
    assert sender.reminded == ["msg-1"]
    assert waiting.actions().count("reminded") == 1


def test_a_reminder_the_platform_refused_is_written_down_and_not_repeated(
    waiting: Waiting, sender: TaskSender
) -> None:
    sender.on_remind = Outcome("refused", "41094", "次数用完。")
    waiting.later(hours=4, minutes=1)
    waiting.later(hours=1)
    assert sender.reminded == ["msg-1"]
    assert "reminder_failed" in waiting.actions()
    assert waiting.row().state == "awaiting_person"


def test_who_confirmed_is_not_reminded(waiting: Waiting, sender: TaskSender) -> None:
    sender.told = Outcome("sent")
    assert waiting.later(hours=5).state == "sent"
    assert sender.reminded == []


@pytest.mark.parametrize(
    ("local", "due"),
    [
        ("2026-11-23T13:00", True),
        ("2026-11-23T12:59", False),
        ("2026-11-23T18:00", False),
        ("2026-11-24T08:59", False),
        ("2026-11-24T09:00", True),
        ("2026-11-28T10:00", False),
    ],
)
def test_reminders_come_in_working_hours_only(waiting: Waiting, local: str, due: bool) -> None:
    now = datetime.fromisoformat(local).replace(tzinfo=ZONE)

    def workday(day: date) -> bool:
        return day.weekday() < 5

    assert reminder_is_due(waiting.row(), now, ZONE, workday) is due


def test_a_day_off_is_no_working_day(waiting: Waiting) -> None:
    now = MONDAY_NINE + REMIND_AFTER
    assert reminder_is_due(waiting.row(), now, ZONE, lambda day: True)
    assert not reminder_is_due(waiting.row(), now, ZONE, lambda day: False)


def test_cancelling_takes_back_what_waits(waiting: Waiting, sender: TaskSender) -> None:
    assert waiting.cancel() == ""
    assert (waiting.row().state, waiting.row().detail) == ("cancelled", "已撤回。")
    assert sender.withdrawn == ["msg-1"]
    assert waiting.store.editions.get(waiting.edition).state == "cancelled"  # type: ignore[union-attr]


def test_what_some_groups_had_already_is_not_called_cancelled(
    waiting: Waiting, sender: TaskSender
) -> None:
    sender.on_withdraw = PARTLY
    assert waiting.cancel() == ""
    assert (waiting.row().state, waiting.row().code) == ("sent", "partial")


def test_a_withdrawal_that_did_not_succeed_may_be_asked_for_again(
    waiting: Waiting, sender: TaskSender
) -> None:
    sender.on_withdraw = LOST
    assert waiting.cancel() == ""
    assert waiting.row().state == "awaiting_person"
    assert "没有成功" in waiting.row().detail
    sender.on_withdraw = STOPPED
    assert waiting.cancel() == ""
    assert waiting.row().state == "cancelled"
    assert "取消不了" in waiting.cancel()


def test_what_nobody_can_take_back_is_not_cancelled(store: SqlStore) -> None:
    pasted = Waiting(store, FakeSender("wecom_external", answer=lambda outgoing: TASK))
    assert "取消不了" in pasted.cancel()
    assert pasted.row().state == "awaiting_person"


def test_in_the_end_the_task_is_taken_back_so_that_no_late_tap_sends_it(
    waiting: Waiting, sender: TaskSender
) -> None:
    row = waiting.later(seconds=PATIENCE.total_seconds() + 61)
    assert (row.state, row.code) == ("expired", "no_person")
    assert sender.withdrawn == ["msg-1"]
    assert "已撤回" in row.detail


def test_a_tap_in_the_last_moment_is_not_called_expired(
    waiting: Waiting, sender: TaskSender
) -> None:
    sender.on_withdraw = PARTLY
    assert waiting.later(seconds=PATIENCE.total_seconds() + 61).state == "sent"


def test_while_it_cannot_be_taken_back_it_is_not_called_expired_for_another_day(
    waiting: Waiting, sender: TaskSender
) -> None:
    sender.on_withdraw = LOST
    assert waiting.later(seconds=PATIENCE.total_seconds() + 61).state == "awaiting_person"
    row = waiting.later(seconds=WITHDRAWAL_PATIENCE.total_seconds() + 61)
    assert row.state == "expired"
    assert "仍可能点发送" in row.detail
