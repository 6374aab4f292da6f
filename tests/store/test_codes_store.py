"""QR codes of communities, arrivals day by day, and when a text of the library last went out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from bot.store.api import ArrivalDay, DeliveryRow, EditionRow, Move, TextRow
from bot.store.sqlstore import SqlStore

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)


def test_arrivals_are_summed_over_channels_by_day(store: SqlStore) -> None:
    for channel in ("mp:front", "mp:back"):
        store.arrivals.count(channel, "jinxiu", "followed", TODAY)
    store.arrivals.count("mp:front", "lanting", "scanned", TODAY - timedelta(days=1))
    store.arrivals.count("mp:front", "jinxiu", "followed", TODAY - timedelta(days=9))
    week = TODAY - timedelta(days=7)
    assert store.arrivals.by_day(week) == (
        ArrivalDay("lanting", TODAY - timedelta(days=1), 0, 1),
        ArrivalDay("jinxiu", TODAY, 2, 0),
    )
    assert store.arrivals.by_day(week, "jinxiu") == (ArrivalDay("jinxiu", TODAY, 2, 0),)


def test_the_later_code_of_a_place_counts(store: SqlStore) -> None:
    assert store.arrivals.code("mp:front", "jinxiu") == ""
    for content in ("http://weixin.example/q/1", "http://weixin.example/q/2"):
        store.arrivals.keep_code("mp:front", "jinxiu", content, NOW)
    assert store.arrivals.code("mp:front", "jinxiu") == "http://weixin.example/q/2"
    assert store.arrivals.code("mp:back", "jinxiu") == ""
    assert store.arrivals.coded() == {"jinxiu"}


def test_a_text_counts_as_sent_once_some_group_has_it(store: SqlStore) -> None:
    texts = [
        TextRow("d1", "题", "text", "文", text_id="loan-all-1"),
        TextRow("d2", "题", "text", "二", text_id="loan-elderly-1"),
        TextRow("d3", "题", "text", "三"),
    ]
    rows = [
        DeliveryRow(
            edition="weekly-1", group=f"g{number}", position=number, channel_type="paste",
            channel_hash="c", digest=text.digest, owner="zhang", state="queued", code="",
            detail="", reference="", by_hand=True, released_at=NOW, not_before=NOW,
        )
        for number, text in enumerate(texts)
    ]  # fmt: skip
    edition = EditionRow(
        "weekly-1",
        "weekly",
        "每周预警",
        "zhang",
        NOW,
        NOW,
        "approved",
        False,
        "loan",
        "123456",
        "h",
    )
    assert store.editions.add(edition, texts, rows)
    assert store.editions.texts_last_sent() == {}
    for group in ("g0", "g2"):
        row = store.deliveries.one("weekly-1", group)
        assert row is not None
        assert store.deliveries.move(row, Move("awaiting_person"), NOW)
    assert store.editions.texts_last_sent() == {"loan-all-1": NOW}
    assert store.editions.texts("weekly-1")["d1"] == replace(texts[0])
