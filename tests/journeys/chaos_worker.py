"""A worker in a process of its own whose clock is ahead, so that a dead one's lease has run out.

chaos_worker.py CONFIG SECONDS_AHEAD
"""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.senders.http import Http
from bot.store.sqlite import open_sqlite
from bot.wiring import load, services_over
from bot.worker import Worker

BETWEEN_TICKS_SECONDS = 0.05


class ClockAhead:
    """The machine's clock, some seconds ahead."""

    def __init__(self, seconds: float) -> None:
        self._ahead = timedelta(seconds=seconds)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def main() -> None:
    config = load(Path(sys.argv[1]), os.environ)
    clock = ClockAhead(float(sys.argv[2]))
    services = services_over(
        config, os.environ, open_sqlite(config.database_path), Http(5.0, 20.0), clock
    )
    worker = Worker(services)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        worker.tick(clock.now())
        time.sleep(BETWEEN_TICKS_SECONDS)


if __name__ == "__main__":
    main()
