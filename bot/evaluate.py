"""Measures of the judge on labelled rows and conversations (design §8 ``eval``). Pure but for time."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.conversation import State
from bot.types import POSITIVE, Answer

Row = dict[str, Any]
Ask = Callable[[str, State, str, bool], tuple[Answer, State]]
"""(text, state, chat type, mentioned) -> (answer, next state)."""

MENTION = "@反诈助手"


@dataclass(slots=True)
class Tally:
    """Counts of one group of labelled rows."""

    positives: int = 0
    caught: int = 0
    asked: int = 0
    turned_away: int = 0
    emergencies: int = 0
    emergencies_caught: int = 0
    normals: int = 0
    false_alarms: int = 0
    labelled: int = 0
    top1: int = 0
    top3: int = 0

    def figures(self) -> dict[str, float | int | None]:
        return {
            "n": self.positives + self.normals,
            "recall": _share(self.caught, self.positives),
            "asked": _share(self.asked, self.positives),
            "turned_away": _share(self.turned_away, self.positives),
            "emergency_recall": _share(self.emergencies_caught, self.emergencies),
            "false_alarm": _share(self.false_alarms, self.normals),
            "category_top1": _share(self.top1, self.labelled),
            "category_top3": _share(self.top3, self.labelled),
        }


@dataclass(slots=True)
class Report:
    """What one run measured; ``errors`` are rows with what was answered instead."""

    overall: Tally = field(default_factory=Tally)
    by_category: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    by_set: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    intents: int = 0
    intents_right: int = 0
    turns: int = 0
    turns_right: int = 0
    milliseconds: list[float] = field(default_factory=list)
    errors: list[Row] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """The figures as one JSON document."""
        ordered = sorted(self.milliseconds)
        return {
            "overall": self.overall.figures(),
            "intents": {"n": self.intents, "right": _share(self.intents_right, self.intents)},
            "dialogues": {"turns": self.turns, "right": _share(self.turns_right, self.turns)},
            "latency_ms": {"p50": _at(ordered, 0.5), "p99": _at(ordered, 0.99)},
            "by_set": {name: tally.figures() for name, tally in sorted(self.by_set.items())},
            "by_category": {
                name: tally.figures() for name, tally in sorted(self.by_category.items())
            },
        }


def evaluate(
    rows: Iterable[Row], ask: Ask, tick: Callable[[], float] = time.perf_counter
) -> Report:
    """Measure every row; unknown kinds of rows raise ValueError with the row's id."""
    report = Report()
    for row in rows:
        if "turns" in row:
            _conversation(row, ask, report)
        elif "intent" in row:
            _intent(row, ask, report)
        elif row.get("kind") in ("scam", "emergency", "normal"):
            _labelled(row, ask, report, tick)
        else:
            raise ValueError(f"row {row.get('id')!r}: neither kind, intent nor turns")
    return report


def _labelled(row: Row, ask: Ask, report: Report, tick: Callable[[], float]) -> None:
    text = row.get("text_no_hindsight") or row["text"]
    began = tick()
    answer, _ = ask(text, State(), "private", True)
    report.milliseconds.append((tick() - began) * 1000)
    wanted = row.get("categories") or ([row["category"]] if row.get("category") else [])
    right = {*wanted, *(row.get("category_alt") or ())}
    tallies = [report.overall, report.by_set[str(row.get("set", row["kind"]))]]
    if wanted and row["kind"] != "normal":
        tallies.append(report.by_category[wanted[0]])
    verdict = answer.verdict
    positive = verdict.name in POSITIVE
    named = [verdict.category, *(other.category for other in verdict.alternatives)][:3]
    for tally in tallies:
        if row["kind"] == "normal":
            tally.normals += 1
            tally.false_alarms += positive
            continue
        tally.positives += 1
        tally.caught += positive
        tally.asked += verdict.name == "unknown"
        tally.turned_away += verdict.name in ("info", "off_topic")
        if row["kind"] == "emergency":
            tally.emergencies += 1
            tally.emergencies_caught += verdict.name == "emergency"
        if right:
            tally.labelled += 1
            tally.top1 += bool(right & set(named[:1]))
            tally.top3 += bool(right & set(named))
    wrong = positive == (row["kind"] == "normal")
    wrong = wrong or (row["kind"] == "emergency" and verdict.name != "emergency")
    wrong = wrong or bool(right and row["kind"] != "normal" and not right & set(named[:1]))
    if wrong:
        report.errors.append(_error(row, text, answer))


def _intent(row: Row, ask: Ask, report: Report) -> None:
    answer, _ = ask(row["text"], State(), "private", True)
    report.intents += 1
    reply = answer.reply or ""
    right = all(
        any(part in reply for part in wanted.split("|")) for wanted in row.get("must_contain", ())
    ) and (answer.verdict.name not in POSITIVE or bool(row.get("must_contain")))
    report.intents_right += right
    if not right:
        report.errors.append(_error(row, row["text"], answer))


def _conversation(row: Row, ask: Ask, report: Report) -> None:
    states: dict[str, State] = {}
    chat = row.get("channel", "private")
    for turn in row["turns"]:
        text: str = turn["user"]
        mentioned = chat == "private" or MENTION in text
        speaker = turn.get("speaker", "")
        answer, states[speaker] = ask(
            text.replace(MENTION, "").strip(), states.get(speaker, State()), chat, mentioned
        )
        expect = turn["expect"]
        if expect.get("silent"):
            right = answer.silent
        else:
            right = not answer.silent and answer.verdict.name in expect["verdict"]
        report.turns += 1
        report.turns_right += right
        if not right:
            report.errors.append({**_error(row, text, answer), "expect": expect})


def _error(row: Row, text: str, answer: Answer) -> Row:
    verdict = answer.verdict
    return {
        "id": row.get("id"),
        "expected": row.get("kind") or row.get("intent"),
        "category": row.get("categories") or row.get("category"),
        "verdict": verdict.name,
        "got": verdict.category,
        "entry": verdict.entry,
        "score": verdict.score,
        "signs": list(verdict.signs),
        "text": text,
    }


def confusions(errors: Sequence[Row]) -> list[tuple[str, str, int]]:
    """(wanted, got, how often), most frequent first."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for error in errors:
        wanted = error["category"]
        wanted = wanted[0] if isinstance(wanted, list) and wanted else wanted
        counts[
            f"{error['expected']}/{wanted or '-'}", f"{error['verdict']}/{error['got'] or '-'}"
        ] += 1
    return sorted(((a, b, n) for (a, b), n in counts.items()), key=lambda item: (-item[2], item))


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _at(ordered: Sequence[float], share: float) -> float | None:
    if not ordered:
        return None
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 3)
