"""The signed JSON gateway (design §5); the signature is made here as docs/gateway.md says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.channels.base import Incoming, RawRequest, Refused
from bot.channels.gateway import GatewayChannel
from bot.config import GatewayAccount
from bot.privacy import Pseudonyms
from bot.types import Choice, Reply

SECRET = "gateway-secret-0001"
NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)
SOUND: dict[str, Any] = {
    "id": "m-1",
    "chat": {"id": "room-7", "type": "group"},
    "from": {"id": "p-1"},
    "type": "text",
    "text": "群里让我垫钱刷单",
    "mentioned": True,
}
PIXEL = base64.b64encode(b"a picture").decode()


@pytest.fixture
def gateway(pseudonym: Pseudonyms) -> GatewayChannel:
    return GatewayChannel(GatewayAccount("district", SECRET), pseudonym)


def signed(body: bytes, moment: datetime = NOW, nonce: str = "n-1", **headers: str) -> RawRequest:
    stamp = str(int(moment.timestamp()))
    text = f"{stamp}\n{nonce}\n".encode() + body
    made = {
        "X-Timestamp": stamp,
        "X-Nonce": nonce,
        "X-Signature": hmac.new(SECRET.encode(), text, hashlib.sha256).hexdigest(),
    }
    return RawRequest("POST", (), body, tuple((made | headers).items()))


def post(**changes: object) -> RawRequest:
    fields = {key: value for key, value in (SOUND | changes).items() if value is not ...}
    return signed(json.dumps(fields).encode())


def read(gateway: GatewayChannel, **changes: object) -> Incoming:
    incoming = gateway.read(post(**changes), NOW)
    assert isinstance(incoming, Incoming)
    return incoming


def test_a_signed_message_is_read(gateway: GatewayChannel) -> None:
    message = read(gateway).message

    assert (message.key, message.channel, message.kind) == ("m-1", "gateway:district", "text")
    assert (message.chat_type, message.mentioned) == ("group", True)
    assert message.text == "群里让我垫钱刷单"
    assert not {"room-7", "p-1"} & {message.sender, message.chat}


def test_who_is_private_is_always_meant(gateway: GatewayChannel) -> None:
    private = {"id": "p-1", "type": "private"}

    assert read(gateway, chat=private, mentioned=False).message.mentioned
    assert read(gateway, chat=private, mentioned=...).message.mentioned
    assert not read(gateway, mentioned=...).message.mentioned


def test_a_person_and_a_chat_of_the_same_id_are_two(gateway: GatewayChannel) -> None:
    message = read(
        gateway, chat={"id": "same", "type": "private"}, **{"from": {"id": "same"}}
    ).message

    assert message.sender != message.chat


@pytest.mark.parametrize(
    ("changes", "kind", "text"),
    [
        ({"type": "voice", "text": "他让我转账"}, "voice", "他让我转账"),
        ({"type": "voice", "text": ...}, "voice", ""),
        ({"type": "location", "text": ...}, "location", ""),
        ({"type": "file", "text": ...}, "file", ""),
        ({"type": "video", "text": ...}, "video", ""),
        ({"type": "card", "text": ..., "title": "领红包"}, "card", "领红包"),
        ({"type": "record", "text": ..., "title": "记录", "description": "垫钱"}, "record", "记录\n垫钱"),
        ({"type": "link", "text": ..., "title": "中奖", "url": "http://a.top"}, "text", "中奖\nhttp://a.top"),
        ({"type": "sticker", "text": ...}, "other", ""),
        ({"text": " a\x00b\ud800c "}, "text", "abc"),
        ({"text": ""}, "text", ""),
        ({"unknown_field": [1]}, "text", "群里让我垫钱刷单"),
    ],
)  # fmt: skip
def test_every_kind_is_read(
    gateway: GatewayChannel, changes: dict[str, object], kind: str, text: str
) -> None:
    message = read(gateway, **changes).message

    assert (message.kind, message.text) == (kind, text)


def test_a_picture_comes_as_base64(gateway: GatewayChannel) -> None:
    incoming = read(gateway, type="image", text=..., image=PIXEL)

    assert [picture.data for picture in incoming.pictures] == [b"a picture"]
    assert "a picture" not in repr(incoming)


@pytest.mark.parametrize("left_out", [..., None])
def test_a_picture_that_could_not_be_made_small_enough_is_left_out(
    gateway: GatewayChannel, left_out: object
) -> None:
    incoming = read(gateway, type="image", text="这是真的吗", image=left_out)

    assert incoming.pictures == ()
    assert (incoming.message.text, incoming.message.trouble) == ("这是真的吗", "too_large")


@pytest.mark.parametrize(
    "changes",
    [
        {"id": ...}, {"id": ""}, {"id": 7}, {"id": "x" * 129}, {"id": "a\nb\x00"}, {"id": "\ud800"},
        {"chat": ...}, {"chat": "room"}, {"chat": {"id": "r"}}, {"chat": {"id": "r", "type": "x"}},
        {"chat": {"id": "r", "type": ["group"]}}, {"chat": {"type": "group"}},
        {"from": ...}, {"from": {"id": None}}, {"from": []},
        {"type": ...}, {"type": 1}, {"type": ""},
        {"text": ...}, {"text": 5}, {"text": ["x"]}, {"text": "骗" * 20_001},
        {"mentioned": "true"}, {"mentioned": 1}, {"mentioned": None},
        {"type": "image", "image": ""}, {"type": "image", "image": "*"},
        {"type": "image", "image": 5},
    ],
)  # fmt: skip
def test_what_is_not_as_agreed_is_refused_as_such(
    gateway: GatewayChannel, changes: dict[str, object]
) -> None:
    with pytest.raises(Refused) as refusal:
        gateway.read(post(**changes), NOW)
    assert refusal.value.status == 400


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"null", b"{", b"\xff", b"\xef\xbb\xbf{}", b"[" * 50_000, b'{"id":' + b"9" * 5000 + b"}",
        b'{"id":"a","id":"b"}', b'{"chat":{"id":"a","id":"b"}}',
    ],
)  # fmt: skip
def test_a_body_that_is_no_one_object_is_refused(gateway: GatewayChannel, body: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        gateway.read(signed(body), NOW)
    assert refusal.value.status == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Signature": "0" * 64},
        {"X-Signature": ""},
        {"X-Signature": "签名"},
        {"X-Nonce": "another"},
        {"X-Nonce": ""},
        {"X-Nonce": "a b"},
        {"X-Timestamp": "1"},
        {"X-Timestamp": str(int(NOW.timestamp()) + 1)},
    ],
)
def test_another_signature_is_refused(gateway: GatewayChannel, headers: dict[str, str]) -> None:
    request = signed(json.dumps(SOUND).encode(), **headers)

    with pytest.raises(Refused) as refusal:
        gateway.read(request, NOW)
    assert refusal.value.status == 403


def test_a_changed_body_or_another_secret_is_refused(
    gateway: GatewayChannel, pseudonym: Pseudonyms
) -> None:
    request = post()
    changed = RawRequest("POST", (), request.body + b" ", request.headers)
    stranger = GatewayChannel(GatewayAccount("district", SECRET + "x"), pseudonym)

    for channel, asked in ((gateway, changed), (stranger, request)):
        with pytest.raises(Refused, match="签名"):
            channel.read(asked, NOW)


def test_a_signature_in_capitals_is_the_same_signature(gateway: GatewayChannel) -> None:
    request = post()
    capitals = tuple(
        (name, value.upper() if name == "X-Signature" else value) for name, value in request.headers
    )

    incoming = gateway.read(RawRequest("POST", (), request.body, capitals), NOW)

    assert isinstance(incoming, Incoming)
    assert incoming.signature == read(gateway).signature


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_stale_or_future_request_is_refused(gateway: GatewayChannel, seconds: int) -> None:
    with pytest.raises(Refused, match="时钟"):
        gateway.read(post(), NOW + timedelta(seconds=seconds))


def test_looking_with_a_browser_shows_nothing(gateway: GatewayChannel) -> None:
    with pytest.raises(Refused) as refusal:
        gateway.read(RawRequest("GET", (), b""), NOW)
    assert refusal.value.status == 400


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply("先别转", "scam"), {"reply": "先别转", "verdict": "scam", "silent": False}),
        (Reply(None, "off_topic"), {"reply": None, "verdict": "off_topic", "silent": True}),
        (
            Reply("像哪种？", "unknown", (Choice("1:a", "甲"),)),
            {"reply": "像哪种？", "verdict": "unknown", "silent": False},
        ),
    ],
)
def test_the_answer_has_the_three_fields(
    gateway: GatewayChannel, reply: Reply, expected: dict[str, object]
) -> None:
    response = gateway.write(read(gateway), reply, NOW)

    assert json.loads(response.body) == expected
    assert response.content_type == "application/json"


def test_an_account_without_secret_does_not_start(pseudonym: Pseudonyms) -> None:
    with pytest.raises(ValueError, match="secret"):
        GatewayChannel(GatewayAccount("district", " "), pseudonym)
