"""The pace of senders, over one store that several processes share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.store.sqlite import open_sqlite
from bot.store.sqlstore import SqlStore

NOW = datetime(2026, 11, 24, 1, 0, 30, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = open_sqlite(tmp_path / "bot.db")
    yield opened
    opened.close()


def admitted(store: SqlStore, seconds: float, times: int = 1, sender: str = "anna") -> int:
    now = NOW + timedelta(seconds=seconds)
    return sum(store.paces.admits("mp:demo", sender, 3, now) for _ in range(times))


def test_so_many_in_a_minute_and_no_more(store: SqlStore) -> None:
    assert admitted(store, 0, 10_000) == 3
    assert admitted(store, 10, 5) == 0
    assert admitted(store, 0, 1, "bert") == 1


def test_two_processes_count_together(store: SqlStore, tmp_path: Path) -> None:
    other = open_sqlite(tmp_path / "bot.db")
    try:
        assert admitted(store, 0, 2) == 2
        assert admitted(other, 0, 2) == 1
    finally:
        other.close()


@pytest.mark.parametrize(("later", "heard"), [(29, 0), (45, 1), (60, 2), (89, 3), (200, 3)])
def test_what_lies_behind_fades_with_the_minute(store: SqlStore, later: float, heard: int) -> None:
    admitted(store, 0, 3)

    assert admitted(store, later, 5) == heard


def test_whoever_goes_on_too_fast_is_not_silenced_for_longer(store: SqlStore) -> None:
    for second in range(0, 60, 2):
        admitted(store, second, 5)

    assert admitted(store, 125, 5) == 3


def test_what_no_longer_counts_is_deleted(store: SqlStore, tmp_path: Path) -> None:
    admitted(store, 0)
    store.forget(NOW - timedelta(days=90), NOW + timedelta(minutes=4))

    assert admitted(store, 1, 5) == 3


def test_a_person_can_be_forgotten(store: SqlStore) -> None:
    admitted(store, 0, 3)
    store.forget_person("mp:demo", "anna")

    assert admitted(store, 1, 5) == 3
