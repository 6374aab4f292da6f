"""What blocks a publication, and how long the trials may take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

import pytest

from bot.kb.model import Entry, Knowledge, Redline, Trials
from bot.publishing import tries
from bot.publishing.tries import Trial, run
from bot.respond import Base
from bot.types import Verdict

DAY = date(2026, 11, 20)


@dataclass
class FakeJudge:
    """Finds the entry whose id the question names, unless it is told to miss it."""

    knowledge: Knowledge
    misses: frozenset[str] = frozenset()

    def __call__(self, text: str) -> Verdict:
        if text in self.misses:
            return Verdict("off_topic")
        named = next((e for e in self.knowledge.entries if text.startswith(e.id)), None)
        if named:
            return Verdict("scam", named.category, named.id, 1.0)
        return Verdict("suspicious") if "安全账户" in text else Verdict("off_topic")


def entry(name: str, category: str) -> Entry:
    return Entry(
        name, category, "", (), "high", (), (), (), (), "", "", "", "", "", "", (), DAY, DAY,
        Trials((f"{name} 一", f"{name} 二"), ("天气",)), f"knowledge/scams/{category}.yaml", 1,
    )  # fmt: skip


KNOWLEDGE = Knowledge(
    "r", (entry("a", "loan"), entry("b", "loan"), entry("c", "job")), (), (), (), (), (),
    (Redline("safe", "s", None, ((("转",), ("安全账户",)),)),), {}, (), (), (), (), {},
)  # fmt: skip


def tried(
    before: frozenset[str] = frozenset(),
    after: frozenset[str] = frozenset(),
    seconds: Callable[[], float] = lambda: 0.0,
) -> Trial:
    published, candidate = (
        cast(Base, type("B", (), {"judge": FakeJudge(KNOWLEDGE, misses)})())
        for misses in (before, after)
    )
    files = frozenset({"knowledge/scams/loan.yaml"})
    return run(published, candidate, frozenset({"a"}), files, lambda done, total: None, seconds)


def test_nothing_blocks_where_every_question_lands() -> None:
    found = tried()
    assert (found.blocking, found.old) == ((), ())
    assert found.words == "改到的文件试了全部 6 题，其他文件全部试了 3 题（共 3 题）"


def test_a_red_question_of_a_touched_item_blocks_even_if_it_was_red_before() -> None:
    red = frozenset({"a 一"})
    assert len(tried(red, red).blocking) == 1


@pytest.mark.parametrize("question", ["b 一", "c 二"])
def test_elsewhere_only_what_turned_red_blocks(question: str) -> None:
    red = frozenset({question})
    assert len(tried(frozenset(), red).blocking) == 1
    found = tried(red, red)
    assert found.blocking == ()
    assert len(found.old) == 1


def test_the_rest_is_tried_as_far_as_time_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "REST_SECONDS", 5.0)
    knowledge = replace(
        KNOWLEDGE, entries=(*KNOWLEDGE.entries, *(entry(f"d{n}", "job") for n in range(9)))
    )
    moments: Iterator[float] = iter(range(0, 1000, 4))
    base = cast(Base, type("B", (), {"judge": FakeJudge(knowledge)})())
    reports: list[tuple[int, int]] = []
    found = run(
        base,
        base,
        frozenset(),
        frozenset({"knowledge/scams/loan.yaml"}),
        lambda done, total: reports.append((done, total)),
        lambda: next(moments),
    )
    assert found.words == "改到的文件试了全部 6 题，其他文件5 秒内试了 6 题（共 30 题）"
    # What is told is what will have been asked when the time is over, not all there is.
    assert reports[-1] == (12, 12)
    assert all(done <= total <= 18 for done, total in reports)


def test_a_red_line_that_would_fall_silent_blocks() -> None:
    found = tried(after=frozenset({"转安全账户"}))
    assert ["碰到红线 safe" in problem.what for problem in found.blocking] == [True]
