"""What is known of an account that residents write to."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.config import GatewayAccount, MpAccount, WecomAccount
from bot.health.inbound import LOOK_BACK, Inbound, judged
from bot.store.api_sightings import Sighting, SightingKind
from tests.warning_fakes import MONDAY_NINE as NOW

ACCOUNT = MpAccount("front", "wx1", "token", "plain", "", "secret")


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def seen(kind: SightingKind, minutes: float, words: str = "", code: str = "") -> Sighting:
    return Sighting(kind, "mp:front", ago(minutes), words=words, code=code)


def look(*sightings: Sighting, message: float | None = None) -> Inbound:
    return judged("mp", ACCOUNT, None if message is None else ago(message), sightings)


def test_an_account_that_nobody_ever_reached_waits() -> None:
    one = look()
    assert (one.last, one.standing(NOW)) == (None, "wait")
    assert one.address == "/callback/mp/front"


@pytest.mark.parametrize("kind", ["verified", "heard"])
def test_a_checked_address_or_an_event_shows_that_the_platform_reaches_us(
    kind: SightingKind,
) -> None:
    one = look(seen(kind, 5))
    assert (one.last, one.standing(NOW)) == (ago(5), "good")
    assert one.message is None


def test_the_latest_of_all_signs_counts() -> None:
    assert look(seen("verified", 50), seen("heard", 9), message=20).last == ago(9)
    assert look(seen("verified", 50), message=20).last == ago(20)


def test_a_refusal_that_nothing_followed_is_to_be_acted_on() -> None:
    one = look(seen("refused", 5, "签名不对"), message=60)
    assert one.standing(NOW) == "bad"
    (trouble,) = one.open(NOW)
    assert (trouble.why, trouble.over) == ("签名不对", False)
    assert "token" in trouble.advice


@pytest.mark.parametrize("kind", ["verified", "heard"])
def test_a_refusal_is_over_once_anything_was_accepted(kind: SightingKind) -> None:
    one = look(seen("refused", 5, "签名不对"), seen(kind, 4))
    assert one.refused is not None
    assert one.refused.over
    assert (one.open(NOW), one.standing(NOW)) == ((), "good")


def test_an_answered_message_ends_a_refusal_too() -> None:
    assert look(seen("refused", 5, "签名不对"), message=4).standing(NOW) == "good"


def test_a_fault_of_ours_is_over_only_once_a_message_was_answered() -> None:
    broken = seen("failed", 5, code="OperationalError")
    one = look(broken, seen("verified", 4), message=6)
    assert one.standing(NOW) == "bad"
    assert one.failed is not None
    assert "数据库" in one.failed.why
    assert look(broken, message=4).standing(NOW) == "good"


def test_a_fault_of_the_program_names_its_kind_and_where_to_look() -> None:
    one = look(seen("failed", 5, code="KeyError"))
    assert one.failed is not None
    assert "KeyError" in one.failed.why
    assert "日志" in one.failed.advice


def test_what_lies_long_back_is_told_but_no_longer_to_be_acted_on() -> None:
    days = LOOK_BACK.total_seconds() / 60
    assert look(seen("refused", days, "签名不对")).open(NOW)
    old = look(seen("refused", days + 1, "签名不对"))
    assert old.refused is not None
    assert not old.open(NOW)


def test_somebody_who_knocks_but_is_no_platform_is_no_trouble() -> None:
    one = look(seen("stray", 1, "timestamp 或 nonce 缺少或格式不对"), message=60)
    assert one.standing(NOW) == "good"
    assert one.stray is not None


def test_a_partner_is_told_about_a_secret_not_about_a_token() -> None:
    partner = GatewayAccount("app", "secret")
    one = judged("gateway", partner, None, [seen("refused", 1, "签名不对")])
    assert one.refused is not None
    assert "secret" in one.refused.advice


@pytest.mark.parametrize(
    ("account", "lacks"),
    [
        (ACCOUNT, ""),
        (MpAccount("front", "wx1", "token", "plain", "", ""), "没有 app_secret：能答，不能主动发"),
        (
            WecomAccount("s", "ww1", "1", "", "", ""),
            "没有 token：居民问不到；没有 secret：不能主动发",
        ),
    ],
)
def test_a_missing_secret_is_named(account: MpAccount | WecomAccount, lacks: str) -> None:
    assert judged("mp", account, None, ()).lacks == lacks
