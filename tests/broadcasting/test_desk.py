from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.broadcasting import freezer
from bot.broadcasting.calendar import Once
from bot.broadcasting.desk import Desk
from bot.broadcasting.due import DueEdition
from bot.broadcasting.report import edition_state, report
from bot.config import Broadcast
from bot.store.api import Move
from bot.store.sqlstore import SqlStore
from tests.warning_fakes import MONDAY_NINE as NOW
from tests.warning_fakes import FakeSender, book, group, plan, services

TOWN = book(group("a"), group("b"))


@pytest.fixture
def desk(store: SqlStore) -> Desk:
    return Desk(services(store, TOWN), "test")


def test_starting_the_same_moment_twice_changes_nothing(store: SqlStore, desk: Desk) -> None:
    first = desk.start(DueEdition(plan(), NOW), False, NOW)
    second = desk.start(DueEdition(plan(), NOW), False, NOW + timedelta(minutes=1))
    assert first == second
    assert len(store.editions.newest()) == 1
    assert len(store.deliveries.of(first.id)) == 2


def test_topics_take_turns_within_a_plan(store: SqlStore, desk: Desk) -> None:
    week = timedelta(days=7)
    told = [desk.start(DueEdition(plan(), NOW + n * week), False, NOW).category for n in range(3)]
    assert told == ["brushing", "loan", "brushing"]
    other = desk.start(DueEdition(plan("other"), NOW), False, NOW)
    assert other.category == "brushing"


def test_an_expired_edition_takes_no_topics_turn(store: SqlStore, desk: Desk) -> None:
    desk.start(DueEdition(plan(), NOW, "太晚了"), False, NOW)
    later = NOW + timedelta(days=7)
    assert desk.start(DueEdition(plan(), later), False, later).category == "brushing"


def test_an_expired_edition_counts_all_its_groups(store: SqlStore, desk: Desk) -> None:
    edition = desk.start(DueEdition(plan(), NOW, "太晚了"), False, NOW)
    found = report(edition, store.deliveries.of(edition.id), ZoneInfo("Asia/Shanghai"))
    assert found["state"] == "expired"
    assert found["counts"]["expired"] == sum(found["counts"].values()) == 2
    assert found["scheduled_at"] == "2026-11-23T09:00:00+08:00"
    assert [row["detail"] for row in found["deliveries"]] == ["太晚了", "太晚了"]


def test_codes_are_unique_in_the_store(
    store: SqlStore, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freezer, "warning_code", lambda name, attempt: f"{attempt:06d}")
    codes = [
        desk.start(DueEdition(plan(), NOW + timedelta(days=n)), False, NOW).code for n in range(3)
    ]
    assert codes == ["000001", "000002", "000003"]
    found = store.editions.by_code("000002")
    assert found is not None
    assert found.scheduled_at == NOW + timedelta(days=1)


def test_now_continues_an_unfinished_edition(store: SqlStore, desk: Desk) -> None:
    first = desk.start(DueEdition(plan(), NOW), False, NOW).id
    started = desk.start_now(plan(), True, NOW + timedelta(minutes=5))
    assert started.edition is not None
    assert (started.edition.id, started.problem) == (first, "")
    assert all(row.by_hand for row in store.deliveries.of(first))


def finish(store: SqlStore, edition: str, now: datetime = NOW) -> None:
    store.leases.take("worker", "w", 30, now)
    for row in store.deliveries.queued():
        if row.edition == edition:
            assert store.deliveries.claim(row, "k", "worker", "w", now)
            store.deliveries.settle(row, Move("sent", outcome="sent"), now)


def test_another_edition_within_a_day_needs_again(store: SqlStore, desk: Desk) -> None:
    daily = plan(repeats=True)
    first = desk.start_now(daily, False, NOW).edition
    assert first is not None
    finish(store, first.id)
    hour = NOW + timedelta(hours=1)
    assert "--again" in desk.start_now(daily, False, hour).problem
    second = desk.start_now(daily, True, hour)
    assert second.edition is not None
    assert second.edition.id != first.id
    finish(store, second.edition.id, hour)
    assert desk.start_now(daily, False, hour + timedelta(hours=24)).problem == ""


def test_send_without_now_starts_only_what_is_due(store: SqlStore, desk: Desk) -> None:
    wednesday = NOW + timedelta(days=2)
    assert "下一次是 2026-11-30 09:00" in desk.start_if_due(plan(), wednesday).problem
    assert store.editions.newest() == ()
    started = desk.start_if_due(plan(), NOW + timedelta(days=7))
    assert started.edition is not None
    assert started.edition.scheduled_at == NOW + timedelta(days=7)
    finish(store, started.edition.id, NOW + timedelta(days=7))
    assert desk.start_if_due(plan(), NOW + timedelta(days=7, minutes=1)).problem != ""


def test_required_approval_holds_an_edition_back_until_another_person_gives_it(
    store: SqlStore,
) -> None:
    desk = Desk(services(store, TOWN, broadcast=Broadcast(approval=True)), "zhang")
    started = desk.start_now(plan(), False, NOW)
    edition = started.edition
    assert edition is not None
    assert edition.state == "awaiting_approval"
    assert f"broadcast approve {edition.id}" in started.problem
    assert desk.start_now(plan(), True, NOW).edition == edition
    assert "不能自己审批" in desk.approve(edition, "zhang", NOW)
    assert desk.approve(edition, "li", NOW + timedelta(hours=5)) == ""
    started = desk.start_now(plan(), False, NOW + timedelta(hours=6))
    assert started.problem == ""
    assert started.edition is not None
    assert started.edition.id == edition.id
    assert "不在等审批" in desk.approve(started.edition, "wang", NOW)


def test_send_after_an_approval_that_a_running_worker_acted_on_is_no_second_edition(
    store: SqlStore,
) -> None:
    desk = Desk(services(store, TOWN, broadcast=Broadcast(approval=True)), "zhang")
    edition = desk.start_now(plan(), False, NOW).edition
    assert edition is not None
    desk.approve(edition, "li", NOW)
    finish(store, edition.id)
    started = desk.start_now(plan(), False, NOW + timedelta(minutes=5))
    assert started.edition is not None
    assert (started.edition.id, started.problem) == (edition.id, "")
    assert "--again" in desk.start_now(plan(), False, NOW + timedelta(hours=2)).problem
    assert len(store.editions.newest()) == 1


def test_an_edition_nobody_approves_expires_after_seven_days(store: SqlStore) -> None:
    desk = Desk(services(store, TOWN, broadcast=Broadcast(approval=True)), "test")
    edition = desk.start_now(plan(), False, NOW).edition
    assert edition is not None
    desk.sweep(NOW + timedelta(days=7))
    assert {row.state for row in store.deliveries.of(edition.id)} == {"queued"}
    desk.sweep(NOW + timedelta(days=7, seconds=1))
    assert {row.state for row in store.deliveries.of(edition.id)} == {"expired"}
    after = store.editions.get(edition.id)
    assert after is not None
    assert after.state == "expired"


def test_cancelling_stops_what_is_queued(store: SqlStore, desk: Desk) -> None:
    edition = desk.start_now(plan(), False, NOW).edition
    assert edition is not None
    assert desk.cancel(edition, NOW) == ""
    rows = store.deliveries.of(edition.id)
    assert {row.state for row in rows} == {"cancelled"}
    after = store.editions.get(edition.id)
    assert after is not None
    assert edition_state(after, rows) == "cancelled"
    assert desk.cancel(after, NOW) != ""
    assert "没有在发" in desk.resend(after, NOW)


def test_resending_touches_only_what_was_refused(store: SqlStore) -> None:
    town = book(group("a"), group("b", "paste"), group("c"))
    senders = (FakeSender(), FakeSender("paste", limit=1))
    desk = Desk(services(store, town, *senders), "test")
    edition = desk.start_now(plan(), False, NOW).edition
    assert edition is not None
    first = store.deliveries.one(edition.id, "a")
    assert first is not None
    desk.move(first, Move("refused", "93000", "机器人不在群里"), NOW)
    finish(store, edition.id)
    assert desk.resend(edition, NOW) == ""
    rows = {row.group: row for row in store.deliveries.of(edition.id)}
    # b was refused because its text does not fit: the same text would not fit again.
    assert {name: row.state for name, row in rows.items()} == {
        "a": "queued",
        "b": "refused",
        "c": "sent",
    }
    assert (rows["a"].code, rows["a"].by_hand) == ("", True)


def test_only_unknown_and_waiting_deliveries_can_be_resolved(store: SqlStore, desk: Desk) -> None:
    edition = desk.start_now(plan(), False, NOW).edition
    assert edition is not None
    row = store.deliveries.of(edition.id)[0]
    assert "只有 unknown" in desk.resolve(row, "sent", NOW)
    assert {row.state for row in store.deliveries.of(edition.id)} == {"queued"}


SINGLE = plan(when=Once(NOW + timedelta(hours=30)))


def with_approval(store: SqlStore) -> Desk:
    return Desk(services(store, TOWN, broadcast=Broadcast(approval=True)), "test")


def test_a_warning_for_one_moment_that_was_sent_before_it_is_not_sent_again(
    store: SqlStore,
) -> None:
    office = with_approval(store)
    office.freeze_ahead([SINGLE], NOW)
    planned = office.coming(SINGLE, NOW)
    assert planned is not None

    by_hand = office.start_now(SINGLE, False, NOW).edition

    assert by_hand is not None
    assert by_hand.id != planned.id
    assert [row.state for row in store.deliveries.of(planned.id)] == ["cancelled", "cancelled"]
    office.freeze_ahead([SINGLE], NOW)
    assert office.due([SINGLE], NOW + timedelta(hours=31), None) == ()
    assert store.editions.get(planned.id).state == "cancelled"  # type: ignore[union-attr]


def test_where_the_one_sent_by_hand_was_cancelled_its_own_moment_counts_again(
    store: SqlStore,
) -> None:
    office = with_approval(store)
    by_hand = office.start_now(SINGLE, False, NOW).edition
    assert by_hand is not None
    office.cancel(by_hand, NOW)

    assert [one.plan.id for one in office.due([SINGLE], NOW + timedelta(hours=31), None)] == [
        SINGLE.id
    ]
