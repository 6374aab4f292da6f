"""The strict YAML reader: each value has a type and a line, each fault a place and a remedy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bot.problems import Problem
from bot.yamlread import Reader, parse_yaml, read_yaml, yaml_files


def parsed(source: str | bytes) -> Reader:
    problems: list[Problem] = []
    raw = source.encode() if isinstance(source, str) else source
    reader = parse_yaml(raw, "x.yaml", problems)
    assert reader is not None, problems
    return reader


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        pytest.param("a:\n\t- b\n", 2, "制表符", id="tab before a list item"),
        pytest.param("a:\n  - b\n  \tc\n", 3, "制表符", id="tab that would glue two lines"),
        pytest.param('a: "b\n\tc"\n', 2, "制表符", id="tab inside quotation marks"),
        pytest.param("a: b\n  c: d\n", 2, "冒号", id="colon inside a plain text"),
        pytest.param("a: 收到: 短信\n", 1, "冒号", id="colon and space in a sentence"),
        pytest.param("a: @大家\n", 1, "开头", id="sign with a meaning in front"),
        pytest.param("a: *大家\n", 1, "*", id="undefined alias"),
        pytest.param('a: 1\nb: "x\n', 3, "收尾", id="open quotation mark"),
        pytest.param("a: [x\nb: 1\n", 2, "括号", id="open bracket"),
        pytest.param("a:\n  - b\n - c\n", 3, "缩进", id="ragged list"),
        pytest.param("a: - b\n", 1, "冒号后面", id="list item behind a colon"),
        pytest.param("a: 1\n---\nb: 2\n", 2, "---", id="second document"),
        pytest.param("a: &x [b]\nc: *x\n", 1, "引用", id="alias"),
        pytest.param("a: &x [*x]\n", 1, "引用", id="alias that holds itself"),
        pytest.param("a: 1\nb: x\x07y\n", 2, "控制字符", id="control character"),
        pytest.param("a: 1\nb: x\x00y\n", 2, "控制字符", id="nul"),
        pytest.param("[" * 3000 + "]" * 3000, 1, "层", id="bottomless nesting"),
        pytest.param("", 1, "是空的", id="empty file"),
        pytest.param("# 说明\n\n", 1, "是空的", id="only comments"),
        pytest.param("a: 1\nb: 验证码\n".encode("gbk"), 2, "UTF-8", id="another encoding"),
        pytest.param("a: 1\n".encode("utf-16"), 1, "UTF-8", id="utf-16"),
    ],
)
def test_text_that_is_no_good_yaml_is_refused_with_line_and_remedy(
    source: str | bytes, line: int, words: str
) -> None:
    problems: list[Problem] = []
    raw = source.encode() if isinstance(source, str) else source
    assert parse_yaml(raw, "x.yaml", problems) is None
    assert [(p.file, p.line) for p in problems] == [("x.yaml", line)]
    assert words in problems[0].what
    assert problems[0].mend


def test_every_line_with_a_tab_is_told() -> None:
    problems: list[Problem] = []
    parse_yaml(b"a:\n\t- b\n\t- c\n", "x.yaml", problems)
    assert [p.line for p in problems] == [2, 3]


def test_a_tab_inside_or_behind_a_text_does_no_harm() -> None:
    assert parsed("a:\tb\tc\t\n").fields()["a"].text() == "b\tc"


def test_windows_line_ends_and_byte_order_mark_do_no_harm() -> None:
    fields = parsed(b"\xef\xbb\xbfa: 1\r\nb: x\r\n").mapping({"a", "b"})
    assert (fields["a"].whole(), fields["b"].text(), fields["b"].line) == (1, "x", 2)


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    problems: list[Problem] = []
    assert read_yaml(tmp_path / "x.yaml", "k/x.yaml", problems) is None
    assert [(p.file, p.what) for p in problems] == [("k/x.yaml", "没有这个文件")]


def test_a_folder_in_place_of_a_file_is_a_problem(tmp_path: Path) -> None:
    problems: list[Problem] = []
    assert read_yaml(tmp_path, "k/x.yaml", problems) is None
    assert "读不出来" in problems[0].what
    assert problems[0].mend


def test_yaml_files_are_listed_in_order_without_an_editors_hidden_ones(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yaml", ".a.yaml", "c.yml", "d.yaml~"):
        (tmp_path / name).touch()
    assert [path.name for path in yaml_files(tmp_path)] == ["a.yaml", "b.yaml"]
    assert list(yaml_files(tmp_path / "nowhere")) == []


Read = Callable[[Reader], object]


@pytest.mark.parametrize(
    ("source", "read", "value"),
    [
        ("x: 转账", lambda r: r.text(), "转账"),
        ('x: "96110"', lambda r: r.text(), "96110"),
        ('x: "no"', lambda r: r.text(), "no"),
        ("x: [a, b]", lambda r: r.texts(), ("a", "b")),
        ("x: high", lambda r: r.choice({"high", "low"}), "high"),
        ("x: 7", lambda r: r.whole(1, 9), 7),
        ("x: no", lambda r: r.flag(), False),
        ("x: true", lambda r: r.flag(), True),
        ("x: 2026-11-01", lambda r: r.day(), date(2026, 11, 1)),
        ("x: 010", lambda r: r.scalar(), "010"),
        ("x: 21:00", lambda r: r.scalar(), "21:00"),
        ("x: []", lambda r: r.items(0), []),
    ],
)
def test_a_value_of_its_type_is_read(source: str, read: Read, value: object) -> None:
    reader = parsed(source).fields()["x"]
    assert read(reader) == value
    assert reader.problems == []


@pytest.mark.parametrize(
    ("source", "read", "words", "mend"),
    [
        ("x: no", lambda r: r.text(), "真假值", '"no"'),
        ("x: 96110", lambda r: r.text(), "数字", '"96110"'),
        ("x: 1.5", lambda r: r.text(), "小数", '"1.5"'),
        ("x: 2026-11-01", lambda r: r.text(), "日期", '"2026-11-01"'),
        ("x: ~", lambda r: r.text(), "空值", '"~"'),
        ("x:", lambda r: r.text(), "是空的", "填写"),
        ('x: "  "', lambda r: r.text(), "是空的", "填写"),
        ("x: [a]", lambda r: r.text(), "文字", "引号"),
        ("x: {a: b}", lambda r: r.text(), "文字", "引号"),
        ("x: 一二三四", lambda r: r.text(3), "有 4 个字，最多 3 个", "短"),
        ("x: a", lambda r: r.items(), "列表", "- "),
        ("x: []", lambda r: r.items(), "列表是空的", "1 条"),
        ("x: [a]", lambda r: r.items(2), "只有 1 条", "2 条"),
        ("x: [a, b, a]", lambda r: r.texts(), "写的一样", "换个说法"),
        ("x: huge", lambda r: r.choice({"high", "low"}), "可选范围", "high、low"),
        ("x: no", lambda r: r.choice({"high", "low"}), "可选范围", "high、low"),
        ("x:", lambda r: r.choice({"high", "low"}), "是空的", "填写"),
        ("x: 10", lambda r: r.whole(1, 9), "不在范围", "1 到 9"),
        ('x: "7"', lambda r: r.whole(1, 9), "整数", "引号"),
        ("x: 1:30", lambda r: r.whole(1, 9), "整数", "数字"),
        ("x: 7.5", lambda r: r.whole(1, 9), "整数", "数字"),
        ('x: "true"', lambda r: r.flag(), "true 或 false", "true"),
        ("x: 1", lambda r: r.flag(), "true 或 false", "true"),
        ("x: 明天", lambda r: r.day(), "日期", "2026-11-01"),
        ('x: "2026-11-01"', lambda r: r.day(), "日期", "引号"),
        ("x: 2026-02-30", lambda r: r.day(), "日期", "2026-11-01"),
        ("x: 2026-11-01T09:00:00", lambda r: r.day(), "日期", "2026-11-01"),
        ("x: [a]", lambda r: r.scalar(), "一个值", "一个值"),
        ("x: a", lambda r: r.mapping({"y"}), "一组", "冒号"),
        ("x: {a: 1, a: 2}", lambda r: r.mapping({"a"}), "a 写了两次", "删掉"),
        ("x: {a: 1, b: 2}", lambda r: r.mapping({"a"}), "不认识的字段 b", "a"),
        ("x: {a: 1}", lambda r: r.mapping({"a", "b"}), "缺少字段 b", "补上 b"),
        ("x: {[a]: 1}", lambda r: r.mapping(set()), "字段名不是文字", "字母"),
    ],
)
def test_a_value_of_another_type_is_one_problem_with_its_line_and_remedy(
    source: str, read: Read, words: str, mend: str
) -> None:
    reader = parsed(f"# 说明\n{source}\n").fields()["x"]
    read(reader)
    assert [(p.file, p.line) for p in reader.problems] == [("x.yaml", 2)]
    assert words in reader.problems[0].what
    assert mend in reader.problems[0].mend


def test_an_unknown_field_is_told_where_its_name_stands() -> None:
    reader = parsed("a: 1\ncolours:\n  - red\n")
    reader.mapping({"a"})
    assert [p.line for p in reader.problems] == [2]


def test_one_pass_finds_all_faults() -> None:
    reader = parsed("a: no\nb: []\nc: 1\n")
    fields = reader.mapping({"a", "b", "d"})
    fields["a"].text()
    fields["b"].items()
    assert sorted(p.line for p in reader.problems) == [1, 1, 2, 3]


def test_an_absent_field_reads_as_empty_and_notes_nothing() -> None:
    reader = parsed("a: 1\n")
    absent = reader.absent()
    assert (absent.text(), absent.texts(3), absent.items(1)) == ("", (), [])
    assert (absent.mapping({"x"}), absent.day(), absent.flag()) == ({}, date.min, False)
    assert reader.problems == []


def test_leaves_come_with_the_names_that_lead_to_them() -> None:
    reader = parsed("a: x\nb:\n  c: [y, z]\n")
    leaves = [(path, leaf.scalar(), leaf.line) for path, leaf in reader.leaves()]
    assert leaves == [(("a",), "x", 1), (("b", "c"), "y", 3), (("b", "c"), "z", 3)]
