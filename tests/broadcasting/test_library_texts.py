"""Advice on a warning's wording, and which plans bring which text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.broadcasting.model import Fixed, Selection, Topic
from bot.broadcasting.usage import fixed_in, usage
from bot.broadcasting.wording import advice
from tests.warning_fakes import book, group, plan, text


@pytest.mark.parametrize(
    ("audience", "body", "words"),
    [
        ("all", "骗" * 301, "最好不超过 300 个字"),
        ("elderly", "骗" * 121, "最好不超过 120 个字"),
        ("elderly", "别下载 APP。", "给老人的不要用英文：APP"),
        ("all", "千万别信！！！", "感叹号"),
        ("all", "这是骗子的话术。", "“话术”居民听不懂"),
        ("all", "他说放心吧，别信。", "有“放心吧”"),
    ],
)
def test_what_a_reader_stumbles_over_is_told(audience: str, body: str, words: str) -> None:
    found = advice(replace(text("a", audience=audience, body=body), title="当心"))
    assert len(found) == 1
    assert words in found[0]


def test_a_plain_text_needs_no_advice() -> None:
    assert advice(text("a", body="先垫钱的都是骗。拿不准打 96110，装国家反诈中心 App。")) == ()


def test_a_text_is_used_where_a_group_would_get_it() -> None:
    town = book(
        group("a", audience=("student",)),
        group("b"),
        plans=(
            plan("weekly"),
            plan("loans", content=Topic("loan")),
            plan("named", content=Fixed({"all": "loan-all"})),
            plan("nobody", groups=Selection(kinds=frozenset({"bank"})), content=Topic("loan")),
        ),
    )
    for_students = text("brushing-student", audience="student")
    town = replace(town, library={**town.library, for_students.id: for_students})
    used = {name: [one.id for one in plans] for name, plans in usage(town).items()}
    assert used == {
        "brushing-all": ["weekly"],
        "brushing-student": ["weekly"],
        "loan-all": ["weekly", "loans", "named"],
    }
    assert [one.id for one in fixed_in("loan-all", town)] == ["named"]
    assert fixed_in("brushing-all", town) == ()
