"""The pattern language of signals.yaml: groups, gaps, clause borders, denials."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.judge.signs import GAP, Hit, Spotter
from bot.text.normalise import Normaliser

SPOT = Spotter(
    [
        ("app", ((("让", "叫"), ("下载", "安装")),)),
        ("code", ((("验证码",),), (("短信",), ("数字",), ("发",)))),
        ("safe", ((("安全账户",),),)),
    ],
    Normaliser({}),
)


def shown(text: str) -> set[str]:
    return {hit.id for hit in SPOT(text) if not hit.denied}


@pytest.mark.parametrize("text", ["他让我下载", "叫你安装软件", "让下载"])
def test_groups_must_follow_each_other(text: str) -> None:
    assert shown(text) == {"app"}


@pytest.mark.parametrize("text", ["下载完了才让", "他让我看看", "下载安装"])
def test_groups_in_another_order_or_alone_show_nothing(text: str) -> None:
    assert shown(text) == set()


def test_groups_stand_at_most_the_gap_apart() -> None:
    assert shown("让" + "我" * GAP + "下载") == {"app"}
    assert shown("让" + "我" * (GAP + 1) + "下载") == set()


@pytest.mark.parametrize("stop", "。!?;\n")
def test_a_pattern_does_not_cross_the_end_of_a_clause(stop: str) -> None:
    assert shown(f"他让{stop}下载") == set()


def test_a_comma_does_not_end_the_clause() -> None:
    assert shown("他让我,下载") == {"app"}


def test_three_groups_need_all_three() -> None:
    assert shown("短信里的数字发给他") == {"code"}
    assert shown("短信里的数字") == set()


def test_the_nearest_beginning_counts() -> None:
    assert shown("他让我看" + "了" * 20 + "又让我下载") == {"app"}


@pytest.mark.parametrize(
    "text", ["不要相信安全账户", "谨防安全账户", "没有安全账户", "别信安全账户", "切勿转安全账户"]
)
def test_words_that_deny_or_warn_take_the_sign_away(text: str) -> None:
    assert shown(text) == set()
    assert [hit.denied for hit in SPOT(text)] == [True]


@pytest.mark.parametrize(
    "text", ["不要挂,转到安全账户", "你别急。转到安全账户", "别跟家里讲，说要把钱全部转到安全账户"]
)
def test_a_denial_of_something_else_does_not(text: str) -> None:
    assert "safe" in shown(text)


def test_a_sign_that_is_denied_and_then_shown_is_shown() -> None:
    assert shown("不是安全账户,他说就是安全账户") == {"safe"}


def test_the_place_of_a_sign_is_given() -> None:
    assert SPOT("他今天让我下载了") == [Hit("app", 3, 7, False)]


def test_patterns_are_written_in_any_spelling() -> None:
    spot = Spotter([("code", ((("驗證碼", "V信码"),),))], Normaliser({"v信": "微信"}))
    assert [hit.id for hit in spot("验证码")] == ["code"]
    assert [hit.id for hit in spot("微信码")] == ["code"]


def test_a_beginning_inside_the_second_group_does_not_hide_an_earlier_one() -> None:
    spot = Spotter([("secret", ((("让", "要"), ("不要告诉家人",)),))], Normaliser({}))
    assert [hit.id for hit in spot("他让我不要告诉家人")] == ["secret"]


@given(st.text(st.sampled_from("让叫我下载安装验证码不别。,短信数字发 "), max_size=60))
def test_hits_lie_in_the_text_and_begin_and_end_with_their_words(text: str) -> None:
    for hit in SPOT(text):
        words = text[hit.start : hit.end]
        assert words.startswith(("让", "叫", "验证码", "短信", "安全账户"))
        assert words.endswith(("下载", "安装", "验证码", "发", "安全账户"))
