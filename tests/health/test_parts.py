"""The processes and the daily work behind the channels."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.broadcasting.lease import LEASE
from bot.clock import FixedClock
from bot.health import parts
from bot.problems import Problem
from bot.store.sqlite import open_sqlite
from bot.store.sqlstore import SqlStore
from bot.worker import Worker
from tests.warning_fakes import MONDAY_NINE as NOW
from tests.warning_fakes import book, services


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = open_sqlite(tmp_path / "bot.db")
    yield opened
    opened.close()


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_a_worker_is_named_by_machine_and_process_since_it_took_over(store: SqlStore) -> None:
    worker = Worker(services(store, book()), "tower:4711:abcd")
    worker.tick(NOW)
    worker.tick(later(20))
    part = parts.worker(store, later(21))
    assert (part.standing, part.at) == ("good", NOW)
    assert part.words == "tower，进程号 4711"


def test_no_worker_yet_is_no_fault_but_one_that_died_is(store: SqlStore) -> None:
    assert parts.worker(store, NOW).standing == "wait"
    assert parts.worker(store, NOW).todo == ""
    Worker(services(store, book()), "one").tick(NOW)
    gone = parts.worker(store, later(31))
    assert (gone.standing, gone.at) == ("bad", NOW)
    assert "--role worker" in gone.todo


def test_a_worker_that_hands_over_is_not_called_dead_at_once(store: SqlStore) -> None:
    clock = FixedClock(NOW)
    worker = Worker(services(store, book(), clock=clock), "one")
    worker.tick(NOW)
    worker.close()
    assert parts.worker(store, later(5)).todo == ""
    gone = parts.worker(store, later(31))
    assert (gone.standing, gone.at) == ("bad", NOW)


def test_a_sender_of_one_warning_is_not_missed_afterwards(store: SqlStore) -> None:
    store.leases.take(LEASE, "send", 30, NOW)
    assert parts.worker(store, later(40)).standing == "wait"


def test_the_deleting_of_old_data_tells_when_it_was_done(store: SqlStore) -> None:
    assert parts.retention(store, 90, NOW).standing == "wait"
    Worker(services(store, book()), "one").tick(NOW)
    done = parts.retention(store, 90, later(3600))
    assert (done.standing, done.at, done.words) == ("good", NOW, "问题只留 90 天")
    assert parts.retention(store, 90, later(4 * 3600)).label == "晚了"


@dataclass
class Files:
    loaded_at: datetime = NOW
    problems: tuple[Problem, ...] = ()
    since: datetime | None = None


def test_content_tells_when_it_was_read_and_what_keeps_it_old() -> None:
    fine = parts.content("知识库", Files(), "kb-1")
    assert (fine.standing, fine.at, fine.words) == ("good", NOW, "版本 kb-1")
    broken = parts.content("知识库", Files(NOW, (Problem("a.yaml", 1, "x"),), later(9)))
    assert (broken.standing, broken.at) == ("bad", later(9))


def test_pictures_are_read_by_whoever_listens_at_the_socket(tmp_path: Path) -> None:
    address = str(tmp_path / "p.sock")
    assert parts.listening_since(address) is None
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        since = parts.listening_since(address)
        assert since is not None
        assert abs(since - datetime.now(UTC)) < timedelta(seconds=10)
        running = parts.pictures(True, lambda: since)
        assert (running.standing, running.at) == ("good", since)
    # The process was killed and left its socket behind.
    assert Path(address).exists()
    assert parts.listening_since(address) is None
    assert parts.pictures(True, lambda: None).standing == "wait"
    assert parts.pictures(False, lambda: None).label == "没有开"


def test_a_machine_without_a_list_of_sockets_knows_of_none(tmp_path: Path) -> None:
    assert parts.listening_since("/x.sock", tmp_path / "nothing") is None
