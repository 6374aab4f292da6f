from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.accounts.passwords import (
    SHORTEST,
    hash_password,
    is_password,
    one_time_password,
    password_problem,
)
from bot.accounts.totp import STEP_SECONDS, fresh_secret, matching_step
from bot.privacy import TOTP, Seal

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("九个字还是太短的呀", "至少要 10 个字符"),
        ("          x", "至少要 10 个字符"),
        ("wangfang12345", "不要带用户名"),
        ("ＷＡＮＧＦＡＮＧ12345", "不要带用户名"),
        ("aaaaaaaaaaaa", "太简单"),
        ("x1y2z3" * 30, "最多"),
    ],
)
def test_a_bad_password_is_refused_in_words(password: str, words: str) -> None:
    assert words in password_problem("wangfang", password)


@pytest.mark.parametrize("password", ["明天去菜场买三斤萝卜", "correct horse battery"])
def test_a_sentence_is_a_good_password(password: str) -> None:
    assert password_problem("wangfang", password) == ""


def test_a_hash_is_of_its_password_alone() -> None:
    hashed = hash_password("明天去菜场买三斤萝卜")
    assert hashed.startswith("$argon2id$")
    assert is_password(hashed, "明天去菜场买三斤萝卜")
    assert not is_password(hashed, "明天去菜场买三斤白菜")
    assert not is_password("no hash at all", "明天去菜场买三斤萝卜")


def test_a_composed_letter_is_the_same_on_every_keyboard() -> None:
    assert is_password(hash_password("café au lait"), "cafe\u0301 au lait")


def test_one_time_passwords_differ_and_can_be_read_aloud() -> None:
    made = {one_time_password() for _ in range(50)}
    assert len(made) == 50
    assert all(len(one) >= SHORTEST and not set(one) & set("0O1lI") for one in made)


@pytest.mark.parametrize(("late", "good"), [(0, True), (1, True), (-1, True), (2, False)])
def test_a_code_holds_for_a_step_on_either_side(late: int, good: bool) -> None:
    secret = fresh_secret()
    code = pyotp.TOTP(secret).at(NOW)
    step = matching_step(secret, code, NOW + timedelta(seconds=late * STEP_SECONDS))
    assert step == (int(NOW.timestamp()) // STEP_SECONDS if good else None)


@given(st.text(max_size=12))
def test_whatever_is_typed_as_a_code_is_read_without_fault(text: str) -> None:
    step = matching_step("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", text, NOW)
    assert step is None or text.replace(" ", "").isdigit()


def test_a_sealed_secret_opens_under_its_own_key_only() -> None:
    sealed = Seal("one key", TOTP).close("JBSWY3DP")
    assert "JBSWY3DP" not in sealed
    assert Seal("one key", TOTP).open(sealed) == "JBSWY3DP"
    assert Seal("another key", TOTP).open(sealed) is None
