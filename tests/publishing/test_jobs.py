"""Jobs of one process: one at a time, and none is taken for dead that waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.clock import FixedClock
from bot.publishing import jobs as module
from bot.publishing.jobs import SILENT, Jobs
from bot.publishing.tries import Report
from bot.store.sqlite import open_sqlite
from bot.store.sqlstore import SqlStore
from tests.warning_fakes import MONDAY_NINE


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    made = open_sqlite(tmp_path / "bot.db")
    yield made
    made.close()


def test_a_job_behind_a_long_one_waits_and_is_not_taken_for_dead(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STILL_HERE_SECONDS", 0.01)
    clock = FixedClock(MONDAY_NINE)
    jobs, go = Jobs(store, clock), threading.Event()
    first = jobs.start("publish", "王芳", lambda report: {"number": int(go.wait(10))})
    second = jobs.start("publish", "li.qiang", lambda report: {"number": 2})
    clock.set(clock.now() + SILENT * 2)
    for _ in range(500):
        waiting = jobs.look(second)
        if waiting is not None and waiting.state == "waiting":
            break
        time.sleep(0.01)
    assert waiting is not None
    assert waiting.state == "waiting"
    go.set()
    jobs.wait()
    for name, person in ((first, "王芳"), (second, "li.qiang")):
        done = jobs.look(name)
        assert done is not None
        assert done.state == "done"
        assert [job.job for job in jobs.of(person)] == [name]


def test_a_job_not_heard_of_died_with_its_process(store: SqlStore) -> None:
    clock = FixedClock(MONDAY_NINE)
    jobs, began, go = Jobs(store, clock), threading.Event(), threading.Event()

    def work(report: Report) -> Mapping[str, Any]:
        began.set()
        return {"number": int(go.wait(10))}

    name = jobs.start("publish", "王芳", work)
    assert began.wait(10)
    clock.set(clock.now() + SILENT * 2)
    assert [job.state for job in jobs.of("王芳")] == ["failed"]
    go.set()
    jobs.wait()
    done = jobs.look(name)
    assert done is not None
    assert done.state == "done"
