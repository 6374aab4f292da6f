"""Writing below broadcasts/: checked first, whole or not at all, comments kept."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.broadcasting.book import load_book, read_plan
from bot.broadcasting.files import BookFiles, Stale, fingerprint
from bot.broadcasting.group_yaml import changed, documents, group_text, without
from bot.broadcasting.model import Fixed
from bot.broadcasting.topics import text_for
from bot.broadcasting.yaml_edit import field_at, mapping_text
from bot.problems import Invalid

ROOT = Path(__file__).resolve().parents[2]
GROUPS = (ROOT / "broadcasts/groups.yaml").read_text("utf-8")
Change = Callable[[str | None], str | None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(ROOT / "broadcasts", tmp_path / "broadcasts")


def write(folder: Path, name: str, change: Change) -> list[tuple[str, str]]:
    noted: list[tuple[str, str]] = []
    BookFiles(folder).write(name, change, {}, lambda *texts: noted.append(texts))
    return noted


def test_what_the_loader_refuses_leaves_everything_as_it_was(folder: Path) -> None:
    before = (folder / "plans/weekly.yaml").read_bytes()
    with pytest.raises(Invalid, match="不认识的字段"):
        write(folder, "plans/weekly.yaml", lambda text: f"{text}nonsense: 1\n")
    assert (folder / "plans/weekly.yaml").read_bytes() == before
    assert not list(folder.rglob("*.new"))


def test_a_note_that_fails_stops_the_writing(folder: Path) -> None:
    before = (folder / "plans/weekly.yaml").read_bytes()

    def fail(was: str, becomes: str) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        BookFiles(folder).write("plans/weekly.yaml", lambda text: f"{text}# x\n", {}, fail)
    assert (folder / "plans/weekly.yaml").read_bytes() == before


def test_old_and_new_are_told_before_the_file_is_replaced(folder: Path) -> None:
    text = (folder / "plans/weekly.yaml").read_text("utf-8")
    assert write(folder, "plans/weekly.yaml", lambda old: f"{old}# x\n") == [(text, f"{text}# x\n")]
    assert write(folder, "plans/weekly.yaml", lambda old: old) == []
    assert write(folder, "plans/school.yaml", lambda old: None)[0][1] == ""
    assert not (folder / "plans/school.yaml").exists()
    load_book(folder, {})


def test_two_writers_at_once_lose_nothing(folder: Path) -> None:
    def add(name: str) -> None:
        group = {"id": name, "name": name, "kind": "village", "audience": ["all"]}
        group |= {"channel": {"type": "paste"}, "owner": "x"}  # type: ignore[dict-item]
        write(folder, "groups.yaml", lambda text: changed(text or "", [group]))

    names = [f"g{number}" for number in range(4)]
    threads = [threading.Thread(target=add, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(names) <= load_book(folder, {}).groups.keys()


def test_a_plan_is_found_by_its_id_whatever_its_file_is_called(folder: Path) -> None:
    (folder / "plans/weekly.yaml").rename(folder / "plans/montag.yaml")
    files = BookFiles(folder)
    assert files.plan_file("weekly") == "plans/montag.yaml"
    assert files.plan_file("fresh") == "plans/fresh.yaml"
    assert files.read("plans/fresh.yaml") is None
    assert fingerprint(None) == ""


def test_stale_carries_what_stands_there_now() -> None:
    assert Stale("now").current == "now"


def test_a_plan_may_hold_texts_of_its_own(folder: Path) -> None:
    document = {
        "plan": "own",
        "title": "自己写的",
        "when": {"weekly": "fri", "at": "19:00"},
        "groups": {"kinds": ["school"]},
        "content": {"own": {"all": {"title": "标题", "body": "给大家"}, "parent": {
            "title": "家长", "body": "第一行\n第二行", "spoken": "念的话"}}},
        "author": "li",
    }  # fmt: skip
    book = load_book(folder, {})
    plan, problems = read_plan(mapping_text(document, None).encode(), "plan", book)
    assert problems == ()
    assert plan is not None
    assert isinstance(plan.content, Fixed)
    parents, college = book.groups["shiyan-parents"], book.groups["nanhu-college"]
    for group, body in ((parents, "第一行\n第二行"), (college, "给大家")):
        text = text_for(plan.content, None, group, book.library)
        assert text is not None
        assert text.body == body


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({"all": {"title": "t"}}, "缺少字段 body"),
        ({"aliens": {"title": "t", "body": "b"}, "all": {"title": "t", "body": "b"}}, "aliens"),
        ({"elderly": {"title": "t", "body": "b"}}, "没有给群"),
        ({"all": {"title": "t", "body": "字" * 2001}}, "最多 2000"),
    ],
)
def test_faults_of_own_texts_are_told_at_the_content(
    folder: Path, own: dict[str, Any], words: str
) -> None:
    document = {
        "plan": "own",
        "title": "t",
        "when": {"weekly": "fri", "at": "19:00"},
        "groups": {"kinds": ["school"]},
        "content": {"own": own},
        "author": "li",
    }
    text = mapping_text(document, None)
    _, problems = read_plan(text.encode(), "plan", load_book(folder, {}))
    assert any(words in problem.what for problem in problems)
    assert {field_at(text, problem.line) for problem in problems} == {"content"}


def test_changing_a_plan_keeps_its_comments_and_order() -> None:
    text = (ROOT / "broadcasts/plans/bank.yaml").read_text("utf-8")
    document = yaml.safe_load(text)
    assert mapping_text(document, text) == text
    document["when"] = {"weekly": "fri", "at": "19:00"}
    after = mapping_text(document, text)
    assert 'when: {weekly: fri, at: "19:00"}' in after
    assert "# 每周四开门之前" in after
    assert "# 柜台口诀每周都念同一段" in after
    del document["repeats"]
    assert "repeats" not in mapping_text(document, text)


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=30)
NASTY = st.sampled_from(
    ["no", "on", "1e3", "96110", "12:30", "*a", "&a", "- x", "'", '"', "#", "~"]
)


@given(title=WORDS | NASTY, lines=st.lists(WORDS | NASTY, min_size=1, max_size=4))
def test_whatever_is_typed_is_read_back_as_it_was(title: str, lines: list[str]) -> None:
    body = "\n".join(line.strip() for line in lines).strip("\n")
    document = {"title": title, "content": {"own": {"all": {"title": title, "body": body}}}}
    text = mapping_text(document, None)
    assert yaml.load(text, Loader=yaml.CSafeLoader) == document


@given(name=WORDS | NASTY, owner=WORDS | NASTY, which=st.sampled_from([0, 3, 8]))
def test_one_group_changes_and_all_others_keep_their_lines(
    name: str, owner: str, which: int
) -> None:
    wanted = documents(GROUPS)
    wanted[which] |= {"name": name, "owner": owner}
    after = changed(GROUPS, [wanted[which]])
    assert documents(after) == wanted
    for number, group in enumerate(wanted):
        if number != which:
            assert group_text(after, group["id"]) == group_text(GROUPS, group["id"])


def test_an_empty_book_gets_its_first_group_and_a_last_line_without_end_is_ended() -> None:
    group = {"id": "a", "name": "b"}
    assert documents(changed("", [group])) == [group]
    assert documents(changed("groups:\n  - id: x\n    name: y", [group]))[1] == group


def test_comments_within_a_changed_group_stay() -> None:
    text = "groups:\n- id: a   # one\n  name: b   # two\n  owner: c\n- id: d\n  name: e\n"
    after = changed(text, [{"id": "a", "name": "new", "owner": "c"}])
    assert "# one" in after
    assert "# two" in after
    assert documents(after) == [{"id": "a", "name": "new", "owner": "c"}, {"id": "d", "name": "e"}]
    assert documents(without(after, "a")) == [{"id": "d", "name": "e"}]
