from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.broadcasting.rules import Rules, Ruling, rule
from bot.store.api import DeliveryRow
from tests.warning_fakes import MONDAY_NINE as NOW

RULES = Rules((time(21), time(8)), timedelta(minutes=120), 3, ZoneInfo("Asia/Shanghai"))


def delivery(released_at: datetime = NOW, by_hand: bool = False) -> DeliveryRow:
    return DeliveryRow(
        edition="e", group="g", position=0, channel_type="paste", channel_hash="", digest="d",
        owner="", state="queued", code="", detail="", reference="", by_hand=by_hand,
        released_at=released_at, not_before=released_at,
    )  # fmt: skip


def judged(
    row: DeliveryRow,
    now: datetime = NOW,
    quiet: tuple[time, time] | None = None,
    sent: int = 0,
) -> Ruling:
    return rule(row, quiet, sent, now, RULES)


def test_in_daytime_and_in_time_it_goes() -> None:
    assert judged(delivery()).kind == "go"


def test_a_groups_own_quiet_hours_make_it_wait() -> None:
    ruling = judged(delivery(), quiet=(time(22), time(9, 30)))
    assert (ruling.kind, ruling.until) == ("wait", NOW + timedelta(minutes=30))


def test_quiet_hours_that_end_too_late_let_it_expire_in_words() -> None:
    ruling = judged(delivery(), quiet=(time(22), time(11, 30)))
    assert ruling.kind == "expire"
    assert "安静时段 22:00–11:30" in ruling.reason


def test_a_person_passes_quiet_hours_but_not_the_weekly_limit() -> None:
    night = NOW + timedelta(hours=13)
    assert judged(delivery(night, by_hand=True), night).kind == "go"
    ruling = judged(delivery(night, by_hand=True), night, sent=3)
    assert (ruling.kind, ruling.code) == ("refuse", "weekly_limit")
    assert judged(delivery(), sent=2).kind == "go"


def test_a_second_try_is_not_stopped_by_the_weekly_limit() -> None:
    assert judged(replace(delivery(), tries=1), sent=3).kind == "go"


def test_what_a_stop_left_behind_expires_after_the_late_rule() -> None:
    assert judged(delivery(), NOW + timedelta(minutes=121)).kind == "expire"
    assert judged(delivery(by_hand=True), NOW + timedelta(minutes=121)).kind == "go"
    assert judged(delivery(by_hand=True), NOW + timedelta(hours=25)).kind == "expire"


def test_a_strict_late_rule_does_not_cut_off_an_edition_under_way() -> None:
    strict = replace(RULES, late_ok=timedelta(0))
    assert rule(delivery(), None, 0, NOW + timedelta(minutes=10), strict).kind == "go"
