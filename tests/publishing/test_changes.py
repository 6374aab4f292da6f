"""What people are shown of a change: fields and sentences, not lines of a file."""

from __future__ import annotations

from bot.publishing.changes import FieldChange, of_file, of_item, title_of
from bot.publishing.merge import DiffLine

A = "id: a\ntitle: 假客服\nasks:\n  - 一\n  - 二\ndo:\n  not_trust: 别信\n"
FILE = "scams/loan.yaml"


def listed(*items: str) -> str:
    body = "".join("  - " + item.rstrip("\n").replace("\n", "\n    ") + "\n" for item in items)
    return f"category: loan\nentries:\n{body}"


def test_sentences_put_in_and_taken_out_stand_under_their_field() -> None:
    after = A.replace("  - 一\n", "  - 零\n").replace("别信", "挂掉")
    (item,) = of_item("entry", "a", A, after).items
    assert (item.title, item.sign) == ("假客服", "")
    assert item.fields == (
        FieldChange("do.not_trust", (DiffLine("-", "别信"), DiffLine("+", "挂掉"))),
        FieldChange("asks", (DiffLine("-", "一"), DiffLine("+", "零"))),
    )


def test_of_a_file_only_the_items_that_differ_are_told_new_and_gone_ones_too() -> None:
    b, c = A.replace("id: a", "id: b"), A.replace("id: a", "id: c")
    found = of_file(FILE, listed(A, b), listed(A.replace("二", "三"), c))
    assert [(one.name, one.sign) for one in found.items] == [("a", ""), ("c", "+"), ("b", "-")]
    assert [change.path for change in found.items[0].fields] == ["asks"]


def test_what_is_no_field_is_told_in_lines() -> None:
    for kind, name, before, after in (
        ("entry", "a", A, A + "# 一句说明\n"),
        ("entry", "a", A, "id: ["),
        ("file", "replies.yaml", "a: 1\n", "a: 2\n"),
    ):
        found = of_item(kind, name, before, after)
        assert found.items == ()
        assert found.lines
    assert of_item("entry", "a", A, A).lines == ()
    assert of_file("replies.yaml", "a: 1\n", "a: 2\n").items == ()
    assert of_file(FILE, "", listed(A)).items[0].sign == "+"


def test_an_item_without_a_title_is_called_by_its_name() -> None:
    assert title_of("entry", "a", A) == "假客服"
    assert title_of("entry", "a", "id: a\n") == "a"
    assert title_of("file", "replies.yaml", "a: 1\n") == "replies.yaml"
