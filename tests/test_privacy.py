from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.privacy import Pseudonyms, scrub


def test_a_pseudonym_is_stable_keyed_and_tells_nothing() -> None:
    pseudonym = Pseudonyms("k" * 32)

    assert pseudonym("oTEST1") == pseudonym("oTEST1")
    assert pseudonym("oTEST1") != pseudonym("oTEST2")
    assert pseudonym("oTEST1") != Pseudonyms("j" * 32)("oTEST1")
    assert re.fullmatch(r"[0-9a-f]{32}", pseudonym("张三"))


def test_an_empty_key_is_refused() -> None:
    with pytest.raises(ValueError, match="hash_key"):
        Pseudonyms("")


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("打我13800138000吧", "打我〔手机号〕吧"),
        ("138 0013 8000", "〔手机号〕"),
        ("+86-138-0013-8000", "〔手机号〕"),
        ("13800138000元", "〔手机号〕元"),
        ("0571-87654321", "〔号码〕"),
        ("１３８００１３８０００", "〔号码〕"),
        ("身份证11010119900307123X", "身份证〔证件号〕"),
        ("身份证110101199003071234", "身份证〔证件号〕"),
        ("卡6222 0212 3456 7890 123", "卡〔卡号〕"),
        ("卡6222021234567890", "卡〔卡号〕"),
        ("验证码是482913", "验证码是〔号码〕"),
        ("写信到 zhang.san@qq.com。", "写信到 〔邮箱〕。"),
        ("加微信号：wxid_abc123", "加微信号：〔账号〕"),
        ("微信13800138000", "微信〔账号〕"),
        ("qq是12345678，群号 87654321", "qq是〔账号〕，群号 〔号码〕"),
        ("VX abc_def99", "VX 〔账号〕"),
        ("点 http://evil.com/pay?id=13800138000，快", "点 http://evil.com/…，快"),
        ("点 evil.top/a/b 快", "点 evil.top/… 快"),
        ("http://user:word@evil.com:80/x", "http://evil.com:80/…"),
        ("http://1.2.3.4:8080/path", "http://1.2.3.4:8080/…"),
    ],
)
def test_what_could_name_a_person_is_blacked_out(text: str, scrubbed: str) -> None:
    assert scrub(text) == scrubbed
    assert scrub(scrubbed) == scrubbed


@pytest.mark.parametrize(
    "text",
    [
        "打110或96110，也可以打 12356",
        "110 96110",
        "95588 说我的卡被冻结",
        "400-123-4567 是客服吗",
        "QQ 96110",
        "转了500000元",
        "让我转 3 万，先付1.5万",
        "微信转账给他",
        "https://evil.com上当了",
        "www.abc123456.top 是真的吗",
        "😱",
        "",
    ],
)
def test_what_tells_the_matter_stays(text: str) -> None:
    assert scrub(text) == text


@given(
    before=st.text(max_size=30),
    number=st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    after=st.text(max_size=30),
)
def test_no_mobile_number_survives(before: str, number: str, after: str) -> None:
    assert number not in scrub(f"{before} {number} {after}")


@pytest.mark.parametrize(
    "text", ["a" * 100_000, "a." * 50_000, "1 " * 50_000, "a@" * 50_000, "1-" * 50_000]
)
def test_long_texts_are_scrubbed_in_good_time(text: str) -> None:
    assert isinstance(scrub(text), str)
