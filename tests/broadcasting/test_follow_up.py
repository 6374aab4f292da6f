from __future__ import annotations

from datetime import timedelta

import pytest

from bot.broadcasting.desk import Desk
from bot.broadcasting.follow_up import PATIENCE
from bot.clock import FixedClock
from bot.store.api import DeliveryRow
from bot.store.sqlstore import SqlStore
from bot.types import Outcome
from bot.worker import Worker
from tests.warning_fakes import MONDAY_NINE, FakeSender, book, group, plan, services

TASK = Outcome("awaiting_person", "", "等群主确认", reference="msg-1")


class Waiting:
    """One delivery that waits for its owner's tap."""

    def __init__(self, store: SqlStore, outcome: Outcome = TASK) -> None:
        self.store = store
        self.clock = FixedClock(MONDAY_NINE)
        self.sender = FakeSender("wecom_external", answer=lambda outgoing: outcome)
        town = book(group("a", channel={"type": "wecom_external", "account": "station"}))
        offered = services(store, town, self.sender, clock=self.clock)
        self.worker = Worker(offered, "one")
        self.desk = Desk(offered, "li")
        edition = self.desk.start_now(plan(), False, self.clock.now()).edition
        assert edition is not None
        self.edition = edition
        self.worker.tick(self.clock.now())

    def row(self) -> DeliveryRow:
        return self.store.deliveries.of(self.edition.id)[0]

    def later(self, seconds: float) -> DeliveryRow:
        self.clock.advance(seconds)
        self.worker.tick(self.clock.now())
        return self.row()


@pytest.fixture
def waiting(store: SqlStore) -> Waiting:
    return Waiting(store)


def test_the_platform_is_asked_at_most_once_a_minute(waiting: Waiting) -> None:
    assert waiting.row().state == "awaiting_person"
    assert waiting.sender.asked == ["msg-1"]
    for _ in range(29):
        waiting.later(2)
    assert waiting.sender.asked == ["msg-1"]
    waiting.later(2)
    assert waiting.sender.asked == ["msg-1", "msg-1"]


@pytest.mark.parametrize("kind", ["sent", "refused"])
def test_a_sure_answer_ends_the_waiting(waiting: Waiting, kind: str) -> None:
    waiting.sender.told = Outcome(kind, "3", "已达上限")  # type: ignore[arg-type]
    row = waiting.later(61)
    assert (row.state, row.code, row.detail) == (kind, "3", "已达上限")
    waiting.later(61)
    assert len(waiting.sender.asked) == 2


@pytest.mark.parametrize("kind", ["unknown", "later", "not_sent"])
def test_a_question_that_failed_changes_nothing(waiting: Waiting, kind: str) -> None:
    waiting.sender.told = Outcome(kind, "x", "timeout")  # type: ignore[arg-type]
    row = waiting.later(61)
    assert (row.state, row.detail) == ("awaiting_person", "等群主确认")


def seen_last(store: SqlStore) -> tuple[str, str, str]:
    one = store.sightings.of("reached", "unreached")[0]
    return one.kind, one.place, one.words


def test_a_late_refusal_is_one_of_the_channel_too(waiting: Waiting) -> None:
    assert seen_last(waiting.store) == ("reached", "a", "")
    waiting.sender.told = Outcome("refused", "status 3", "次数用完了")
    waiting.later(61)
    assert seen_last(waiting.store) == ("unreached", "a", "次数用完了")


def test_a_lost_task_that_is_found_shows_that_the_channel_works(store: SqlStore) -> None:
    waiting = Waiting(store, Outcome("unknown", "", "没有回音", reference="since:1"))
    assert seen_last(store) == ("unreached", "a", "没有回音")
    waiting.sender.told = TASK
    waiting.later(61)
    assert seen_last(store) == ("reached", "a", "")


def test_that_nobody_confirmed_is_no_fault_of_the_channel(waiting: Waiting) -> None:
    waiting.sender.told = TASK
    waiting.later(PATIENCE.total_seconds() + 61)
    assert seen_last(waiting.store)[0] == "reached"


def test_progress_is_shown_while_it_waits(waiting: Waiting) -> None:
    waiting.sender.told = Outcome("awaiting_person", "", "1/2 已确认")
    assert waiting.later(61).detail == "1/2 已确认"


def test_nobody_is_waited_for_for_ever(waiting: Waiting) -> None:
    row = waiting.later(PATIENCE.total_seconds() + 61)
    assert (row.state, row.code) == ("expired", "no_person")


def test_a_person_may_tell_the_result_first(waiting: Waiting) -> None:
    assert waiting.desk.resolve(waiting.row(), "sent", waiting.clock.now()) == ""
    row = waiting.later(61)
    assert (row.state, row.detail) == ("sent", "由 li 登记")
    assert len(waiting.sender.asked) == 1


def test_a_waiting_delivery_is_never_sent_again(waiting: Waiting) -> None:
    waiting.later(61)
    waiting.later(timedelta(hours=1).total_seconds())
    assert len(waiting.sender.arrived) == 1


def test_a_lost_task_found_on_the_platform_waits_for_its_person(store: SqlStore) -> None:
    waiting = Waiting(store, Outcome("unknown", "", "没有回音", reference="since:1"))
    assert waiting.row().state == "unknown"
    waiting.sender.told = TASK
    row = waiting.later(61)
    assert (row.state, row.detail, row.reference) == ("awaiting_person", "等群主确认", "msg-1")
    waiting.sender.told = Outcome("sent")
    assert waiting.later(61).state == "sent"
    assert waiting.sender.asked == ["since:1", "since:1", "msg-1"]
    assert len(waiting.sender.arrived) == 1


def test_a_lost_task_not_found_stays_unknown_for_a_person(store: SqlStore) -> None:
    waiting = Waiting(store, Outcome("unknown", "", "没有回音", reference="since:1"))
    waiting.sender.told = Outcome("unknown", "absent", "平台上没有")
    row = waiting.later(61)
    assert (row.state, row.code, row.detail) == ("unknown", "absent", "平台上没有")
    waiting.later(PATIENCE.total_seconds())
    asked = len(waiting.sender.asked)
    waiting.later(61)
    assert len(waiting.sender.asked) == asked
    assert waiting.row().state == "unknown"


def test_what_nobody_can_look_for_is_not_asked_about(store: SqlStore) -> None:
    waiting = Waiting(store, Outcome("unknown"))
    waiting.later(61)
    assert waiting.sender.asked == []
