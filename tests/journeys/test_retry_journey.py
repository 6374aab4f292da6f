"""The platform's own retries (5 s apart, three times) on a bot of two web processes that hang or are
killed in between: one message judged once and answered once."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.program import Program, wait_for

SECRETS = {
    "MP_TOKEN": "token-of-the-account",
    "MP_AES_KEY": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ",
    "MP_SECRET": "secret-of-the-account",
    "HASH_KEY": "hash-key-of-this-journey-0123456789",
}
QUESTION = "群里让我先垫付300做任务，做完返本金和佣金"


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[Program]:
    """As in real use, no demo: two web processes on one port, and the platform beside them."""
    made = Program(tmp_path)
    made.environment |= {"BOT_ENCODER": "off", **SECRETS}
    account = {
        "account": "front",
        "app_id": "wx1234567890abcdef",
        "token": "${MP_TOKEN}",
        "aes_key": "${MP_AES_KEY}",
        "mode": "aes",
        "app_secret": "${MP_SECRET}",
    }
    made.configure(
        demo=False,
        server={"host": "127.0.0.1", "port": made.port, "workers": 2},
        channels={"mp": [account]},
    )
    yield made
    made.close()


def web_processes(program: Program) -> list[int]:
    """The two that answer, and the one that began them."""
    return program.processes("web")


def judged(program: Program) -> int:
    with closing(sqlite3.connect(program.folder / "data/bot.db")) as database:
        return int(database.execute("SELECT COUNT(*) FROM answers").fetchone()[0])


def test_retries_over_two_hanging_processes_and_a_restart_are_one_answer(busy: Program) -> None:
    busy.start("simulate")
    web = busy.start("serve", "--role", "web")
    busy.wait_until_up()
    wait_for(lambda: len(web_processes(busy)) >= 3, what="both processes")

    with ThreadPoolExecutor(1) as platform:

        def asked(openid: str) -> Any:
            return platform.submit(
                busy._platform, "POST", "/_control/say/mp", {"openid": openid, "text": QUESTION}
            )

        for pid in web_processes(busy):
            os.kill(pid, signal.SIGSTOP)
        hanging = asked("o-hanging")
        time.sleep(6)
        for pid in web_processes(busy):
            os.kill(pid, signal.SIGCONT)
        answer = hanging.result(20)
        assert "110" in answer["text"]
        assert [attempt["status"] for attempt in answer["attempts"]] == [0, 200]
        assert judged(busy) == 1

        for pid in web_processes(busy):
            os.kill(pid, signal.SIGSTOP)
        killed = asked("o-killed")
        time.sleep(1)
        for pid in web_processes(busy):
            os.kill(pid, signal.SIGKILL)
        web.wait(10)
        busy.start("serve", "--role", "web")
        answer = killed.result(30)
        assert "110" in answer["text"]
        assert answer["attempts"][-1]["status"] == 200
        assert judged(busy) == 2
