"""Work that takes longer than a page may: in a thread, its progress in the store.

The store tells it to whichever process is asked for the page.
"""

from __future__ import annotations

import json
import logging
import threading
import traceback
import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.clock import Clock
from bot.publishing.tries import Report
from bot.store.api import Store
from bot.store.api_editing import JobRow, JobState

SILENT = timedelta(minutes=2)
"""A running job that has not been heard of for so long died with its process."""

STILL_HERE_SECONDS = 20.0
"""How often a job that waits for its turn says so, well within ``SILENT``."""

LISTED = 20
"""Jobs looked through; a person starts some in a day, and those of yesterday are forgotten."""

_STEPS = 40
"""Progress is stored at most so many times."""

Work = Callable[[Report], Mapping[str, Any]]
_log = logging.getLogger("bot.publishing")


class Jobs:
    """Runs jobs one after the other, since each takes a whole processor."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._turn = threading.Lock()
        self._threads: list[threading.Thread] = []

    def start(self, kind: str, person: str, work: Work) -> str:
        """Begin; the job's name."""
        name = uuid.uuid4().hex
        self._put(name, person, kind, "waiting", 0, 0)
        thread = threading.Thread(
            target=self._run, args=(name, person, kind, work), name="kb-job", daemon=True
        )
        self._threads = [one for one in self._threads if one.is_alive()] + [thread]
        thread.start()
        return name

    def look(self, job: str) -> JobRow | None:
        """The job as it is now; one that died is ``failed``."""
        row = self._store.editing.job(job)
        return None if row is None else self._as_it_is(row)

    def of(self, person: str) -> tuple[JobRow, ...]:
        """The person's latest jobs as they are now, the one touched last first."""
        return tuple(map(self._as_it_is, self._store.editing.jobs(person, LISTED)))

    def _as_it_is(self, row: JobRow) -> JobRow:
        going = row.state in ("waiting", "running")
        if not going or self._clock.now() - row.touched_at < SILENT:
            return row
        result = json.dumps({"error": "程序中途停了，什么也没有改。请再来一次"}, ensure_ascii=False)
        return JobRow(
            row.job, row.person, row.kind, "failed", row.done, row.total, result, row.touched_at
        )

    def wait(self, seconds: float = 60.0) -> None:
        """Until all jobs of this process have ended."""
        for thread in self._threads:
            thread.join(seconds)

    def _run(self, name: str, person: str, kind: str, work: Work) -> None:
        reached = [0, 0]

        def report(done: int, total: int) -> None:
            if done - reached[0] >= max(total // _STEPS, 1) or done == total:
                reached[:] = [done, total]
                self._put(name, person, kind, "running", done, total)

        while not self._turn.acquire(timeout=STILL_HERE_SECONDS):
            self._put(name, person, kind, "waiting", 0, 0)
        try:
            self._put(name, person, kind, "running", 0, 0)
            result = work(report)
        except Exception as error:  # noqa: BLE001 - the person who waits must be told
            frame = traceback.extract_tb(error.__traceback__)[-1]
            _log.error(
                "后台任务 %s 出错（%s，%s:%d）",
                kind,
                type(error).__name__,
                Path(frame.filename).name,
                frame.lineno,
            )
            told = json.dumps({"error": "程序出错了，请告诉开发的人"}, ensure_ascii=False)
            self._put(name, person, kind, "failed", reached[0], reached[1], told)
            return
        finally:
            self._turn.release()
        said = json.dumps(result, ensure_ascii=False)
        self._put(name, person, kind, "done", reached[0], reached[1], said)

    def _put(
        self,
        name: str,
        person: str,
        kind: str,
        state: JobState,
        done: int,
        total: int,
        result: str = "",
    ) -> None:
        now = self._clock.now()
        self._store.editing.put_job(JobRow(name, person, kind, state, done, total, result, now))
