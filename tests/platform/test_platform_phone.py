"""The phone: what is said goes out as callbacks, what arrives is shown in order."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.platform import page as demo


@pytest.fixture
def say(running: Any, echo: Any) -> Callable[[str, str], list[tuple[str, str]]]:
    """Say something and wait for its answer: kind and text of all lines of that chat."""

    def speak(chat: str, text: str) -> list[tuple[str, str]]:
        body = {"chat": chat, "text": text, "as": "我"}
        assert running.client.post("/phone/say", json=body).status_code == 200
        while running.platform.phone.typing():
            time.sleep(0.002)
        return [(line["kind"], line["text"]) for line in lines(running, chat)]

    return speak


def state(running: Any, since: int = 0) -> dict[str, Any]:
    return running.client.get("/phone/state", params={"since": since}).json()


def lines(running: Any, chat: str | None = None) -> list[dict[str, Any]]:
    return [line for line in state(running)["lines"] if chat in (None, line["chat"])]


def add_task(running: Any) -> str:
    msgid, _ = running.platform.mass.add(
        {
            "chat_type": "group",
            "sender": "zhang",
            "chat_id_list": ["wrJinxiu"],
            "text": {"content": "本周预警"},
        }
    )
    return msgid


def test_a_private_message_is_answered_over_a_signed_callback(say: Any, echo: Any) -> None:
    assert say("private", "有人叫我刷单") == [
        ("person", "有人叫我刷单"),
        ("bot", "收到：有人叫我刷单"),
    ]
    assert "msg_signature" in echo.requests[0]


def test_a_mention_in_the_company_group_is_answered(say: Any, echo: Any) -> None:
    assert say("hengda-finance", "@反诈助手 看看")[-1] == ("bot", "收到：@反诈助手 看看")
    assert len(echo.requests) == 1


def test_without_a_mention_the_company_groups_bot_hears_nothing(say: Any, echo: Any) -> None:
    assert say("hengda-finance", "谁没交报销单")[-1][0] == "notice"
    assert echo.requests == []


def test_in_the_residents_group_nobody_answers_and_the_phone_says_why(say: Any, echo: Any) -> None:
    assert say("jinxiu-garden", "@反诈助手 在吗") == [
        ("person", "@反诈助手 在吗"),
        ("notice", "居民微信群进不了机器人，这里没有机器人会回答。"),
    ]
    assert echo.requests == []


def test_a_fault_of_the_bot_is_shown_as_wechat_shows_it(say: Any, echo: Any) -> None:
    echo.misbehave = lambda _: ("", 403)
    kind, text = say("private", "您好")[-1]
    assert kind == "notice"
    assert text.startswith("该公众号提供的服务出现故障，请稍后再试")


def test_a_silent_bot_leaves_no_line(say: Any, echo: Any) -> None:
    echo.answer = lambda _: None
    assert say("private", "您好") == [("person", "您好")]


def test_one_person_keeps_one_id_and_two_have_two(running: Any, say: Any, echo: Any) -> None:
    say("private", "一")
    say("private", "二")
    running.client.post("/phone/say", json={"chat": "private", "text": "三", "as": "王阿姨"})
    while running.platform.phone.typing():
        time.sleep(0.002)
    openids = [query["openid"] for query in echo.requests]
    assert openids[0] == openids[1] != openids[2]
    assert all(openid.isascii() and len(openid) == 28 for openid in openids)


def test_a_warning_of_the_robot_appears_in_its_group(running: Any) -> None:
    running.robot({"msgtype": "markdown", "markdown": {"content": "**本周预警**"}})
    (line,) = lines(running)
    assert (line["chat"], line["kind"], line["form"]) == ("hengda-finance", "warning", "markdown")


def test_messages_to_groups_the_phone_does_not_show_are_passed_over(running: Any) -> None:
    running.platform.robots.add({"key-far": "far-away"})
    running.say("您好", key="key-far")
    running.say("您好")
    assert [line["chat"] for line in lines(running)] == ["hengda-finance"]


def test_a_mass_send_waits_for_the_owners_tap(running: Any) -> None:
    task = add_task(running)
    assert state(running)["tasks"] == [
        {"task": task, "chat": "jinxiu-garden", "owner": "zhang", "text": "本周预警"}
    ]
    assert lines(running) == []
    answer = running.client.post("/phone/confirm", json={"task": task})
    assert answer.json() == {"received": 1}
    assert state(running)["tasks"] == []
    assert [(line["kind"], line["text"]) for line in lines(running)] == [("warning", "本周预警")]


def test_a_cancelled_task_cannot_be_confirmed(running: Any) -> None:
    task = add_task(running)
    running.platform.mass.cancel(task)
    assert running.client.post("/phone/confirm", json={"task": task}).status_code == 409
    assert running.client.post("/phone/confirm", json={"task": "nobody"}).status_code == 409


def test_state_gives_only_what_is_new(running: Any, say: Any) -> None:
    say("private", "一")
    seen = state(running)["lines"][-1]["number"]
    assert state(running, seen)["lines"] == []
    running.say("预警")
    assert [line["text"] for line in state(running, seen)["lines"]] == ["预警"]


def test_lines_keep_the_order_in_which_they_appeared(running: Any, say: Any) -> None:
    running.say("先到的预警")
    say("private", "后说的话")
    numbers = [line["number"] for line in lines(running)]
    assert numbers == sorted(numbers)
    assert lines(running)[0]["text"] == "先到的预警"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"chat": "nowhere", "text": "您好"}, 404),
        ({"chat": "private", "text": " "}, 400),
        ({"chat": "private", "text": "字" * 2001}, 400),
        ({"chat": "private"}, 400),
        ({"text": "您好"}, 400),
        ({"chat": "private", "text": "您好", "as": ""}, 400),
        ([], 400),
    ],
)
def test_bad_requests_are_refused(running: Any, body: Any, status: int) -> None:
    assert running.client.post("/phone/say", json=body).status_code == status
    assert lines(running) == []


def test_chats_have_the_names_and_hints_of_the_demo(running: Any) -> None:
    chats = {chat["id"]: chat for chat in state(running)["chats"]}
    assert chats["jinxiu-garden"]["name"] == "锦绣花园业主群"
    assert chats["jinxiu-garden"]["kind"] == "residents"
    assert "进不了机器人" in chats["jinxiu-garden"]["hint"]
    assert "@反诈助手" in chats["hengda-finance"]["hint"]


PNG = (Path(demo.__file__).parent / "static" / "sample-sms.png").read_bytes()


@pytest.fixture
def act(running: Any, echo: Any) -> Callable[..., tuple[int, list[dict[str, Any]]]]:
    """Do something on the phone and wait for its answer: status and all lines."""

    def do(action: str, **body: object) -> tuple[int, list[dict[str, Any]]]:
        status = running.client.post(f"/phone/{action}", json=body).status_code
        while running.platform.phone.typing():
            time.sleep(0.002)
        return status, lines(running)

    return do


def set_menu(running: Any) -> None:
    running.platform.menus.create(
        {
            "button": [
                {"type": "click", "name": "我要问", "key": "MENU_ASK"},
                {"name": "更多", "sub_button": [{"type": "click", "name": "小测", "key": "QUIZ"}]},
            ]
        }
    )


def test_a_voice_message_shows_what_was_heard_and_is_answered(act: Any) -> None:
    _, (mine, answer) = act("speak", chat="private", text="有人叫我刷单")
    assert (mine["form"], mine["text"]) == ("voice", "有人叫我刷单")
    assert answer["text"] == "收到：听到 有人叫我刷单"


@pytest.mark.parametrize("what", ["link", "card", "location", "file", "record"])
def test_what_others_passed_on_goes_to_the_account(act: Any, what: str) -> None:
    _, (mine, answer) = act("forward", chat="private", what=what)
    assert mine["text"].startswith("［")
    assert answer["kind"] == "bot"


def test_a_group_is_sent_nothing_passed_on(running: Any) -> None:
    body = {"chat": "hengda-finance", "what": "link"}
    assert running.client.post("/phone/forward", json=body).status_code == 404


def test_a_picture_is_sent_as_a_picture_and_can_be_seen_again(act: Any, running: Any) -> None:
    picture = base64.b64encode(PNG).decode()
    _, (mine, answer) = act("picture", chat="private", picture=picture)
    assert (mine["form"], answer["text"]) == ("picture", "收到：图片")
    assert running.client.get(f"/media/{mine['media']}").content == PNG


def test_a_picture_in_the_company_group_goes_with_the_mention(act: Any, echo: Any) -> None:
    picture = base64.b64encode(PNG).decode()
    _, (mine, answer) = act("picture", chat="hengda-finance", picture=picture)
    assert (mine["text"], answer["text"]) == ("@反诈助手", "收到 2 样")
    assert "@反诈助手" in echo.plain[0]


def test_voice_in_a_group_says_why_nobody_hears_it(act: Any, echo: Any) -> None:
    for chat, words in (("hengda-finance", "收不到语音"), ("jinxiu-garden", "进不了机器人")):
        assert words in act("speak", chat=chat, text="喂")[1][-1]["text"]
    assert echo.requests == []


def test_a_menu_key_and_a_scanned_code_are_events(act: Any, running: Any, echo: Any) -> None:
    set_menu(running)
    assert [key["label"] for key in state(running)["menu"]] == ["我要问", "更多"]
    _, (note, answer) = act("press", chat="private", key="QUIZ")
    assert note["text"] == "点了菜单“小测”"
    assert answer["text"] == "收到：click QUIZ"
    _, rows = act("scan", chat="private", group="jinxiu-garden")
    assert rows[2]["text"] == "扫了“锦绣花园业主群”的二维码"
    assert "jinxiu-garden" in echo.plain[-1]


def test_a_cards_buttons_can_be_tapped(act: Any) -> None:
    _, rows = act("say", chat="hengda-finance", text="@反诈助手 让我选")
    assert [button["label"] for button in rows[-1]["buttons"]] == ["像第 1 种", "像第 2 种"]
    task, key = rows[-1]["task"], rows[-1]["buttons"][0]["key"]
    _, rows = act("tap", chat="hengda-finance", task=task, key=key)
    assert "您选了第 1 种" in rows[-1]["text"]


@pytest.mark.parametrize("chat", ["private", "hengda-finance"])
def test_the_wire_shows_the_exchange_sealed_and_opened(act: Any, running: Any, chat: str) -> None:
    wire = running.client.get("/phone/wire", params={"chat": chat})
    assert wire.json() is None
    act("say", chat=chat, text="@反诈助手 您好")
    wire = running.client.get("/phone/wire", params={"chat": chat}).json()
    assert wire["query"]["msg_signature"]
    assert "您好" not in wire["body"]
    assert "您好" in wire["plain"]
    assert wire["status"] == 200
    assert "收到" not in wire["answer"]
    assert "收到：@反诈助手 您好" in wire["answer_plain"]


def test_the_wire_of_a_fault_shows_that_nothing_can_be_opened(
    act: Any, running: Any, echo: Any
) -> None:
    echo.misbehave = lambda _: ("", 403)
    act("say", chat="private", text="您好")
    wire = running.client.get("/phone/wire", params={"chat": "private"}).json()
    assert (wire["status"], wire["answer_plain"]) == (403, "")


@pytest.mark.parametrize(
    ("action", "body", "status"),
    [
        ("picture", {"chat": "private", "picture": "???"}, 400),
        ("picture", {"chat": "private", "picture": base64.b64encode(b"<svg>").decode()}, 400),
        ("picture", {"chat": "nowhere", "picture": base64.b64encode(PNG).decode()}, 404),
        ("press", {"key": "NO_SUCH_KEY"}, 404),
        ("press", {}, 400),
        ("scan", {"group": "nowhere"}, 404),
        ("tap", {"chat": "private", "task": "t1"}, 400),
        ("speak", {"chat": "private", "text": ""}, 400),
    ],
)
def test_what_cannot_be_sent_is_refused(
    act: Any, action: str, body: dict[str, object], status: int
) -> None:
    assert act(action, **body) == (status, [])
