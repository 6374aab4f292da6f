"""The judge on the development half of tests/data/own/questions.jsonl, held against saved figures.

Encoder off, even ids (the odd ones are set aside for checking). A figure fails where it is worse
than the saved one by more than two standard errors of the share. When the figures were changed on
purpose, save today's with ``python tests/test_development_sample.py --write``.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
OWN = ROOT / "tests" / "data" / "own"
BASELINE = OWN / "baseline.json"
GOOD = ("recall", "emergency_recall", "category_top1")
BAD = ("false_alarm",)


def measure(base: Any) -> dict[str, dict[str, float | int]]:
    """Share and number of rows of each figure."""
    from bot.commands.ask import ask
    from bot.commands.evaluate import in_half, read_rows
    from bot.evaluate import evaluate

    rows = read_rows(OWN / "questions.jsonl")
    assert not isinstance(rows, str), rows
    half = [row for row in rows if in_half(str(row["id"]), "even")]
    tally = evaluate(half, lambda text, state, _, __: ask(text, state, "private", True, base))
    counts = tally.overall
    sizes = {
        "recall": counts.positives,
        "emergency_recall": counts.emergencies,
        "category_top1": counts.labelled,
        "false_alarm": counts.normals,
    }
    figures = counts.figures()
    return {name: {"share": figures[name] or 0.0, "n": size} for name, size in sizes.items()}


def noise(share: float, n: int) -> float:
    """Two standard errors; a share of none or all is taken one row off."""
    inner = min(max(share, 1 / n), 1 - 1 / n)
    return 2 * math.sqrt(inner * (1 - inner) / n)


@pytest.fixture(scope="module")
def today(spelling_base: Any) -> dict[str, dict[str, float | int]]:
    return measure(spelling_base)


@pytest.fixture(scope="module")
def saved() -> dict[str, dict[str, float | int]]:
    document: dict[str, dict[str, float | int]] = json.loads(BASELINE.read_text("utf-8"))
    return document


@pytest.mark.parametrize("name", GOOD)
def test_no_share_of_the_right_answers_has_fallen(
    today: dict[str, Any], saved: dict[str, Any], name: str
) -> None:
    before = saved[name]
    assert today[name]["share"] >= before["share"] - noise(before["share"], before["n"])


@pytest.mark.parametrize("name", BAD)
def test_no_share_of_the_false_alarms_has_risen(
    today: dict[str, Any], saved: dict[str, Any], name: str
) -> None:
    before = saved[name]
    assert today[name]["share"] <= before["share"] + noise(before["share"], before["n"])


def test_the_sample_is_the_one_the_figures_are_of(
    today: dict[str, Any], saved: dict[str, Any]
) -> None:
    assert {name: figure["n"] for name, figure in today.items()} == {
        name: figure["n"] for name, figure in saved.items()
    }


def main(arguments: list[str]) -> int:
    """Print today's figures; with ``--write`` save them."""
    sys.path.insert(0, str(ROOT))
    from bot.answer.lexicon import lexicon_of
    from bot.judge.judge import Judge
    from bot.judge.model import stored_model
    from bot.kb.load import load_knowledge
    from bot.respond import Base

    knowledge = load_knowledge(ROOT / "knowledge")
    figures = measure(Base(Judge(knowledge, stored_model()), lexicon_of(knowledge)))
    text = json.dumps(figures, indent=2) + "\n"
    sys.stdout.write(text)
    if "--write" in arguments:
        BASELINE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
