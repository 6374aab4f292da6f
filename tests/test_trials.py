"""The trial questions of a base, put to a judge that says what it is told to say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from bot.kb.model import Entry, Guide, Knowledge, Passage, Trials
from bot.problems import Problem
from bot.trials import run_trials
from bot.types import Alternative, Verdict

DAY = date(2026, 11, 20)


class TableJudge:
    """Answers from a table; anything else is off topic."""

    def __init__(self, table: Mapping[str, Verdict]) -> None:
        self._table = table

    def __call__(self, text: str) -> Verdict:
        return self._table.get(text, Verdict("off_topic", subject="none"))


NO_TRIALS = Trials((), ())


def entry(identifier: str, category: str, trials: Trials = NO_TRIALS) -> Entry:
    return Entry(
        id=identifier,
        category=category,
        title="手法",
        audience=("all",),
        severity="high",
        says=(),
        asks=(),
        looks_like=(),
        signs=(),
        why="",
        not_trust="",
        not_disclose="",
        not_transfer="",
        report="",
        script="",
        sources=(),
        reviewed=DAY,
        review_by=DAY,
        trials=trials,
        file=f"knowledge/scams/{category}.yaml",
        line=4,
    )


def guide(identifier: str, trials: Trials) -> Guide:
    return Guide(
        id=identifier,
        topic="hotlines",
        title="",
        verdict="info",
        asks=(),
        answer="",
        group="",
        sources=(),
        reviewed=DAY,
        review_by=DAY,
        trials=trials,
        file="knowledge/guides/hotlines.yaml",
        line=4,
    )


TRIED = entry("loan-first-fee", "loan", Trials(("先交钱才放款",), ("房贷利率多少",)))
OTHERS = (
    *(entry(f"loan-{number}", "loan") for number in range(4)),
    *(entry(f"prize-{number}", "prize") for number in range(4)),
)
HOTLINE = guide("hotline-96110", Trials(("反诈电话多少",), ("有人冒充反诈中心",)))
PASSAGES = (
    Passage("loan-first-fee", "tests.must", "先交钱才放款", TRIED.file, 41),
    Passage("loan-first-fee", "tests.must_not", "房贷利率多少", TRIED.file, 43),
    Passage("hotline-96110", "tests.must", "反诈电话多少", HOTLINE.file, 21),
    Passage("hotline-96110", "tests.must_not", "有人冒充反诈中心", HOTLINE.file, 23),
)
KNOWLEDGE = Knowledge(
    revision="r",
    entries=(TRIED, *OTHERS),
    guides=(HOTLINE,),
    ordinary=(),
    signs=(),
    cues=(),
    contexts=(),
    redlines=(),
    aliases={},
    numbers=(),
    domains=(),
    senders=(),
    quiz=(),
    replies={},
    passages=PASSAGES,
)
GOOD = {
    "先交钱才放款": Verdict("scam", "loan", "loan-first-fee"),
    "反诈电话多少": Verdict("info", entry="hotline-96110"),
}


def tried(**changes: Verdict) -> list[Problem]:
    return run_trials(TableJudge({**GOOD, **changes}), KNOWLEDGE)


def near(*names: str) -> tuple[Alternative, ...]:
    return tuple(Alternative(name, name.split("-")[0], 0.5) for name in names)


def test_a_judge_that_passes_leaves_no_problem() -> None:
    assert tried() == []


@pytest.mark.parametrize("name", ["scam", "suspicious", "emergency"])
def test_each_positive_verdict_with_the_entry_reaches_it(name: str) -> None:
    assert tried(先交钱才放款=Verdict(name, "loan", "loan-first-fee")) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "verdict",
    [
        Verdict("scam", "prize", "prize-1", alternatives=near("loan-first-fee")),
        Verdict("scam", "loan", "loan-1", alternatives=near("loan-2", "loan-first-fee")),
        Verdict("scam", "prize", "prize-1", alternatives=near("prize-2", "prize-3", "prize-0", "loan-first-fee")),
        Verdict("unknown", subject="choices", choices=("prize-1", "loan-first-fee")),
        Verdict("unknown", choices=("prize-1",), alternatives=near("prize-1", "loan-first-fee")),
    ],
    ids=["next best", "third of its category", "first of its category", "offered", "next to the offered"],
)  # fmt: skip
def test_an_entry_among_the_first_three_of_its_category_is_reached(verdict: Verdict) -> None:
    assert tried(先交钱才放款=verdict) == []


@pytest.mark.parametrize(
    "verdict",
    [
        Verdict("scam", "prize", "prize-1"),
        Verdict("scam", "loan", "loan-1", alternatives=near("loan-2", "loan-3", "loan-first-fee")),
        Verdict("unknown", subject="question", alternatives=near("loan-first-fee")),
        Verdict("unknown", subject="choices", choices=("prize-1", "prize-2")),
        Verdict("info", entry="loan-first-fee"),
        Verdict("off_topic"),
    ],
    ids=["another entry", "fourth of its category", "no choices", "other choices", "info", "off topic"],
)  # fmt: skip
def test_an_entry_that_is_not_reached_is_told_at_its_question(verdict: Verdict) -> None:
    problems = tried(先交钱才放款=verdict)
    assert [(p.file, p.line) for p in problems] == [(TRIED.file, 41)]
    assert "loan-first-fee" in problems[0].what
    assert verdict.name in problems[0].what
    assert problems[0].mend


def test_a_must_not_that_is_called_this_scam_is_told_at_its_question() -> None:
    problems = tried(房贷利率多少=Verdict("suspicious", "loan", "loan-first-fee"))
    assert [(p.file, p.line) for p in problems] == [(TRIED.file, 43)]
    assert "不该" in problems[0].what


@pytest.mark.parametrize(
    "verdict",
    [
        Verdict("scam", "loan", "loan-1"),
        Verdict("unknown", choices=("loan-first-fee",)),
        Verdict("info", subject="ordinary:bank"),
    ],
)
def test_a_must_not_may_get_any_other_verdict(verdict: Verdict) -> None:
    assert tried(房贷利率多少=verdict) == []


@pytest.mark.parametrize("name", ["info", "off_topic"])
def test_a_guide_is_reached_where_it_is_the_answer(name: str) -> None:
    assert tried(反诈电话多少=Verdict(name, entry="hotline-96110")) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "verdict",
    [Verdict("info", entry="hotline-110"), Verdict("info"), Verdict("scam", entry="hotline-96110")],
)
def test_a_guide_that_is_not_the_answer_is_told(verdict: Verdict) -> None:
    problems = tried(反诈电话多少=verdict)
    assert [(p.file, p.line) for p in problems] == [(HOTLINE.file, 21)]


def test_a_guide_that_answers_what_it_must_not_is_told() -> None:
    problems = tried(有人冒充反诈中心=Verdict("info", entry="hotline-96110"))
    assert [(p.file, p.line) for p in problems] == [(HOTLINE.file, 23)]


def test_all_failed_trials_are_told_sorted() -> None:
    problems = run_trials(lambda text: Verdict("off_topic"), KNOWLEDGE)
    assert [p.line for p in problems] == [21, 41]
    assert problems == sorted(problems)
