"""企业群发: nothing arrives before the owner's tap (protocol-push §3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.platform.answers import Refusal
from bot.platform.settings import CorpSettings

CORP = CorpSettings()


@pytest.fixture
def call(running: Any) -> Callable[..., dict[str, Any]]:
    """Call an address of 企业群发 with a fresh token."""
    return caller(running)


def caller(running: Any) -> Callable[..., dict[str, Any]]:
    def ask(name: str, **body: Any) -> dict[str, Any]:
        token = running.platform.tokens.corp_token(CORP.corp_id, CORP.secret).token
        address = f"/cgi-bin/externalcontact/{name}"
        return running.client.post(address, params={"access_token": token}, json=body).json()

    return ask


def add(call: Callable[..., dict[str, Any]], **changes: Any) -> dict[str, Any]:
    body = {
        "chat_type": "group",
        "sender": "zhang",
        "chat_id_list": ["wrJinxiu"],
        "text": {"content": "本周预警"},
    }
    return call("add_msg_template", **(body | changes))


def statuses(call: Any, msgid: str) -> dict[str, int]:
    found = call("get_groupmsg_send_result", msgid=msgid, userid="zhang")["send_list"]
    return {row["chat_id"]: row["status"] for row in found}


def test_nothing_reaches_a_group_until_its_owner_confirms(call: Any, running: Any) -> None:
    made = add(call)
    assert (made["errcode"], made["fail_list"]) == (0, [])
    assert running.platform.ledger.counts() == {}
    task = call("get_groupmsg_task", msgid=made["msgid"])
    assert task["task_list"] == [{"userid": "zhang", "status": 0}]
    assert statuses(call, made["msgid"]) == {"wrJinxiu": 0}

    assert running.platform.mass.confirm(made["msgid"]) == 1

    assert running.platform.ledger.texts("jinxiu-garden") == ("本周预警",)
    task = call("get_groupmsg_task", msgid=made["msgid"])
    sent_at = int(datetime(2026, 11, 23, 1, 0, tzinfo=UTC).timestamp())
    assert task["task_list"] == [{"userid": "zhang", "status": 2, "send_time": sent_at}]
    assert statuses(call, made["msgid"]) == {"wrJinxiu": 1}


def test_a_second_tap_sends_nothing_again(call: Any, running: Any) -> None:
    msgid = add(call)["msgid"]
    running.platform.mass.confirm(msgid)
    assert running.platform.mass.confirm(msgid) == 0
    assert running.platform.ledger.counts() == {"jinxiu-garden": 1}


def test_the_same_task_made_twice_arrives_twice(call: Any, running: Any) -> None:
    for msgid in (add(call)["msgid"], add(call)["msgid"]):
        running.platform.mass.confirm(msgid)
    assert running.platform.ledger.counts() == {"jinxiu-garden": 2}


def test_chats_of_other_owners_and_unknown_ones_are_in_the_fail_list(call: Any) -> None:
    made = add(call, chat_id_list=["wrJinxiu", "wrHeping", "wrNobody"])
    assert (made["errcode"], made["fail_list"]) == (0, ["wrHeping", "wrNobody"])


def test_without_a_list_the_owner_has_all_their_groups(call: Any, running: Any) -> None:
    msgid = add(call, chat_id_list=[])["msgid"]
    assert running.platform.mass.confirm(msgid, ("wrLanting",)) == 1
    assert statuses(call, msgid) == {"wrJinxiu": 0, "wrLanting": 1}


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"text": {"content": ""}}, 40063),
        ({"text": {"content": "字" * 1334}}, 45002),
        ({"text": {"content": "字" * 1333 + "a"}}, 0),
        ({"text": {"content": 7}}, 40058),
        ({"text": {"content": ""}, "attachments": [{"msgtype": "link"}]}, 0),
        ({"attachments": [{"msgtype": "link"}] * 10}, 41064),
        ({"chat_type": "single"}, 41048),
        ({"chat_id_list": ["wrHeping"]}, 41048),
        ({"sender": "nobody", "chat_id_list": []}, 41048),
        ({"sender": ""}, 40058),
        ({"chat_id_list": "wrJinxiu"}, 40058),
        ({"chat_id_list": ["wrJinxiu"] * 2001}, 40058),
    ],
)
def test_a_task_is_made_or_refused_with_its_code(call: Any, changes: Any, errcode: int) -> None:
    assert add(call, **changes)["errcode"] == errcode


def test_a_group_gets_as_many_a_month_as_the_month_has_days(
    call: Any, running: Any, clock: Any
) -> None:
    mass = running.platform.mass
    for _ in range(30):
        assert mass.confirm(add(call)["msgid"]) == 1
    over = add(call)["msgid"]
    assert mass.confirm(over) == 0
    assert statuses(call, over) == {"wrJinxiu": 3}
    assert running.platform.ledger.counts() == {"jinxiu-garden": 30}
    # 00:00 on 1 December in Shanghai, still November in UTC.
    clock.set(datetime(2026, 11, 30, 16, 0, tzinfo=UTC))
    assert mass.confirm(add(call)["msgid"]) == 1


def test_three_reminders_in_24_hours(call: Any, clock: Any) -> None:
    msgid = add(call)["msgid"]
    codes = [call("remind_groupmsg_send", msgid=msgid)["errcode"] for _ in range(4)]
    assert codes == [0, 0, 0, 41094]
    clock.advance(86_400)
    assert call("remind_groupmsg_send", msgid=msgid)["errcode"] == 0


def test_a_cancelled_task_can_neither_be_confirmed_nor_reminded(call: Any, running: Any) -> None:
    msgid = add(call)["msgid"]
    assert call("cancel_groupmsg_send", msgid=msgid)["errcode"] == 0
    assert call("cancel_groupmsg_send", msgid=msgid)["errcode"] == 41093
    assert call("remind_groupmsg_send", msgid=msgid)["errcode"] == 41093
    with pytest.raises(Refusal):
        running.platform.mass.confirm(msgid)
    assert running.platform.ledger.counts() == {}
    assert running.platform.mass.waiting() == ()


def test_an_ignored_task_stays_unsent(call: Any, running: Any) -> None:
    msgid = add(call)["msgid"]
    assert [task.msgid for task in running.platform.mass.waiting()] == [msgid]
    running.platform.mass.ignore(msgid)
    assert running.platform.mass.waiting() == ()
    assert call("get_groupmsg_task", msgid=msgid)["task_list"][0]["status"] == 0


@pytest.mark.parametrize("name", ["get_groupmsg_task", "remind_groupmsg_send"])
def test_a_msgid_must_be_given_and_known(call: Any, name: str) -> None:
    assert call(name)["errcode"] == 41046
    assert call(name, msgid="nobody")["errcode"] == 41047


def test_a_new_task_is_being_dispatched_for_a_while(call: Any, running: Any, clock: Any) -> None:
    running.platform.mass.dispatch_seconds = 5
    msgid = add(call)["msgid"]
    now = int(clock.now().timestamp())
    span = {"chat_type": "group", "start_time": now - 60, "end_time": now + 60}
    assert call("get_groupmsg_task", msgid=msgid)["errcode"] == 41063
    assert call("get_groupmsg_list_v2", **span)["errcode"] == 41063
    clock.advance(5)
    assert call("get_groupmsg_task", msgid=msgid)["errcode"] == 0
    assert call("get_groupmsg_list_v2", **span)["errcode"] == 0


def test_the_list_finds_ones_own_text_page_by_page(start: Any, clock: Any) -> None:
    call = caller(start(page_size=2))
    made = [add(call, text={"content": f"第 {n} 条"})["msgid"] for n in range(3)]
    add(call, sender="li", chat_id_list=["wrHeping"])
    now = int(clock.now().timestamp())
    span = {"chat_type": "group", "start_time": now - 60, "end_time": now + 60, "creator": "zhang"}
    first = call("get_groupmsg_list_v2", **span)
    second = call("get_groupmsg_list_v2", cursor=first["next_cursor"], **span)
    rows = first["group_msg_list"] + second["group_msg_list"]
    assert [row["msgid"] for row in rows] == made
    assert rows[0]["text"] == {"content": "第 0 条"}
    assert (len(first["group_msg_list"]), second["next_cursor"]) == (2, "")


def test_the_list_takes_at_most_a_month(call: Any, clock: Any) -> None:
    now = int(clock.now().timestamp())
    span = {"chat_type": "group", "start_time": now - 32 * 86_400, "end_time": now}
    assert call("get_groupmsg_list_v2", **span)["errcode"] == 40058
    assert call("get_groupmsg_list_v2", chat_type="group")["errcode"] == 40058


def test_results_come_in_pages_too(start: Any) -> None:
    call = caller(start(page_size=1))
    msgid = add(call, chat_id_list=["wrJinxiu", "wrLanting"])["msgid"]
    first = call("get_groupmsg_send_result", msgid=msgid, userid="zhang")
    assert (len(first["send_list"]), first["next_cursor"]) == (1, "1")
    last = call("get_groupmsg_send_result", msgid=msgid, userid="zhang", cursor="1")
    assert (last["send_list"][0]["chat_id"], last["next_cursor"]) == ("wrLanting", "")
