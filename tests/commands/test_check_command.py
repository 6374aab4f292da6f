"""``check`` on a copy of what ships: sound as it is, every fault told wherever it lies."""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.commands import check
from bot.kb.model import Knowledge
from bot.types import Verdict

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "knowledge", tmp_path / "knowledge")
    shutil.copytree(ROOT / "broadcasts", tmp_path / "broadcasts")
    return Path(shutil.copy(ROOT / "config.yaml", tmp_path))


def knowing(knowledge: Knowledge) -> Callable[[str], Verdict]:
    """A judge that has learnt the trials by heart."""
    answers = {
        question: Verdict("scam", entry.category, entry.id)
        for entry in knowledge.entries
        for question in entry.trials.must
    }
    answers |= {
        question: Verdict("info", entry=guide.id)
        for guide in knowledge.guides
        for question in guide.trials.must
    }
    return lambda text: answers.get(text, Verdict("off_topic"))


def ignorant(knowledge: Knowledge) -> Callable[[str], Verdict]:
    return lambda text: Verdict("off_topic")


def run(config: Path, *options: str, judge: check.MakeJudge = knowing) -> int:
    parser = argparse.ArgumentParser()
    check.add_parser(parser.add_subparsers(dest="command"))
    return check.run(parser.parse_args(["check", *options]), config, {}, judge)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_what_ships_is_sound(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(config) == 0
    assert capsys.readouterr().out.startswith("没有问题")


def test_faults_of_all_three_parts_are_told_at_once_sorted(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(config, "timezone: Asia/Shanghai", "timezone: Mars")
    edit(config.parent / "knowledge/scams/loan.yaml", "severity: high", "severity: huge")
    edit(config.parent / "broadcasts/plans/weekly.yaml", "plan: weekly", "plan: no")
    assert run(config) == 1
    *lines, summary = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "broadcasts/plans/weekly.yaml",
        "config.yaml",
        "knowledge/scams/loan.yaml",
    ]
    assert all(line.split(":")[1].isdigit() for line in lines)
    assert summary == "有 3 处要改"


def test_wording_is_looked_at(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(config.parent / "knowledge/replies.yaml", "我不能替你打包票", "没问题，我替你打包票")
    assert run(config) == 1
    assert "knowledge/replies.yaml:" in capsys.readouterr().out


def test_failed_trials_are_problems(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(config, judge=ignorant) == 1
    assert "应该找到" in capsys.readouterr().out


def test_json_prints_one_document(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(config, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["problems"] == []
    assert document["counts"]["群"] > 0
    edit(config.parent / "knowledge/scams/loan.yaml", "severity: high", "severity: huge")
    assert run(config, "--json") == 1
    problem = json.loads(capsys.readouterr().out)["problems"][0]
    assert problem.keys() == {"file", "line", "what", "mend"}
    assert problem["file"] == "knowledge/scams/loan.yaml"
