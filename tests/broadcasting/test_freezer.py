"""Frozen ahead, following the files until it is approved, and void once approved and changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from bot.broadcasting.calendar import Weekly
from bot.broadcasting.desk import Desk
from bot.broadcasting.freezer import WITHDRAWN
from bot.broadcasting.model import Book, LibraryText
from bot.clock import FixedClock
from bot.config import Broadcast
from bot.senders.base import Pace
from bot.store.api import EditionRow
from bot.store.sqlstore import SqlStore
from bot.worker import Worker
from tests.warning_fakes import MONDAY_NINE, FakeSender, book, fixed, group, plan, services, text

FRIDAY_NINE = MONDAY_NINE - timedelta(days=3)
NEXT_WEEK = MONDAY_NINE + timedelta(days=7)
TOWN = book(group("a"), group("b"), group("c"))
NAME = "weekly-20261123-090000"


class Station:
    """A worker that can be started anew over other files, and what its groups got."""

    def __init__(self, store: SqlStore, town: Book = TOWN, approval: bool = True) -> None:
        self.store = store
        self.clock = FixedClock(FRIDAY_NINE)
        self.sender = FakeSender()
        self._broadcast = Broadcast(approval=approval)
        self.reads(town)

    def reads(self, town: Book) -> None:
        known = services(self.store, town, self.sender, clock=self.clock, broadcast=self._broadcast)
        self.worker, self.desk = Worker(known, "one"), Desk(known, "test")

    def at(self, moment: datetime) -> None:
        self.clock.set(moment)
        assert self.worker.tick(moment)

    def edition(self, name: str = NAME) -> EditionRow:
        found = self.store.editions.get(name)
        assert found is not None
        return found

    def approve(self, person: str = "li", name: str = NAME) -> str:
        return self.desk.approve(self.edition(name), person, self.clock.now())

    def states(self, name: str = NAME) -> dict[str, str]:
        return {row.group: row.state for row in self.store.deliveries.of(name)}

    def actions(self, name: str = NAME) -> list[str]:
        return [line.action for line in self.store.audit.about(name)]


def rewritten(town: Book = TOWN, body: str = "换了一段话，和原来的完全是两回事") -> Book:
    library = {**town.library, "brushing-all": text("brushing-all", body=body)}
    return replace(town, library=library)


def replanned(town: Book = TOWN, **fields: object) -> Book:
    return replace(town, plans={"weekly": plan(**fields)})


@pytest.fixture
def station(store: SqlStore) -> Station:
    return Station(store)


def test_an_edition_is_offered_a_working_day_before_and_goes_out_at_its_time(
    station: Station,
) -> None:
    station.at(FRIDAY_NINE - timedelta(seconds=1))
    assert station.store.editions.newest() == ()
    station.at(FRIDAY_NINE)
    assert station.edition().state == "awaiting_approval"
    assert station.edition().scheduled_at == MONDAY_NINE
    station.at(FRIDAY_NINE + timedelta(hours=5))
    assert station.approve() == ""
    station.at(FRIDAY_NINE + timedelta(days=2, hours=14))
    station.at(MONDAY_NINE - timedelta(seconds=1))
    assert station.sender.arrived == []
    station.at(MONDAY_NINE)
    assert set(station.states().values()) == {"sent"}
    assert len(station.store.editions.newest()) == 1


def test_without_required_approval_nothing_is_frozen_ahead(store: SqlStore) -> None:
    station = Station(store, approval=False)
    station.at(MONDAY_NINE - timedelta(hours=1))
    assert store.editions.newest() == ()


def test_what_was_approved_is_exactly_what_goes_out(station: Station) -> None:
    station.at(FRIDAY_NINE)
    frozen = {body.body for body in station.store.editions.texts(NAME).values()}
    station.approve()
    station.at(MONDAY_NINE)
    assert {outgoing.text for outgoing in station.sender.arrived} == frozen


def test_a_text_edited_before_approval_is_frozen_anew_under_another_hash(
    station: Station,
) -> None:
    station.at(FRIDAY_NINE)
    before = station.edition()
    station.reads(rewritten())
    station.at(FRIDAY_NINE + timedelta(hours=1))
    after = station.edition()
    assert (after.id, after.code, after.category) == (before.id, before.code, before.category)
    assert after.hash != before.hash
    assert station.actions() == ["frozen", "refrozen"]
    assert station.approve() == ""
    station.at(MONDAY_NINE)
    assert all("换了一段话" in outgoing.text for outgoing in station.sender.arrived)


def test_an_approver_who_read_the_older_files_approves_nothing_else(station: Station) -> None:
    station.at(FRIDAY_NINE)
    stale = station.edition()
    station.reads(rewritten())
    station.at(FRIDAY_NINE + timedelta(hours=1))
    assert "内容刚刚改过" in station.desk.approve(stale, "li", station.clock.now())
    assert station.edition().state == "awaiting_approval"


def test_files_that_changed_a_moment_before_the_approval_are_read_first(station: Station) -> None:
    station.at(FRIDAY_NINE)
    station.reads(rewritten())
    assert "内容刚刚改过" in station.approve()
    assert station.actions() == ["frozen", "refrozen"]
    assert station.approve() == ""


@pytest.mark.parametrize(
    "town",
    [
        rewritten(),
        replanned(author="wang"),
        replanned(content=fixed("loan-all")),
        book(group("a"), group("b"), group("c"), group("d")),
        book(group("a"), group("b"), group("c", channel={"type": "wecom_robot", "key": "new"})),
        book(group("a"), group("b"), group("c", owner="wang")),
    ],
    ids=["text", "author", "plan", "new group", "channel", "owner"],
)
def test_an_approved_edition_that_would_change_is_void(station: Station, town: Book) -> None:
    station.at(FRIDAY_NINE)
    station.approve()
    station.reads(town)
    station.at(FRIDAY_NINE + timedelta(hours=6))
    assert station.edition().state == "awaiting_approval"
    assert "voided" in station.actions()
    station.at(MONDAY_NINE + timedelta(minutes=1))
    assert station.sender.arrived == []
    assert station.approve() == ""
    station.at(MONDAY_NINE + timedelta(minutes=2))
    assert set(station.states().values()) == {"sent"}


def test_a_group_removed_between_approval_and_sending_is_refused_in_words(
    station: Station,
) -> None:
    station.at(FRIDAY_NINE)
    station.approve()
    station.reads(book(group("a"), group("b")))
    station.at(FRIDAY_NINE + timedelta(hours=6))
    assert station.edition().state == "approved"
    station.at(MONDAY_NINE)
    assert station.states() == {"a": "sent", "b": "sent", "c": "refused"}
    row = station.store.deliveries.one(NAME, "c")
    assert row is not None
    assert "群名册里已经没有这个群" in row.detail
    assert station.sender.counts == {"a": 1, "b": 1}


def test_an_edit_while_it_goes_out_voids_nothing(store: SqlStore) -> None:
    station = Station(store)
    station.at(FRIDAY_NINE)
    station.approve()
    station.sender.pace = Pace(count=1, seconds=60, in_flight=1)
    one_key = {"type": "wecom_robot", "key": "one"}
    station.reads(book(*(group(name, channel=one_key) for name in "abc")))
    station.at(FRIDAY_NINE + timedelta(hours=1))
    station.approve()
    station.at(MONDAY_NINE)
    assert sorted(station.states().values()) == ["queued", "queued", "sent"]
    station.reads(rewritten(book(*(group(name, channel=one_key) for name in "abc"))))
    for minutes in (2, 4, 6):
        station.at(MONDAY_NINE + timedelta(minutes=minutes))
    assert set(station.states().values()) == {"sent"}
    assert len({outgoing.text for outgoing in station.sender.arrived}) == 1


@pytest.mark.parametrize(
    "town", [replanned(when=Weekly(1, time(9))), replace(TOWN, plans={})], ids=["moved", "removed"]
)
@pytest.mark.parametrize("approved", [False, True])
def test_an_edition_whose_plan_went_or_moved_is_withdrawn(
    station: Station, town: Book, approved: bool
) -> None:
    station.at(FRIDAY_NINE)
    if approved:
        station.approve()
    station.reads(town)
    station.at(FRIDAY_NINE + timedelta(hours=1))
    assert (station.edition().state, station.edition().detail) == ("cancelled", WITHDRAWN)
    assert set(station.states().values()) == {"cancelled"}
    station.at(MONDAY_NINE)
    assert station.sender.arrived == []


def test_a_plan_that_comes_back_revives_its_edition(station: Station) -> None:
    station.at(FRIDAY_NINE)
    station.reads(replace(TOWN, plans={}))
    station.at(FRIDAY_NINE + timedelta(hours=1))
    station.reads(TOWN)
    station.at(FRIDAY_NINE + timedelta(hours=2))
    assert station.edition().state == "awaiting_approval"
    assert station.approve() == ""
    station.at(MONDAY_NINE)
    assert set(station.states().values()) == {"sent"}


def test_a_person_who_cancels_is_not_overruled(station: Station) -> None:
    station.at(FRIDAY_NINE)
    assert station.desk.cancel(station.edition(), station.clock.now()) == ""
    station.at(FRIDAY_NINE + timedelta(hours=1))
    station.at(MONDAY_NINE)
    assert station.edition().state == "cancelled"
    assert station.sender.arrived == []


def test_an_approval_that_runs_out_before_it_is_due_is_asked_for_again(station: Station) -> None:
    station.at(FRIDAY_NINE)
    station.approve()
    problem = station.desk.postpone(
        station.edition(), FRIDAY_NINE + timedelta(days=6), station.clock.now()
    )
    assert problem == ""
    station.approve()
    station.desk.postpone(station.edition(), FRIDAY_NINE + timedelta(days=14), station.clock.now())
    station.at(FRIDAY_NINE + timedelta(hours=1))
    assert station.approve() == ""
    station.at(FRIDAY_NINE + timedelta(days=7, hours=2))
    assert station.edition().state == "awaiting_approval"
    assert "审批超过 7 天" in station.edition().detail
    assert station.approve() == ""
    station.at(FRIDAY_NINE + timedelta(days=14))
    assert set(station.states().values()) == {"sent"}


def test_an_edition_nobody_approves_ends_a_week_after_it_was_due(station: Station) -> None:
    station.at(FRIDAY_NINE)
    station.at(MONDAY_NINE + timedelta(days=7))
    assert station.edition().state == "awaiting_approval"
    station.at(MONDAY_NINE + timedelta(days=7, seconds=2))
    assert station.edition().state == "expired"
    assert set(station.states().values()) == {"expired"}


def test_sending_by_hand_leaves_the_coming_edition_alone(station: Station) -> None:
    station.at(FRIDAY_NINE)
    started = station.desk.start_now(plan(), False, FRIDAY_NINE + timedelta(hours=1))
    assert started.edition is not None
    assert started.edition.id != NAME
    assert started.edition.category != station.edition().category
    station.at(FRIDAY_NINE + timedelta(hours=1))
    assert station.desk.approve(started.edition, "li", station.clock.now()) == ""
    station.at(FRIDAY_NINE + timedelta(hours=2))
    assert set(station.states(started.edition.id).values()) == {"sent"}
    assert set(station.states().values()) == {"queued"}


SAME = LibraryText("brushing-all", "brushing", ("all",), "题", "每周都一样的一段话，一个字也没有改")


def test_a_text_the_groups_got_lately_waits_for_its_author(store: SqlStore) -> None:
    town = replace(TOWN, library={"brushing-all": SAME}, plans={"weekly": plan()})
    station = Station(store, town, approval=False)
    station.at(MONDAY_NINE)
    assert set(station.states().values()) == {"sent"}
    station.at(NEXT_WEEK)
    again = "weekly-20261130-090000"
    assert station.edition(again).state == "awaiting_approval"
    assert (
        "和 2026-11-23 发过的 weekly-20261123-090000 很像（100% 相同）"
        in station.edition(again).alike
    )
    assert "--similar-ok" in station.edition(again).detail
    assert len(station.sender.arrived) == 3
    assert "撰写人 zhang" in station.desk.say_again(station.edition(again), "li", NEXT_WEEK)
    assert station.desk.say_again(station.edition(again), "zhang", NEXT_WEEK) == ""
    station.at(NEXT_WEEK + timedelta(minutes=1))
    assert set(station.states(again).values()) == {"sent"}
    assert [line.actor for line in store.audit.about(again) if line.action == "similar_ok"] == [
        "zhang"
    ]


def test_another_person_may_approve_it_instead_of_the_author(store: SqlStore) -> None:
    town = replace(TOWN, library={"brushing-all": SAME}, plans={"weekly": plan()})
    station = Station(store, town, approval=False)
    station.at(MONDAY_NINE)
    station.at(NEXT_WEEK)
    assert station.approve(name="weekly-20261130-090000") == ""
    station.at(NEXT_WEEK + timedelta(minutes=1))
    assert set(station.states("weekly-20261130-090000").values()) == {"sent"}


def test_a_plan_that_repeats_on_purpose_and_a_rotating_one_are_not_asked_about(
    store: SqlStore,
) -> None:
    town = replace(TOWN, library={"brushing-all": SAME}, plans={"weekly": plan(repeats=True)})
    station = Station(store, town, approval=False)
    for week in range(4):
        station.at(MONDAY_NINE + timedelta(weeks=week))
    assert {row.state for row in store.editions.newest()} == {"approved"}


def test_after_eight_weeks_a_text_is_new_again(store: SqlStore) -> None:
    town = replace(TOWN, library={"brushing-all": SAME}, plans={"weekly": plan()})
    station = Station(store, town, approval=False)
    station.at(MONDAY_NINE)
    station.at(MONDAY_NINE + timedelta(weeks=9))
    assert set(station.states("weekly-20270125-090000").values()) == {"sent"}


def test_an_approver_is_told_of_a_likeness_that_arose_since(store: SqlStore) -> None:
    town = replace(TOWN, library={"brushing-all": SAME}, plans={"weekly": plan()})
    station = Station(store, town)
    station.at(FRIDAY_NINE)
    other = station.desk.start_now(plan("other"), False, FRIDAY_NINE).edition
    assert other is not None
    station.reads(replace(town, plans={"weekly": plan(), "other": plan("other")}))
    assert station.desk.approve(other, "li", FRIDAY_NINE) == ""
    station.at(FRIDAY_NINE + timedelta(hours=1))
    assert set(station.states(other.id).values()) == {"sent"}
    assert "很像" in station.approve()
    assert station.approve() == ""
    assert "很像" in station.store.audit.about(NAME)[-1].detail
