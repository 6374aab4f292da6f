"""Everything that is special to SQLite: how the file is opened, connections, transactions.

One connection per thread. Writers of one process queue at a lock, which hands over at once, where
SQLite's own busy handler would sleep; that handler remains for writers of other processes.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from bot.store.engine import NOTHING, Row, Values
from bot.store.migrations import migrate
from bot.store.sqlstore import SqlStore

BUSY_SECONDS = 10.0
"""How long a writer waits for another process before it gives up."""

CHECKPOINT_PAGES = 4000
"""WAL pages (of 4 KiB) between checkpoints. Each checkpoint waits for the disk; at SQLite's own
1000 a claim took 125 µs on average, at 4000 70 µs."""

_log = logging.getLogger("bot.store")


class SqliteEngine:
    """One SQLite file in WAL mode."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._writing = threading.RLock()
        self._opened: weakref.WeakSet[Database] = weakref.WeakSet()
        self._opening = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        # The file holds access tokens and pseudonyms: nobody else on the machine may read it.
        path.touch(mode=0o600, exist_ok=True)
        self._switch_to_wal()

    def change(self, sql: str, values: Values = NOTHING) -> int:
        with self._writing:
            return self._connection().execute(sql, values).rowcount

    def change_many(self, sql: str, rows: Iterable[Values]) -> None:
        with self.transaction():
            self._connection().executemany(sql, rows)

    def returning(self, sql: str, values: Values = NOTHING) -> list[Row]:
        with self._writing:
            return self._connection().execute(sql, values).fetchall()

    def select(self, sql: str, values: Values = NOTHING) -> list[Row]:
        return self._connection().execute(sql, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        connection = self._connection()
        if connection.in_transaction:
            yield
            return
        with self._writing:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def close(self) -> None:
        with self._opening:
            for database in list(self._opened):
                database.close()
            self._opened.clear()
        self._local = threading.local()

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        return connection if connection is not None else self._open()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        database = Database(connection, execute_plugins=False)
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
        with self._opening:
            self._opened.add(database)
        # The thread keeps the Database; when the thread ends, its connection is closed with it.
        self._local.database = database
        self._local.connection = connection
        return connection

    def _switch_to_wal(self) -> None:
        # SQLite does not call the busy handler while two connections change the journal mode.
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                mode = self._connection().execute("PRAGMA journal_mode=WAL").fetchone()[0]
            except sqlite3.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
                continue
            if mode != "wal":
                _log.warning("database %s stays in journal mode %s", self._path.name, mode)
            return


def open_sqlite(path: Path) -> SqlStore:
    """Open (and where needed create and migrate) the store in one SQLite file.

    Raises:
        sqlite3.OperationalError: the file cannot be opened, or is locked for longer than 10 s.
    """
    engine = SqliteEngine(path)
    migrate(engine)
    return SqlStore(engine)
