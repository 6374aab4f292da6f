"""An urgent warning passes the weekly limit, by a person's reason that stays in the books."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest

from bot.broadcasting.calendar import Weekly
from bot.broadcasting.desk import Desk, Said
from bot.clock import FixedClock
from bot.config import Broadcast
from bot.store.sqlstore import SqlStore
from bot.worker import Worker
from tests.warning_fakes import MONDAY_NINE as NOW
from tests.warning_fakes import FakeSender, book, fixed, group, plan, services

THURSDAYS = Weekly(3, time(9))
PLANS = (
    plan("first", when=THURSDAYS, content=fixed("brushing-all")),
    plan("second", when=THURSDAYS, content=fixed("loan-all")),
)
TOWN = book(group("a"), group("b"), plans=PLANS)
HOUR = NOW + timedelta(hours=1)
REASON = "今天上午本街道三起"


class Office:
    """A town whose groups have already got what one week allows."""

    def __init__(self, store: SqlStore, approval: bool) -> None:
        self.store, self.sender = store, FakeSender()
        self.clock = FixedClock(NOW)
        free = Broadcast(approval=False, weekly_limit=1)
        known = services(store, TOWN, self.sender, clock=self.clock, broadcast=free)
        Desk(known, "zhang").start_now(PLANS[0], False, NOW)
        Worker(known, "one").tick(NOW)
        assert len(self.sender.arrived) == 2
        self.clock.set(HOUR)
        strict = replace(known.config, broadcast=Broadcast(approval=approval, weekly_limit=1))
        self.services = replace(known, config=strict)
        self.desk, self.worker = Desk(self.services, "li"), Worker(self.services, "one")

    def send(self, by: str, reason: str = REASON) -> tuple[str, dict[str, int]]:
        started = self.desk.start_now(PLANS[1], False, HOUR, Said(urgent=reason, by=by))
        self.worker.tick(HOUR)
        assert started.edition is not None
        rows = self.store.deliveries.of(started.edition.id)
        return started.problem, {row.group: row.state == "sent" for row in rows}


@pytest.mark.parametrize("approval", [False, True])
def test_it_passes_the_weekly_limit_and_the_reason_is_kept(store: SqlStore, approval: bool) -> None:
    office = Office(store, approval)
    assert office.send("li") == ("", {"a": True, "b": True})
    edition = store.editions.newest("second")[0]
    assert edition.urgent == REASON
    lines = [line for line in store.audit.about(edition.id) if line.action == "urgent"]
    assert [(line.actor, line.detail) for line in lines] == [("li", REASON)]


def test_without_urgency_the_limit_holds(store: SqlStore) -> None:
    office = Office(store, approval=False)
    assert office.send("li", reason="")[1] == {"a": False, "b": False}


def test_where_approval_is_required_the_author_cannot_give_it(store: SqlStore) -> None:
    office = Office(store, approval=True)
    problem, sent = office.send("zhang")
    assert "要另一个人" in problem
    assert "broadcast approve second-" in problem
    assert not any(sent.values())
    edition = store.editions.newest("second")[0]
    assert (edition.state, edition.urgent) == ("awaiting_approval", "")
    assert office.desk.approve(edition, "li", HOUR, urgent=REASON) == ""
    office.worker.tick(HOUR)
    assert office.sender.counts == {"a": 2, "b": 2}


def test_a_refused_edition_is_resent_once_it_is_urgent(store: SqlStore) -> None:
    office = Office(store, approval=False)
    office.send("", reason="")
    edition = store.editions.newest("second")[0]
    assert office.desk.urge(edition, REASON, "li", HOUR) == ""
    current = store.editions.get(edition.id)
    assert current is not None
    assert office.desk.resend(current, HOUR) == ""
    office.worker.tick(HOUR)
    assert office.sender.counts == {"a": 2, "b": 2}


def test_a_reason_and_a_name_are_needed(store: SqlStore) -> None:
    office = Office(store, approval=False)
    office.send("", reason="")
    edition = store.editions.newest("second")[0]
    assert "原因" in office.desk.urge(edition, " ", "li", HOUR)
    assert "姓名" in office.desk.urge(edition, REASON, " ", HOUR)
