"""The senders' contract runs over the same server as their own tests, with one store for all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.senders.http import Http
from bot.store.sqlite import open_sqlite
from bot.store.sqlstore import SqlStore
from tests.senders.conftest import clock, no_secret_in_any_log, server

__all__ = ["clock", "no_secret_in_any_log", "server"]


@pytest.fixture(scope="session")
def http() -> Iterator[Http]:
    """Less patient than the others, for here silence is waited out a dozen times."""
    client = Http(connect_seconds=1.0, read_seconds=0.5)
    yield client
    client.close()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    opened = open_sqlite(tmp_path_factory.mktemp("store") / "bot.db")
    yield opened
    opened.close()
