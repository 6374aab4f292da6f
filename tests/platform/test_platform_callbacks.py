"""Callbacks as WeChat and WeCom send them, opened by wechatpy; replies read as strictly as there."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest

from bot.platform.envelope import encrypt, signature
from bot.platform.settings import OfficialAccountSettings
from bot.platform.smart_bot import SmartBot

OPENID = "oTEST1"
MP = OfficialAccountSettings()


@pytest.mark.parametrize("mode", ["plain", "compatible", "aes"])
def test_a_message_goes_out_and_the_reply_comes_back(start: Any, connect: Any, mode: Any) -> None:
    running = start(mp=replace(MP, mode=mode))
    echo = connect(running)
    # wechatpy does not escape ]]> in what it writes, but it must be able to read it.
    echo.answer = lambda text: text.replace("]]>", "结束")
    reply = running.platform.account.text(OPENID, "这是诈骗吗 ]]> <b>&")
    assert (reply.text, reply.fault) == ("这是诈骗吗 结束 <b>&", "")
    assert [attempt.status for attempt in reply.attempts] == [200]
    (body,) = echo.bodies
    assert (b"<Encrypt>" in body) == (mode != "plain")
    assert ("这是诈骗吗".encode() in body) == (mode != "aes")
    assert ("msg_signature" in echo.requests[0]) == (mode != "plain")
    assert echo.requests[0]["openid"] == OPENID


def test_an_event_has_no_message_id(running: Any, echo: Any) -> None:
    reply = running.platform.account.event(OPENID, "subscribe", "qrscene_1")
    assert reply.text == "收到：subscribe_scan"
    assert "<MsgId>" not in echo.plain[0]
    assert "<EventKey><![CDATA[qrscene_1]]></EventKey>" in echo.plain[0]


def test_two_messages_never_share_an_id(running: Any, echo: Any) -> None:
    running.platform.account.text(OPENID, "一")
    running.platform.account.text(OPENID, "一")
    ids = [plain.split("<MsgId>")[1].split("<")[0] for plain in echo.plain]
    assert ids[0] != ids[1]
    assert all(number.isdigit() and len(number) == 17 for number in ids)


@pytest.mark.parametrize("body", ["success", ""])
def test_success_and_an_empty_body_are_silence(running: Any, echo: Any, body: str) -> None:
    echo.misbehave = lambda _: body
    assert running.platform.account.text(OPENID, "您好").silent


@pytest.mark.parametrize("retry", ["fresh", "same"])
def test_a_late_bot_is_asked_three_times(running: Any, echo: Any, retry: Any) -> None:
    running.platform.bot.timeout = 0.1
    echo.misbehave = lambda number: time.sleep(0.2) if number < 3 else None
    reply = running.platform.account.text(OPENID, "您好", retry=retry)
    assert reply.text == "收到：您好"
    assert [attempt.status for attempt in reply.attempts] == [0, 0, 200]
    distinct = {request["msg_signature"] for request in echo.requests}
    assert len(distinct) == (3 if retry == "fresh" else 1)
    assert len({plain.split("<MsgId>")[1] for plain in echo.plain}) == 1


def test_a_bot_that_never_answers_is_out_of_service(running: Any) -> None:
    running.platform.bot.url = "http://127.0.0.1:9"
    reply = running.platform.account.text(OPENID, "您好")
    assert reply.fault == "服务器没有在时限内回答（试了 3 次）"


def test_a_refusal_is_not_retried(running: Any, echo: Any) -> None:
    echo.misbehave = lambda _: ("", 403)
    reply = running.platform.account.text(OPENID, "您好")
    assert reply.fault == "服务器回答了 HTTP 403"
    assert len(reply.attempts) == 1


def test_an_answer_in_drops_is_cut_off_at_the_time_limit(running: Any, echo: Any) -> None:
    running.platform.bot.timeout = 0.15

    def drops(_number: int) -> Any:
        return (bytes([byte]) for byte in _slowly(b"success" * 100))

    echo.misbehave = drops
    started = time.monotonic()
    assert running.platform.account.text(OPENID, "您好").fault
    assert time.monotonic() - started < 10


def _slowly(body: bytes) -> Any:
    for byte in body:
        time.sleep(0.02)
        yield byte


def passive(content: str = "请勿转账", to: str = OPENID, sender: str = MP.gh_id) -> str:
    return (
        f"<xml><ToUserName>{to}</ToUserName><FromUserName>{sender}</FromUserName>"
        f"<CreateTime>1790000104</CreateTime><MsgType>text</MsgType><Content>{content}</Content></xml>"
    )


def sealed(xml: str, token: str = MP.token, app_id: str = MP.app_id) -> str:
    encrypted = encrypt(MP.aes_key, app_id, xml)
    signed = signature(token, "1790000104", "77", encrypted)
    return (
        f"<xml><Encrypt>{encrypted}</Encrypt><MsgSignature>{signed}</MsgSignature>"
        "<TimeStamp>1790000104</TimeStamp><Nonce>77</Nonce></xml>"
    )


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (passive(), "安全模式下回复没有加密"),
        (sealed(passive(), token="other"), "签名不对"),
        (sealed(passive(), app_id="wxother"), "接收方不对"),
        (sealed(passive(to="oOTHER")), "ToUserName 不是提问的人"),
        (sealed(passive(sender="gh_other")), "FromUserName 不是本账号"),
        (sealed(passive(" ")), "缺少 Content"),
        (sealed(passive("字" * 683)), "文字超过 2048 字节"),
        (sealed(passive().replace(">text<", ">poem<")), "MsgType poem 这里收不了"),
        (sealed("<xml><ToUserName>"), "XML 写法不对"),
        ('{"errcode": 0}', "XML 写法不对"),
        (b"\xff\xfe", "不是 UTF-8"),
        ('<!DOCTYPE xml [<!ENTITY a "b">]><xml></xml>', "XML 里有 DOCTYPE"),
        ("<html></html>", "XML 的根不是 xml"),
    ],
)
def test_an_abnormal_reply_is_a_fault(running: Any, echo: Any, body: Any, fault: str) -> None:
    echo.misbehave = lambda _: body
    assert running.platform.account.text(OPENID, "您好").fault == f"回复用不了：{fault}"


def test_a_reply_of_exactly_2048_bytes_is_taken(running: Any, echo: Any) -> None:
    echo.misbehave = lambda _: sealed(passive("字" * 682 + "ab"))
    assert len(running.platform.account.text(OPENID, "您好").text) == 684


def test_news_show_their_first_article(running: Any, echo: Any) -> None:
    article = (
        "<item><Title>标题</Title><Description>说明</Description><Url>https://e.cn/</Url></item>"
    )
    news = f"<ArticleCount>1</ArticleCount><Articles>{article}</Articles></xml>"
    xml = passive().replace("text<", "news<").split("<Content>")[0] + news
    echo.misbehave = lambda _: sealed(xml)
    assert running.platform.account.text(OPENID, "您好").text == "标题\n说明\nhttps://e.cn/"


def test_the_console_accepts_both_addresses(running: Any, echo: Any) -> None:
    assert running.platform.account.verify()
    assert running.platform.smart_bot.verify()


def test_the_console_does_not_accept_another_echo(running: Any, serve: Any) -> None:
    running.platform.bot.url = "http://127.0.0.1:9"
    assert not running.platform.account.verify()
    assert not running.platform.smart_bot.verify()


def test_a_group_message_to_the_smart_bot(running: Any, echo: Any) -> None:
    reply = running.platform.smart_bot.group("wr1", "lisi", "@反诈助手 看看", quote="您涉嫌洗钱")
    assert (reply.text, reply.fault) == ("收到：@反诈助手 看看", "")
    message = json.loads(echo.plain[0])
    assert (message["chattype"], message["chatid"], message["msgtype"]) == ("group", "wr1", "text")
    assert message["from"] == {"userid": "lisi"}
    assert message["quote"]["text"]["content"] == "您涉嫌洗钱"


def test_a_single_chat_with_the_smart_bot(running: Any, echo: Any) -> None:
    assert running.platform.smart_bot.single("lisi", "看看").text == "收到：看看"
    assert "chatid" not in json.loads(echo.plain[0])
    assert running.platform.smart_bot.enter_chat("lisi").text == "您好"


def test_an_unfinished_stream_is_refreshed_until_it_is_finished(
    running: Any, echo: Any, clock: Any
) -> None:
    platform = running.platform
    patient = SmartBot(
        platform.settings.aibot, platform.bot, clock, platform._stopped, platform.media, 0.01
    )
    assert patient.group("wr1", "lisi", "@反诈助手 慢慢想").text == "想好了：先别转账"
    first, refresh = (json.loads(plain) for plain in echo.plain)
    assert refresh["stream"] == {"id": "s1"}
    assert refresh["msgid"] != first["msgid"]
    assert "response_url" not in refresh


def test_a_silent_smart_bot_is_silent(running: Any, echo: Any) -> None:
    echo.answer = lambda _: None
    assert running.platform.smart_bot.single("lisi", "看看").silent


def test_a_repeated_message_keeps_its_id(running: Any, echo: Any) -> None:
    for _ in range(2):
        running.platform.smart_bot.single("lisi", "看看", msg_id="M1")
        running.platform.account.text(OPENID, "看看", msg_id="24000000000000001")
    assert [json.loads(p)["msgid"] for p in echo.plain[0::2]] == ["M1", "M1"]
    assert all("<MsgId>24000000000000001</MsgId>" in plain for plain in echo.plain[1::2])


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        ({"msgtype": "text", "text": {"content": "您好"}}, "msgtype text 这里不能用"),
        ({"msgtype": "stream", "stream": {"finish": True, "content": "a"}}, "缺少 stream.id"),
        (
            {"msgtype": "stream", "stream": {"id": "1", "finish": True, "content": ""}},
            "stream.content 是空的",
        ),
        (
            {"msgtype": "stream", "stream": {"id": "1", "finish": True, "content": "字" * 6827}},
            "stream.content 超过 20480 字节",
        ),
        ([], "不是 JSON 对象"),
    ],
)
def test_a_smart_bots_reply_in_the_wrong_form_is_a_fault(
    running: Any, echo: Any, reply: Any, fault: str
) -> None:
    echo.misbehave = lambda _: echo.seal(reply, echo.requests[-1]["nonce"])
    assert running.platform.smart_bot.single("lisi", "看看").fault == f"回复用不了：{fault}"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"msgsignature": "0" * 40}, "签名不对"),
        ({"nonce": "7"}, "nonce 不是请求里的那个"),
        ({"timestamp": "1790000000"}, "timestamp 不是整数"),
        ({"encrypt": None}, "缺少 encrypt 或 msgsignature"),
    ],
)
def test_a_smart_bots_envelope_in_the_wrong_form_is_a_fault(
    running: Any, echo: Any, change: Any, fault: str
) -> None:
    good = {"msgtype": "stream", "stream": {"id": "1", "finish": True, "content": "a"}}
    echo.misbehave = lambda _: echo.seal(good, echo.requests[-1]["nonce"]) | change
    assert running.platform.smart_bot.single("lisi", "看看").fault == f"回复用不了：{fault}"
