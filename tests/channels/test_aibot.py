"""The smart bot's channel; forms are those of protocol-callbacks §4."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.channels.aibot import AibotChannel
from bot.channels.aibot_reply import REPLY_BYTES
from bot.channels.base import Incoming, RawRequest, RawResponse, Refused
from bot.config import AibotAccount
from bot.privacy import Pseudonyms
from bot.types import Choice, Reply

SINGLE = {"msgid": "CAIQ1", "aibotid": "B", "chattype": "single", "from": {"userid": "zhangsan"}}
GROUP = SINGLE | {"chattype": "group", "chatid": "wrCHAT"}
TEXT_QUOTE = {"msgtype": "text", "text": {"content": "您涉嫌洗钱"}}
IMAGE_ITEM = {"msgtype": "image", "image": {"url": "https://example.com/1"}}


def text(content: str) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": content}}


def mixed(*items: dict[str, Any]) -> dict[str, Any]:
    return {"msgtype": "mixed", "mixed": {"msg_item": list(items)}}


def read(aibot: AibotChannel, platform: Any, message: dict[str, Any]) -> Incoming:
    incoming = aibot.read(platform.bot_post(message), platform.now)
    assert isinstance(incoming, Incoming)
    return incoming


MESSAGES = [
    (SINGLE, text("刷单能赚钱吗"), "text", "刷单能赚钱吗"),
    (SINGLE, text("  😱 "), "text", "😱"),
    (SINGLE, text(""), "text", ""),
    (SINGLE, text("a\x00b\ud800c"), "text", "abc"),
    (SINGLE, text("骗" * 10_000), "text", "骗" * 10_000),
    (SINGLE, text("@客服 让我转账"), "text", "@客服 让我转账"),
    (GROUP, text("@反诈助手 看看这个"), "text", "看看这个"),
    (GROUP, text("@反诈助手\u2005看看这个"), "text", "看看这个"),
    (GROUP, text("@反诈助手看看这个"), "text", "看看这个"),
    (GROUP, text("看看这个 @反诈助手"), "text", "看看这个"),
    (GROUP, text("@别的名字 看看这个"), "text", "看看这个"),
    (GROUP, text("@反诈助手 @王阿姨 看看这个"), "text", "看看这个"),
    (GROUP, text("@反诈助手"), "text", ""),
    (GROUP, text("@反诈助手 发到 a@b.com 吗"), "text", "发到 a@b.com 吗"),
    (GROUP, text("@反诈助手 看看") | {"quote": TEXT_QUOTE}, "text", "看看\n引用：您涉嫌洗钱"),
    (GROUP, text("@反诈助手") | {"quote": TEXT_QUOTE}, "text", "引用：您涉嫌洗钱"),
    (GROUP, text("@反诈助手 看看") | {"quote": IMAGE_ITEM}, "text", "看看"),
    (GROUP, text("看") | {"quote": mixed(TEXT_QUOTE, IMAGE_ITEM)}, "text", "看\n引用：您涉嫌洗钱"),
    (GROUP, mixed(text("@反诈助手 帮看"), IMAGE_ITEM, text("急")), "text", "帮看\n急"),
    (GROUP, mixed(IMAGE_ITEM), "image", ""),
    (SINGLE, {"msgtype": "mixed", "mixed": {"msg_item": "x"}}, "image", ""),
    (SINGLE, {"msgtype": "voice", "voice": {"content": "他让我转账"}}, "voice", "他让我转账"),
    (SINGLE, IMAGE_ITEM, "image", ""),
    (SINGLE, {"msgtype": "file", "file": {"url": "https://example.com/f"}}, "file", ""),
    (SINGLE, {"msgtype": "video", "video": {"url": "https://example.com/v"}}, "video", ""),
    (SINGLE, {"msgtype": "something_new"}, "other", ""),
    (SINGLE, {"msgtype": ["text"]}, "other", ""),
    (SINGLE, {"msgtype": "text", "text": "no object"}, "text", ""),
]


@pytest.mark.parametrize(("chat", "content", "kind", "expected"), MESSAGES)
def test_every_kind_of_message_is_read(
    aibot: AibotChannel,
    bot_platform: Any,
    chat: dict[str, Any],
    content: dict[str, Any],
    kind: str,
    expected: str,
) -> None:
    document = json.dumps(chat | content)  # with escapes: JSON carries what UTF-8 cannot

    incoming = aibot.read(bot_platform.bot_post(document), bot_platform.now)

    assert isinstance(incoming, Incoming)
    message = incoming.message
    assert (message.kind, message.text, message.key) == (kind, expected, "CAIQ1")
    assert message.channel == "aibot:demo"


def test_people_and_chats_are_pseudonyms(
    aibot: AibotChannel, bot_platform: Any, pseudonym: Pseudonyms
) -> None:
    single = read(aibot, bot_platform, SINGLE | text("你好")).message
    group = read(aibot, bot_platform, GROUP | text("你好")).message

    assert (single.chat_type, single.chat) == ("private", pseudonym("zhangsan"))
    assert (group.chat_type, group.chat) == ("group", pseudonym("wrCHAT"))
    assert single.sender == group.sender == pseudonym("zhangsan")
    assert group.mentioned


@pytest.mark.parametrize("chat", [SINGLE, GROUP])
def test_a_reply_is_a_finished_stream(
    aibot: AibotChannel, bot_platform: Any, chat: dict[str, Any]
) -> None:
    incoming = read(aibot, bot_platform, chat | text("刷单"))

    response = aibot.write(
        incoming, Reply("**别垫钱** ]]> 🚨"), bot_platform.now + timedelta(seconds=1)
    )

    answer = bot_platform.open_json(response)
    assert answer["msgtype"] == "stream"
    assert answer["stream"]["finish"] is True
    assert answer["stream"]["content"] == "**别垫钱** ]]> 🚨"
    envelope = json.loads(response.body)
    assert (envelope["timestamp"], envelope["nonce"]) == (1790000101, "778899")


def test_a_repeated_callback_continues_the_same_stream(
    aibot: AibotChannel, bot_platform: Any
) -> None:
    def stream_id(message: dict[str, Any]) -> str:
        incoming = read(aibot, bot_platform, message)
        answer = bot_platform.open_json(aibot.write(incoming, Reply("好"), bot_platform.now))
        return str(answer["stream"]["id"])

    first = SINGLE | text("刷单")

    assert stream_id(first) == stream_id(first)
    assert stream_id(first) != stream_id(first | {"msgid": "CAIQ2"})


def test_a_long_reply_is_cut_by_bytes(aibot: AibotChannel, bot_platform: Any) -> None:
    incoming = read(aibot, bot_platform, SINGLE | text("刷单"))

    answer = bot_platform.open_json(aibot.write(incoming, Reply("骗" * 20_000), bot_platform.now))

    content = answer["stream"]["content"]
    assert len(content.encode()) <= REPLY_BYTES
    assert content.endswith("骗…")


@pytest.mark.parametrize("reply", [None, "", " "])
def test_silence_is_an_empty_body(
    aibot: AibotChannel, bot_platform: Any, reply: str | None
) -> None:
    incoming = read(aibot, bot_platform, GROUP | text("你好"))

    assert aibot.write(incoming, Reply(reply), bot_platform.now) == RawResponse(200, b"")


def test_entering_the_chat_is_greeted_with_a_text(aibot: AibotChannel, bot_platform: Any) -> None:
    entered = {
        "msgid": "E1",
        "from": {"userid": "u"},
        "msgtype": "event",
        "event": {"eventtype": "enter_chat"},
    }

    incoming = read(aibot, bot_platform, entered)

    assert (incoming.message.kind, incoming.message.event) == ("event", "subscribe")
    assert (incoming.message.event_key, incoming.message.chat_type) == ("enter_chat", "private")
    answer = bot_platform.open_json(aibot.write(incoming, Reply("你好"), bot_platform.now))
    assert answer == {"msgtype": "text", "text": {"content": "你好"}}


@pytest.mark.parametrize("name", ["something_new", "delete_from_chat"])
def test_other_events_are_answered_empty(aibot: AibotChannel, bot_platform: Any, name: str) -> None:
    event = GROUP | {"msgtype": "event", "event": {"eventtype": name, name: {"id": "F"}}}

    assert aibot.read(bot_platform.bot_post(event), bot_platform.now) == RawResponse(200, b"")


def stream_of(answer: dict[str, Any]) -> dict[str, Any]:
    assert answer["msgtype"] == "stream"
    stream: dict[str, Any] = answer["stream"]
    return stream


def test_an_unfinished_reply_is_followed_up_by_the_platforms_refresh(
    aibot: AibotChannel, bot_platform: Any
) -> None:
    asked = read(aibot, bot_platform, SINGLE | IMAGE_ITEM)
    hold = aibot.write(asked, Reply("正在看图", unfinished=True), bot_platform.now)
    first = stream_of(bot_platform.open_json(hold))
    assert (first["finish"], first["content"]) == (False, "正在看图")

    again = {"msgid": "CAIQ2", "msgtype": "stream", "stream": {"id": first["id"]}}
    refresh = read(aibot, bot_platform, SINGLE | again)
    assert refresh.refresh
    assert refresh.message.key == asked.message.key
    last = stream_of(bot_platform.open_json(aibot.write(refresh, Reply("别转"), bot_platform.now)))
    assert last == {"id": first["id"], "finish": True, "content": "别转"}


@pytest.mark.parametrize("content", [IMAGE_ITEM, mixed(text("@反诈助手 看"), IMAGE_ITEM)])
def test_a_picture_comes_with_the_key_to_open_it(
    aibot: AibotChannel, bot_platform: Any, content: dict[str, Any]
) -> None:
    incoming = read(aibot, bot_platform, SINGLE | content)

    assert [picture.url for picture in incoming.pictures] == ["https://example.com/1"]
    assert incoming.asks_again
    with pytest.raises(Refused):
        incoming.unseal(b"not encrypted!!!")


def test_a_quoted_picture_is_a_picture_of_the_message(
    aibot: AibotChannel, bot_platform: Any
) -> None:
    quoting = GROUP | text("@反诈助手 这是真的吗") | {"quote": IMAGE_ITEM}

    assert len(read(aibot, bot_platform, quoting).pictures) == 1


CHOICES = (Choice("1:loan-a:prize-b", "像第 1 种"), Choice("2:loan-a:prize-b", "像第 2 种"))
ASKS = Reply("哪一种最像？\n1 甲\n2 乙", choices=CHOICES)


def test_choices_are_buttons_in_a_single_chat(aibot: AibotChannel, bot_platform: Any) -> None:
    incoming = read(aibot, bot_platform, SINGLE | text("有人找我"))

    answer = bot_platform.open_json(aibot.write(incoming, ASKS, bot_platform.now))

    card = answer["template_card"]
    assert card["card_type"] == "button_interaction"
    assert card["main_title"] == {"title": "哪一种最像？"}
    assert card["sub_title_text"] == "1 甲\n2 乙"
    assert [(b["text"], b["key"]) for b in card["button_list"]] == [
        (choice.label, choice.key) for choice in CHOICES
    ]
    assert re.fullmatch("[0-9A-Za-z_@-]{1,128}", card["task_id"])


def test_choices_are_numbers_in_a_group(aibot: AibotChannel, bot_platform: Any) -> None:
    incoming = read(aibot, bot_platform, GROUP | text("@反诈助手 有人找我"))

    answer = bot_platform.open_json(aibot.write(incoming, ASKS, bot_platform.now))

    assert stream_of(answer)["content"] == ASKS.text


def tapped(key: str, task: str = "T1") -> dict[str, Any]:
    inner = {"card_type": "button_interaction", "event_key": key, "task_id": task}
    event = {"eventtype": "template_card_event", "template_card_event": inner}
    return SINGLE | {"msgid": "CAIQ3", "msgtype": "event", "event": event}


def test_a_tapped_button_changes_its_card(aibot: AibotChannel, bot_platform: Any) -> None:
    incoming = read(aibot, bot_platform, tapped("2:loan-a:prize-b"))
    assert (incoming.message.event, incoming.message.event_key) == ("choose", "2:loan-a:prize-b")
    long = Reply("这是诈骗：乙。\n" + "别转。" * 60, "scam", CHOICES)

    answer = bot_platform.open_json(aibot.write(incoming, long, bot_platform.now))

    assert (answer["response_type"], answer["userids"]) == ("update_template_card", ["zhangsan"])
    card = answer["template_card"]
    assert (card["task_id"], card["main_title"]["title"]) == ("T1", "这是诈骗：乙。")
    assert card["quote_area"]["quote_text"] == "别转。" * 60
    assert len(card["button_list"]) == 2


@pytest.mark.parametrize("task", ["", "a b", "x" * 129])
def test_a_button_of_no_card_of_ours_is_answered_empty(
    aibot: AibotChannel, bot_platform: Any, task: str
) -> None:
    incoming = read(aibot, bot_platform, tapped("1:loan-a", task))

    assert aibot.write(incoming, ASKS, bot_platform.now) == RawResponse(200)


@pytest.mark.parametrize(
    ("kind", "opinion"), [(1, "useful"), (2, "useless"), (3, "withdrawn"), (9, ""), ("1", "")]
)
def test_feedback_finds_the_message_it_is_about(
    aibot: AibotChannel, bot_platform: Any, kind: object, opinion: str
) -> None:
    asked = read(aibot, bot_platform, SINGLE | text("刷单"))
    shown = stream_of(bot_platform.open_json(aibot.write(asked, Reply("别垫钱"), bot_platform.now)))
    inner = {"id": shown["feedback"]["id"], "type": kind}
    event = {"eventtype": "feedback_event", "feedback_event": inner}

    given = read(aibot, bot_platform, SINGLE | {"msgid": "F", "msgtype": "event", "event": event})

    assert (given.message.event, given.message.text) == ("feedback", opinion)
    assert given.message.event_key == asked.message.key
    assert aibot.write(given, Reply("x"), bot_platform.now) == RawResponse(200)


@pytest.mark.parametrize("reference", ["", "*", "骗", "AAA", "x" * 400])
def test_feedback_on_somebody_elses_answer_is_about_nothing(
    aibot: AibotChannel, bot_platform: Any, reference: str
) -> None:
    event = {"eventtype": "feedback_event", "feedback_event": {"id": reference, "type": 1}}

    given = read(aibot, bot_platform, SINGLE | {"msgid": "F", "msgtype": "event", "event": event})

    assert given.message.event_key == ""


def test_the_address_check_is_decrypted(aibot: AibotChannel, bot_platform: Any) -> None:
    echo = bot_platform.encrypt("5927731846201938475")
    request = RawRequest("GET", bot_platform.sealed_query(echo, echostr=echo), b"")

    assert aibot.read(request, bot_platform.now) == RawResponse(200, b"5927731846201938475")


def test_an_address_check_without_echostr_is_refused(
    aibot: AibotChannel, bot_platform: Any
) -> None:
    request = RawRequest("GET", bot_platform.sealed_query(""), b"")

    with pytest.raises(Refused):
        aibot.read(request, bot_platform.now)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff",
        b"{}",
        b'{"encrypt": 1}',
        b'{"encrypt": ""}',
        b'{"encrypt": "\\ud800"}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"encrypt": ' + b"9" * 5000 + b"}",
        b"<xml><Encrypt>x</Encrypt></xml>",
    ],
)
def test_a_broken_envelope_is_refused(aibot: AibotChannel, bot_platform: Any, body: bytes) -> None:
    request = replace(bot_platform.bot_post(SINGLE | text("你好")), body=body)

    with pytest.raises(Refused):
        aibot.read(request, bot_platform.now)


@pytest.mark.parametrize(
    "message",
    [
        "{}",
        "[]",
        "",
        "[" * 5000,
        json.dumps(text("没有发送者")),
        json.dumps(SINGLE | text("x") | {"from": "zhangsan"}),
        json.dumps(SINGLE | text("x") | {"from": {"userid": "有 空格"}}),
        json.dumps(SINGLE | text("x") | {"from": {"userid": "\ud800"}}),
        json.dumps(SINGLE | text("x") | {"msgid": None}),
        json.dumps(SINGLE | text("x") | {"chattype": "group"}),
        json.dumps(SINGLE | {"msgtype": "stream"}),
        json.dumps(SINGLE | {"msgtype": "stream", "stream": {"id": 1}}),
    ],
)
def test_an_unusable_message_is_refused_as_such(
    aibot: AibotChannel, bot_platform: Any, message: str
) -> None:
    with pytest.raises(Refused) as refusal:
        aibot.read(bot_platform.bot_post(message), bot_platform.now)
    assert refusal.value.status == 400


def test_a_message_for_an_official_account_is_refused(aibot: AibotChannel, platform: Any) -> None:
    """Same token and key, but the inside names an AppID where a smart bot has none."""
    with pytest.raises(Refused) as refusal:
        aibot.read(platform.bot_post(SINGLE | text("你好")), platform.now)
    assert refusal.value.status == 403


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_stale_or_future_request_is_refused(
    aibot: AibotChannel, bot_platform: Any, seconds: int
) -> None:
    request = bot_platform.bot_post(SINGLE | text("你好"))

    with pytest.raises(Refused, match="时钟"):
        aibot.read(request, bot_platform.now + timedelta(seconds=seconds))


def test_a_repeated_parameter_is_refused(aibot: AibotChannel, bot_platform: Any) -> None:
    request = bot_platform.bot_post(SINGLE | text("你好"))

    with pytest.raises(Refused, match="重复"):
        aibot.read(replace(request, query=request.query * 2), bot_platform.now)


def test_an_account_without_token_does_not_start(pseudonym: Pseudonyms) -> None:
    with pytest.raises(ValueError, match="token"):
        AibotChannel(AibotAccount("demo", "", "A" * 43), pseudonym)
