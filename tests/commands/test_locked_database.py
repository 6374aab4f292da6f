"""A database that another program holds: a command waits, and then says so plainly."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from bot import cli
from bot.store import sqlite as engine
from bot.store.sqlite import open_sqlite
from bot.store.trouble import in_words

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    fields = yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))
    fields["content"] = {name: str(ROOT / name) for name in ("knowledge", "broadcasts")}
    fields["broadcast"]["approval"] = "required"
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(fields, allow_unicode=True), "utf-8")
    open_sqlite(tmp_path / "data/bot.db").close()
    return path


@pytest.fixture
def holder(config: Path) -> Iterator[sqlite3.Connection]:
    place = config.parent / "data/bot.db"
    with closing(sqlite3.connect(place, isolation_level=None, check_same_thread=False)) as held:
        held.execute("BEGIN IMMEDIATE")
        yield held


def send(config: Path) -> int:
    return cli.main(["--config", str(config), "broadcast", "send", "weekly", "--now", "--json"])


def test_a_command_waits_for_its_turn(
    config: Path, holder: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    release = threading.Timer(0.3, lambda: holder.execute("ROLLBACK"))
    release.start()
    code = send(config)
    release.join()
    document = json.loads(capsys.readouterr().out)
    assert (code, document["state"]) == (1, "awaiting_approval")


def test_after_waiting_in_vain_it_says_so_without_a_traceback(
    config: Path,
    holder: sqlite3.Connection,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.2)
    assert send(config) == 1
    output, errors = capsys.readouterr()
    assert "被别的程序占着" in json.loads(output)["problem"]
    assert "请稍后再运行一次" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("database is locked", "占着"),
        ("database or disk is full", "磁盘满了"),
        ("attempt to write a readonly database", "只能读"),
        ("unable to open database file", "打不开"),
        ("disk I/O error", "读写磁盘出错"),
        ("no such table: x", "数据库出错：no such table: x"),
    ],
)
def test_each_trouble_has_its_words(told: str, words: str) -> None:
    assert words in in_words(sqlite3.OperationalError(told))
