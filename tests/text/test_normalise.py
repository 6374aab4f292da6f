"""Spellings become one form, and the original words can be quoted back."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kb.model import Knowledge
from bot.text.normalise import LONGEST, Normalised, Normaliser

ALIASES = {"v信": "微信", "验🐴": "验证码", "帐户": "账户", "wx": "微信"}
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=80)


@pytest.fixture(scope="module")
def plain() -> Normaliser:
    return Normaliser({})


@pytest.fixture(scope="module")
def aliased() -> Normaliser:
    return Normaliser(ALIASES)


@pytest.fixture(scope="module")
def real(real_knowledge: Knowledge) -> Normaliser:
    return Normaliser(real_knowledge.aliases)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        pytest.param("驗證碼", "验证码", id="traditional"),
        pytest.param("轉賬到安全賬戶", "转账到安全账户", id="traditional sentence"),
        pytest.param("ＡＢＣ１２３", "abc123", id="full width"),
        pytest.param("Taobao", "taobao", id="capitals"),
        pytest.param("㎏", "kg", id="one sign, two letters"),
        pytest.param("验\u200b证\u200d码\ufeff", "验证码", id="zero width"),
        pytest.param("安\u202e全\u2066账户", "安全账户", id="direction marks"),
        pytest.param("验\ud800证码", "验证码", id="half a surrogate pair"),
        pytest.param("验.证.码", "验证码", id="full stops"),
        pytest.param("验·证·码", "验证码", id="middle dots"),
        pytest.param("验-证-码", "验证码", id="hyphens"),
        pytest.param("验，证，码", "验证码", id="commas"),
        pytest.param("验 证　码", "验证码", id="spaces"),
        pytest.param("验*证*码", "验证码", id="stars"),
        pytest.param("安全\u3000账户", "安全账户", id="one wide space"),
    ],
)
def test_spellings_become_one_form(plain: Normaliser, written: str, read: str) -> None:
    assert plain(written).text == read


@pytest.mark.parametrize("text", ["你好,我是他", "先交钱,再放款", "8.5折", "a.b", "买菜、做饭"])
def test_ordinary_punctuation_stays(plain: Normaliser, text: str) -> None:
    assert plain(text).text == text


def test_lines_stay_apart(plain: Normaliser) -> None:
    assert plain("第一行\n第二行").text == "第一行\n第二行"


@pytest.mark.parametrize(
    ("written", "read"),
    [("V信", "微信"), ("V 信", "v 信"), ("发验🐴", "发验证码"), ("安全帳戶", "安全账户")],
)
def test_aliases_are_found_after_folding(aliased: Normaliser, written: str, read: str) -> None:
    assert aliased(written).text == read


@pytest.mark.parametrize("text", ["wxyz.com", "awx", "a.wx/b", "wx_1"])
def test_an_alias_of_letters_is_left_alone_inside_a_word_or_link(
    aliased: Normaliser, text: str
) -> None:
    assert aliased(text).text == text


def test_an_alias_of_letters_is_found_beside_chinese(aliased: Normaliser) -> None:
    assert aliased("加我wx聊").text == "加我微信聊"


def _place(normalised: Normalised, words: str) -> tuple[int, int]:
    start = normalised.text.index(words)
    return start, start + len(words)


@pytest.mark.parametrize(
    ("written", "found", "quoted"),
    [
        ("他让我报验.证.码给他", "验证码", "验.证.码"),
        ("轉到安全帳戶裡", "安全账户", "安全帳戶"),
        ("加我V信", "微信", "V信"),
        ("把验🐴发来", "验证码", "验🐴"),
        ("收到１００元", "100元", "１００元"),
        ("共享\u200b屏幕", "共享屏幕", "共享\u200b屏幕"),
    ],
)
def test_quote_gives_the_residents_own_words(
    aliased: Normaliser, written: str, found: str, quoted: str
) -> None:
    normalised = aliased(written)
    assert normalised.quote(*_place(normalised, found)) == quoted


def test_nothing_is_quoted_of_nothing(plain: Normaliser) -> None:
    assert plain("").quote(0, 3) == ""
    assert plain("验证码").quote(2, 2) == ""


def test_only_the_beginning_of_an_endless_text_is_read(plain: Normaliser) -> None:
    assert len(plain("钱" * (LONGEST + 500)).text) == LONGEST


@given(ANYTHING)
def test_offsets_are_monotone_and_lie_in_the_original(real: Normaliser, text: str) -> None:
    normalised = real(text)
    assert len(normalised.text) == len(normalised.starts) == len(normalised.ends)
    for places in (normalised.starts, normalised.ends):
        assert all(a <= b for a, b in itertools.pairwise(places))
    for start, end in zip(normalised.starts, normalised.ends, strict=True):
        assert 0 <= start < end <= len(text)


@given(ANYTHING, st.integers(0, 80), st.integers(0, 80))
def test_a_quote_is_a_slice_of_the_original(
    real: Normaliser, text: str, start: int, size: int
) -> None:
    normalised = real(text)
    end = min(start + size, len(normalised.text))
    assert normalised.quote(min(start, end), end) in text


@given(st.text(st.sampled_from("验证码v信薇wx.·- ，💰加群裙\u200b🐴12"), max_size=30))
def test_texts_made_of_aliases_and_marks_keep_their_offsets(real: Normaliser, text: str) -> None:
    normalised = real(text)
    assert all(a <= b for a, b in itertools.pairwise(normalised.starts))
    assert normalised.quote(0, len(normalised.text)) in text
