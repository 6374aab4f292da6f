"""What the ways out keep: recipients, open windows, mass sends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.store.api import REACHABLE_FOR, MassJobRow, ReachableRow
from bot.store.sqlstore import SqlStore

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def touch(store: SqlStore, person: str, at: datetime, sealed: str = "s") -> None:
    store.reachable.touch("front", person, sealed, at, at - REACHABLE_FOR)


def reachable(store: SqlStore, account: str = "front", most: int = 5) -> list[str]:
    return [row.person for row in store.reachable.since(account, NOW - REACHABLE_FOR, most)]


def test_a_recipient_is_begun_once_and_again_only_after_a_refusal(store: SqlStore) -> None:
    recipients = store.recipients
    assert recipients.begin("d1", "a", NOW)
    assert not recipients.begin("d1", "a", NOW)
    assert recipients.begin("d2", "a", NOW)
    for state, again in (("sent", False), ("unknown", False), ("refused", True)):
        recipients.end("d1", "a", state, "code", NOW)  # type: ignore[arg-type]
        assert recipients.begin("d1", "a", NOW) is again
    assert recipients.counts("d1") == {"sending": 1}


def test_a_recipient_given_back_was_never_begun(store: SqlStore) -> None:
    store.recipients.begin("d1", "a", NOW)
    store.recipients.give_back("d1", "a")
    assert store.recipients.counts("d1") == {}
    store.recipients.begin("d1", "a", NOW)
    store.recipients.end("d1", "a", "sent", "", NOW)
    store.recipients.give_back("d1", "a")
    assert store.recipients.counts("d1") == {"sent": 1}


def test_a_window_opens_anew_with_each_message_and_not_with_its_repetition(
    store: SqlStore,
) -> None:
    touch(store, "anna", NOW)
    for _ in range(5):
        store.reachable.take("front", "anna", NOW - REACHABLE_FOR, 5)
    assert reachable(store) == []
    touch(store, "anna", NOW)
    assert reachable(store) == []
    touch(store, "anna", NOW + timedelta(seconds=1), "fresh")
    assert store.reachable.since("front", NOW, 5) == (
        ReachableRow("anna", "fresh", NOW + timedelta(seconds=1)),
    )
    assert reachable(store, "other") == []


def test_whoever_leaves_is_forgotten_at_once(store: SqlStore) -> None:
    touch(store, "anna", NOW)
    touch(store, "bert", NOW)
    store.reachable.drop("front", "anna")
    assert reachable(store) == ["bert"]


def test_nobody_is_remembered_for_more_than_two_days(store: SqlStore) -> None:
    touch(store, "anna", NOW - REACHABLE_FOR - 2 * HOUR)
    touch(store, "bert", NOW - HOUR)
    assert store.reachable.since("front", NOW - 10 * REACHABLE_FOR, 5)[0].person == "bert"
    store.forget(NOW - timedelta(days=90), NOW + REACHABLE_FOR)
    assert store.reachable.since("front", NOW - 10 * REACHABLE_FOR, 5) == ()


def test_recipients_go_with_the_messages_of_their_time(store: SqlStore) -> None:
    store.recipients.begin("old", "a", NOW - timedelta(days=91))
    store.recipients.begin("new", "a", NOW)
    store.forget(NOW - timedelta(days=90), NOW)
    assert (store.recipients.counts("old"), store.recipients.counts("new")) == ({}, {"sending": 1})


def test_a_mass_send_is_counted_once_however_often_it_is_heard_of(store: SqlStore) -> None:
    jobs = store.mass_jobs
    jobs.finish("front", MassJobRow("1", "", NOW, "send success", 12, 10, 9, 1))
    jobs.add("front", "1", "2", NOW + HOUR)
    jobs.add("front", "1", "2", NOW + HOUR)
    jobs.add("front", "2", "2", NOW + HOUR)
    assert jobs.one("front", "1") == MassJobRow("1", "2", NOW, "send success", 12, 10, 9, 1)
    assert jobs.one("front", "2") == MassJobRow("2", "2", NOW + HOUR)
    assert jobs.taken_since("front", NOW) == {"2": 2}
    assert jobs.taken_since("front", NOW + HOUR) == {"2": 1}
    assert jobs.one("other", "1") is None
