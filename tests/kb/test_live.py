"""A running bot takes up a saved edit within seconds, and keeps its last good base otherwise."""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.clock import FixedClock
from bot.kb.live import LiveBase
from bot.kb.load import load_knowledge
from bot.kb.model import Knowledge
from bot.problems import Invalid

if TYPE_CHECKING:
    from tests.kb.conftest import KnowledgeFolder

MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
BRUSHING = "scams/brushing.yaml"
WHY = "先给钱的都是骗。"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(MORNING)


@pytest.fixture
def live(knowledge_folder: KnowledgeFolder, clock: FixedClock) -> LiveBase[Knowledge]:
    return LiveBase(knowledge_folder.path, load_knowledge, clock=clock)


@pytest.fixture
def watched(knowledge_folder: KnowledgeFolder, clock: FixedClock) -> Iterator[LiveBase[Knowledge]]:
    base = LiveBase(knowledge_folder.path, load_knowledge, interval_seconds=0.02, clock=clock)
    base.start()
    yield base
    base.stop()


def why(knowledge: Knowledge) -> str:
    return next(entry.why for entry in knowledge.entries if entry.id == "brushing-one")


def settle(live: LiveBase[Knowledge]) -> bool:
    """Two looks: one that sees the change, one that finds the files still."""
    return [live.refresh(), live.refresh()][1]


def eventually(holds: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Whether it comes true in time; design §3 gives an edit five seconds."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


def test_the_first_base_must_be_good(knowledge_folder: KnowledgeFolder, clock: FixedClock) -> None:
    knowledge_folder.edit(BRUSHING, f"why: {WHY}", "why: no")
    with pytest.raises(Invalid, match="brushing"):
        LiveBase(knowledge_folder.path, load_knowledge, clock=clock)


def test_nothing_is_built_while_nothing_changes(
    knowledge_folder: KnowledgeFolder, clock: FixedClock
) -> None:
    built: list[Path] = []
    live = LiveBase(knowledge_folder.path, built.append, clock=clock)
    assert [live.refresh() for _ in range(3)] == [False] * 3
    assert len(built) == 1


def test_an_edit_is_in_use_after_the_files_have_been_still_for_a_look(
    knowledge_folder: KnowledgeFolder, live: LiveBase[Knowledge]
) -> None:
    before = live.current()
    knowledge_folder.edit(BRUSHING, WHY, "垫进去的拿不回来。")
    assert not live.refresh()
    assert live.current() is before
    assert live.refresh()
    assert why(live.current()) == "垫进去的拿不回来。"
    assert live.current().revision != before.revision


def test_a_file_that_is_still_being_written_is_not_read(
    knowledge_folder: KnowledgeFolder, clock: FixedClock
) -> None:
    built: list[Path] = []
    live = LiveBase(knowledge_folder.path, built.append, clock=clock)
    for part in ("先给钱的，", "先给钱的，都是", "先给钱的，都是诈骗。"):
        knowledge_folder.write("aliases.yaml", part)
        live.refresh()
    assert len(built) == 1
    assert live.refresh()
    assert len(built) == 2


def test_a_file_moved_over_another_counts_even_with_its_size_and_time_kept(
    knowledge_folder: KnowledgeFolder, live: LiveBase[Knowledge], tmp_path: Path
) -> None:
    path = knowledge_folder.path / BRUSHING
    twin = tmp_path / "brushing.yaml"
    twin.write_text(path.read_text("utf-8").replace("骗。", "假。"), "utf-8")
    shutil.copystat(path, twin)
    assert twin.stat().st_size == path.stat().st_size
    os.replace(twin, path)
    assert settle(live)
    assert why(live.current()) == "先给钱的都是假。"


def test_a_change_during_a_build_is_taken_up_by_the_next(
    knowledge_folder: KnowledgeFolder, clock: FixedClock
) -> None:
    edits = iter([("薇信", "薇芯"), ("薇芯", "威信号")])

    def read_then_edit(folder: Path) -> frozenset[str]:
        aliases = frozenset(load_knowledge(folder).aliases)
        for old, new in [next(edits)]:
            knowledge_folder.edit("aliases.yaml", old, new)
        return aliases

    live = LiveBase(knowledge_folder.path, read_then_edit, clock=clock)
    assert live.current() == {"v信", "薇信"}
    live.refresh()
    live.refresh()
    assert live.current() == {"v信", "薇芯"}


def test_a_refused_edit_keeps_the_last_good_base_and_says_why(
    knowledge_folder: KnowledgeFolder,
    live: LiveBase[Knowledge],
    clock: FixedClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = live.current()
    assert (live.problems, live.since) == ((), None)
    knowledge_folder.edit(BRUSHING, f"why: {WHY}", "why: no")
    clock.advance(60)
    with caplog.at_level(logging.INFO, "bot.kb"):
        assert not settle(live)
        live.refresh()
    assert live.current() is before
    line = knowledge_folder.line(BRUSHING, "why: no")
    assert [(p.file, p.line) for p in live.problems] == [(knowledge_folder.shown(BRUSHING), line)]
    assert live.since == clock.now()
    assert len(caplog.messages) == 1
    assert f"{knowledge_folder.shown(BRUSHING)}:{line}" in caplog.messages[0]


def test_problems_keep_their_beginning_and_end_with_a_good_edit(
    knowledge_folder: KnowledgeFolder, live: LiveBase[Knowledge], clock: FixedClock
) -> None:
    knowledge_folder.edit(BRUSHING, f"why: {WHY}", "why: no")
    settle(live)
    clock.advance(60)
    knowledge_folder.edit(BRUSHING, "severity: high", "severity: huge")
    settle(live)
    assert len(live.problems) == 2
    assert live.since == MORNING
    knowledge_folder.edit(BRUSHING, "severity: huge", "severity: low")
    knowledge_folder.edit(BRUSHING, "why: no", "why: 垫钱的都是骗。")
    assert settle(live)
    assert (live.problems, live.since) == ((), None)
    assert why(live.current()) == "垫钱的都是骗。"


def test_a_stray_file_is_a_problem_until_it_is_gone(
    knowledge_folder: KnowledgeFolder, live: LiveBase[Knowledge]
) -> None:
    knowledge_folder.write("scams/notes.txt", "备忘")
    settle(live)
    assert [p.file for p in live.problems] == [knowledge_folder.shown("scams/notes.txt")]
    (knowledge_folder.path / "scams/notes.txt").unlink()
    assert settle(live)
    assert live.problems == ()


def test_an_editors_hidden_file_changes_nothing(
    knowledge_folder: KnowledgeFolder, live: LiveBase[Knowledge]
) -> None:
    knowledge_folder.write("scams/.brushing.yaml.swp", "b0VIM")
    assert not settle(live)
    assert live.problems == ()


def test_a_folder_that_vanishes_keeps_the_last_good_base(
    knowledge_folder: KnowledgeFolder, live: LiveBase[Knowledge]
) -> None:
    before = live.current()
    shutil.rmtree(knowledge_folder.path)
    settle(live)
    assert live.current() is before
    assert "没有这个文件夹" in live.problems[0].what


def test_an_unforeseen_error_keeps_the_last_good_base_with_one_log_line(
    knowledge_folder: KnowledgeFolder, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    results = iter(["good"])

    def build(folder: Path) -> str:
        for result in results:
            return result
        raise ZeroDivisionError("whatever this text may quote")

    live = LiveBase(knowledge_folder.path, build, clock=clock)
    knowledge_folder.edit("aliases.yaml", "薇信", "薇芯")
    assert not [live.refresh() for _ in range(4)].count(True)
    assert live.current() == "good"
    assert "ZeroDivisionError" in live.problems[0].what
    assert len(caplog.messages) == 1
    assert "ZeroDivisionError" in caplog.messages[0]
    assert "quote" not in caplog.messages[0]
    assert "\n" not in caplog.messages[0]


@pytest.mark.parametrize(
    ("name", "old", "new", "seen"),
    [
        (BRUSHING, WHY, "垫钱的是骗。", lambda k: why(k) == "垫钱的是骗。"),
        ("aliases.yaml", "薇信", "威信号", lambda k: "威信号" in k.aliases),
        (
            "replies.yaml",
            "off_topic:\n  private: 先别动钱。",
            "off_topic:\n  private: 我只看诈骗。",
            lambda k: k.replies["off_topic.private"] == "我只看诈骗。",
        ),
        (
            "signals.yaml",
            "要 … 验证码",
            "索要 … 验证码",
            lambda k: k.signs[0].patterns == ((("索要",), ("验证码",)),),
        ),
        (
            "ordinary/bank.yaml",
            "只认银行自己的电话。",
            "只认卡背面的电话。",
            lambda k: k.ordinary[0].habit == "只认卡背面的电话。",
        ),
    ],
    ids=["entry", "alias", "reply", "signal", "habit"],
)
@pytest.mark.parametrize("by_rename", [False, True], ids=["in place", "by rename"])
def test_a_saved_edit_is_in_use_within_five_seconds(
    knowledge_folder: KnowledgeFolder,
    watched: LiveBase[Knowledge],
    name: str,
    old: str,
    new: str,
    seen: Callable[[Knowledge], bool],
    by_rename: bool,
) -> None:
    path = knowledge_folder.path / name
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    if by_rename:
        unfinished = path.with_name(f".{path.name}.part")
        unfinished.write_text(text.replace(old, new), "utf-8")
        os.replace(unfinished, path)
    else:
        path.write_text(text.replace(old, new), "utf-8")
    assert eventually(lambda: seen(watched.current()))


def test_the_watch_goes_on_after_a_refused_edit(
    knowledge_folder: KnowledgeFolder, watched: LiveBase[Knowledge]
) -> None:
    knowledge_folder.edit(BRUSHING, f"why: {WHY}", "why: no")
    assert eventually(lambda: bool(watched.problems))
    knowledge_folder.edit(BRUSHING, "why: no", "why: 垫钱的是骗。")
    assert eventually(lambda: why(watched.current()) == "垫钱的是骗。")
    assert watched.problems == ()


def test_a_stopped_watch_takes_up_nothing_and_can_be_started_again(
    knowledge_folder: KnowledgeFolder, watched: LiveBase[Knowledge]
) -> None:
    watched.stop()
    knowledge_folder.edit(BRUSHING, WHY, "垫钱的是骗。")
    time.sleep(0.1)
    assert why(watched.current()) == WHY
    watched.start()
    assert eventually(lambda: why(watched.current()) == "垫钱的是骗。")


def test_with_its_ordinary_interval_an_edit_needs_less_than_five_seconds(
    knowledge_folder: KnowledgeFolder, clock: FixedClock
) -> None:
    live = LiveBase(knowledge_folder.path, load_knowledge, clock=clock)
    live.start()
    try:
        knowledge_folder.edit(BRUSHING, WHY, "垫钱的是骗。")
        assert eventually(lambda: why(live.current()) == "垫钱的是骗。")
    finally:
        live.stop()
