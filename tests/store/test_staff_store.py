from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.store.api import AuditSearch, SessionRow, UserRow
from bot.store.sqlstore import SqlStore
from bot.types import Answer, Message, Verdict, VerdictName

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
WANG = UserRow("wang", ("officer", "admin"), "hash", NOW, must_change=True, totp="sealed")


def test_a_user_is_kept_as_given_and_a_name_is_taken_once(store: SqlStore) -> None:
    assert store.users.add(WANG)
    assert not store.users.add(replace(WANG, password="other"))
    assert store.users.get("wang") == WANG
    assert store.users.get("nobody") is None
    changed = replace(WANG, roles=("viewer",), disabled=True, signed_in_at=NOW, must_change=False)
    assert store.users.save(changed)
    assert store.users.all() == (changed,)
    assert not store.users.save(replace(WANG, name="nobody"))


def test_a_time_step_is_used_once_and_no_earlier_one_after_it(store: SqlStore) -> None:
    store.users.add(WANG)
    assert store.users.use_step("wang", 10)
    assert not store.users.use_step("wang", 10)
    assert not store.users.use_step("wang", 9)
    store.users.save(WANG)
    assert not store.users.use_step("wang", 10), "saving gives no step back"
    assert store.users.use_step("wang", 11)


def test_sessions_begin_are_touched_and_end_alone_or_together(store: SqlStore) -> None:
    for token in ("a", "b", "c"):
        store.users.begin_session(SessionRow(token, "wang", NOW, NOW))
    store.users.begin_session(SessionRow("other", "li", NOW, NOW))
    later = NOW + timedelta(minutes=5)
    store.users.touch_session("a", later)
    assert store.users.session("a") == SessionRow("a", "wang", NOW, later)
    store.users.end_session("b")
    assert store.users.session("b") is None
    store.users.end_sessions("wang", but="a")
    assert store.users.session("c") is None
    assert store.users.session("a")
    assert store.users.session("other")


def test_wrong_tries_are_counted_until_the_count_begins_anew(store: SqlStore) -> None:
    window = timedelta(minutes=15)
    for minute in range(3):
        moment = NOW + timedelta(minutes=minute)
        store.users.count_try("user:wang", moment - window, moment)
    assert store.users.tries("user:wang").wrong == 3  # type: ignore[union-attr]
    store.users.take_back_try("user:wang")
    assert store.users.tries("user:wang").wrong == 2  # type: ignore[union-attr]
    late = NOW + timedelta(minutes=30)
    store.users.count_try("user:wang", late - window, late)
    assert store.users.tries("user:wang").wrong == 1  # type: ignore[union-attr]
    store.users.clear_tries("user:wang")
    assert store.users.tries("user:wang") is None


def test_the_log_keeps_before_and_after_and_is_found_newest_first(store: SqlStore) -> None:
    for number in range(4):
        moment = NOW + timedelta(minutes=number)
        store.audit.note(f"actor{number % 2}", "did", f"s/{number}", "", moment, "old", "new")
    rows = store.audit.find(AuditSearch(subject="s"), 10)
    assert [row.subject for row in rows] == ["s/3", "s/2", "s/1", "s/0"]
    assert (rows[0].before, rows[0].after) == ("old", "new")
    assert [row.subject for row in store.audit.find(AuditSearch("actor1"), 1, 1)] == ["s/1"]
    span = AuditSearch(since=NOW + timedelta(minutes=1), until=NOW + timedelta(minutes=2))
    assert [row.subject for row in store.audit.find(span, 10)] == ["s/1"]
    assert store.audit.actors() == ("actor0", "actor1")


@pytest.mark.parametrize("subject", ["100%", "a_b", "a!b", "'; DROP TABLE audit; --"])
def test_a_subject_is_looked_for_literally(store: SqlStore, subject: str) -> None:
    store.audit.note("x", "did", f"{subject}/1", "", NOW)
    store.audit.note("x", "did", "axb/1", "", NOW)
    store.audit.note("x", "did", "1000/1", "", NOW)
    found = store.audit.find(AuditSearch(subject=subject), 10)
    assert [row.subject for row in found] == [f"{subject}/1"]


def test_answers_are_tallied_by_verdict_since_a_moment(store: SqlStore) -> None:
    verdicts: tuple[VerdictName, ...] = ("scam", "scam", "unknown", "info")
    for number, verdict in enumerate(verdicts):
        message = Message(str(number), "mp:demo", "s", "c", "private", "text")
        moment = NOW + timedelta(hours=number)
        store.answers.record(message, "什么", Answer(Verdict(verdict), "r", "kb"), moment)
    assert store.answers.tally(NOW + timedelta(hours=1)) == {"scam": 1, "unknown": 1, "info": 1}
    assert store.unanswered.count() == 1
