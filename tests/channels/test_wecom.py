"""The WeCom app's channel; forms are those of protocol-callbacks §3."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.base import Incoming, RawRequest, RawResponse, Refused
from bot.channels.wecom import REPLY_BYTES, WecomChannel
from bot.config import WecomAccount
from bot.privacy import Pseudonyms
from bot.types import Reply

CORP_ID = "wx1a2b3c4d5e6f7a8b"
AGENT_ID = "1000002"


@pytest.fixture
def wecom(pseudonym: Pseudonyms, mp_account: Any) -> WecomChannel:
    same = mp_account()
    return WecomChannel(
        WecomAccount("station", CORP_ID, AGENT_ID, same.token, same.aes_key), pseudonym
    )


def envelope(
    inner: str, corp: str = CORP_ID, member: str = "zhangsan", agent: str = AGENT_ID
) -> str:
    return (
        f"<xml><ToUserName><![CDATA[{corp}]]></ToUserName>"
        f"<FromUserName><![CDATA[{member}]]></FromUserName><CreateTime>1790000100</CreateTime>"
        f"{inner}<AgentID>{agent}</AgentID></xml>"
    )


def text_message(content: str) -> str:
    return envelope(
        f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{content}]]></Content>"
        "<MsgId>1234567890123456</MsgId>"
    )


def event(inner: str) -> str:
    return f"<MsgType><![CDATA[event]]></MsgType>{inner}"


def post(platform: Any, document: str) -> RawRequest:
    encrypted = platform.encrypt(document)
    body = (
        f"<xml><ToUserName><![CDATA[{CORP_ID}]]></ToUserName><AgentID>{AGENT_ID}</AgentID>"
        f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    )
    return RawRequest("POST", platform.sealed_query(encrypted), body.encode())


def read(wecom: WecomChannel, platform: Any, document: str) -> Incoming:
    incoming = wecom.read(post(platform, document), platform.now)
    assert isinstance(incoming, Incoming)
    return incoming


def test_the_address_check_is_answered_with_the_decrypted_echo_alone(
    wecom: WecomChannel, platform: Any
) -> None:
    echo = platform.encrypt("1616140317555161061")
    request = RawRequest("GET", platform.sealed_query(echo, echostr=echo), b"")

    assert wecom.read(request, platform.now) == RawResponse(200, b"1616140317555161061")


def test_a_text_is_read_and_the_member_stays_in_the_channel(
    wecom: WecomChannel, platform: Any, pseudonym: Pseudonyms
) -> None:
    message = read(wecom, platform, text_message("这个链接能点吗")).message

    assert (message.channel, message.kind, message.text) == (
        "wecom:station",
        "text",
        "这个链接能点吗",
    )
    assert (message.key, message.sender) == ("1234567890123456", pseudonym("zhangsan"))
    assert "zhangsan" not in repr(message)


def test_a_reply_reaches_the_member_in_the_platforms_envelope(
    wecom: WecomChannel, platform: Any
) -> None:
    incoming = read(wecom, platform, text_message("问一下"))

    shown = platform.open_xml(wecom.write(incoming, Reply("先别转账]]>，打 96110。"), platform.now))

    assert (shown["ToUserName"], shown["FromUserName"]) == ("zhangsan", CORP_ID)
    assert shown["Content"] == "先别转账]]>，打 96110。"


def test_a_long_reply_is_cut_below_the_platforms_limit(wecom: WecomChannel, platform: Any) -> None:
    incoming = read(wecom, platform, text_message("问一下"))

    shown = platform.open_xml(wecom.write(incoming, Reply("长" * 3000), platform.now))

    assert len(shown["Content"].encode()) <= REPLY_BYTES
    assert shown["Content"].endswith("…")


def test_silence_is_an_empty_answer(wecom: WecomChannel, platform: Any) -> None:
    incoming = read(wecom, platform, text_message("问一下"))

    assert wecom.write(incoming, Reply(None), platform.now) == RawResponse(200)


@pytest.mark.parametrize("name", ["subscribe", "click"])
def test_greeting_and_menu_are_handed_on(wecom: WecomChannel, platform: Any, name: str) -> None:
    inner = event(f"<Event>{name}</Event><EventKey>MENU_REPORT</EventKey>")

    message = read(wecom, platform, envelope(inner)).message

    assert (message.kind, message.event, message.event_key) == ("event", name, "MENU_REPORT")


@pytest.mark.parametrize("name", ["enter_agent", "view", "LOCATION", "unsubscribe", "new_thing"])
def test_events_nobody_waits_for_get_an_empty_answer(
    wecom: WecomChannel, platform: Any, name: str
) -> None:
    document = envelope(event(f"<Event>{name}</Event>"))

    assert wecom.read(post(platform, document), platform.now) == RawResponse(200)


def test_events_of_the_platform_itself_get_an_empty_answer(
    wecom: WecomChannel, platform: Any
) -> None:
    inner = event("<Event>change_external_contact</Event>")
    document = envelope(inner, member="sys").replace(f"<AgentID>{AGENT_ID}</AgentID>", "")

    assert wecom.read(post(platform, document), platform.now) == RawResponse(200)


def test_two_events_of_one_second_are_two(wecom: WecomChannel, platform: Any) -> None:
    first, second = (
        read(wecom, platform, envelope(event(f"<Event>click</Event><EventKey>{key}</EventKey>")))
        for key in ("A", "B")
    )

    assert first.message.key != second.message.key


@pytest.mark.parametrize(
    "document",
    [
        envelope("<MsgType>text</MsgType>", corp="wwsomebodyelse"),
        envelope("<MsgType>text</MsgType>", agent="1000003"),
        envelope("<MsgType>text</MsgType>", member="a b"),
        envelope(""),
    ],
    ids=["another corp", "another app", "no usable member", "no type"],
)
def test_what_is_not_for_this_app_is_refused(
    wecom: WecomChannel, platform: Any, document: str
) -> None:
    with pytest.raises(Refused):
        wecom.read(post(platform, document), platform.now)


def test_a_forged_signature_is_refused(wecom: WecomChannel, platform: Any) -> None:
    request = post(platform, text_message("问一下"))
    forged = tuple(
        (name, "0" * 40 if name == "msg_signature" else value) for name, value in request.query
    )

    with pytest.raises(Refused):
        wecom.read(RawRequest("POST", forged, request.body), platform.now)
