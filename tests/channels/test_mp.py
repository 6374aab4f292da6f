"""The official account's channel; forms are those of protocol-callbacks §2."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import xmltodict

from bot.channels.base import Incoming, RawRequest, RawResponse, Refused
from bot.channels.mp import REPLY_BYTES, MpChannel
from bot.privacy import Pseudonyms
from bot.types import Reply


def envelope(inner: str, sender: str = "oTEST1") -> str:
    return (
        "<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName>"
        f"<FromUserName><![CDATA[{sender}]]></FromUserName><CreateTime>1790000100</CreateTime>"
        f"{inner}</xml>"
    )


def text_message(content: str, identity: str = "24000000000000001") -> str:
    return envelope(
        f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{content}]]></Content>"
        f"<MsgId>{identity}</MsgId>"
    )


def event(inner: str) -> str:
    return envelope(f"<MsgType><![CDATA[event]]></MsgType>{inner}")


def read(mp: MpChannel, platform: Any, document: str) -> Incoming:
    incoming = mp.read(platform.sealed_post(document), platform.now)
    assert isinstance(incoming, Incoming)
    return incoming


MESSAGES = [
    ("text", "<Content><![CDATA[这是诈骗吗]]></Content>", "text", "这是诈骗吗"),
    ("TEXT", "<Content><![CDATA[ 大写类型 ]]></Content>", "text", "大写类型"),
    ("text", "<Content><![CDATA[]]></Content>", "text", ""),
    ("text", "", "text", ""),
    ("text", "<Content><![CDATA[😱😱]]></Content>", "text", "😱😱"),
    ("text", "<Content><![CDATA[a\x01b\x08c]]></Content>", "text", "abc"),
    ("text", "<Content>&lt;b&gt; &amp; c</Content>", "text", "<b> & c"),
    ("text", "<Content><b>x</b></Content>", "text", ""),
    ("text", f"<Content>{'骗' * 10_000}</Content>", "text", "骗" * 10_000),
    ("image", "<PicUrl>http://mmbiz.qpic.cn/x/0</PicUrl><MediaId>M</MediaId>", "image", ""),
    (
        "voice",
        "<MediaId>M</MediaId><Recognition>有人让我转账</Recognition>",
        "voice",
        "有人让我转账",
    ),
    ("voice", "<MediaId>M</MediaId><Recognition></Recognition>", "voice", ""),
    ("voice", "<MediaId>M</MediaId><Format>amr</Format>", "voice", ""),
    ("video", "<MediaId>M</MediaId><ThumbMediaId>T</ThumbMediaId>", "video", ""),
    ("shortvideo", "<MediaId>M</MediaId><ThumbMediaId>T</ThumbMediaId>", "video", ""),
    ("location", "<Location_X>30.27</Location_X><Label>某某路</Label>", "location", ""),
    (
        "link",
        "<Title>中奖通知</Title><Description>点击领取</Description><Url>http://example.com/win</Url>",
        "text",
        "中奖通知\n点击领取\nhttp://example.com/win",
    ),
    ("link", "<Title></Title>", "other", ""),
    ("file", "<FileKey>k</FileKey>", "file", ""),
    ("miniprogrampage", "<Title>领红包</Title><AppId>wx</AppId>", "card", "领红包"),
    (
        "merged_msg",
        "<Title>群聊记录</Title><Description>先垫钱</Description>",
        "record",
        "群聊记录\n先垫钱",
    ),
    ("text", "<Content>【收到不支持的消息类型，暂无法显示】</Content>", "other", ""),
    ("something_new", "<New><Deep>1</Deep></New>", "other", ""),
]


@pytest.mark.parametrize(("kind", "inner", "expected", "text"), MESSAGES)
def test_every_kind_of_message_is_read(
    mp: MpChannel, platform: Any, kind: str, inner: str, expected: str, text: str
) -> None:
    document = envelope(f"<MsgType><![CDATA[{kind}]]></MsgType>{inner}<MsgId>7</MsgId>")

    message = read(mp, platform, document).message

    assert (message.kind, message.text, message.key) == (expected, text, "7")
    assert (message.channel, message.chat_type) == ("mp:demo", "private")


EVENTS = [
    ("<Event>subscribe</Event>", "subscribe", "", ""),
    ("<Event>subscribe</Event><EventKey></EventKey>", "subscribe", "", ""),
    (
        "<Event>subscribe</Event><EventKey>qrscene_1001</EventKey><Ticket>T</Ticket>",
        "subscribe",
        "1001",
        "",
    ),
    ("<Event>unsubscribe</Event><EventKey></EventKey>", "unsubscribe", "", ""),
    ("<Event>SCAN</Event><EventKey>1001</EventKey><Ticket>T</Ticket>", "scan", "1001", ""),
    ("<Event>CLICK</Event><EventKey>MENU_REPORT</EventKey>", "click", "MENU_REPORT", ""),
    (
        "<Event>MASSSENDJOBFINISH</Event><MsgID>1000001</MsgID><Status>send success</Status>",
        "masssendjobfinish",
        "1000001",
        "send success",
    ),
    (
        "<Event>TEMPLATESENDJOBFINISH</Event><MsgID>200163836</MsgID><Status>failed:user block</Status>",
        "templatesendjobfinish",
        "200163836",
        "failed:user block",
    ),
    ("<Event>debug_demo</Event>", "debug_demo", "", ""),
]


@pytest.mark.parametrize(("inner", "name", "key", "text"), EVENTS)
def test_every_event_is_read(
    mp: MpChannel, platform: Any, inner: str, name: str, key: str, text: str
) -> None:
    message = read(mp, platform, event(inner)).message

    assert message.kind == "event"
    assert (message.event, message.event_key, message.text) == (name, key, text)


@pytest.mark.parametrize(
    "inner",
    [
        "<Event>LOCATION</Event><Latitude>30.27</Latitude><Longitude>120.15</Longitude>",
        "<Event>VIEW</Event><EventKey>https://example.com/</EventKey>",
    ],
)
def test_events_nobody_can_act_on_are_answered_at_once(
    mp: MpChannel, platform: Any, inner: str
) -> None:
    assert mp.read(platform.sealed_post(event(inner)), platform.now) == RawResponse(200, b"success")


@pytest.mark.parametrize("name", ["unsubscribe", "MASSSENDJOBFINISH", "debug_demo"])
def test_words_are_never_sent_where_nobody_reads_them(
    mp: MpChannel, platform: Any, name: str
) -> None:
    incoming = read(mp, platform, event(f"<Event>{name}</Event>"))

    assert mp.write(incoming, Reply("你好"), platform.now).body == b"success"


def test_two_events_in_the_same_second_are_two(mp: MpChannel, platform: Any) -> None:
    def key(inner: str) -> str:
        return read(mp, platform, event(inner)).message.key

    scan = "<Event>SCAN</Event><EventKey>1</EventKey>"

    assert key(scan) == key(scan)
    assert key(scan) != key("<Event>CLICK</Event><EventKey>1</EventKey>")
    assert key(scan) != key("<Event>SCAN</Event><EventKey>2</EventKey>")


def test_a_message_without_id_is_recognised_by_its_content(mp: MpChannel, platform: Any) -> None:
    first = envelope("<MsgType>card</MsgType><A>1</A>")
    other = envelope("<MsgType>card</MsgType><A>2</A>")

    key = read(mp, platform, first).message.key

    assert read(mp, platform, first).message.key == key
    assert read(mp, platform, other).message.key != key


def test_the_openid_travels_in_the_context_only(
    mp: MpChannel, platform: Any, pseudonym: Pseudonyms
) -> None:
    for document in (text_message("你好"), event("<Event>subscribe</Event>")):
        incoming = read(mp, platform, document)

        assert incoming.message.sender == incoming.message.chat == pseudonym("oTEST1")
        assert "oTEST1" not in repr(incoming.message)
        assert incoming.context["open_id"] == "oTEST1"


def test_a_reply_comes_back_encrypted_signed_and_addressed(mp: MpChannel, platform: Any) -> None:
    incoming = read(mp, platform, text_message("转账"))

    response = mp.write(
        incoming, Reply("先别转账，打 96110。"), platform.now + timedelta(seconds=1)
    )

    assert response.content_type.startswith("application/xml")
    assert platform.open_xml(response) == {
        "ToUserName": "oTEST1",
        "FromUserName": "gh_0123456789ab",
        "CreateTime": "1790000101",
        "MsgType": "text",
        "Content": "先别转账，打 96110。",
    }


def test_plain_mode_answers_in_plain_xml(mp_plain: MpChannel, platform: Any) -> None:
    incoming = mp_plain.read(platform.plain_post(text_message("你好")), platform.now)
    assert isinstance(incoming, Incoming)

    fields = xmltodict.parse(mp_plain.write(incoming, Reply("在"), platform.now).body)["xml"]

    assert (fields["ToUserName"], fields["Content"]) == ("oTEST1", "在")


def test_plain_mode_takes_encrypt_type_raw(mp_plain: MpChannel, platform: Any) -> None:
    request = platform.plain_post(text_message("你好"), encrypt_type="raw")

    assert isinstance(mp_plain.read(request, platform.now), Incoming)


@pytest.mark.parametrize("reply", [None, "", "  \n", "\x00\x01"])
def test_silence_is_success_and_never_an_empty_text(
    mp: MpChannel, platform: Any, reply: str | None
) -> None:
    incoming = read(mp, platform, text_message("你好"))

    assert mp.write(incoming, Reply(reply), platform.now) == RawResponse(200, b"success")


def test_a_long_reply_is_cut_on_a_whole_character_and_shows_it(
    mp: MpChannel, platform: Any
) -> None:
    incoming = read(mp, platform, text_message("你好"))

    content = platform.open_xml(mp.write(incoming, Reply("骗🚨" * 500), platform.now))["Content"]

    assert REPLY_BYTES - 8 < len(content.encode()) <= REPLY_BYTES
    assert content.endswith("…")
    assert content[:-1] == ("骗🚨" * 500)[: len(content) - 1]


@pytest.mark.parametrize("reply", ["a]]>b<c>&amp;", "]]]>>", "]]>]]>", "一\x0b二\ufffe三"])
def test_no_reply_breaks_out_of_its_element(mp: MpChannel, platform: Any, reply: str) -> None:
    incoming = read(mp, platform, text_message("你好"))

    fields = platform.open_xml(mp.write(incoming, Reply(reply), platform.now))

    assert fields["Content"] == reply.replace("\x0b", "").replace("\ufffe", "")
    assert len(fields) == 5


def test_the_compatible_mode_reads_only_what_is_encrypted(
    mp_account: Any, pseudonym: Pseudonyms, platform: Any
) -> None:
    channel = MpChannel(mp_account("compatible"), pseudonym)
    sealed = platform.sealed_post(text_message("真的"))
    both = sealed.body.replace(b"</xml>", "<Content>假的</Content></xml>".encode())

    incoming = channel.read(replace(sealed, body=both), platform.now)

    assert isinstance(incoming, Incoming)
    assert incoming.message.text == "真的"
    assert platform.open_xml(channel.write(incoming, Reply("好"), platform.now))["Content"] == "好"


def test_the_unsigned_outer_recipient_decides_nothing(mp: MpChannel, platform: Any) -> None:
    incoming = mp.read(platform.sealed_post(text_message("你好"), own_id="gh_other"), platform.now)

    assert isinstance(incoming, Incoming)
    assert incoming.context["own_id"] == "gh_0123456789ab"


@pytest.mark.parametrize("mode", ["aes", "compatible"])
def test_a_downgrade_to_plain_is_refused(
    mode: str, mp_account: Any, pseudonym: Pseudonyms, platform: Any
) -> None:
    channel = MpChannel(mp_account(mode), pseudonym)
    plain = platform.plain_post(text_message("伪造"))
    raw = platform.plain_post(text_message("伪造"), encrypt_type="raw")
    unsigned = platform.plain_post(text_message("伪造"), encrypt_type="aes")
    sealed = platform.sealed_post(text_message("伪造"))
    three_part = tuple(
        (name, dict(sealed.query)["signature"] if name == "msg_signature" else value)
        for name, value in sealed.query
    )

    for request in (plain, raw, unsigned, replace(sealed, query=three_part)):
        with pytest.raises(Refused):
            channel.read(request, platform.now)


def test_a_plain_account_refuses_encrypted_requests(mp_plain: MpChannel, platform: Any) -> None:
    with pytest.raises(Refused):
        mp_plain.read(platform.sealed_post(text_message("你好")), platform.now)


@pytest.mark.parametrize(
    "change", [{"app_id": "wxother"}, {"token": "other"}, {"aes_key": "B" * 43}]
)
def test_a_request_for_another_account_is_refused(
    change: dict[str, str], mp_account: Any, pseudonym: Pseudonyms, platform: Any
) -> None:
    channel = MpChannel(mp_account("aes", **change), pseudonym)

    with pytest.raises(Refused) as refusal:
        channel.read(platform.sealed_post(text_message("你好")), platform.now)
    assert refusal.value.status == 403


@pytest.mark.parametrize("seconds", [-301, 301, 86_400, -86_400])
def test_a_stale_or_future_request_is_refused(mp: MpChannel, platform: Any, seconds: int) -> None:
    request = platform.sealed_post(text_message("你好"))

    with pytest.raises(Refused, match="时钟"):
        mp.read(request, platform.now + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_a_request_within_the_window_is_read(mp: MpChannel, platform: Any, seconds: int) -> None:
    request = platform.sealed_post(text_message("你好"))

    assert isinstance(mp.read(request, platform.now + timedelta(seconds=seconds)), Incoming)


@pytest.mark.parametrize("name", ["msg_signature", "timestamp", "nonce", "encrypt_type", "openid"])
def test_a_repeated_parameter_is_refused(mp: MpChannel, platform: Any, name: str) -> None:
    request = platform.sealed_post(text_message("你好"))
    again = (*request.query, (name, dict(request.query)[name]))

    with pytest.raises(Refused, match="重复"):
        mp.read(replace(request, query=again), platform.now)


@pytest.mark.parametrize("name", ["msg_signature", "timestamp", "nonce", "encrypt_type"])
def test_a_missing_parameter_is_refused(mp: MpChannel, platform: Any, name: str) -> None:
    request = platform.sealed_post(text_message("你好"))
    fewer = tuple(pair for pair in request.query if pair[0] != name)

    with pytest.raises(Refused):
        mp.read(replace(request, query=fewer), platform.now)


@pytest.mark.parametrize(
    ("timestamp", "nonce"),
    [("01790000100", "1"), ("1790000100 ", "1"), ("1790000100", "1" * 65), ("1790000100", "é"),
     ("1790000100", ""), ("１７９００００１００", "1"), ("+179000010", "1"), ("1790000100", "1\n")],
)  # fmt: skip
def test_a_signed_request_in_another_form_than_the_platforms_is_refused(
    mp_plain: MpChannel, platform: Any, timestamp: str, nonce: str
) -> None:
    query = {
        "signature": platform.sign(timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
    }
    request = RawRequest("POST", tuple(query.items()), text_message("你好").encode())

    with pytest.raises(Refused, match="格式"):
        mp_plain.read(request, platform.now)


def test_swapped_timestamp_and_nonce_are_refused_although_the_digest_fits(
    mp_plain: MpChannel, platform: Any
) -> None:
    request = platform.plain_post(text_message("你好"))
    values = dict(request.query)
    swapped = values | {"timestamp": values["nonce"], "nonce": values["timestamp"]}

    with pytest.raises(Refused):
        mp_plain.read(replace(request, query=tuple(swapped.items())), platform.now)


def test_a_swap_that_keeps_the_forms_is_still_the_same_signature(
    mp_plain: MpChannel, platform: Any
) -> None:
    """Why the replay check goes by the signature and not by timestamp and nonce."""
    platform.nonce = str(platform.moment + 10)
    request = platform.plain_post(text_message("你好"))
    values = dict(request.query)
    swapped = values | {"timestamp": values["nonce"], "nonce": values["timestamp"]}

    first = mp_plain.read(request, platform.now)
    second = mp_plain.read(replace(request, query=tuple(swapped.items())), platform.now)

    assert isinstance(first, Incoming)
    assert isinstance(second, Incoming)
    assert first.signature == second.signature


def test_plain_mode_shows_another_body_under_the_same_signature(
    mp_plain: MpChannel, platform: Any
) -> None:
    first = mp_plain.read(platform.plain_post(text_message("真")), platform.now)
    second = mp_plain.read(platform.plain_post(text_message("假")), platform.now)

    assert isinstance(first, Incoming)
    assert isinstance(second, Incoming)
    assert first.signature == second.signature
    assert first.fingerprint != second.fingerprint


def test_the_address_check_is_echoed_in_every_mode(
    mp_account: Any, pseudonym: Pseudonyms, platform: Any
) -> None:
    request = RawRequest("GET", platform.signed(echostr="4375120948345356249"), b"")

    for mode in ("plain", "compatible", "aes"):
        channel = MpChannel(mp_account(mode), pseudonym)
        assert channel.read(request, platform.now) == RawResponse(200, b"4375120948345356249")


@pytest.mark.parametrize(
    "change", [{"signature": "0" * 40}, {"echostr": "<script>"}, {"echostr": ""}, {"nonce": "a b"}]
)
def test_an_unsound_address_check_is_refused(
    mp: MpChannel, platform: Any, change: dict[str, str]
) -> None:
    query = dict(platform.signed(echostr="1")) | change

    with pytest.raises(Refused):
        mp.read(RawRequest("GET", tuple(query.items()), b""), platform.now)


BROKEN = [
    b"",
    b" ",
    b"{}",
    b"<xml>",
    b"<xml/>",
    b"<xml>text</xml>",
    b"<html/>",
    b"\xff\xfe<xml/>",
    b"<xml>\xff</xml>",
    text_message("x").replace("text", "", 1).encode(),
    text_message("x").replace("<MsgId>", "<Content>y</Content><MsgId>").encode(),
    text_message("x").replace("oTEST1", "").encode(),
    text_message("x").replace("oTEST1", "有 空格").encode(),
    text_message("x").replace("gh_0123456789ab", "").encode(),
    event("").encode(),
    event("<Event></Event>").encode(),
    event("<Event><b/></Event>").encode(),
    ("<!DOCTYPE xml>" + text_message("x")).encode(),
    ('<!DOCTYPE xml [<!ENTITY a "b">]>' + text_message("&a;")).encode(),
    text_message("x").replace("<![CDATA[x]]>", "&a;").encode(),
    b"<xml>" + b"<a>" * 50 + b"</a>" * 50 + b"</xml>",
    b"<xml>" + b"".join(b"<a%d/>" % i for i in range(1000)) + b"</xml>",
]


@pytest.mark.parametrize("body", BROKEN)
def test_a_broken_message_is_refused_as_unusable(
    mp_plain: MpChannel, platform: Any, body: bytes
) -> None:
    with pytest.raises(Refused) as refusal:
        mp_plain.read(platform.plain_post(body), platform.now)
    assert refusal.value.status == 400


@pytest.mark.parametrize("body", BROKEN)
def test_a_broken_envelope_is_refused(mp: MpChannel, platform: Any, body: bytes) -> None:
    request = replace(platform.sealed_post(text_message("你好")), body=body)

    with pytest.raises(Refused):
        mp.read(request, platform.now)


def test_an_envelope_may_be_written_in_any_sound_way(mp: MpChannel, platform: Any) -> None:
    sealed = platform.sealed_post(text_message("你好"))
    encrypted = platform.encrypt(text_message("你好"))
    query = platform.sealed_query(encrypted, encrypt_type="aes")
    body = f"<?xml version='1.0'?>\n<xml>\n<AgentID/><Encrypt>{encrypted}</Encrypt>\n</xml>\n"

    incoming = mp.read(replace(sealed, query=query, body=body.encode()), platform.now)

    assert isinstance(incoming, Incoming)


def test_a_billion_laughs_are_not_expanded(mp_plain: MpChannel, platform: Any) -> None:
    entities = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    bomb = f'<!DOCTYPE xml [<!ENTITY l0 "哈">{entities}]>' + text_message("x").replace(
        "<![CDATA[x]]>", "&l9;"
    )

    with pytest.raises(Refused, match="DOCTYPE"):
        mp_plain.read(platform.plain_post(bomb), platform.now)


@pytest.mark.parametrize(
    "change", [{"token": ""}, {"token": "  "}, {"aes_key": ""}, {"aes_key": "A" * 42}]
)
def test_an_account_without_sound_secrets_does_not_start(
    change: dict[str, str], mp_account: Any, pseudonym: Pseudonyms
) -> None:
    with pytest.raises(ValueError, match=r"token|EncodingAESKey"):
        MpChannel(mp_account("aes", **change), pseudonym)
