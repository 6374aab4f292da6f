"""Answers to look at, marks, and questions in groups over a real file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.store.asked import AnswerSearch, GroupRow, MarkRow
from bot.store.sqlstore import SqlStore
from bot.types import Alternative, Answer, Message, Verdict, VerdictName
from bot.unanswered import Wish, decide, group_new, mark_wrong, move_addition

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def ask(
    store: SqlStore,
    text: str,
    verdict: VerdictName = "unknown",
    at: datetime = NOW,
    category: str | None = None,
    silent: bool = False,
) -> None:
    message = Message(f"{text} {at.isoformat()}", "mp:demo", "who", "c", "private", "text")
    found = Verdict(verdict, category, alternatives=(Alternative("loan-fee", "loan", 0.3),))
    store.answers.record(message, text, Answer(found, None if silent else "答", "kb-1"), at)


def groups(store: SqlStore) -> list[tuple[str, int]]:
    return [(group.example, group.size) for group in store.questions.groups(True, 20)]


def only_group(store: SqlStore) -> GroupRow:
    (group,) = store.questions.groups(True, 2)
    return group


@pytest.mark.parametrize(
    ("search", "found"),
    [
        (AnswerSearch(), ["丙", "乙", "甲50%"]),
        (AnswerSearch(verdict="scam"), ["乙"]),
        (AnswerSearch(category="loan"), ["乙"]),
        (AnswerSearch(text="0%"), ["甲50%"]),
        (AnswerSearch(text="_"), []),
        (AnswerSearch(since=NOW + timedelta(hours=1)), ["丙", "乙"]),
        (AnswerSearch(until=NOW + timedelta(hours=1)), ["甲50%"]),
        (AnswerSearch(marked=True), []),
    ],
)
def test_answers_are_found_by_what_is_asked_for(
    store: SqlStore, search: AnswerSearch, found: list[str]
) -> None:
    ask(store, "甲50%")
    ask(store, "乙", "scam", NOW + timedelta(hours=1), "loan")
    ask(store, "丙", "info", NOW + timedelta(hours=2))
    assert [row.scrubbed for row in store.answer_log.find(search, 9)] == found


def test_an_answer_keeps_what_the_judge_saw(store: SqlStore) -> None:
    ask(store, "甲")
    (row,) = store.answer_log.find(AnswerSearch(), 2)
    assert store.answer_log.one(row.channel, row.message) == row
    assert row.alternatives == (Alternative("loan-fee", "loan", 0.3),)
    assert (row.reply, row.revision) == ("答", "kb-1")


def test_silence_is_not_counted_as_an_answer(store: SqlStore) -> None:
    ask(store, "甲", "scam", category="loan")
    ask(store, "乙", "scam", category="loan", silent=True)
    counts = store.answer_log.counts(NOW, NOW + timedelta(days=1))
    assert [(one.verdict, one.category, one.count) for one in counts] == [("scam", "loan", 1)]
    assert store.answers.tally(NOW) == {"scam": 1}


def test_like_questions_come_in_one_group_and_stay_there(store: SqlStore) -> None:
    ask(store, "对方说让我明天再联系他")
    assert group_new(store.questions) == 1
    first = only_group(store)
    for hour in (1, 2):
        ask(store, "他说让我明天再联系他呀", at=NOW + timedelta(hours=hour))
    ask(store, "这条短信是真的吗")
    assert group_new(store.questions) == 3
    assert groups(store) == [("对方说让我明天再联系他", 3), ("这条短信是真的吗", 1)]
    again = store.questions.group(first.id)
    assert again is not None
    assert (again.first_at, again.last_at) == (NOW, NOW + timedelta(hours=2))
    assert group_new(store.questions) == 0


def test_a_decision_closes_a_group_once_and_writes_its_line(store: SqlStore) -> None:
    ask(store, "对方说让我明天再联系他")
    group_new(store.questions)
    group = only_group(store)
    wish = Wish("loan-fee", "asks", ("让我明天再联系他", "明天再联系"))
    assert decide(store, group, "asks", wish, "li", NOW)
    assert not decide(store, group, "done", None, "zhang", NOW)
    assert store.unanswered.count() == 0
    wished = store.questions.additions("pending", 5)
    assert {(row.item, row.field, row.text) for row in wished} == {
        ("loan-fee", "asks", text) for text in wish.texts
    }
    (line,) = store.audit.about(f"questions:{group.id}")
    assert (line.actor, line.action) == ("li", "questions_decided")
    assert "让我明天再联系他" in line.after


def test_the_same_wish_twice_is_one_and_a_dropped_one_can_be_wished_again(store: SqlStore) -> None:
    for number in range(3):
        ask(store, "对方说让我明天再联系他", at=NOW + timedelta(days=number))
        group_new(store.questions)
        assert decide(store, only_group(store), "new", Wish("", "asks", ("明天",)), "li", NOW)
        (wished,) = store.questions.additions("pending", 5)
        if number:
            assert move_addition(store, wished.id, "dropped", "li", NOW)
            assert not move_addition(store, wished.id, "taken", "li", NOW)


def test_what_is_not_ours_takes_later_questions_along_what_is_done_does_not(
    store: SqlStore,
) -> None:
    ask(store, "对方说让我明天再联系他")
    ask(store, "这条短信是真的吗")
    group_new(store.questions)
    away, done = store.questions.groups(True, 2)
    if "短信" in away.example:
        away, done = done, away
    assert decide(store, away, "not_ours", None, "li", NOW)
    assert decide(store, done, "done", None, "li", NOW)
    later = NOW + timedelta(days=1)
    ask(store, "对方说让我明天再联系他", at=later)
    ask(store, "这条短信是真的吗", at=later)
    group_new(store.questions)
    assert groups(store) == [("这条短信是真的吗", 1)]
    assert store.unanswered.count() == 1


def test_a_reopened_group_waits_again(store: SqlStore) -> None:
    ask(store, "对方说让我明天再联系他")
    group_new(store.questions)
    assert decide(store, only_group(store), "done", None, "li", NOW)
    (closed,) = store.questions.groups(False, 2)
    assert decide(store, closed, "", None, "zhang", NOW)
    assert store.unanswered.count() == 1
    assert only_group(store).decided_at is None


def test_a_wrong_answer_joins_the_questions_that_wait(store: SqlStore) -> None:
    ask(store, "先交钱再放款靠谱吗", "info")
    (answer,) = store.answer_log.find(AnswerSearch(), 2)
    mark_wrong(store, answer, MarkRow("li", NOW, "entry", "loan-fee", "应该提醒"))
    assert groups(store) == [("先交钱再放款靠谱吗", 1)]
    assert only_group(store).marked == 1
    assert [row.marked for row in store.answer_log.find(AnswerSearch(marked=True), 2)] == [True]
    mark = store.answer_log.mark_of(answer.channel, answer.message)
    assert mark == MarkRow("li", NOW, "entry", "loan-fee", "应该提醒")


def test_a_decided_question_found_wrong_again_waits_again(store: SqlStore) -> None:
    ask(store, "对方说让我明天再联系他")
    group_new(store.questions)
    (answer,) = store.answer_log.find(AnswerSearch(), 2)
    for decision in ("not_ours", "done", "not_ours", "done"):
        assert decide(store, only_group(store), decision, None, "li", NOW)
        assert store.unanswered.count() == 0
        mark_wrong(store, answer, MarkRow("li", NOW, "other"))
        assert store.unanswered.count() == 1
        assert only_group(store).size == 1


def test_old_questions_leave_their_group_and_no_text_of_theirs_stays(store: SqlStore) -> None:
    ask(store, "对方说让我明天再联系他")
    ask(store, "他说让我明天再联系他呀", at=NOW + timedelta(days=2))
    ask(store, "这条短信是真的吗")
    group_new(store.questions)
    store.forget(NOW + timedelta(days=1), NOW + timedelta(days=91))
    assert groups(store) == [("他说让我明天再联系他呀", 1)]


def test_a_person_who_leaves_takes_questions_and_words_along(store: SqlStore) -> None:
    ask(store, "对方说让我明天再联系他")
    group_new(store.questions)
    store.answers.forget_person("mp:demo", "who")
    assert groups(store) == []
    (answer,) = store.answer_log.find(AnswerSearch(), 2)
    assert (answer.scrubbed, answer.reply) == ("", "")


def test_what_a_resident_found_useless_waits_until_the_opinion_is_taken_back(
    store: SqlStore,
) -> None:
    ask(store, "先交钱再放款靠谱吗", "info")
    (answer,) = store.answer_log.find(AnswerSearch(), 2)
    which = (answer.channel, answer.message)
    store.feedback.give(*which, "anna", False, NOW)
    store.feedback.give(*which, "bert", False, NOW)
    group_new(store.questions)
    assert groups(store) == [("先交钱再放款靠谱吗", 1)]
    assert len(store.answer_log.find(AnswerSearch(useless=True), 2)) == 1
    store.feedback.give(*which, "anna", True, NOW)
    assert store.unanswered.count() == 1
    store.feedback.give(*which, "bert", None, NOW)
    assert groups(store) == []
    assert store.answer_log.find(AnswerSearch(useless=True), 2) == ()
