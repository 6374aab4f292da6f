"""Words as they are spelled on a keyboard."""

from __future__ import annotations

import pytest

from bot.text.spelling import spelled


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("刷单返利", "shuadanfanli sdfl"),
        ("装 ETC，要钱", "zhuangetcyaoqian zetcyq"),
        ("", " "),
    ],
)
def test_syllables_and_first_letters(text: str, found: str) -> None:
    assert spelled(text) == found
