"""Texts of the library are changed in their place, whatever stands around them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.broadcasting.text_yaml import changed, ids, text_item, without

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "broadcasts/library").glob("*.yaml"))
TWO = """# 开头
texts:
  # 给所有人的
  - id: a
    category: loan
    body: |-
      一
      二

  # 给学生的
  - id: b
    category: loan
    body: |
      三
"""
LINES = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=40)
WORDS = st.lists(LINES.map(str.strip), min_size=1, max_size=4).map("\n".join).map(str.strip)


def test_a_text_ends_before_the_comment_of_the_next() -> None:
    assert ids(TWO) == ("a", "b")
    assert text_item(TWO, "a").endswith("      二\n")
    assert text_item(TWO, "b") == TWO[TWO.index("  - id: b") :]
    assert text_item(TWO, "c") == ""


def test_a_removed_text_takes_its_own_comment_along_and_the_last_the_file() -> None:
    rest = without(TWO, "b")
    assert rest == TWO[: TWO.index("\n  # 给学生的")]
    assert without(rest or "", "a") is None


def test_a_file_without_a_last_line_break_can_be_added_to() -> None:
    for end in ("\n", ""):
        text = changed(TWO.rstrip() + end, {"id": "c", "body": "四"})
        assert [item["id"] for item in yaml.safe_load(text)["texts"]] == ["a", "b", "c"]
    bare = yaml.safe_load(changed(TWO.rstrip(), {"id": "b", "body": "五\n六"}))
    assert bare["texts"][1]["body"] == "五\n六"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_says_the_same_keeps_every_file_as_it_stands(path: Path) -> None:
    text = path.read_text("utf-8")
    for document in yaml.safe_load(text)["texts"]:
        assert changed(text, document) == text


@given(title=WORDS.filter(bool), body=WORDS.filter(bool), day=st.dates())
def test_whatever_is_written_is_read_again_and_nothing_else_changes(
    title: str, body: str, day: date
) -> None:
    document = {"id": "a", "category": "loan", "title": title, "body": body, "review_by": day}
    text = changed(TWO, document)
    first, second = yaml.safe_load(text)["texts"]
    assert first == document
    assert second == {"id": "b", "category": "loan", "body": "三\n"}
    assert text.startswith("# 开头\ntexts:\n  # 给所有人的\n")
    assert "\n  # 给学生的\n" in text
    added = changed(TWO, {**document, "id": "c"})
    assert added.startswith(TWO)
    assert yaml.safe_load(added)["texts"][2] == {**document, "id": "c"}
