"""What the checker says, in the words of the form."""

from __future__ import annotations

import pytest

from bot.console.knowledge.field_words import plainly

TITLES = {"loan-fee": "先交钱再放款", "police": "假警察"}


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            "“天气”应该找到 loan-fee，现在判成 off_topic",
            "“天气”应该找到《先交钱再放款》，现在判成无关",
        ),
        ("现在判成 scam（police）", "现在判成诈骗（《假警察》）"),
        ("现在判成 info（question:like:loan-fee）", "现在判成解答"),
        (
            "把它这类平常话写进 loan-fee 的 looks_like 或 ordinary/",
            "把它这类平常话写进《先交钱再放款》的“像它但平常的消息”，或者写进平常消息",
        ),
        ("knowledge/scams/loan-fee.yaml 有 22 个字", "knowledge/scams/loan-fee.yaml 有 22 个字"),
    ],
)
def test_ids_and_names_of_verdicts_are_told_as_people_know_them(said: str, shown: str) -> None:
    assert plainly(said, TITLES) == shown
