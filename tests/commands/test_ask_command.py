"""``ask`` and ``eval`` as they are called, over the real base (design §8)."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from bot.commands import ask, evaluate
from bot.respond import Base

CONTRACT = [
    "id",
    "verdict",
    "category",
    "entry",
    "score",
    "alternatives",
    "signs",
    "reply",
    "silent",
    "kb",
]
SCAM = "公安局说我涉嫌洗钱让我把钱转到安全账户"


def call(base: Base, *arguments: str) -> int:
    parser = argparse.ArgumentParser()
    subparsers = parser.add_subparsers(dest="command")
    ask.add_parser(subparsers)
    evaluate.add_parser(subparsers)
    args = parser.parse_args(arguments)
    return ask.run(args, base) if args.command == "ask" else evaluate.run(args, base)


class Batch:
    def __init__(self, folder: Path, base: Base) -> None:
        self._source = folder / "in.jsonl"
        self._base = base
        self.target = folder / "out.jsonl"

    def write(self, *rows: dict[str, Any] | str) -> None:
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        self._source.write_text("\n".join(lines) + "\n", "utf-8")

    def run(self) -> int:
        return call(self._base, "ask", "--batch", str(self._source), "--out", str(self.target))

    def answers(self, *rows: dict[str, Any] | str) -> list[dict[str, Any]]:
        self.write(*rows)
        assert self.run() == 0
        return [json.loads(line) for line in self.target.read_text("utf-8").splitlines()]


@pytest.fixture
def batch(tmp_path: Path, spelling_base: Base) -> Batch:
    return Batch(tmp_path, spelling_base)


def test_json_is_one_document_of_the_fixed_form(
    spelling_base: Base, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(spelling_base, "ask", SCAM, "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    assert list(printed) == CONTRACT
    assert printed["id"] is None
    assert printed["verdict"] == "scam"
    assert printed["category"] == "authority"
    assert printed["silent"] is False
    assert printed["kb"] == spelling_base.revision
    assert 0 <= printed["score"] <= 1
    assert "safe_account" in printed["signs"]
    for other in printed["alternatives"]:
        assert list(other) == ["entry", "category", "score"]
        assert other["entry"] != printed["entry"]


def test_where_there_is_no_entry_it_is_null(
    spelling_base: Base, capsys: pytest.CaptureFixture[str]
) -> None:
    call(spelling_base, "ask", "123456", "--json")
    printed = json.loads(capsys.readouterr().out)
    assert (printed["entry"], printed["category"]) == (None, None)


def test_a_person_reads_verdict_and_reply(
    spelling_base: Base, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(spelling_base, "ask", SCAM) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("[scam] authority")
    assert "这是诈骗" in printed


@pytest.mark.parametrize(
    "arguments", [(), ("--batch", "x"), ("你好", "--batch", "x", "--out", "y")]
)
def test_wrong_use_is_told_and_nothing_is_printed(
    spelling_base: Base, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert call(spelling_base, "ask", *arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "ask" in captured.err


def test_each_row_gets_a_line_in_the_same_order_with_its_id(batch: Batch) -> None:
    answers = batch.answers(
        {"id": "a", "text": SCAM},
        {"id": 7, "text": "你好"},
        {"text": "谢谢"},
        {"id": "b", "text": ""},
    )
    assert [answer["id"] for answer in answers] == ["a", 7, None, "b"]
    assert all(list(answer) == CONTRACT for answer in answers)
    assert [answer["verdict"] for answer in answers] == ["scam", "info", "off_topic", "unknown"]


def test_lines_of_one_conversation_are_played_in_order(batch: Batch) -> None:
    answers = batch.answers(
        {"id": 1, "text": "123456", "conversation": "c"},
        {"id": 2, "text": "你好", "conversation": "other"},
        {"id": 3, "text": "1", "conversation": "c"},
    )
    assert answers[0]["verdict"] == "unknown"
    assert answers[2]["verdict"] in ("suspicious", "scam", "emergency")


def test_a_row_without_conversation_stands_alone(batch: Batch) -> None:
    answers = batch.answers({"id": 1, "text": "123456"}, {"id": 2, "text": "1"})
    assert answers[1]["verdict"] == "unknown"


def test_in_a_group_each_speaker_has_a_talk_of_their_own(batch: Batch) -> None:
    row = {"conversation": "g", "channel": "group", "mentioned": True}
    answers = batch.answers(
        {**row, "id": 1, "text": "123456", "speaker": "a"},
        {**row, "id": 2, "text": "1", "speaker": "b"},
        {**row, "id": 3, "text": "1", "speaker": "a"},
    )
    assert answers[1]["verdict"] == "unknown"
    assert answers[2]["verdict"] in ("suspicious", "scam", "emergency")


def test_a_group_that_does_not_mention_it_hears_nothing(batch: Batch) -> None:
    answers = batch.answers(
        {"id": 1, "text": SCAM, "channel": "group", "mentioned": False},
        {"id": 2, "text": SCAM, "channel": "group", "mentioned": True},
    )
    assert (answers[0]["silent"], answers[0]["reply"]) == (True, None)
    assert answers[1]["silent"] is False
    assert len(answers[1]["reply"]) <= 120


def test_nothing_is_remembered_from_one_run_to_the_next(batch: Batch) -> None:
    batch.answers({"id": 1, "text": "123456", "conversation": "c"})
    answers = batch.answers({"id": 2, "text": "1", "conversation": "c"})
    assert answers[0]["verdict"] == "unknown"


def test_empty_lines_are_passed_over(batch: Batch) -> None:
    assert len(batch.answers({"id": 1, "text": "你好"}, "", {"id": 2, "text": "你好"})) == 2


def test_half_a_surrogate_pair_does_not_lose_the_batch(batch: Batch) -> None:
    answers = batch.answers(
        '{"id": 1, "text": "让我把钱转到安\\ud800全账户"}', {"id": 2, "text": "你好"}
    )
    assert [answer["id"] for answer in answers] == [1, 2]


@pytest.mark.parametrize(
    "row",
    [
        "nonsense",
        "[1]",
        '"text"',
        '{"id": 1}',
        '{"id": 1, "text": 3}',
        '{"id": 1, "text": null}',
        '{"id": 1, "text": "a", "channel": "radio"}',
    ],
)
def test_a_bad_row_is_named_by_its_line_and_nothing_is_written(
    batch: Batch, capsys: pytest.CaptureFixture[str], row: str
) -> None:
    batch.write({"id": 1, "text": "你好"}, "", row)
    assert batch.run() == 1
    captured = capsys.readouterr()
    assert "in.jsonl:3:" in captured.err
    assert captured.out == ""
    assert not batch.target.exists()


def test_a_missing_file_is_told(batch: Batch, capsys: pytest.CaptureFixture[str]) -> None:
    assert batch.run() == 1
    assert "in.jsonl" in capsys.readouterr().err


def test_a_file_that_is_not_utf8_is_told(
    tmp_path: Path, batch: Batch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.jsonl").write_bytes('{"text": "你好"}'.encode("gbk"))
    assert batch.run() == 1
    assert "in.jsonl" in capsys.readouterr().err


def test_eval_prints_the_fixed_figures(
    tmp_path: Path, spelling_base: Base, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data.jsonl"
    rows = [
        {"id": "1", "text": SCAM, "kind": "scam", "category": "authority"},
        {"id": "2", "text": "今晚吃什么", "kind": "normal"},
        {"id": "3", "text": "96110是什么", "intent": "hotlines", "must_contain": ["96110"]},
        {"id": "4", "turns": [{"user": SCAM, "expect": {"verdict": ["scam"]}}]},
    ]
    data.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    assert call(spelling_base, "eval", str(data), "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["overall"]["recall"] == 1.0
    assert printed["overall"]["false_alarm"] == 0.0
    assert printed["intents"] == {"n": 1, "right": 1.0}
    assert printed["dialogues"] == {"turns": 1, "right": 1.0}
    assert set(printed["latency_ms"]) == {"p50", "p99"}
    assert "authority" in printed["by_category"]


def test_eval_reads_one_half_and_writes_what_was_wrong(
    tmp_path: Path, spelling_base: Base, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data.jsonl"
    rows = [{"id": f"own-s00{n}", "text": "今晚吃什么", "kind": "scam"} for n in (1, 2, 4)]
    data.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    errors = tmp_path / "errors.jsonl"
    arguments = ("eval", str(data), "--half", "even", "--errors", str(errors))
    assert call(spelling_base, *arguments) == 0
    assert "全部" in capsys.readouterr().out
    found = [json.loads(line)["id"] for line in errors.read_text("utf-8").splitlines()]
    assert found == ["own-s002", "own-s004"]


@pytest.mark.parametrize("text", ["nonsense", "[1]", '{"id": "x7", "text": "a", "kind": "other"}'])
def test_eval_names_a_row_it_cannot_read(
    tmp_path: Path, spelling_base: Base, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    data = tmp_path / "data.jsonl"
    data.write_text(text, "utf-8")
    assert call(spelling_base, "eval", str(data)) == 1
    assert "data.jsonl" in capsys.readouterr().err
