from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.broadcasting.deliver import Deliverer
from bot.broadcasting.desk import Desk
from bot.broadcasting.errands import Errand, errand_for
from bot.broadcasting.ledger import ABANDONED
from bot.broadcasting.model import Book
from bot.broadcasting.report import STATES, report
from bot.clock import Clock, FixedClock, SystemClock
from bot.senders.base import Pace
from bot.store.api import EditionRow
from bot.store.sqlite import open_sqlite
from bot.store.sqlstore import SqlStore
from bot.types import DeliveryState, Outcome, OutcomeKind, Outgoing
from bot.worker import Worker
from tests.warning_fakes import (
    MONDAY_NINE,
    FakeSender,
    book,
    group,
    plan,
    services,
)


class Killed(BaseException):
    """Stands for a kill: nobody catches it."""


class Street:
    """An edition frozen for some groups, and a deliverer that holds the lease."""

    def __init__(self, store: SqlStore, town: Book, *senders: FakeSender, clock: Clock) -> None:
        self.store, self.clock = store, clock
        self.services = services(store, town, *senders, clock=clock)
        desk = Desk(self.services, "test")
        started = desk.start_now(plan(), False, clock.now())
        assert started.edition is not None
        self.edition: EditionRow = started.edition

    def errands(self) -> list[Errand]:
        texts = self.store.editions.texts(self.edition.id)
        book, senders = self.services.book, self.services.senders
        found = [
            errand_for(row, self.edition, texts, book, senders)
            for row in self.store.deliveries.of(self.edition.id)
            if row.state == "queued"
        ]
        return [one for one in found if isinstance(one, Errand)]

    def deliverer(self, holder: str = "one", keep: Callable[[], bool] | None = None) -> Deliverer:
        self.store.leases.take("worker", holder, 30, self.clock.now())
        return Deliverer(self.store, self.clock, "worker", holder, keep or (lambda: True))

    def states(self) -> dict[str, DeliveryState]:
        return {row.group: row.state for row in self.store.deliveries.of(self.edition.id)}

    def counts(self) -> dict[str, int]:
        rows = self.store.deliveries.of(self.edition.id)
        return report(self.edition, rows, self.services.config.timezone)["counts"]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(MONDAY_NINE)


def groups(count: int) -> Book:
    return book(*(group(f"g{number}") for number in range(count)))


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("sent", "sent"),
        ("refused", "refused"),
        ("unknown", "unknown"),
        ("awaiting_person", "awaiting_person"),
        ("later", "queued"),
        ("not_sent", "queued"),
    ],
)
def test_the_counts_add_up_after_each_kind_of_outcome(
    store: SqlStore, clock: FixedClock, kind: OutcomeKind, state: str
) -> None:
    def answer(outgoing: Outgoing) -> Outcome:
        return Outcome(kind, "42", "words") if outgoing.group == "g1" else Outcome("sent")

    street = Street(store, groups(3), FakeSender(answer=answer), clock=clock)
    street.deliverer().deliver(street.errands())
    assert street.states()["g1"] == state
    counts = street.counts()
    assert sum(counts.values()) == 3
    assert set(counts) == set(STATES)
    lines = store.audit.about(f"{street.edition.id}/g1")
    assert [(line.action, line.detail) for line in lines] == [(state, "42 words")]


def test_an_exception_out_of_a_sender_is_unknown_and_its_words_are_not_logged(
    store: SqlStore, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    def answer(outgoing: Outgoing) -> Outcome:
        raise RuntimeError("https://example/send?key=secret")

    street = Street(store, groups(1), FakeSender(answer=answer), clock=clock)
    street.deliverer().deliver(street.errands())
    assert street.states() == {"g0": "unknown"}
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text


def test_two_who_claim_the_same_delivery_send_it_once(store: SqlStore, clock: FixedClock) -> None:
    sender = FakeSender()
    street = Street(store, groups(20), sender, clock=clock)
    errands = street.errands()
    deliverer = street.deliverer()
    threads = [threading.Thread(target=deliverer.deliver, args=(errands,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(sender.counts.values()) == {1}
    assert set(street.states().values()) == {"sent"}


def test_who_does_not_hold_the_lease_claims_nothing(store: SqlStore, clock: FixedClock) -> None:
    sender = FakeSender()
    street = Street(store, groups(3), sender, clock=clock)
    stalled = street.deliverer("stalled")
    clock.advance(31)
    assert store.leases.take("worker", "two", 30, clock.now())
    stalled.deliver(street.errands())
    assert sender.arrived == []
    assert set(street.states().values()) == {"queued"}


def test_a_cancelled_edition_is_not_claimed(store: SqlStore, clock: FixedClock) -> None:
    sender = FakeSender()
    street = Street(store, groups(2), sender, clock=clock)
    errands = street.errands()
    store.editions.change_state(street.edition.id, "approved", "cancelled")
    street.deliverer().deliver(errands)
    assert sender.arrived == []


def test_a_kill_between_intention_and_outcome_leaves_sending(
    store: SqlStore, clock: FixedClock
) -> None:
    def answer(outgoing: Outgoing) -> Outcome:
        if outgoing.group == "g1":
            raise Killed
        return Outcome("sent")

    street = Street(store, groups(3), FakeSender(answer=answer), clock=clock)
    with pytest.raises(Killed):
        street.deliverer().deliver(street.errands())
    assert street.states() == {"g0": "sent", "g1": "sending", "g2": "sent"}


def test_an_outcome_that_comes_late_still_replaces_unknown(
    store: SqlStore, clock: FixedClock
) -> None:
    street = Street(store, groups(1), clock=clock)

    def answer(outgoing: Outgoing) -> Outcome:
        # Meanwhile another worker found the delivery in sending and gave it up.
        desk = Desk(street.services, "other")
        for row in store.deliveries.sending():
            desk.move(row, ABANDONED, clock.now())
        return Outcome("sent")

    street.services.senders["wecom_robot"].answer = answer  # type: ignore[attr-defined]
    street.deliverer().deliver(street.errands())
    assert street.states() == {"g0": "sent"}


def test_what_a_person_resolved_meanwhile_stands(store: SqlStore, clock: FixedClock) -> None:
    street = Street(store, groups(1), clock=clock)

    def answer(outgoing: Outgoing) -> Outcome:
        desk = Desk(street.services, "li")
        for row in store.deliveries.sending():
            desk.move(row, ABANDONED, clock.now())
        row = store.deliveries.of(street.edition.id)[0]
        assert desk.resolve(row, "refused", clock.now()) == ""
        return Outcome("sent")

    street.services.senders["wecom_robot"].answer = answer  # type: ignore[attr-defined]
    street.deliverer().deliver(street.errands())
    assert street.states() == {"g0": "refused"}


def test_a_key_at_its_limit_delays_nobody_else(store: SqlStore, clock: FixedClock) -> None:
    slow = [group(f"slow{n}", channel={"type": "wecom_robot", "key": "one key"}) for n in range(9)]
    fast = [group(f"fast{n}") for n in range(9)]
    sender = FakeSender(pace=Pace(count=2, seconds=60, in_flight=1))
    street = Street(store, book(*slow, *fast), sender, clock=clock)
    next_at = street.deliverer().deliver(street.errands())
    assert all(sender.counts[one.id] == 1 for one in fast)
    assert sum(sender.counts[one.id] for one in slow) == 2
    assert next_at == MONDAY_NINE + timedelta(seconds=60)
    clock.set(next_at)
    street.deliverer().deliver(street.errands())
    assert sum(sender.counts[one.id] for one in slow) == 4


def test_a_key_that_is_closed_from_the_start_delays_nobody_else(
    store: SqlStore, clock: FixedClock
) -> None:
    slow = [group(f"slow{n}", channel={"type": "wecom_robot", "key": "one key"}) for n in range(3)]
    fast = [group(f"fast{n}") for n in range(3)]
    sender = FakeSender(pace=Pace(count=1, seconds=60, in_flight=1))
    street = Street(store, book(*slow, *fast), sender, clock=clock)
    street.deliverer().deliver(street.errands()[:1])
    street.deliverer().deliver(street.errands())
    assert sender.counts == {"slow0": 1, "fast0": 1, "fast1": 1, "fast2": 1}


def test_no_more_than_allowed_are_in_flight_per_key(store: SqlStore, clock: FixedClock) -> None:
    now, most, lock = [0], [0], threading.Lock()

    def answer(outgoing: Outgoing) -> Outcome:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.002)
        with lock:
            now[0] -= 1
        return Outcome("sent")

    shared = {"type": "wecom_robot", "key": "one key"}
    town = book(*(group(f"g{number}", channel=shared) for number in range(12)))
    sender = FakeSender(answer=answer, pace=Pace(count=100, seconds=60, in_flight=2))
    street = Street(store, town, sender, clock=clock)
    street.deliverer().deliver(street.errands())
    assert most[0] == 2
    assert set(street.states().values()) == {"sent"}


def test_a_restart_does_not_begin_with_a_full_allowance(store: SqlStore, clock: FixedClock) -> None:
    shared = {"type": "wecom_robot", "key": "one key"}
    town = book(*(group(f"g{number}", channel=shared) for number in range(6)))
    sender = FakeSender(pace=Pace(count=2, seconds=60, in_flight=1))
    street = Street(store, town, sender, clock=clock)
    for _ in range(3):
        street.deliverer().deliver(street.errands())
    assert len(sender.arrived) == 2


def test_losing_the_lease_or_being_told_to_stop_leaves_the_rest_queued(
    store: SqlStore, clock: FixedClock
) -> None:
    sender = FakeSender()
    street = Street(store, groups(40), sender, clock=clock)
    street.deliverer(keep=lambda: len(sender.arrived) < 3).deliver(street.errands())
    assert len(sender.arrived) < 40
    before = len(sender.arrived)
    street.deliverer().deliver(street.errands(), stopping=lambda: True)
    assert len(sender.arrived) == before
    assert street.counts()["queued"] == 40 - before


def test_the_idempotency_key_is_the_same_for_every_attempt_and_short(
    store: SqlStore, clock: FixedClock
) -> None:
    sender = FakeSender(answer=lambda outgoing: Outcome("not_sent"))
    street = Street(store, groups(1), sender, clock=clock)
    street.deliverer().deliver(street.errands())
    clock.advance(2)
    street.deliverer().deliver(street.errands())
    keys = {outgoing.idempotency_key for outgoing in sender.arrived}
    assert len(sender.arrived) == 2
    assert len(keys) == 1
    assert all(len(key) <= 64 for key in keys)


def test_two_hundred_groups_take_little_more_than_the_optimum(store: SqlStore) -> None:
    def answer(outgoing: Outgoing) -> Outcome:
        time.sleep(0.02)
        return Outcome("sent")

    clock = SystemClock()
    street = Street(store, groups(200), FakeSender(answer=answer), clock=clock)
    errands, deliverer = street.errands(), street.deliverer()
    begun = time.perf_counter()
    deliverer.deliver(errands)
    taken = time.perf_counter() - begun
    assert street.counts()["sent"] == 200
    # The optimum is 200 * 20 ms / 16 = 0.25 s; a busy test machine gets room.
    assert taken < 0.25 * 2


KILLED_SENDER = """
import sys
from pathlib import Path
from tests.broadcasting.test_deliver import Street, groups
from tests.warning_fakes import FakeSender, MONDAY_NINE
from bot.clock import FixedClock
from bot.store.sqlite import open_sqlite
from bot.types import Outcome
import os, signal

arrived = open(sys.argv[2], "a", buffering=1)
def answer(outgoing):
    arrived.write(outgoing.group + "\\n")
    if outgoing.group == "g5":
        os.kill(os.getpid(), signal.SIGKILL)
    return Outcome("sent")

street = Street(open_sqlite(Path(sys.argv[1])), groups(10), FakeSender(answer=answer),
                clock=FixedClock(MONDAY_NINE))
street.deliverer().deliver(street.errands())
"""


def test_a_process_killed_while_sending_loses_and_doubles_nothing(tmp_path: Path) -> None:
    database, arrivals = tmp_path / "bot.db", tmp_path / "arrived"
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", KILLED_SENDER, str(database), str(arrivals)],
        cwd=root,
        env={"PYTHONPATH": str(root)},
        check=False,
    )
    assert run.returncode == -9
    store = open_sqlite(database)
    clock = FixedClock(MONDAY_NINE + timedelta(seconds=31))
    sender = FakeSender()
    worker = Worker(services(store, groups(10), sender, clock=clock), "second")
    assert worker.tick(clock.now())
    edition = store.editions.newest()[0]
    states = {row.group: row.state for row in store.deliveries.of(edition.id)}
    first = arrivals.read_text().split()
    second = [outgoing.group for outgoing in sender.arrived]
    store.close()
    assert states["g5"] == "unknown"
    assert not set(first) & set(second)
    assert set(states.values()) == {"sent", "unknown"}
    sent = {name for name, state in states.items() if state == "sent"}
    assert sent <= set(first) | set(second)
    assert not (set(states) - sent) & set(second)
