"""Whoever holds the signature may send anything: it is refused or answered, never an error."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.aibot import AibotChannel
from bot.channels.base import Channel, Incoming, RawRequest, Refused
from bot.channels.mp import MpChannel
from bot.clock import FixedClock
from bot.web import Pages, Readiness, create_app

FEW = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])

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
    st.sampled_from(["text", "event", "stream", "mixed", "group", "enter_chat", "u1"]),
)  # fmt: skip
KEYS = st.sampled_from(
    ["msgid", "chatid", "chattype", "from", "userid", "msgtype", "text", "content", "mixed",
     "msg_item", "voice", "quote", "event", "eventtype", "stream", "id"]
)  # fmt: skip
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=6)),
    max_leaves=20,
)


def survives(channel: Channel, request: RawRequest, platform: Any) -> None:
    with suppress(Refused):
        incoming = channel.read(request, platform.now)
        if isinstance(incoming, Incoming):
            incoming.message.text.encode()
            channel.write(incoming, incoming.message.text, platform.now)


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


@pytest.fixture
def post(mp_plain: MpChannel, platform: Any) -> Callable[[bytes], int]:
    """Posts signed bytes through the whole web application; the status."""
    app = create_app(
        [mp_plain],
        lambda incoming: incoming.message.text,
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
