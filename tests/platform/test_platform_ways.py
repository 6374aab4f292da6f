"""The fake platform's faces for the WeCom app, pictures and cards, with wechatpy as the bot."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from flask import Flask, request
from wechatpy.enterprise import parse_message
from wechatpy.enterprise.crypto import WeChatCrypto
from wechatpy.enterprise.replies import create_reply

from bot.channels.crypto import MessageCipher
from tests.platform.conftest import EchoBot, Running

CARD = {
    "card_type": "button_interaction",
    "main_title": {"title": "哪一种？"},
    "sub_title_text": "1 甲",
    "button_list": [{"text": "像第 1 种", "style": 1, "key": "1:a"}],
    "task_id": "T1",
    "feedback": {"id": "F1"},
}


@pytest.fixture
def app(running: Running, serve: Callable[[Flask], str]) -> dict[str, Any]:
    """A WeCom app's server over wechatpy; what it was sent, and what it answers."""
    corp, server = running.platform.settings.corp, Flask("app")
    seen: dict[str, Any] = {"answer": "别转账"}

    def receive() -> Any:
        query = request.args
        crypto = WeChatCrypto(corp.token, corp.aes_key, corp.corp_id)
        signed = (query["msg_signature"], query["timestamp"], query["nonce"])
        if request.method == "GET":
            return crypto.check_signature(*signed, query["echostr"])
        message = parse_message(crypto.decrypt_message(request.get_data(), *signed))
        seen["message"] = message
        if seen["answer"] is None:
            return ""
        sealed: str = crypto.encrypt_message(
            create_reply(seen["answer"], message).render(), query["nonce"], query["timestamp"]
        )
        return sealed

    address = f"/callback/wecom/{corp.account}"
    server.add_url_rule(address, "app", receive, methods=["GET", "POST"])
    running.platform.bot.url = serve(server)
    return seen


def test_a_member_writes_and_reads_the_answer(running: Running, app: dict[str, Any]) -> None:
    reply = running.platform.wecom_app.text("zhangsan", "问一下")

    assert (reply.text, reply.fault) == ("别转账", "")
    assert (app["message"].content, app["message"].source) == ("问一下", "zhangsan")
    assert int(app["message"].agent) == running.platform.settings.corp.agent_id


def test_nothing_to_say_is_silence(running: Running, app: dict[str, Any]) -> None:
    app["answer"] = None

    assert running.platform.wecom_app.event("zhangsan", "click", "MENU_REPORT").silent


def test_the_address_is_checked(running: Running, app: dict[str, Any]) -> None:
    assert running.platform.wecom_app.verify()


def test_a_picture_can_be_fetched_where_the_message_says(
    running: Running, app: dict[str, Any]
) -> None:
    running.platform.wecom_app.picture("zhangsan", b"picture")

    assert httpx.get(app["message"].image, trust_env=False).content == b"picture"
    assert httpx.get(app["message"].image + "x", trust_env=False).status_code == 404


def test_a_smart_bots_picture_is_served_encrypted(running: Running, echo: EchoBot) -> None:
    running.platform.smart_bot.mixed("wr1", "u", "@反诈助手 看", (b"picture",))

    message = json.loads(echo.plain[0])
    items = message["mixed"]["msg_item"]
    sealed = httpx.get(items[1]["image"]["url"], trust_env=False).content
    assert sealed != b"picture"
    key = running.platform.settings.aibot.aes_key
    assert MessageCipher(key, "").decrypt_media(sealed) == b"picture"


@pytest.fixture
def says(echo: EchoBot, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    def script(answer: Any) -> None:
        monkeypatch.setattr(echo, "_aibot_reply", lambda message: answer)

    return script


def test_a_card_shows_its_buttons(running: Running, says: Callable[[Any], None]) -> None:
    says({"msgtype": "template_card", "template_card": CARD})

    reply = running.platform.smart_bot.single("u", "问")

    assert reply.text == "哪一种？\n1 甲"
    assert (reply.buttons, reply.task, reply.feedback) == ((("像第 1 种", "1:a"),), "T1", "F1")


@pytest.mark.parametrize(
    "broken",
    [
        {"task_id": ""},
        {"task_id": "a b"},
        {"button_list": []},
        {"button_list": [{"text": "x"}]},
        {"button_list": CARD["button_list"] * 7},  # type: ignore[operator]
        {"main_title": {}},
        {"feedback": {"id": "骗" * 86}},
    ],
)
def test_a_card_the_platform_would_refuse_is_a_fault(
    running: Running, says: Callable[[Any], None], broken: dict[str, Any]
) -> None:
    says({"msgtype": "template_card", "template_card": CARD | broken})

    assert running.platform.smart_bot.single("u", "问").fault


def test_a_tap_may_only_change_the_card(running: Running, says: Callable[[Any], None]) -> None:
    says({"response_type": "update_template_card", "userids": ["u"], "template_card": CARD})
    assert running.platform.smart_bot.tap("u", "T1", "1:a").buttons

    says({"msgtype": "stream", "stream": {"id": "s", "finish": True, "content": "x"}})
    assert running.platform.smart_bot.tap("u", "T1", "1:a").fault


def test_feedback_is_sent_with_the_answers_id(running: Running, echo: EchoBot) -> None:
    running.platform.smart_bot.rate("u", "F1", 2)

    event = json.loads(echo.plain[0])["event"]
    assert event["feedback_event"] == {"id": "F1", "type": 2}
