"""Drafts joined with files that may have changed meanwhile."""

from __future__ import annotations

import pytest

from bot.publishing.desk import over
from bot.publishing.merge import Change, compare, merge, touched
from bot.store.api_editing import DraftRow
from tests.warning_fakes import MONDAY_NINE

FILE = "scams/loan.yaml"
A, B = "id: a\nwhy: 一\nscript: 二\n", "id: b\nwhy: 三\n"
SOURCE = "entries:\n  - id: a\n    why: 一\n    script: 二\n\n  - id: b\n    why: 三\n"


def change(name: str, base: str, text: str) -> Change:
    return Change("entry", name, FILE, base, text)


def test_changes_of_one_file_are_joined() -> None:
    merged = merge(
        {FILE: SOURCE},
        [
            change("a", A, A.replace("一", "一\nreport: 新")),
            change("b", B, B.replace("三", "四")),
            change("c", "", "id: c\n"),
        ],
        "knowledge",
    )
    assert (merged.clashes, merged.problems) == ([], [])
    assert merged.files[FILE] == (
        "entries:\n  - id: a\n    why: 一\n    report: 新\n    script: 二\n\n"
        "  - id: b\n    why: 四\n\n  - id: c\n"
    )
    assert touched({FILE: SOURCE}, merged.files) == ("a", "b", "c")


def test_a_change_over_another_text_clashes_and_the_same_change_twice_does_not() -> None:
    now = SOURCE.replace("一", "别人的")
    text = A.replace("一", "我的")
    assert [c.now for c in merge({FILE: now}, [change("a", A, text)], "k").clashes] == [
        A.replace("一", "别人的")
    ]
    same = merge({FILE: now}, [change("a", A, A.replace("一", "别人的"))], "k")
    assert (same.clashes, same.files) == ([], {})
    assert merge({FILE: SOURCE}, [change("gone", "id: gone\n", "id: gone\nx: 1\n")], "k").clashes
    assert merge({FILE: SOURCE}, [change("b", "", B + "x: 1\n")], "k").clashes


@pytest.mark.parametrize("file", ["redlines.yaml", "signals.yaml", "aliases.yaml", "../x.yaml"])
def test_what_may_not_be_edited_is_no_part_of_a_publication(file: str) -> None:
    merged = merge({file: "a"}, [Change("file", file, file, "a", "b")], "k")
    assert merged.files == {}
    assert len(merged.problems) == 1


def test_a_name_stays_as_it_is() -> None:
    problems = merge({FILE: SOURCE}, [change("b", B, "why: 三\nid: z\n")], "k").problems
    assert [(p.file, p.line) for p in problems] == [(f"k/{FILE}", 7)]


def test_going_on_over_somebody_elses_change_keeps_both() -> None:
    def draft(text: str) -> DraftRow:
        return DraftRow("p", "entry", "a", FILE, A, text, MONDAY_NINE)

    theirs = A.replace("二", "别人的")
    assert over(draft(A.replace("一", "我的")), theirs) == "id: a\nwhy: 我的\nscript: 别人的\n"
    assert over(draft(A.replace("二", "我的")), theirs) == "id: a\nwhy: 一\nscript: 我的\n"
    assert over(draft("id: ["), theirs) == "id: ["


def test_a_comparison_shows_what_differs_with_its_surroundings() -> None:
    lines = compare("a\nb\nc\n", "a\nx\nc\n")
    assert [(line.sign, line.text) for line in lines] == [
        ("@", ""), (" ", "a"), ("-", "b"), ("+", "x"), (" ", "c"),
    ]  # fmt: skip
    assert compare("a\n", "a\n") == ()
