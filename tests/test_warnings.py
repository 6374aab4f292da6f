"""Ours, changed, or not ours: what is recognised, and where a text was changed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.warnings import Published, code_of, examine, worth_comparing

BODY = (
    "用领导或亲友的头像加你，先问候几句，再说急事、不方便接电话，让你代转一笔。\n"
    "识破一句：急要钱，又不接电话。\n不转账：没打通本人电话之前不转。\n"
    "用自己存的号码打给他本人，或当面问。已转打 110，拿不准打 96110。"
)
STATION = "示范社区派出所"
TEXT = f"领导熟人换号借钱\n{BODY}\n预警码 123456\n{STATION}"
OURS = Published("123456", "领导熟人换号借钱", STATION, date(2026, 11, 23), f"## {TEXT}")
OTHER = Published(
    "222222", "刷单都是骗", STATION, date(2026, 11, 16),
    f"刷单都是骗\n{'先给几块甜头，再让垫钱，垫得越多越取不出来。' * 2}\n预警码 222222\n{STATION}",
)  # fmt: skip
ALL = [OTHER, OURS]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("预警码 123456", "123456"),
        ("预警码123456", "123456"),
        ("预警码：123456", "123456"),
        ("预警码:１２３４５６", "123456"),
        ("預警碼 123456", "123456"),
        ("  预警码  是 123 456 吗", "123456"),
        ("【预警码】123456", "123456"),
        ("预警码（123456）", "123456"),
        ("预警码\n123456", "123456"),
        ("收到一条，预警码是123456，真的吗", "123456"),
        ("预警码 123456 打110问", "123456"),
        ("预警码 12345", ""),
        ("预警码 1234567", ""),
        ("预警码 13800138000", ""),
        ("123456", None),
        ("验证码 123456", None),
        ("预警码是什么", None),
        ("", None),
    ],
)
def test_a_code_is_six_digits_behind_its_name(text: str, code: str | None) -> None:
    assert code_of(text) == code


def standing(text: str) -> str | None:
    found = examine(text, ALL)
    return found.standing if found else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("预警码 123456", "known"),
        ("我收到预警码123456，是真的吗", "known"),
        ("预警码 999999", "not_ours"),
        ("预警码 12345", "malformed"),
        (TEXT, "same"),
        (OURS.body, "same"),
        (TEXT.replace("，", ","), "same"),
        (TEXT.replace("\n", " "), "same"),
        (TEXT.replace("\n预警码 123456\n示范社区派出所", ""), "same"),
        (f"请问这条是你们发的吗\n{TEXT}", "same"),
        (f"{TEXT}\n这个是真的假的？", "same"),
        (BODY[:60], "part"),
        (TEXT.replace("96110", "13800138000"), "changed"),
        (f"{TEXT}\n补偿请加微信 fz888 领取", "changed"),
        (TEXT.replace("123456", "999999"), "changed"),
        (TEXT.replace("不转账：没打通本人电话之前不转。\n", ""), "changed"),
        (f"预警码 123456\n{'你的账户涉嫌洗钱，请马上配合调查，把钱转到指定账户。' * 2}", "changed"),
        ("今天天气很好，我们去公园走走吧，晚上再一起回家吃饭，好不好呀大家", None),
        ("123456", None),
        ("谢谢", None),
    ],
)
def test_what_a_message_is_to_our_warnings(text: str, expected: str | None) -> None:
    assert standing(text) == expected


@pytest.mark.parametrize(
    ("changed", "ours", "theirs"),
    [
        (TEXT.replace("打 96110", "打 13800138000"), "拿不准打 96110", "拿不准打 13800138000"),
        (TEXT.replace("已转打 110", "已转打 170"), "已转打 110", "已转打 170"),
        (f"{TEXT}\n补偿请加微信 fz888 领取", "", "补偿请加微信 fz888 领取"),
        (TEXT.replace("123456", "999999"), "预警码123456", "预警码999999"),
    ],
)
def test_the_changed_spot_is_quoted(changed: str, ours: str, theirs: str) -> None:
    found = examine(changed, ALL)
    assert found is not None
    assert found.spot is not None
    assert (found.spot.ours, found.spot.theirs) == (ours, theirs)


def test_a_text_of_another_kind_under_our_code_has_no_spot() -> None:
    found = examine(f"预警码 123456\n{'把钱转到指定账户，工作人员会上门收取黄金。' * 2}", ALL)
    assert found is not None
    assert (found.standing, found.spot) == ("changed", None)


def test_what_was_stopped_is_told_as_withdrawn() -> None:
    stopped = [Published("123456", "题", STATION, date(2026, 11, 23), TEXT, withdrawn=True)]
    for text in ("预警码 123456", TEXT, TEXT.replace("\n预警码 123456", "")):
        found = examine(text, stopped)
        assert found is not None
        assert found.standing == "withdrawn"


def test_what_the_resident_says_besides_it_is_handed_on() -> None:
    found = examine("预警码 123456 我刚把钱转过去了", ALL)
    assert found is not None
    assert "我刚把钱转过去了" in found.rest
    found = examine(f"{TEXT}\n我已经给他转了五千块", ALL)
    assert found is not None
    assert "我已经给他转了五千块" in found.rest


def test_short_talk_is_not_worth_comparing() -> None:
    assert not worth_comparing("他让我转钱，怎么办")
    assert worth_comparing(TEXT)


@given(st.text(max_size=300), st.booleans())
def test_no_text_breaks_it(text: str, with_code: bool) -> None:
    found = examine(f"{text}预警码 123456" if with_code else text, ALL)
    assert found is not None or not with_code
