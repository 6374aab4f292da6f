"""Pictures that take longer than the platform waits, over running processes: one complete answer."""

from __future__ import annotations

import base64
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.pictures.wire import socket_of
from tests.journeys.program import Program, wait_for
from tests.pictures.drawing import LIGHT, chat

WEB = ("serve", "--role", "web")
BRUSHING = base64.b64encode(
    chat(
        LIGHT, "派单老师", "下一单要先垫付三百，做完三连单", "本金和佣金一起返给你，先充值再提现"
    ).png()
).decode()
SERVICE = "/cgi-bin/message/custom/send"
HANGS = 5.0
"""Seconds that the platform takes to hand out a picture: more than a callback may take."""


class Two:
    """Two web processes and a reader of pictures over one store, and one platform."""

    def __init__(self, folder: Path) -> None:
        self.one, self.other = (self._program(folder / name) for name in ("one", "other"))
        database = {"url": f"sqlite:///{folder}/bot.db"}
        for program in (self.one, self.other):
            program.environment["BOT_ENCODER"] = "off"
            program.configure(
                database=database,
                pictures={"read": True},
                api_base={"mp": self.one.platform_url, "wecom": self.one.platform_url},
            )
        self.one.start("simulate")
        self.one.start("serve", "--role", "pictures")
        for program in (self.one, self.other):
            program.start(*WEB)
        wait_for(Path(socket_of(folder / "bot.db")).exists, what="the reader of pictures")
        self.one.wait_until_up()
        wait_for(lambda: self.other.answers(f"{self.other.url}/healthz"), what="the other")

    @staticmethod
    def _program(folder: Path) -> Program:
        folder.mkdir()
        return Program(folder)

    def close(self) -> None:
        self.one.close()
        self.other.close()

    def control(self, path: str, **fields: object) -> dict[str, Any]:
        return self.one._platform("POST", f"/_control/{path}", fields)

    def shows(self, way: str = "mp", **who: str) -> str:
        """Somebody sends a picture that the platform is slow to hand out; what they see at once."""
        self.control("faults", kind="delay", address="/media", seconds=HANGS, times=1)
        answer = self.control(f"say/{way}", picture=BRUSHING, **who)
        assert answer["fault"] == ""
        assert [attempt["status"] for attempt in answer["attempts"]] == [200]
        assert answer["attempts"][0]["seconds"] < 5
        return str(answer["text"])

    def received(self, who: str) -> list[str]:
        """What arrived on its own."""
        rows = self.one.http.get(f"{self.one.platform_url}/_control/ledger").json()["messages"]
        return [row["text"] for row in rows if row["group"] == who]

    def arrives(self, who: str, seconds: float = 25.0) -> str:
        """The one answer that follows; it is checked that no second one comes."""
        wait_for(lambda: self.received(who), seconds, "the answer follows")
        time.sleep(1.2)
        (text,) = self.received(who)
        return text


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    running = Two(tmp_path_factory.mktemp("promises"))
    yield running
    running.close()


def test_the_answer_to_a_slow_picture_follows_by_customer_service_message(two: Two) -> None:
    assert "正在看图" in two.shows(openid="o-slow")
    assert "诈骗" in two.arrives("o-slow")
    assert "诈骗" not in two.one.ask("谢谢你", "o-slow")["text"]


def test_a_token_that_ended_in_between_is_renewed_and_the_answer_arrives_once(two: Two) -> None:
    two.control("faults", kind="refuse", address=SERVICE, code=42001, times=1)
    two.shows(openid="o-token")

    assert "诈骗" in two.arrives("o-token")


def test_an_apps_member_gets_it_as_an_app_message(two: Two) -> None:
    assert "正在看图" in two.shows("wecom", member="zhang")
    assert "诈骗" in two.arrives("zhang")


def test_a_quota_that_is_used_up_leaves_it_to_the_next_message(two: Two) -> None:
    two.control("faults", kind="refuse", address=SERVICE, code=45047, times=1)
    two.shows(openid="o-quota")

    def told() -> bool:
        return "刚才那张图" in two.one.ask("他还在催", "o-quota")["text"]

    wait_for(told, 25, "it is told")
    assert not told()
    assert two.received("o-quota") == []


def test_the_other_process_answers_for_one_that_was_killed(two: Two) -> None:
    two.control("faults", kind="delay", address="/media", seconds=HANGS, times=1)
    # Its second look, which the kill interrupts wherever it is.
    two.control("faults", kind="delay", address="/media", seconds=3.0, times=1)
    two.shows(openid="o-kill")
    for pid in two.one.processes("web"):
        os.kill(pid, signal.SIGKILL)

    assert "诈骗" in two.arrives("o-kill", 40)
    two.one.start(*WEB)
    two.one.wait_until_up()
    two.arrives("o-kill")
