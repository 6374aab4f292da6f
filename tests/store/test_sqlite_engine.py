from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store.migrations import MIGRATIONS, Migration, migrate
from bot.store.sqlite import SqliteEngine, open_sqlite

INSERT = "INSERT INTO things (name) VALUES (:name)"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[SqliteEngine]:
    opened = SqliteEngine(tmp_path / "things.db")
    opened.change("CREATE TABLE things (name TEXT PRIMARY KEY)")
    yield opened
    opened.close()


def names(engine: SqliteEngine) -> list[str]:
    return [row[0] for row in engine.select("SELECT name FROM things ORDER BY name")]


def test_the_file_is_in_wal_mode_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "bot.db"
    engine = SqliteEngine(path)
    assert engine.select("PRAGMA journal_mode") == [("wal",)]
    assert engine.select("PRAGMA synchronous") == [(1,)]
    assert engine.select("PRAGMA busy_timeout") == [(10_000,)]
    assert path.stat().st_mode & 0o077 == 0
    engine.close()


def test_a_failed_transaction_leaves_nothing(engine: SqliteEngine) -> None:
    def fail() -> None:
        with engine.transaction():
            engine.change(INSERT, {"name": "a"})
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert names(engine) == []


def test_a_nested_transaction_joins_the_outer_one(engine: SqliteEngine) -> None:
    def fail() -> None:
        with engine.transaction():
            with engine.transaction():
                engine.change(INSERT, {"name": "inner"})
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert names(engine) == []


def test_other_threads_do_not_see_a_transaction_before_it_ends(engine: SqliteEngine) -> None:
    seen: list[list[str]] = []
    with engine.transaction():
        engine.change(INSERT, {"name": "a"})
        thread = threading.Thread(target=lambda: seen.append(names(engine)))
        thread.start()
        thread.join()
    assert seen == [[]]
    assert names(engine) == ["a"]


def test_writers_in_many_threads_wait_for_each_other(engine: SqliteEngine) -> None:
    def write(number: int) -> None:
        for step in range(20):
            with engine.transaction():
                engine.change(INSERT, {"name": f"{number}-{step}"})

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names(engine)) == 160


def test_opening_twice_changes_nothing(tmp_path: Path) -> None:
    open_sqlite(tmp_path / "bot.db").close()
    open_sqlite(tmp_path / "bot.db").close()
    engine = SqliteEngine(tmp_path / "bot.db")
    applied = engine.select("SELECT number FROM migrations ORDER BY number")
    engine.close()
    assert applied == [(migration.number,) for migration in MIGRATIONS]


def test_a_migration_that_fails_leaves_neither_tables_nor_record(engine: SqliteEngine) -> None:
    broken = Migration(90, "broken", ("CREATE TABLE half (a TEXT)", "CREATE NONSENSE"))
    with pytest.raises(Exception, match="syntax error"):
        migrate(engine, (broken,))
    tables = engine.select("SELECT name FROM sqlite_master WHERE name = 'half'")
    assert tables == []
    assert engine.select("SELECT 1 FROM migrations WHERE number = 90") == []


def test_migrations_are_numbered_upwards() -> None:
    numbers = [migration.number for migration in MIGRATIONS]
    assert numbers == sorted(set(numbers))


OPEN_WHEN_TOLD = """
import sys
from pathlib import Path
from bot.store.sqlite import open_sqlite
print("ready", flush=True)
sys.stdin.readline()
open_sqlite(Path(sys.argv[1])).close()
"""


def test_processes_that_start_at_once_migrate_once(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN_WHEN_TOLD, str(tmp_path / "bot.db")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
    assert [process.returncode for process in processes] == [0, 0, 0, 0]
