"""Editions that are frozen anew, postponed and looked up; the step that made room for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.store.api import DeliveryRow, EditionRow, Move, TextRow
from bot.store.migrations import MIGRATIONS, migrate
from bot.store.sqlite import SqliteEngine, open_sqlite
from bot.store.sqlstore import SqlStore

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


def edition(name: str = "weekly-1", at: datetime = NOW, **fields: object) -> EditionRow:
    known: dict[str, object] = {
        "plan": "weekly", "title": "每周预警", "author": "zhang", "created_at": NOW,
        "state": "awaiting_approval", "approval_required": True, "category": "loan",
        "code": f"{abs(hash(name)) % 1_000_000:06d}", "hash": "h1", "slot": at,
    }  # fmt: skip
    return EditionRow(id=name, scheduled_at=at, **(known | fields))  # type: ignore[arg-type]


def delivery(name: str, group: str, digest: str = "d1") -> DeliveryRow:
    return DeliveryRow(
        edition=name, group=group, position=0, channel_type="paste", channel_hash="c",
        digest=digest, owner="zhang", state="queued", code="", detail="", reference="",
        by_hand=True, released_at=NOW, not_before=NOW,
    )  # fmt: skip


def text(digest: str = "d1", body: str = "文") -> TextRow:
    return TextRow(digest, "题", "text", body)


def add(store: SqlStore, row: EditionRow, *groups: str) -> None:
    assert store.editions.add(row, [text()], [delivery(row.id, group) for group in groups])


def send(store: SqlStore, name: str, group: str, state: str = "sent") -> None:
    store.editions.change_state(name, "awaiting_approval", "approved")
    store.leases.take("worker", "w", 30, NOW)
    row = store.deliveries.one(name, group)
    assert row is not None
    assert store.deliveries.claim(row, "k", "worker", "w", NOW)
    store.deliveries.settle(row, Move(state, outcome="sent"), NOW)  # type: ignore[arg-type]


def test_an_edition_keeps_what_is_said_about_it(store: SqlStore) -> None:
    row = edition(origin="hand", alike="很像", urgent="三起", slot=NOW - WEEK)
    add(store, row, "a")
    assert store.editions.get("weekly-1") == row
    assert store.editions.at("weekly", NOW) == row
    assert store.editions.at("weekly", NOW + WEEK) is None


def test_freezing_anew_replaces_texts_and_deliveries_whole(store: SqlStore) -> None:
    before = edition()
    add(store, before, "a", "b")
    after = replace(before, hash="h2", author="li")
    assert store.editions.replace(
        before, after, [text("d2", "新")], [delivery("weekly-1", "c", "d2")]
    )
    assert store.editions.get("weekly-1") == after
    assert [row.group for row in store.deliveries.of("weekly-1")] == ["c"]
    assert [row.body for row in store.editions.texts("weekly-1").values()] == ["新"]


def test_nothing_is_replaced_that_has_changed_meanwhile_or_was_attempted(store: SqlStore) -> None:
    before = edition()
    add(store, before, "a")
    assert not store.editions.replace(replace(before, hash="older"), before, [], [])
    send(store, "weekly-1", "a")
    approved = store.editions.get("weekly-1")
    assert approved is not None
    assert not store.editions.replace(approved, replace(approved, hash="h2"), [], [])
    assert [row.state for row in store.deliveries.of("weekly-1")] == ["sent"]


def test_a_postponed_edition_waits_and_keeps_its_slot(store: SqlStore) -> None:
    before = edition()
    add(store, before, "a")
    assert store.editions.update(before, replace(before, scheduled_at=NOW + WEEK, hash="h2"))
    assert store.deliveries.postpone("weekly-1", NOW + WEEK) == 1
    (row,) = store.deliveries.of("weekly-1")
    assert (row.not_before, row.released_at, row.by_hand) == (NOW + WEEK, NOW + WEEK, False)
    assert store.editions.last_slot("weekly", NOW) == NOW
    assert store.editions.last_slot("weekly", NOW - WEEK) is None


def test_what_groups_got_is_told_without_the_edition_itself(store: SqlStore) -> None:
    for number in range(2):
        name = f"weekly-{number}"
        add(store, edition(name, NOW + number * WEEK), "a", "b")
        send(store, name, "a")
    assert store.deliveries.texts_received_since(NOW, "weekly-1") == (("weekly-0", "d1"),)
    assert store.deliveries.texts_received_since(NOW + WEEK, "weekly-1") == ()
    assert store.deliveries.receivers(NOW, "weekly-0", "d1") == ("a",)
    assert store.deliveries.receivers(NOW, "weekly-0", "d2") == ()
    assert store.deliveries.receivers(NOW + WEEK, "weekly-0", "d1") == ()
    assert store.deliveries.handed_over("weekly-0") == (("d1", "a"),)


def test_published_is_what_was_handed_over(store: SqlStore) -> None:
    for number, state in enumerate(("sent", "refused", "awaiting_person")):
        name = f"weekly-{number}"
        add(store, edition(name, NOW + number * WEEK), "a")
        send(store, name, "a", state)
    add(store, edition("weekly-9", NOW + 9 * WEEK), "a")
    found = [row.id for row in store.editions.published_since(NOW)]
    assert found == ["weekly-2", "weekly-0"]
    assert [row.id for row in store.editions.published_since(NOW + WEEK)] == ["weekly-2"]


@pytest.mark.parametrize("by_hand", [0, 1])
def test_editions_of_an_older_database_are_kept(tmp_path: Path, by_hand: int) -> None:
    engine = SqliteEngine(tmp_path / "old.db")
    migrate(engine, MIGRATIONS[:3])
    engine.change(
        """INSERT INTO editions VALUES ('weekly-1', 'weekly', '题', 'zhang',
            '2026-11-23T01:00:00.000000+00:00', '2026-11-23T01:00:00.000000+00:00',
            'approved', 0, 'loan', '123456', 'h', '')"""
    )
    engine.change(
        f"""INSERT INTO deliveries VALUES ('weekly-1', 'a', 0, 'paste', 'c', 'd', 'zhang', 'sent',
            '', '', '', {by_hand}, '2026-11-23T01:00:00.000000+00:00',
            '2026-11-23T01:00:00.000000+00:00', 1, 1, '2026-11-23T01:00:00.000000+00:00')"""
    )
    engine.close()
    store = open_sqlite(tmp_path / "old.db")
    found = store.editions.by_code("123456")
    store.close()
    assert found is not None
    assert (found.slot, found.alike, found.urgent) == (NOW, "", "")
    assert found.origin == ("hand" if by_hand else "plan")
