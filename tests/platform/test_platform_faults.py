"""The platform misbehaves as told, and the ledger tells what really arrived."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

import httpx
import pytest

from bot.platform.faults import Fault

ROBOT = "/cgi-bin/webhook/send"
GROUP = "hengda-finance"


def misbehave(running: Any, kind: Any, **fields: Any) -> None:
    running.platform.faults.set(Fault(kind, ROBOT, **fields))


@pytest.mark.parametrize("kind", ["drop", "half", "hang"])
def test_the_client_gets_an_error_although_the_group_received_the_message(
    running: Any, kind: str
) -> None:
    misbehave(running, kind, seconds=0.05)
    with pytest.raises(httpx.RemoteProtocolError):
        running.say("您好")
    assert running.platform.ledger.texts(GROUP) == ("您好",)


def test_a_hanging_platform_is_given_up_by_the_client(running: Any) -> None:
    misbehave(running, "hang", seconds=30)
    with pytest.raises(httpx.ReadTimeout):
        running.say("您好", timeout=0.1)
    assert running.platform.ledger.counts() == {GROUP: 1}


def test_a_reset_connection_delivers_nothing(running: Any) -> None:
    misbehave(running, "reset")
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError, httpx.WriteError)):
        running.say("您好")
    assert running.platform.ledger.counts() == {}
    assert running.platform.faults.requests(ROBOT, "key-hengda") == 1


@pytest.mark.parametrize("handled", [True, False])
def test_a_bad_gateway_says_nothing_about_the_message(running: Any, handled: bool) -> None:
    misbehave(running, "bad_gateway", handled=handled)
    body = {"msgtype": "text", "text": {"content": "您好"}}
    answer = running.client.post(f"{ROBOT}?key=key-hengda", json=body)
    assert answer.status_code == 502
    assert answer.headers["content-type"].startswith("text/html")
    assert len(running.platform.ledger.texts(GROUP)) == (1 if handled else 0)


def test_a_refusal_with_any_code(running: Any) -> None:
    misbehave(running, "refuse", code=-1)
    assert running.say("您好") == -1
    assert running.platform.ledger.counts() == {}


def test_a_delay_is_real_and_the_message_arrives_once(running: Any) -> None:
    misbehave(running, "delay", seconds=0.08)
    started = time.monotonic()
    assert running.say("您好") == 0
    assert time.monotonic() - started >= 0.08
    assert running.platform.ledger.counts() == {GROUP: 1}


def test_a_trickling_answer_is_whole_in_the_end(running: Any) -> None:
    misbehave(running, "trickle", seconds=0.001)
    assert running.say("您好") == 0


def test_a_fault_meets_one_key_and_as_many_requests_as_was_said(running: Any) -> None:
    misbehave(running, "refuse", key="key-hengda", code=45009, times=2)
    assert running.say("别的群", key="key-other") == 0
    assert [running.say("您好") for _ in range(3)] == [45009, 45009, 0]


def test_a_delay_goes_together_with_another_fault(running: Any) -> None:
    misbehave(running, "delay", seconds=0.05)
    misbehave(running, "refuse", code=93000)
    started = time.monotonic()
    assert running.say("您好") == 93000
    assert time.monotonic() - started >= 0.05


def test_cleared_faults_are_gone(running: Any) -> None:
    misbehave(running, "drop")
    running.platform.faults.clear()
    assert running.say("您好") == 0


def test_too_many_posts_of_one_key_at_once_are_refused(start: Any) -> None:
    running = start(robot_in_flight=2)
    misbehave(running, "delay", seconds=0.15)
    codes: list[int] = []
    threads = [threading.Thread(target=lambda: codes.append(running.say("您好"))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 45033 in codes
    assert codes.count(0) == running.platform.ledger.counts()[GROUP]


def test_posts_one_after_the_other_are_never_too_many_at_once(start: Any) -> None:
    running = start(robot_in_flight=1)
    misbehave(running, "drop", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        running.say("您好")
    assert [running.say("您好") for _ in range(3)] == [0, 0, 0]


def test_no_key_and_no_text_gets_into_a_log(running: Any, caplog: Any) -> None:
    caplog.set_level("DEBUG")
    running.say("不许记下来")
    misbehave(running, "drop", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        running.say("不许记下来")
    host, port = running.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as broken:
        broken.sendall("不许记下来\r\n\r\n".encode())
        assert broken.recv(100)
    ours = [r.getMessage() for r in caplog.records if r.name.startswith(("werkzeug", "bot"))]
    assert not [line for line in ours if "key-hengda" in line or "不许" in line or "POST" in line]
    assert not [line for line in ours if "Bad request" in line]


def test_stopping_the_platform_ends_every_wait(start: Any) -> None:
    running = start()
    misbehave(running, "hang", seconds=60)
    client = threading.Thread(target=lambda: _swallow(running))
    client.start()
    while not running.platform.ledger.counts():
        time.sleep(0.002)
    started = time.monotonic()
    running.platform.stop()
    client.join()
    assert time.monotonic() - started < 5


def _swallow(running: Any) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        running.say("您好", timeout=30)
