from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.clock import FixedClock
from bot.senders.http import Http
from bot.store.api import Tokens
from bot.store.sqlite import open_sqlite
from bot.store.sqlstore import SqlStore
from tests.senders.misbehaving import Misbehaving
from tests.senders.outgoing_kit import NOW, SECRETS


@pytest.fixture
def server() -> Iterator[Misbehaving]:
    running = Misbehaving()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def http() -> Iterator[Http]:
    client = Http(connect_seconds=1.0, read_seconds=1.0)
    yield client
    client.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = open_sqlite(tmp_path / "bot.db")
    yield opened
    opened.close()


@pytest.fixture
def tokens(store: SqlStore) -> Tokens:
    return store.tokens


@pytest.fixture(autouse=True)
def no_secret_in_any_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever a test provokes, at every level of every logger."""
    caplog.set_level(logging.DEBUG)
    yield
    lines = [
        record.getMessage() for when in ("setup", "call") for record in caplog.get_records(when)
    ]
    assert not [line for line in lines for secret in SECRETS if secret in line]
