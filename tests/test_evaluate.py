"""The measures of ``eval`` on rows whose answers are known beforehand."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.conversation import State
from bot.evaluate import Report, Row, confusions, evaluate
from bot.types import Alternative, Answer, Verdict

SCAM = Verdict("scam", category="loan", entry="a", alternatives=(Alternative("p", "prize", 0.2),))
URGENT = Verdict("emergency", category="extortion")
ASKED = Verdict("unknown")
NOTICE = Verdict("info")


class Table:
    """Answers from a table; remembers what it was asked."""

    def __init__(self, table: Mapping[str, Verdict], reply: str | None = "好") -> None:
        self._table = table
        self._reply = reply
        self.asked: list[tuple[str, str, str, bool]] = []

    def __call__(self, text: str, state: State, chat: str, mentioned: bool) -> tuple[Answer, State]:
        self.asked.append((text, state.text, chat, mentioned))
        reply = self._reply if mentioned else None
        return Answer(self._table.get(text, NOTICE), reply, "kb"), State(text=state.text + text)


def measured(rows: list[Row], table: Mapping[str, Verdict]) -> Report:
    return evaluate(rows, Table(table))


def test_recall_asked_and_turned_away_are_shares_of_the_scams() -> None:
    rows = [{"id": n, "text": text, "kind": "scam"} for n, text in enumerate("甲乙丙丁")]
    figures = measured(rows, {"甲": SCAM, "乙": URGENT, "丙": ASKED}).document()["overall"]
    assert (figures["n"], figures["recall"], figures["asked"], figures["turned_away"]) == (
        4,
        0.5,
        0.25,
        0.25,
    )


def test_an_emergency_must_be_called_one() -> None:
    rows = [{"id": n, "text": text, "kind": "emergency"} for n, text in enumerate("甲乙")]
    report = measured(rows, {"甲": URGENT, "乙": SCAM})
    figures = report.document()["overall"]
    assert (figures["recall"], figures["emergency_recall"]) == (1.0, 0.5)
    assert [error["id"] for error in report.errors] == [1]


def test_a_warning_of_an_ordinary_row_is_a_false_alarm() -> None:
    rows = [{"id": n, "text": text, "kind": "normal"} for n, text in enumerate("甲乙")]
    figures = measured(rows, {"甲": SCAM}).document()["overall"]
    assert (figures["false_alarm"], figures["recall"]) == (0.5, None)


@pytest.mark.parametrize(
    ("labels", "top1", "top3"),
    [
        ({"category": "loan"}, 1.0, 1.0),
        ({"categories": ["prize", "loan"]}, 1.0, 1.0),
        ({"category": "prize"}, 0.0, 1.0),
        ({"category": "prize", "category_alt": ["loan"]}, 1.0, 1.0),
        ({"category": "romance"}, 0.0, 0.0),
        ({}, None, None),
    ],
)
def test_the_category_counts_first_and_among_the_first_three(
    labels: Row, top1: float | None, top3: float | None
) -> None:
    figures = measured([{"id": 1, "text": "甲", "kind": "scam", **labels}], {"甲": SCAM})
    overall = figures.document()["overall"]
    assert (overall["category_top1"], overall["category_top3"]) == (top1, top3)


def test_figures_come_per_category_and_per_set() -> None:
    rows = [
        {"id": 1, "text": "甲", "kind": "scam", "category": "loan", "set": "own"},
        {"id": 2, "text": "乙", "kind": "scam", "category": "prize", "set": "own"},
        {"id": 3, "text": "丙", "kind": "normal", "set": "other"},
    ]
    document = measured(rows, {"甲": SCAM}).document()
    assert document["by_category"]["loan"]["recall"] == 1.0
    assert document["by_category"]["prize"]["recall"] == 0.0
    assert set(document["by_set"]) == {"own", "other"}
    assert document["by_set"]["other"]["false_alarm"] == 0.0


def test_the_text_without_hindsight_is_read_instead() -> None:
    table = Table({})
    evaluate([{"id": 1, "text": "后", "text_no_hindsight": "前", "kind": "scam"}], table)
    assert table.asked == [("前", "", "private", True)]


def test_an_intent_is_right_when_the_reply_holds_every_part() -> None:
    rows = [
        {"id": 1, "text": "甲", "intent": "hotlines", "must_contain": ["96110"]},
        {"id": 2, "text": "乙", "intent": "hotlines", "must_contain": ["12381|96110", "打"]},
        {"id": 3, "text": "丙", "intent": "hotlines", "must_contain": ["12345"]},
    ]
    report = evaluate(rows, Table({}, reply="打 96110"))
    assert report.document()["intents"] == {"n": 3, "right": 0.6667}
    assert [error["id"] for error in report.errors] == [3]


def test_turns_of_a_conversation_are_played_in_order() -> None:
    table = Table({"刷单": SCAM})
    row = {
        "id": 1,
        "turns": [
            {"user": "你好", "expect": {"verdict": ["info"]}},
            {"user": "刷单", "expect": {"verdict": ["scam", "suspicious"]}},
            {"user": "再见", "expect": {"verdict": ["scam"]}},
        ],
    }
    report = evaluate([row], table)
    assert [state for _, state, _, _ in table.asked] == ["", "你好", "你好刷单"]
    assert report.document()["dialogues"] == {"turns": 3, "right": 0.6667}
    assert report.errors[0]["expect"] == {"verdict": ["scam"]}


def test_in_a_group_each_speaker_has_a_talk_and_a_mention_wakes_it() -> None:
    table = Table({"刷单": SCAM})
    row = {
        "id": 1,
        "channel": "group",
        "turns": [
            {"user": "刷单", "speaker": "a", "expect": {"silent": True}},
            {"user": "@反诈助手 刷单", "speaker": "b", "expect": {"verdict": ["scam"]}},
            {"user": "刷单", "speaker": "a", "expect": {"verdict": ["scam"]}},
        ],
    }
    report = evaluate([row], table)
    assert table.asked == [
        ("刷单", "", "group", False),
        ("刷单", "", "group", True),
        ("刷单", "刷单", "group", False),
    ]
    assert report.turns_right == 2


def test_a_row_that_is_none_of_these_is_named() -> None:
    with pytest.raises(ValueError, match="'x7'"):
        measured([{"id": "x7", "text": "甲", "kind": "other"}], {})


def test_latency_is_measured_with_the_clock_handed_in() -> None:
    ticks = iter([0.0, 0.001, 1.0, 1.003])
    rows = [{"id": n, "text": "甲", "kind": "normal"} for n in range(2)]
    report = evaluate(rows, Table({}), lambda: next(ticks))
    assert report.document()["latency_ms"] == {"p50": 3.0, "p99": 3.0}


def test_nothing_measured_gives_no_figures() -> None:
    document = evaluate([], Table({})).document()
    assert document["overall"]["recall"] is None
    assert document["latency_ms"] == {"p50": None, "p99": None}


def test_confusions_come_most_frequent_first() -> None:
    rows = [{"id": n, "text": "甲", "kind": "scam", "category": "prize"} for n in range(2)]
    rows.append({"id": 9, "text": "乙", "kind": "normal"})
    report = measured(rows, {"甲": SCAM, "乙": SCAM})
    assert confusions(report.errors) == [
        ("scam/prize", "scam/loan", 2),
        ("normal/-", "scam/loan", 1),
    ]
