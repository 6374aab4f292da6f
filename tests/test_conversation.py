"""The state of a talk: what a number picks, what a fragment refers to, when all is forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import (
    FORGET_AFTER,
    LONGEST_REMEMBERED,
    State,
    after,
    from_json,
    is_fragment,
    joined,
    picked,
    to_json,
)
from bot.types import POSITIVE, Verdict, VerdictName

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
ASKED = State(text="有人找我", verdict="unknown", asked="question")
OFFERED = State(asked="choices", choices=("loan-a", "prize-b"))
SCAM = Verdict("scam", category="loan", entry="loan-a")


def test_a_state_survives_being_stored() -> None:
    state = State(text="他说“先交钱”\n", verdict="scam", choices=("x",), quizzes=2)
    assert from_json(to_json(state), NOW, NOW) == state


def test_it_is_remembered_for_half_an_hour_and_no_longer() -> None:
    assert from_json(to_json(ASKED), NOW, NOW + FORGET_AFTER) == ASKED
    assert from_json(to_json(ASKED), NOW, NOW + FORGET_AFTER + timedelta(seconds=1)) == State()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        ("２", 2),
        ("③", 3),
        ("二", 2),
        ("选1", 1),
        ("第二个", 2),
        ("我选3", 3),
        ("1。", 1),
        (" 2 ", 2),
        ("第三种吧", 3),
    ],
)
def test_a_number_picks_what_was_asked(text: str, number: int) -> None:
    assert picked(ASKED, text) == number


@pytest.mark.parametrize("text", ["0", "4", "12", "1234", "123456", "1万", "13812345678", "好", ""])
def test_anything_else_picks_nothing(text: str) -> None:
    assert picked(ASKED, text) is None


def test_a_number_picks_only_what_was_offered() -> None:
    assert picked(OFFERED, "2") == 2
    assert picked(OFFERED, "3") is None


def test_a_number_picks_nothing_where_nothing_was_asked() -> None:
    assert picked(State(text="别的", verdict="scam"), "1") is None


@pytest.mark.parametrize("text", ["那他要先交500呢", "还让我下载软件", "怎么办", "已经转了"])
def test_a_short_line_that_refers_back_is_a_fragment(text: str) -> None:
    assert is_fragment(text)


@pytest.mark.parametrize("text", ["96110电话", "天气真好", "那" * 60])
def test_a_line_of_its_own_or_a_long_one_is_none(text: str) -> None:
    assert not is_fragment(text)


def test_a_fragment_is_read_behind_what_was_said() -> None:
    assert joined(ASKED, "要交钱") == "有人找我。要交钱"
    assert joined(State(), "要交钱") == "要交钱"


def test_a_state_of_another_release_is_read_as_far_as_it_is_known() -> None:
    stored = '{"text": "有人加我", "verdict": "scam", "gone": 1}'
    assert from_json(stored, NOW, NOW) == State(text="有人加我", verdict="scam")


def test_a_question_of_the_bot_is_remembered() -> None:
    following = after(State(), "有人加我", Verdict("unknown", subject="question"))
    assert (following.asked, following.text) == ("question", "有人加我")


def test_offered_choices_are_remembered() -> None:
    verdict = Verdict("unknown", subject="choices", choices=("a", "b"))
    following = after(State(), "有人加我", verdict)
    assert (following.asked, following.choices) == ("choices", ("a", "b"))


def test_a_new_story_drops_the_question_and_the_old_story() -> None:
    following = after(OFFERED, "网络贷款被拒绝放款", SCAM)
    assert (following.asked, following.choices) == ("", ())
    assert (following.text, following.verdict) == ("网络贷款被拒绝放款", "scam")


def test_a_fragment_goes_on_with_the_story() -> None:
    assert after(ASKED, "他要我交钱", SCAM).text == "有人找我。他要我交钱"


@pytest.mark.parametrize("name", ["info", "off_topic"])
def test_thanks_or_a_question_in_between_does_not_end_the_story(name: VerdictName) -> None:
    before = after(State(), "网络贷款", SCAM)
    following = after(before, "谢谢", Verdict(name))
    assert (following.text, following.verdict) == ("网络贷款", "scam")
    assert following.asked == ""


def test_what_was_a_scam_stays_one_when_a_line_says_little() -> None:
    before = after(State(), "网络贷款", SCAM)
    assert after(before, "嗯", Verdict("unknown", subject="question")).positive


@given(
    st.lists(
        st.tuples(
            st.text(max_size=400),
            st.sampled_from(["emergency", "scam", "suspicious", "unknown", "info", "off_topic"]),
            st.sampled_from(["question", "choices", "pressed", "lookup", None]),
        ),
        max_size=6,
    )
)
def test_whatever_is_said_the_state_stays_small_and_storable(
    turns: list[tuple[str, VerdictName, str | None]],
) -> None:
    state = State()
    for text, name, subject in turns:
        state = after(state, text, Verdict(name, subject=subject, choices=("a",)))
        assert len(state.text) <= LONGEST_REMEMBERED
        assert state.asked in ("", "question", "choices")
        assert state.positive == (state.verdict in POSITIVE)
        assert from_json(to_json(state), NOW, NOW) == state
