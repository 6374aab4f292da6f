from __future__ import annotations

import pytest

from bot.alike import ALIKE, pieces_of, sort_in


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("这个是不是骗子", "是不是骗子"),
        ("对方说让我明天再联系他", "他说让我明天再联系他呀"),
        ("让我转500块给他", "让我转8000块给他"),
        ("点 http://a.top/x 领奖", "点 https://b.cn/yy 领奖"),
        ("？", "！"),
    ],
)
def test_questions_that_ask_the_same_are_alike(one: str, other: str) -> None:
    assert pieces_of(one).share(pieces_of(other)) >= ALIKE


@pytest.mark.parametrize(
    ("one", "other"),
    [("这条短信是真的吗", "他是骗子吗"), ("嗨", "12381"), ("有人加我微信", "有人让我办卡")],
)
def test_questions_about_other_things_are_not(one: str, other: str) -> None:
    assert pieces_of(one).share(pieces_of(other)) < ALIKE


def test_a_text_joins_a_known_group_or_begins_one_that_later_texts_join() -> None:
    texts = [("a", "对方让我明天再联系他"), ("b", "这是骗子吗"), ("c", "他让我明天再联系他")]
    assert sort_in(texts, [("known", "这个人是骗子吗")]) == ["a", "known", "a"]


def test_of_two_groups_the_nearer_one_is_joined() -> None:
    known = [("far", "这条短信是不是真的"), ("near", "收到这条短信是真的吗")]
    assert sort_in([("x", "这条短信是真的吗")], known) == ["near"]
