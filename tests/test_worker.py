from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path

import pytest

from bot.broadcasting.calendar import Once
from bot.broadcasting.desk import Desk
from bot.broadcasting.model import Book
from bot.broadcasting.report import report
from bot.clock import FixedClock, SystemClock
from bot.config import Broadcast
from bot.senders.base import Pace
from bot.store.sqlite import SqliteEngine, open_sqlite
from bot.store.sqlstore import SqlStore
from bot.types import Outcome, Outgoing
from bot.worker import Worker, run_worker
from tests.warning_fakes import (
    MONDAY_NINE,
    FakeSender,
    book,
    group,
    plan,
    services,
)

TOWN = book(group("a"), group("b"), group("c"))


class Killed(BaseException):
    """Stands for a kill: nobody catches it."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    opened = open_sqlite(path)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(MONDAY_NINE - timedelta(seconds=1))


class Shift:
    """A worker with its sender."""

    def __init__(
        self,
        store: SqlStore,
        clock: FixedClock,
        town: Book = TOWN,
        sender: FakeSender | None = None,
        broadcast: Broadcast | None = None,
        holder: str = "one",
    ) -> None:
        self.store, self.clock = store, clock
        self.sender = sender or FakeSender()
        self.services = services(store, town, self.sender, clock=clock, broadcast=broadcast)
        self.worker = Worker(self.services, holder)
        self.desk = Desk(self.services, "test")

    def tick(self, after: float = 0) -> bool:
        self.clock.advance(after)
        return self.worker.tick(self.clock.now())

    def counts(self) -> dict[str, int]:
        edition = self.store.editions.newest()[0]
        rows = self.store.deliveries.of(edition.id)
        counts = report(edition, rows, self.services.config.timezone)["counts"]
        assert sum(counts.values()) == len(rows) == 3
        return {state: count for state, count in counts.items() if count}


def test_a_plan_fires_at_its_moment_and_only_once(store: SqlStore, clock: FixedClock) -> None:
    shift = Shift(store, clock)
    shift.tick()
    assert store.editions.newest() == ()
    for _ in range(5):
        shift.tick(2)
    assert shift.counts() == {"sent": 3}
    assert shift.sender.counts == {"a": 1, "b": 1, "c": 1}
    assert len(store.editions.newest()) == 1


def test_a_restart_repeats_nothing(path: Path, store: SqlStore, clock: FixedClock) -> None:
    first = Shift(store, clock)
    first.tick(2)
    first.worker.close()
    reopened = open_sqlite(path)
    second = Shift(reopened, clock, holder="two")
    assert second.tick(2)
    reopened.close()
    assert sum(first.sender.counts.values()) == 3
    assert second.sender.arrived == []


def test_two_workers_share_one_lease(store: SqlStore, clock: FixedClock) -> None:
    first, second = Shift(store, clock, holder="one"), Shift(store, clock, holder="two")
    assert first.tick()
    assert not second.tick(20)
    assert first.tick()
    assert not second.tick(29)
    assert second.sender.arrived == []
    assert second.tick(2), "the first has been silent for 31 s"
    assert not first.tick()


def test_a_worker_that_stops_hands_the_lease_over_at_once(
    store: SqlStore, clock: FixedClock
) -> None:
    first, second = Shift(store, clock, holder="one"), Shift(store, clock, holder="two")
    first.tick()
    first.worker.close()
    assert second.tick()


def killed_at_b(outgoing: Outgoing) -> Outcome:
    if outgoing.group == "b":
        raise Killed
    return Outcome("sent")


def test_what_a_dead_worker_was_sending_becomes_unknown_and_is_never_sent_again(
    store: SqlStore, clock: FixedClock
) -> None:
    dead = Shift(store, clock, sender=FakeSender(answer=killed_at_b))
    with pytest.raises(Killed):
        dead.tick(2)
    assert dead.counts() == {"sent": 2, "sending": 1}
    heir = Shift(store, clock, holder="two")
    assert not heir.tick(28)
    assert heir.counts() == {"sent": 2, "sending": 1}
    assert heir.tick(3)
    assert heir.counts() == {"sent": 2, "unknown": 1}
    for _ in range(5):
        heir.tick(60)
    assert heir.sender.arrived == []
    assert heir.counts() == {"sent": 2, "unknown": 1}


def test_an_idle_worker_goes_on_after_a_crash_of_its_own_tick(
    store: SqlStore, clock: FixedClock
) -> None:
    shift = Shift(store, clock, sender=FakeSender(answer=killed_at_b))
    with pytest.raises(Killed):
        shift.tick(2)
    assert shift.tick(2)
    assert shift.counts() == {"sent": 2, "unknown": 1}


def test_what_never_left_is_tried_five_times_and_then_refused(
    store: SqlStore, clock: FixedClock
) -> None:
    shift = Shift(store, clock, sender=FakeSender(answer=lambda outgoing: Outcome("not_sent")))
    for _ in range(30):
        shift.tick(2)
    assert shift.counts() == {"refused": 3}
    assert set(shift.sender.counts.values()) == {5}


def test_a_busy_platform_is_left_alone_as_long_as_it_asks(
    store: SqlStore, clock: FixedClock
) -> None:
    answers = iter([Outcome("later", "45009", "太快", retry_after=60)] * 3)
    sender = FakeSender(answer=lambda outgoing: next(answers, Outcome("sent")))
    shift = Shift(store, clock, sender=sender)
    shift.tick(2)
    assert shift.counts() == {"queued": 3}
    shift.tick(59)
    assert len(sender.arrived) == 3
    shift.tick(2)
    assert shift.counts() == {"sent": 3}


def test_after_downtime_it_goes_out_late_or_expires_and_says_so(
    store: SqlStore, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    shift = Shift(store, clock)
    shift.tick()
    shift.tick(90 * 60)
    assert shift.counts() == {"sent": 3}
    shift.tick(7 * 24 * 3600 + 3600)
    assert shift.counts() == {"expired": 3}
    assert "expired" in caplog.text
    assert len(store.editions.newest()) == 2


def test_a_new_installation_does_not_complain_of_last_monday(store: SqlStore) -> None:
    wednesday = FixedClock(MONDAY_NINE + timedelta(days=2))
    shift = Shift(store, wednesday)
    shift.tick()
    assert store.editions.newest() == ()


def test_a_group_with_longer_quiet_hours_gets_it_later(store: SqlStore, clock: FixedClock) -> None:
    late_riser = replace(group("c"), quiet_hours=(time(22), time(9, 30)))
    shift = Shift(store, clock, town=book(group("a"), group("b"), late_riser))
    shift.tick(2)
    assert shift.counts() == {"sent": 2, "queued": 1}
    shift.tick(30 * 60)
    assert shift.counts() == {"sent": 3}


def test_the_weekly_limit_refuses_in_words(store: SqlStore, clock: FixedClock) -> None:
    moments = [Once(MONDAY_NINE + timedelta(minutes=n)) for n in range(3)]
    plans = tuple(plan(f"p{n}", when=when, repeats=True) for n, when in enumerate(moments))
    town = book(group("a"), group("b"), group("c"), plans=plans)
    shift = Shift(store, clock, town=town, broadcast=Broadcast(approval=False, weekly_limit=2))
    for _ in range(3):
        shift.tick(60)
    assert shift.counts() == {"refused": 3}
    assert "7 天内已经发过 2 次" in store.deliveries.of(store.editions.newest()[0].id)[0].detail


def test_two_editions_at_one_moment_do_not_pass_the_weekly_limit_together(
    store: SqlStore, clock: FixedClock
) -> None:
    plans = tuple(plan(f"p{n}", when=Once(MONDAY_NINE), repeats=True) for n in range(2))
    town = book(group("a"), group("b"), group("c"), plans=plans)
    shift = Shift(store, clock, town=town, broadcast=Broadcast(approval=False, weekly_limit=1))
    for _ in range(3):
        shift.tick(2)
    assert shift.sender.counts == {"a": 1, "b": 1, "c": 1}
    states = Counter(
        row.state for one in store.editions.newest() for row in store.deliveries.of(one.id)
    )
    assert states == {"sent": 3, "refused": 3}


def test_an_unset_secret_refuses_its_group_in_plain_words_and_no_other(
    store: SqlStore, clock: FixedClock
) -> None:
    locked = group("c", channel={"type": "wecom_robot", "key": "${ROBOT_KEY_C}"})
    shift = Shift(store, clock, town=book(group("a"), group("b"), locked))
    shift.tick(2)
    assert shift.counts() == {"sent": 2, "refused": 1}
    row = store.deliveries.one(store.editions.newest()[0].id, "c")
    assert row is not None
    assert "环境变量 ROBOT_KEY_C 没有设置" in row.detail


def test_what_a_channel_lacks_and_what_changed_since_are_refusals(
    store: SqlStore, clock: FixedClock
) -> None:
    nobody = group("c", channel={"type": "wecom_robot", "account": "nobody"})
    frozen = Shift(store, clock, town=book(group("a"), group("b"), nobody))
    clock.advance(2)
    for due in frozen.desk.due([plan()], clock.now(), None):
        frozen.desk.start(due, False, clock.now())
    moved = group("a", channel={"type": "wecom_robot", "key": "another group"})
    shift = Shift(store, clock, town=book(moved, nobody))
    shift.tick()
    rows = store.deliveries.of(store.editions.newest()[0].id)
    assert [row.code for row in rows] == ["channel_changed", "no_group", "not_configured"]
    assert shift.counts() == {"refused": 3}
    assert shift.sender.arrived == []


def test_without_approval_nothing_goes_out_and_with_it_everything(
    store: SqlStore, clock: FixedClock
) -> None:
    shift = Shift(store, clock, broadcast=Broadcast(approval=True))
    shift.tick(2)
    shift.tick(2)
    assert shift.sender.arrived == []
    assert shift.counts() == {"queued": 3}
    edition = store.editions.newest()[0]
    assert shift.desk.approve(edition, "li", clock.now()) == ""
    shift.tick(2)
    assert shift.counts() == {"sent": 3}


def test_a_text_changed_in_the_store_after_approval_is_not_sent(
    path: Path, store: SqlStore, clock: FixedClock
) -> None:
    shift = Shift(store, clock, broadcast=Broadcast(approval=True))
    shift.tick(2)
    edition = store.editions.newest()[0]
    shift.desk.approve(edition, "li", clock.now())
    engine = SqliteEngine(path)
    engine.change("UPDATE edition_texts SET body = 'other'")
    engine.close()
    shift.tick(2)
    assert shift.sender.arrived == []
    assert shift.counts() == {"refused": 3}


def test_the_lease_is_prolonged_while_sending(store: SqlStore, clock: FixedClock) -> None:
    def answer(outgoing: Outgoing) -> Outcome:
        clock.advance(9)
        return Outcome("sent")

    one_key = {"type": "wecom_robot", "key": "one"}
    town = book(*(group(name, channel=one_key) for name in "abcdefghij"))
    sender = FakeSender(answer=answer, pace=Pace(count=100, seconds=60, in_flight=1))
    shift = Shift(store, clock, town=town, sender=sender)
    assert shift.tick(2)
    assert len(sender.arrived) == 10
    assert not store.leases.take("worker", "two", 30, clock.now())


def test_a_tick_during_a_tick_does_nothing(store: SqlStore, clock: FixedClock) -> None:
    inner: list[bool] = []

    def answer(outgoing: Outgoing) -> Outcome:
        inner.append(shift.worker.tick(clock.now()))
        return Outcome("sent")

    shift = Shift(store, clock, sender=FakeSender(answer=answer))
    assert shift.tick(2)
    assert inner == [False, False, False]


def test_the_scheduler_ticks_until_it_is_told_to_stop(store: SqlStore) -> None:
    stop = threading.Event()

    def answer(outgoing: Outgoing) -> Outcome:
        stop.set()
        return Outcome("sent")

    clock = SystemClock()
    now_plan = plan(when=Once(clock.now() - timedelta(seconds=1)))
    town = book(group("a"), plans=(now_plan,))
    never_quiet = Broadcast(approval=False, quiet_hours=(time(0), time(0)))
    worker = Worker(
        services(store, town, FakeSender(answer=answer), clock=clock, broadcast=never_quiet)
    )
    run_worker(worker, stop)
    assert [row.state for row in store.deliveries.of(store.editions.newest()[0].id)] == ["sent"]
    assert store.leases.take("worker", "next", 30, clock.now())
