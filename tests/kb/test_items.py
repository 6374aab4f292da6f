"""Items cut out of their files and put back: only what was edited changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.kb import form
from bot.kb.items import check_alone, find, is_editable, items_of, own_name, put_back, put_new, tidy

KNOWLEDGE = Path(__file__).resolve().parents[2] / "knowledge"
FILES = sorted(path.relative_to(KNOWLEDGE).as_posix() for path in KNOWLEDGE.rglob("*.yaml"))
SCAMS = """# above
category: loan
name: 贷款
entries:
  # about the first
  - id: loan-a
    title: "甲"   # a remark
    says:
      - 一
      # why two
      - "二"
    do: {not_trust: 别信}

  # about the second
  - id: loan-b
    title: 乙

# the end
"""


def read(name: str) -> str:
    return (KNOWLEDGE / name).read_text("utf-8")


@pytest.mark.parametrize("name", FILES)
def test_every_file_comes_back_byte_for_byte(name: str) -> None:
    source = read(name)
    assert form.again(source) == source
    for item in items_of(name, source):
        assert put_back(source, item, item.text) == source
        # Taken for changed, so that it is really cut out and put in again.
        assert put_back(source, item, item.text + "\n") in (source, source + "\n")


@pytest.mark.parametrize("name", [name for name in FILES if "/" in name])
def test_a_form_saved_untouched_changes_nothing_and_one_field_changes_its_lines_only(
    name: str,
) -> None:
    source = read(name)
    for item in items_of(name, source):
        fields = form.as_fields(item.kind, item.text)
        assert form.with_fields(item.kind, item.text, fields) == item.text
        sent = {path: value.replace("\n", "\r\n") for path, value in fields.items()}
        assert form.with_fields(item.kind, item.text, sent) == item.text
    item = items_of(name, source)[0]
    field = "asks" if item.kind != "ordinary" else "phrasings"
    fields = form.as_fields(item.kind, item.text)
    more = form.with_fields(item.kind, item.text, {field: fields[field] + "\n新加的一句"})
    before, after = source.split("\n"), put_back(source, item, more).split("\n")
    added = [line for line in after if "新加的一句" in line]
    assert len(added) == 1
    after.remove(added[0])
    assert after == before


def test_items_are_found_with_their_own_comments() -> None:
    first, second = items_of("scams/loan.yaml", SCAMS)
    assert (first.name, second.name) == ("loan-a", "loan-b")
    assert first.text == (
        'id: loan-a\ntitle: "甲"   # a remark\nsays:\n  - 一\n  # why two\n  - "二"\n'
        "do: {not_trust: 别信}\n"
    )
    changed = put_back(SCAMS, second, "id: loan-b\ntitle: 丙\n")
    assert changed == SCAMS.replace("乙", "丙")


def test_a_form_keeps_comments_and_marks_of_what_stays() -> None:
    item = items_of("scams/loan.yaml", SCAMS)[0]
    text = form.with_fields("entry", item.text, {"title": "新", "says": "一\n二\n三"})
    assert text == (
        'id: loan-a\ntitle: "新"   # a remark\nsays:\n  - 一\n  # why two\n  - "二"\n  - 三\n'
        "do: {not_trust: 别信}\n"
    )


@pytest.mark.parametrize("word", ["no", "96110", "2026-01-01", "是", "a: b", "- x", "# y", "null"])
def test_whatever_is_typed_is_read_as_the_same_text(word: str) -> None:
    item = items_of("scams/loan.yaml", SCAMS)[1]
    text = form.with_fields("entry", item.text, {"title": word, "says": f"{word}\n甲"})
    fields = form.as_fields("entry", text)
    assert (fields["title"], fields["says"]) == (word, f"{word}\n甲")
    assert check_alone(items_of("scams/loan.yaml", put_back(SCAMS, item, text))[1], "f") == []


def test_ticked_boxes_keep_the_order_of_the_file() -> None:
    text = "id: a\nsigns: [b, a, c]\n"
    assert form.with_fields("entry", text, {"signs": "a\nb\nc"}) == text
    assert form.with_fields("entry", text, {"signs": "a\nc\nd"}) == "id: a\nsigns: [a, c, d]\n"
    assert form.with_fields("entry", text, {"signs": ""}) == "id: a\nsigns: []\n"


def test_a_new_item_stands_after_the_last_one_with_all_its_fields() -> None:
    day = date(2026, 11, 1)
    text = form.blank("entry", "loan-c", day, date(2027, 5, 1))
    source, item = put_new("scams/loan.yaml", SCAMS, text)
    found = find("scams/loan.yaml", source, "entry", "loan-c")
    assert found is not None
    assert (found.first, found.end, found.text) == (item.first, item.end, text)
    assert source.endswith("# the end\n")
    assert source.startswith(SCAMS[: SCAMS.index("# the end")].rstrip("\n"))
    assert "reviewed: 2026-11-01" in text


def test_faults_of_an_item_have_the_line_of_the_file() -> None:
    item = items_of("scams/loan.yaml", SCAMS)[1]
    broken = 'id: loan-b\ntitle: "乙\n'
    line = 1 + put_back(SCAMS, item, broken).split("\n").index('    title: "乙')
    problems = check_alone(replace(item, text=broken), "knowledge/scams/loan.yaml")
    assert [p.line for p in problems] == [line + 1]


def test_an_item_cannot_leave_its_place() -> None:
    item = items_of("scams/loan.yaml", SCAMS)[0]
    source = put_back(SCAMS, item, tidy("id: loan-a\r\n---\n- id: other\nentries: []"))
    assert all(found.name != "other" for found in items_of("scams/loan.yaml", source))


def test_red_lines_and_what_they_recognise_are_never_editable() -> None:
    assert [name for name in FILES if not is_editable(name)] == [
        "aliases.yaml",
        "redlines.yaml",
        "signals.yaml",
    ]
    for name in ("../config.yaml", "scams/../redlines.yaml", "scams/.x.yaml", "/etc/passwd", ""):
        assert not is_editable(name)


def test_an_item_says_its_own_name() -> None:
    assert own_name("id: a-b\ntitle: x\n") == "a-b"
    assert own_name("- a\n") == own_name("'") == ""


def test_what_is_no_mapping_has_no_form() -> None:
    for text in ("- a\n", "'", "", "a: [", "a: 1\na: 2\n"):
        with pytest.raises(form.NoForm):
            form.as_fields("entry", text)
