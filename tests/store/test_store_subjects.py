from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.store.moments import from_text, to_text
from bot.store.sqlstore import SqlStore
from bot.types import Answer, Message, Verdict, VerdictName

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def message(key: str) -> Message:
    return Message(
        key=key, channel="mp:demo", sender="s", chat="c", chat_type="private", kind="text"
    )


def test_moments_keep_their_order_as_text() -> None:
    moments = [NOW, NOW + timedelta(microseconds=1), NOW + timedelta(seconds=1)]
    assert sorted(map(to_text, moments)) == list(map(to_text, moments))
    assert [from_text(to_text(moment)) for moment in moments] == moments


def test_a_talk_is_kept_per_chat_and_person(store: SqlStore) -> None:
    store.conversations.put("mp:demo", "chat", "anna", "{1}", NOW)
    store.conversations.put("mp:demo", "chat", "bert", "{2}", NOW)
    store.conversations.put("mp:demo", "chat", "anna", "{3}", NOW + timedelta(seconds=5))
    row = store.conversations.get("mp:demo", "chat", "anna")
    assert row is not None
    assert (row.state, row.touched_at) == ("{3}", NOW + timedelta(seconds=5))
    assert store.conversations.get("mp:demo", "elsewhere", "anna") is None


def test_a_person_who_leaves_is_forgotten_and_nobody_else(store: SqlStore) -> None:
    store.conversations.put("mp:demo", "chat", "anna", "{}", NOW)
    store.conversations.put("mp:demo", "other", "anna", "{}", NOW)
    store.conversations.put("mp:demo", "chat", "bert", "{}", NOW)
    store.forget_person("mp:demo", "anna")
    assert store.conversations.get("mp:demo", "chat", "anna") is None
    assert store.conversations.get("mp:demo", "other", "anna") is None
    assert store.conversations.get("mp:demo", "chat", "bert") is not None


@pytest.mark.parametrize(("verdict", "kept"), [("unknown", True), ("scam", False), ("info", False)])
def test_only_questions_nobody_could_answer_are_kept_as_text(
    store: SqlStore, verdict: VerdictName, kept: bool
) -> None:
    answer = Answer(Verdict(verdict), "reply", "kb-1")
    store.answers.record(message("m1"), "有人让我[…]", answer, NOW)
    store.answers.record(message("m1"), "有人让我[…]", answer, NOW)
    assert [row.scrubbed for row in store.unanswered.unanswered(10)] == (
        ["有人让我[…]"] if kept else []
    )


def test_unanswered_questions_come_newest_first_and_are_forgotten_in_time(store: SqlStore) -> None:
    for number in range(3):
        answer = Answer(Verdict("unknown"), None, "kb-1")
        moment = NOW + timedelta(days=number)
        store.answers.record(message(f"m{number}"), f"问题{number}", answer, moment)
    assert [row.scrubbed for row in store.unanswered.unanswered(2)] == ["问题2", "问题1"]
    store.forget(NOW + timedelta(days=1), NOW + timedelta(days=91))
    assert [row.scrubbed for row in store.unanswered.unanswered(9)] == ["问题2", "问题1"]


def test_a_lease_belongs_to_one_holder_until_it_ends(store: SqlStore) -> None:
    assert store.leases.take("worker", "one", 30, NOW)
    assert not store.leases.take("worker", "two", 30, NOW + timedelta(seconds=29))
    assert store.leases.take("worker", "one", 30, NOW + timedelta(seconds=29))
    assert not store.leases.take("worker", "two", 30, NOW + timedelta(seconds=58))
    assert store.leases.take("worker", "two", 30, NOW + timedelta(seconds=59))
    assert not store.leases.take("worker", "one", 30, NOW + timedelta(seconds=60))


def test_only_the_holder_can_release_a_lease(store: SqlStore) -> None:
    store.leases.take("worker", "one", 30, NOW)
    store.leases.release("worker", "two")
    assert not store.leases.take("worker", "two", 30, NOW)
    store.leases.release("worker", "one")
    assert store.leases.take("worker", "two", 30, NOW)


def test_a_token_lives_until_it_ends(store: SqlStore) -> None:
    store.tokens.put("wecom:station", "t1", NOW + timedelta(hours=2))
    assert store.tokens.get("wecom:station", NOW + timedelta(minutes=119)) == "t1"
    assert store.tokens.get("wecom:station", NOW + timedelta(hours=2)) is None
    store.tokens.put("wecom:station", "t2", NOW + timedelta(hours=4))
    assert store.tokens.get("wecom:station", NOW + timedelta(hours=2)) == "t2"


def test_a_refused_token_is_dropped_but_not_its_successor(store: SqlStore) -> None:
    store.tokens.put("mp:demo", "new", NOW + timedelta(hours=2))
    store.tokens.drop("mp:demo", "old")
    assert store.tokens.get("mp:demo", NOW) == "new"
    store.tokens.drop("mp:demo", "new")
    assert store.tokens.get("mp:demo", NOW) is None


def test_one_process_at_a_time_refreshes_a_token(store: SqlStore) -> None:
    assert store.tokens.begin_refresh("mp:demo", "a", NOW)
    assert not store.tokens.begin_refresh("mp:demo", "b", NOW)
    assert store.tokens.begin_refresh("wecom:station", "b", NOW)
    store.tokens.end_refresh("mp:demo", "a")
    assert store.tokens.begin_refresh("mp:demo", "b", NOW)
    assert store.tokens.begin_refresh("mp:demo", "a", NOW + timedelta(seconds=15))


def test_audit_lines_are_found_by_subject_in_order(store: SqlStore) -> None:
    store.audit.note("li", "approved", "weekly-1", "hash", NOW + timedelta(seconds=1))
    store.audit.note("worker", "frozen", "weekly-1", "hash", NOW)
    store.audit.note("worker", "frozen", "weekly-2", "hash", NOW)
    lines = store.audit.about("weekly-1")
    assert [(line.actor, line.action) for line in lines] == [
        ("worker", "frozen"),
        ("li", "approved"),
    ]


def test_a_revision_keeps_its_first_use(store: SqlStore) -> None:
    store.revisions.note("kb-1", NOW)
    store.revisions.note("kb-1", NOW + timedelta(days=1))
    assert store.revisions.used_since("kb-1") == NOW
    assert store.revisions.used_since("kb-2") is None


def test_opinions_are_one_per_person_and_go_with_the_person(store: SqlStore) -> None:
    store.feedback.give("aibot:demo", "m1", "anna", True, NOW)
    store.feedback.give("aibot:demo", "m1", "anna", False, NOW)
    store.feedback.give("aibot:demo", "m1", "bert", True, NOW)
    assert store.feedback.of("aibot:demo", "m1") == (1, 1)
    store.forget_person("aibot:demo", "anna")
    assert store.feedback.of("aibot:demo", "m1") == (1, 0)
    store.forget(NOW + timedelta(days=1), NOW + timedelta(days=1))
    assert store.feedback.of("aibot:demo", "m1") == (0, 0)


def test_a_cool_down_is_per_chat_and_topic_and_ends(store: SqlStore) -> None:
    half_hour = timedelta(minutes=30)

    def take(chat: str = "c", topic: str = "loan", minutes: int = 0) -> bool:
        now = NOW + timedelta(minutes=minutes)
        return store.cool_downs.take("gateway:d", chat, topic, half_hour, now)

    assert [take(), take(minutes=29), take(chat="d"), take(topic="job")] == [
        True,
        False,
        True,
        True,
    ]
    assert take(minutes=30)
    assert not take(minutes=59)
    store.forget_person("gateway:d", "c")
    assert take(minutes=59)
    assert not take(chat="d")


def test_a_message_is_looked_at_without_being_taken(store: SqlStore) -> None:
    asked = message("m1")
    assert store.inbox.look(asked, NOW).kind == "new"
    assert store.inbox.claim(asked, "sig", "print", NOW).kind == "new"
    assert store.inbox.look(asked, NOW).kind == "busy"
    assert store.inbox.look(asked, NOW + timedelta(seconds=11)).kind == "new"
    store.inbox.finish(asked, "reply", NOW, lambda: None)
    assert store.inbox.look(asked, NOW).reply == "reply"
