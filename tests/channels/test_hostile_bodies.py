"""Whoever holds the signature may send anything: it is refused or answered, never an error."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.aibot import AibotChannel
from bot.channels.base import Channel, Incoming, RawRequest, Refused
from bot.channels.gateway import GatewayChannel
from bot.channels.mp import MpChannel
from bot.channels.wecom import WecomChannel
from bot.clock import FixedClock
from bot.config import GatewayAccount, WecomAccount
from bot.privacy import Pseudonyms
from bot.types import Reply
from bot.web import Pages, Readiness, create_app

APP_ID = "wx1a2b3c4d5e6f7a8b"
FEW = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

NAMES = st.sampled_from(
    ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Content", "MsgId", "Event",
     "EventKey", "MsgID", "Ticket", "Recognition", "Title", "Encrypt", "Status", "x"]
)  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(["text", "voice", "image", "link", "event", "device_event", "subscribe", "SCAN",
                     "LOCATION", "qrscene_1", "oTEST1", "<b>x</b>", "<![CDATA[]]>", "&amp;", "&x;"]),
    st.text(max_size=20),
)  # fmt: skip
DOCUMENTS = st.lists(st.tuples(NAMES, VALUES), max_size=9).map(
    lambda fields: (
        "<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName>"
        + "".join(f"<{name}>{value}</{name}>" for name, value in fields)
        + "</xml>"
    )
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12),
    st.sampled_from(["text", "event", "stream", "mixed", "group", "enter_chat", "u1", "image",
                     "template_card_event", "feedback_event", "MTIz"]),
)  # fmt: skip
KEYS = st.sampled_from(
    ["msgid", "chatid", "chattype", "from", "userid", "msgtype", "text", "content", "mixed",
     "msg_item", "voice", "quote", "event", "eventtype", "stream", "id", "image", "url",
     "template_card_event", "feedback_event", "event_key", "task_id", "type"]
)  # fmt: skip
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=6)),
    max_leaves=20,
)

GATEWAY_TREES = st.dictionaries(
    st.sampled_from(["id", "chat", "from", "type", "text", "mentioned", "image", "title", "url"]),
    st.one_of(
        SCALARS,
        st.sampled_from(["image", "voice", "card", "QUJD"]),
        st.dictionaries(st.sampled_from(["id", "type"]), SCALARS, max_size=2),
    ),
    max_size=9,
).map(lambda tree: {"id": "m", "chat": {"id": "c", "type": "group"}, "from": {"id": "p"}} | tree)


def survives(channel: Channel, request: RawRequest, platform: Any) -> None:
    with suppress(Refused):
        incoming = channel.read(request, platform.now)
        if isinstance(incoming, Incoming):
            incoming.message.text.encode()
            channel.write(incoming, Reply(incoming.message.text), platform.now)


@FEW
@given(body=st.binary(max_size=300))
def test_any_bytes_under_a_valid_signature(mp_plain: MpChannel, platform: Any, body: bytes) -> None:
    survives(mp_plain, platform.plain_post(body), platform)


@FEW
@given(document=DOCUMENTS)
def test_any_elements_in_plain_mode(mp_plain: MpChannel, platform: Any, document: str) -> None:
    body = document.encode("utf-8", "surrogatepass")
    survives(mp_plain, platform.plain_post(body), platform)


@FEW
@given(document=st.one_of(DOCUMENTS, st.text(max_size=100)))
def test_any_text_inside_a_sound_envelope(mp: MpChannel, platform: Any, document: str) -> None:
    survives(mp, platform.sealed_post(document.encode("utf-8", "replace").decode()), platform)


@FEW
@given(tree=TREES, group=st.booleans())
def test_any_object_for_the_smart_bot(
    aibot: AibotChannel, bot_platform: Any, tree: Any, group: bool
) -> None:
    sound: dict[str, Any] = {"msgid": "m", "from": {"userid": "u"}, "msgtype": "text"}
    if group:
        sound |= {"chattype": "group", "chatid": "c"}
    message = sound | tree if isinstance(tree, dict) else tree
    survives(aibot, bot_platform.bot_post(json.dumps(message)), bot_platform)


@FEW
@given(document=st.one_of(DOCUMENTS, st.text(max_size=100)))
def test_any_text_for_the_wecom_app(wecom: WecomChannel, platform: Any, document: str) -> None:
    own = document.replace("gh_1", APP_ID).encode("utf-8", "replace").decode()
    encrypted = platform.encrypt(own)
    body = f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()
    survives(wecom, RawRequest("POST", platform.sealed_query(encrypted), body), platform)


@FEW
@given(
    body=st.one_of(
        st.binary(max_size=300),
        GATEWAY_TREES.map(lambda tree: json.dumps(tree).encode()),
    )
)
def test_anything_signed_for_the_gateway(
    gateway: GatewayChannel, platform: Any, body: bytes
) -> None:
    survives(gateway, sign_for_gateway(body, platform.now), platform)


def sign_for_gateway(body: bytes, now: datetime) -> RawRequest:
    stamp = str(int(now.timestamp()))
    signature = hmac.new(b"s" * 16, f"{stamp}\nn\n".encode() + body, "sha256").hexdigest()
    headers = {"X-Timestamp": stamp, "X-Nonce": "n", "X-Signature": signature}
    return RawRequest("POST", (), body, tuple(headers.items()))


@pytest.fixture
def wecom(mp_account: Any, pseudonym: Pseudonyms) -> WecomChannel:
    same = mp_account()
    return WecomChannel(WecomAccount("s", same.app_id, "", same.token, same.aes_key), pseudonym)


@pytest.fixture
def gateway(pseudonym: Pseudonyms) -> GatewayChannel:
    return GatewayChannel(GatewayAccount("d", "s" * 16), pseudonym)


@pytest.fixture
def post(mp_plain: MpChannel, platform: Any) -> Callable[[bytes], int]:
    """Posts signed bytes through the whole web application; the status."""
    app = create_app(
        [mp_plain],
        lambda incoming: Reply(incoming.message.text),
        Pages(lambda: Readiness(True)),
        FixedClock(platform.now),
    )
    client = app.test_client()

    def send(body: bytes) -> int:
        query = dict(platform.signed())
        return client.post(mp_plain.address, query_string=query, data=body).status_code

    return send


@FEW
@given(
    body=st.one_of(
        st.binary(max_size=300), DOCUMENTS.map(lambda text: text.encode("utf-8", "replace"))
    )
)
def test_any_signed_bytes_through_the_web_never_give_a_500(
    post: Callable[[bytes], int], body: bytes
) -> None:
    assert post(body) in (200, 400, 403)


def test_a_sound_message_through_the_same_way_is_answered(post: Callable[[bytes], int]) -> None:
    sound = (
        b"<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName>"
        b"<MsgType>text</MsgType><Content>x</Content></xml>"
    )

    assert post(sound) == 200
