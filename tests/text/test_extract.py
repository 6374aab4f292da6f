"""Links, numbers, amounts and senders of a text, and what the official list says of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.judge.official import OfficialBook
from bot.kb.model import Knowledge, OfficialDomain, OfficialNumber, SenderNote
from bot.text.extract import Finds, extract
from bot.text.normalise import Normaliser

BOOK = OfficialBook(
    (
        OfficialNumber("95588", "工商银行客服", "工商银行"),
        OfficialNumber("96110", "反诈专线", "公安"),
    ),
    (
        OfficialDomain("icbc.com.cn", "工商银行"),
        OfficialDomain("taobao.com", "淘宝"),
        OfficialDomain("12306.cn", "铁路 12306"),
    ),
)


def found(text: str) -> Finds:
    return extract(Normaliser({})(text).text)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("点 https://www.icbc-vip.top/login?x=1 登录", "www.icbc-vip.top"),
        ("打开a.b-c.xyz:8080/path看看", "a.b-c.xyz"),
        ("网址是ＷＷＷ．ICBC．COM．CN", "www.icbc.com.cn"),
        ("http://1.2.3.4/a.apk", "1.2.3.4"),
        ("短信里有t.cn/Ab12", "t.cn"),
    ],
)
def test_links_are_found_by_their_host(text: str, host: str) -> None:
    assert found(text).hosts == (host,)


@pytest.mark.parametrize("text", ["涨了3.5个点", "你好。他说", "8.5折", "第1.2节"])
def test_a_full_stop_alone_is_no_link(text: str) -> None:
    assert found(text).hosts == ()


@pytest.mark.parametrize(
    "host",
    [
        "icbc.com.cn",
        "www.icbc.com.cn",
        "mybank.icbc.com.cn",
        "www.gov.cn",
        "a.gov.cn",
        "pku.edu.cn",
    ],
)
def test_official_hosts_and_their_subdomains_are_known(
    real_knowledge: Knowledge, host: str
) -> None:
    book = OfficialBook(real_knowledge.numbers, real_knowledge.domains)
    look = book.host(host)
    assert look.kind == "official_domain"
    assert look.name


@pytest.mark.parametrize(
    "host",
    [
        "icbc-vip.top",
        "www.icbc.com.cn.login.top",
        "taoba0.com",
        "taobao-refund.cc",
        "l2306.cn",
    ],
)
def test_hosts_that_imitate_an_official_one_are_look_alikes(host: str) -> None:
    assert BOOK.host(host).kind == "lookalike_domain"


@pytest.mark.parametrize("host", ["notgov.cn", "gov.cn.evil.top", "example.com", "eicbc.com.cn.cc"])
def test_no_other_host_is_official(host: str) -> None:
    assert BOOK.host(host).kind != "official_domain"


def test_an_ending_is_nobodys_brand() -> None:
    book = OfficialBook((), (OfficialDomain("vip.com", "唯品会"),))
    assert book.host("someshop.vip").kind == "unknown_domain"


@pytest.mark.parametrize("number", ["+85212345678", "0085212345678", "+1-202-555-0123"])
def test_numbers_from_abroad_are_foreign(number: str) -> None:
    finds = found(f"{number}打来说是公安局")
    assert finds.foreign_numbers == (number,)
    assert BOOK.number(number).kind == "foreign_number"


def test_a_bank_line_is_official_and_named(real_knowledge: Knowledge) -> None:
    book = OfficialBook(real_knowledge.numbers, real_knowledge.domains)
    (look,) = book.look(found("95588打来的"))
    assert (look.kind, look.what) == ("official_number", "95588")
    assert "工商银行" in look.name


def test_the_longest_prefix_tells_what_a_number_is() -> None:
    book = OfficialBook((), (), (SenderNote("106", "短信通道"), SenderNote("1069", "更细的")))
    assert [book.number(n).name for n in ("10655", "10690", "20690")] == ["短信通道", "更细的", ""]


def test_a_106_number_is_found_and_nobodys() -> None:
    finds = found("10690000123456发来的短信")
    assert finds.short_numbers == ("10690000123456",)
    assert BOOK.look(finds)[0].kind == "unknown_number"


@pytest.mark.parametrize(
    "number", ["13812345678", "010-12345678", "0571-1234567", "400-800-8888", "4008008888"]
)
def test_phone_numbers_are_found_whole(number: str) -> None:
    assert found(f"他的电话是{number}，让我打").phones == (number,)


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("让我转3万", 30_000, 30_000),
        ("扣了8,640.00元", 8_640, 8_640),
        ("要交1.5万", 15_000, 15_000),
        ("２０万", 200_000, 200_000),
        ("先付500元，再付3000元", 3_000, 3_000),
        # Sums in words are read by their size only.
        ("先交两千", 1_000, 9_999),
        ("三万块", 10_000, 99_999),
    ],
)
def test_the_largest_amount_is_read_in_yuan(text: str, least: float, most: float) -> None:
    assert least <= found(text).amount <= most


@pytest.mark.parametrize("text", ["尾号1234", "利率12.5%", "打95588", "1234567890123元", "你好"])
def test_other_numbers_are_no_amount(text: str) -> None:
    assert found(text).amount == 0


@pytest.mark.parametrize("text", ["【顺丰速运】您的快件到了", "您的快件到了［顺丰速运］"])
def test_the_sender_stands_in_brackets(text: str) -> None:
    assert found(text).senders == ("顺丰速运",)


def test_nothing_is_found_in_nothing() -> None:
    assert extract("") == Finds()


@given(st.text(st.characters(exclude_categories=()), max_size=120))
def test_any_text_can_be_looked_up(text: str) -> None:
    finds = found(text)
    assert finds.amount >= 0
    for look in BOOK.look(finds):
        assert look.what


@given(st.text(st.sampled_from("01+6.,-x*元万http:/.cn【】 a"), max_size=200))
def test_texts_full_of_digits_and_links_can_be_looked_up(text: str) -> None:
    BOOK.look(found(text))
