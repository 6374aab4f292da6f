"""The control interface for other processes, and the settings of the demo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.config import DEMO_APP_ID, DEMO_SECRETS, Config, MpAccount, Server
from bot.platform.settings import settings_from


def post(running: Any, address: str, body: Any) -> Any:
    return running.client.post(f"/_control/{address}", json=body)


def test_a_fault_can_be_set_and_cleared(running: Any) -> None:
    fault = {"kind": "refuse", "address": "/cgi-bin/webhook/send", "code": 45009}
    assert post(running, "faults", fault).json() == {"ok": True}
    assert running.say("您好") == 45009
    running.client.delete("/_control/faults")
    assert running.say("您好") == 0


@pytest.mark.parametrize("fault", [{"kind": "explode"}, {}, [], {"kind": "delay", "seconds": "1"}])
def test_a_fault_it_does_not_know_is_refused_with_the_reason(running: Any, fault: Any) -> None:
    answer = post(running, "faults", fault)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_the_ledger_can_be_read(running: Any) -> None:
    running.say("一")
    running.say("二", key="key-other")
    whole = running.client.get("/_control/ledger").json()
    assert whole["counts"] == {"hengda-finance": 1, "other": 1}
    one = running.client.get("/_control/ledger", params={"group": "other"}).json()
    assert [(m["number"], m["road"], m["text"]) for m in one["messages"]] == [(2, "robot", "二")]
    later = running.client.get("/_control/ledger", params={"since": 1}).json()
    assert [m["text"] for m in later["messages"]] == ["二"]


def test_robots_can_be_added_and_taken_away(running: Any) -> None:
    post(running, "robots", {"keys": {"k1": "g1", "k2": "g2"}})
    assert (running.say("您好", "k1"), running.say("您好", "k3")) == (0, 93000)
    post(running, "robots/k1", {"state": "disabled"})
    assert running.say("您好", "k1") == 93004
    assert post(running, "robots/k1", {"state": "tired"}).status_code == 400


def test_a_mass_send_can_be_confirmed_and_ignored(running: Any) -> None:
    post(running, "chats", {"chats": {"wrNew": {"group": "new", "owner": "wang"}}})
    task = {"chat_type": "group", "sender": "wang", "text": {"content": "本周预警"}}
    first, second = (running.platform.mass.add(task)[0] for _ in range(2))
    waiting = running.client.get("/_control/tasks").json()["tasks"]
    assert [row["msgid"] for row in waiting] == [first, second]
    assert post(running, f"tasks/{first}/confirm", {}).json() == {"received": 1}
    assert post(running, f"tasks/{second}/ignore", {}).json() == {"ok": True}
    assert post(running, "tasks/nobody/confirm", {}).status_code == 409
    assert running.platform.ledger.counts() == {"new": 1}
    assert running.client.get("/_control/tasks").json() == {"tasks": []}


def test_switches_and_tokens(running: Any) -> None:
    post(running, "switches", {"robot_in_flight": 0, "dispatch_seconds": 2.5})
    assert running.say("您好") == 45033
    assert running.platform.mass.dispatch_seconds == 2.5
    post(running, "switches", {"robot_in_flight": None})
    assert running.say("您好") == 0
    assert post(running, "tokens/revoke", {}).json() == {"ok": True}
    running.client.get("/cgi-bin/gettoken")
    seen = running.client.get("/_control/requests").json()
    assert seen["fetches"] == {"gettoken": 1}
    assert seen["requests"]["/cgi-bin/webhook/send"] == 2


def test_callbacks_can_be_sent(running: Any, echo: Any) -> None:
    answer = post(running, "say/mp", {"openid": "oTEST", "text": "您好"}).json()
    assert (answer["text"], answer["silent"]) == ("收到：您好", False)
    answer = post(
        running, "say/aibot", {"user": "u", "chat": "wr1", "text": "@反诈助手 您好"}
    ).json()
    assert answer["text"] == "收到：@反诈助手 您好"
    assert post(running, "say/aibot", {"user": "u", "text": "您好"}).json()["text"] == "收到：您好"
    assert post(running, "say/mp", {"openid": "oTEST"}).status_code == 400


def test_the_demos_platform_has_the_configurations_accounts(tmp_path: Path) -> None:
    account = MpAccount("front", DEMO_APP_ID, "t", "plain", "k", "s")
    settings = settings_from(Config(tmp_path, mp=(account,), server=Server(port=8123)))
    assert (settings.mp.account, settings.mp.token, settings.mp.mode) == ("front", "t", "plain")
    assert settings.bot_url == "http://127.0.0.1:8123"
    assert settings.robots == {DEMO_SECRETS["ROBOT_KEY_HENGDA"]: "hengda-finance"}
    assert settings.customer_groups["wrJinxiu"].owner == "zhang"
    assert settings.names["jinxiu-garden"] == "锦绣花园业主群"


@pytest.mark.parametrize(
    ("host", "url"),
    [("0.0.0.0", "http://127.0.0.1:8000"), ("::1", "http://[::1]:8000")],
)
def test_the_bot_is_called_where_it_can_be_reached(tmp_path: Path, host: str, url: str) -> None:
    assert settings_from(Config(tmp_path, server=Server(host=host))).bot_url == url


def test_without_accounts_the_platform_plays_the_demos(tmp_path: Path) -> None:
    settings = settings_from(Config(tmp_path), bot_url="http://127.0.0.1:1")
    assert settings.mp.token == DEMO_SECRETS["MP_TOKEN"]
    assert settings.aibot.token == DEMO_SECRETS["AIBOT_TOKEN"]
    assert settings.corp.secret == DEMO_SECRETS["WECOM_SECRET"]
