from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.broadcasting.edition import draft, edition_hash, edition_id, render, warning_code
from tests.warning_fakes import MONDAY_NINE as NOW
from tests.warning_fakes import FakeSender, book, group, plan

TOWN = book(group("a"), group("b"), group("c", "paste"))
SENDERS = {"wecom_robot": FakeSender(), "paste": FakeSender("paste")}


def test_an_id_tells_plan_and_local_time() -> None:
    assert edition_id("weekly", NOW, ZoneInfo("Asia/Shanghai")) == "weekly-20261123-090000"


def test_a_code_has_six_digits_and_depends_on_edition_and_attempt() -> None:
    codes = {warning_code(name, attempt) for name in ("a", "b") for attempt in (1, 2)}
    assert len(codes) == 4
    assert all(len(code) == 6 and code.isdecimal() for code in codes)


def test_every_group_is_rendered_by_its_own_sender_with_code_and_station() -> None:
    texts = render(plan(), "loan", "123456", "示范所", TOWN, SENDERS)
    assert [text.group.id for text in texts] == ["a", "b", "c"]
    bodies = [text.rendered.text for text in texts if text.rendered]
    assert all("正文 loan-all" in body and "123456" in body and "示范所" in body for body in bodies)


def test_a_text_too_long_for_its_channel_refuses_that_group_in_words() -> None:
    senders = {"wecom_robot": FakeSender(), "paste": FakeSender("paste", limit=10)}
    rows = draft("e", render(plan(), "loan", "123456", "所", TOWN, senders), False, NOW)
    states = {row.group: (row.state, row.code) for row in rows.deliveries}
    assert states == {"a": ("queued", ""), "b": ("queued", ""), "c": ("refused", "too_long")}
    assert "最多 10" in rows.deliveries[2].detail


def test_a_channel_without_sender_refuses_that_group() -> None:
    texts = render(plan(), "loan", "123456", "所", TOWN, {"wecom_robot": FakeSender()})
    assert [text.code for text in texts] == ["", "", "no_sender"]


def test_groups_with_the_same_text_share_it() -> None:
    rows = draft("e", render(plan(), "loan", "123456", "所", TOWN, SENDERS), False, NOW)
    assert len(rows.texts) == 1
    assert len({row.digest for row in rows.deliveries}) == 1


def test_the_hash_covers_texts_groups_channels_and_time_but_not_progress() -> None:
    rows = draft("e", render(plan(), "loan", "123456", "所", TOWN, SENDERS), False, NOW)
    first = rows.deliveries[0]
    base = edition_hash(NOW, rows.texts, rows.deliveries)
    changed = [
        edition_hash(NOW + timedelta(seconds=1), rows.texts, rows.deliveries),
        edition_hash(NOW, [replace(rows.texts[0], body="other")], rows.deliveries),
        edition_hash(NOW, rows.texts, rows.deliveries[1:]),
        edition_hash(NOW, rows.texts, [replace(first, channel_hash="x"), *rows.deliveries[1:]]),
        edition_hash(NOW, rows.texts, [replace(first, owner="x"), *rows.deliveries[1:]]),
    ]
    assert len({base, *changed}) == 6
    moved = [replace(first, state="sent", attempts=2), *rows.deliveries[1:]]
    assert edition_hash(NOW, rows.texts, moved) == base


@given(st.permutations(range(3)))
def test_the_hash_does_not_depend_on_the_order_of_rows(order: list[int]) -> None:
    rows = draft("e", render(plan(), "loan", "123456", "所", TOWN, SENDERS), False, NOW)
    shuffled = [rows.deliveries[position] for position in order]
    assert edition_hash(NOW, rows.texts, shuffled) == edition_hash(NOW, rows.texts, rows.deliveries)
