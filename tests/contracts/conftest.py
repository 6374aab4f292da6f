"""The senders' contract runs over the same server as their own tests, with one store for all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.store.sqlite import open_sqlite
from bot.store.sqlstore import SqlStore
from tests.senders.conftest import clock, http, no_secret_in_any_log, server

__all__ = ["clock", "http", "no_secret_in_any_log", "server"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    opened = open_sqlite(tmp_path_factory.mktemp("store") / "bot.db")
    yield opened
    opened.close()
