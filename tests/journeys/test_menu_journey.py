"""A resident at the official account, over running processes: comes by a code, uses the menu,
asks to be left alone, and leaves."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.platform.settings import PERSON
from bot.privacy import Pseudonyms
from tests.journeys.program import Program, wait_for

HASH_KEY = "demo-hash-key-demo-hash-key-demo-hash-key"


class Resident:
    """Holds the demo's phone."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._seen = 0

    def state(self) -> dict[str, Any]:
        address = f"{self._program.url}/demo/api/state?since={self._seen}"
        found: dict[str, Any] = self._program.http.get(address).json()
        return found

    def does(self, action: str, **body: str) -> str:
        """Do something on the phone; what the bot answers."""
        answer = self._program.http.post(f"{self._program.url}/demo/api/{action}", json=body)
        assert answer.status_code == 200, answer.text

        def answered() -> list[str]:
            return [line["text"] for line in self.state()["lines"] if line["kind"] == "bot"]

        (text,) = wait_for(answered, what=action)
        self._seen = self.state()["lines"][-1]["number"]
        return str(text)

    def presses(self, label: str) -> str:
        def keys(rows: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
            for row in rows:
                yield row["label"], row["key"]
                yield from keys(row["below"])

        menu = wait_for(lambda: dict(keys(self.state()["menu"])), what="the menu")
        return self.does("press", key=menu[label])


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    running = Program(tmp_path)
    running.configure(station={"name": "示范所", "phone": "0571-12345678"})
    running.serve()
    yield running
    running.close()


def test_a_resident_comes_asks_and_leaves(program: Program) -> None:
    anna = Resident(program)
    program.http.get(program.url)
    assert "锦绣花园业主群" in anna.does("scan", group="jinxiu-garden")
    assert "110" in anna.does("say", chat="private", text="2").splitlines()[0]
    assert "原话" in anna.presses("我要问")
    assert "110" in anna.presses("我被骗了").splitlines()[0]
    assert "预警码" in anna.presses("预警真假")
    assert "还没有发过" in anna.presses("每周预警")
    assert "0571-12345678" in anna.presses("找民警")
    assert "反诈小测" in anna.presses("反诈小测")
    assert anna.does("say", chat="private", text="1").startswith(("答对了", "答案是"))
    program.http.post(f"{program.url}/demo/api/fire", json={})
    warned = wait_for(
        lambda: next((w for w in [anna.presses("每周预警")] if "还没有" not in w), ""),
        what="the warning went out",
    )
    assert "预警码" in warned
    assert "恢复" in anna.does("say", chat="private", text="不要再发了")
    assert "诈骗" in anna.does("speak", chat="private", text="有人让我先垫付做任务返佣金")

    path = program.folder / "data" / "bot.db"
    person = Pseudonyms(HASH_KEY)(PERSON)
    assert holds(path, person)
    leave = f"{program.platform_url}/_control/followers/{PERSON}/leave"
    assert program.http.post(leave).status_code == 200
    assert not holds(path, person)
    assert not holds(path, PERSON)
    arrivals = program.run("menu", "arrivals").stdout
    assert "锦绣花园业主群：新关注 1 人" in arrivals


def holds(path: Path, trace: str) -> bool:
    opened = sqlite3.connect(path)
    try:
        return any(trace in line for line in opened.iterdump())
    finally:
        opened.close()
