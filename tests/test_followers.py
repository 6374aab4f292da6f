"""Followers are remembered only where they may be written to, and only for so long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import FixedClock
from bot.followers import Followers
from bot.privacy import REACHABLE, Seal
from bot.store.api import REACHABLE_FOR
from bot.store.sqlite import open_sqlite
from bot.store.sqlstore import SqlStore

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SEAL = Seal("k" * 32, REACHABLE)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = open_sqlite(tmp_path / "bot.db")
    yield opened
    opened.close()


def followers(store: SqlStore, wanted: bool = True) -> Followers:
    return Followers("front", store, SEAL, lambda: wanted, FixedClock(NOW))


def people(store: SqlStore) -> list[str | None]:
    rows = store.reachable.since("front", NOW - 10 * REACHABLE_FOR, 5)
    return [SEAL.open(row.sealed) for row in rows]


def test_who_wrote_is_kept_encrypted_where_a_group_needs_it(store: SqlStore) -> None:
    followers(store).wrote("anna", "oAnna", NOW)
    assert people(store) == ["oAnna"]


def test_nobody_is_kept_where_no_group_needs_it(store: SqlStore) -> None:
    followers(store, wanted=False).wrote("anna", "oAnna", NOW)
    assert people(store) == []


def test_who_left_is_forgotten_even_where_nobody_is_kept_any_more(store: SqlStore) -> None:
    followers(store).wrote("anna", "oAnna", NOW)
    followers(store, wanted=False).left("anna")
    assert people(store) == []


def test_each_message_sweeps_out_those_whose_window_is_over(store: SqlStore) -> None:
    followers(store).wrote("anna", "oAnna", NOW - REACHABLE_FOR - timedelta(minutes=1))
    followers(store).wrote("bert", "oBert", NOW)
    assert people(store) == ["oBert"]


def test_the_end_of_a_mass_send_is_kept(store: SqlStore) -> None:
    followers(store).job_ended("7", "send success", 12, 10, 9, 1)
    row = store.mass_jobs.one("front", "7")
    assert row is not None
    assert (row.status, row.total, row.filtered, row.sent, row.failed) == (
        "send success", 12, 10, 9, 1,
    )  # fmt: skip


def test_what_is_sealed_for_one_purpose_cannot_be_opened_for_another() -> None:
    sealed = SEAL.close("oAnna")
    assert SEAL.open(sealed) == "oAnna"
    assert SEAL.close("oAnna") != sealed
    assert Seal("k" * 32, "another purpose").open(sealed) is None
    assert Seal("other key, long enough to be one.", REACHABLE).open(sealed) is None
    with pytest.raises(ValueError, match="hash_key"):
        Seal("", REACHABLE)
