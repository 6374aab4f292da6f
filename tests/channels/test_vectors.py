"""Every vector of tests/data/vectors (made by other implementations) through our code."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.channels.aibot import AibotChannel
from bot.channels.base import Incoming, RawRequest, RawResponse, Refused
from bot.channels.crypto import MessageCipher
from bot.channels.mp import MpChannel
from bot.channels.signing import Signer, read_parameters, read_stamp
from bot.channels.wecom import WecomChannel
from bot.config import AibotAccount, MpAccount, WecomAccount
from bot.privacy import Pseudonyms

Vector = dict[str, Any]
FOLDER = Path(__file__).parents[1] / "data" / "vectors"


def load(*names: str) -> list[Any]:
    return [
        pytest.param(vector, id=f"{name}:{vector['name']}")
        for name in names
        for vector in json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    ]


DECIDED = {
    # Refused: an AES channel of a smart bot expects an empty id, and exactly that.
    "wrong-receive-id-expected-empty": "refuse",
    # Taken: the signature already proves the sender, and the vendor's own libraries take it.
    "padding-to-16-not-32": "take",
    # Taken: only the 16 random bytes come out wrong, so nobody can see it.
    "zero-iv": "take",
    # Refused by the strict forms of timestamp and nonce.
    "signature-valid-timestamp-and-nonce-swapped": "refuse",
    "signature-valid-digits-moved": "refuse",
    "signature-valid-nonce-empty": "refuse",
}


def verify_and_decrypt(vector: Vector) -> str:
    """What every encrypted channel does with a request, under the vector's own clock."""
    cipher = MessageCipher(vector["aes_key"], vector["receive_id"])
    query = (("timestamp", vector["timestamp"]), ("nonce", vector["nonce"]))
    stamp = read_stamp(read_parameters(query), clock_of(vector))
    encrypted = vector["encrypted"]
    Signer(vector["token"]).check(vector["signature"], stamp.timestamp, stamp.nonce, encrypted)
    return cipher.decrypt(encrypted)


def clock_of(vector: Vector) -> datetime:
    """The vector's own time; for a malformed one the time at which it was made."""
    written = vector["timestamp"]
    return datetime.fromtimestamp(int(written) if len(written) == 10 else 1790003000, UTC)


@pytest.mark.parametrize("vector", load("official-account-signature"))
def test_a_published_three_part_signature_is_accepted(vector: Vector) -> None:
    signer = Signer(vector["token"])

    signer.check(vector["signature"], vector["timestamp"], vector["nonce"])
    with pytest.raises(Refused):
        signer.check(vector["signature"], vector["timestamp"], vector["nonce"] + "0")


@pytest.mark.parametrize("vector", load("official-account-aes", "wecom-app", "wecom-bot"))
def test_a_sound_ciphertext_opens_and_is_made_again_byte_for_byte(vector: Vector) -> None:
    assert verify_and_decrypt(vector) == vector["plain"]

    cipher = MessageCipher(
        vector["aes_key"], vector["receive_id"], lambda _: bytes.fromhex(vector["random_hex"])
    )
    assert cipher.encrypt(vector["plain"]) == vector["encrypted"]


@pytest.mark.parametrize("vector", load("wecom-media"))
def test_a_downloaded_file_opens(vector: Vector) -> None:
    cipher = MessageCipher(vector["aes_key"], "")

    assert cipher.decrypt_media(base64.b64decode(vector["encrypted"])) == vector["plain"].encode()


@pytest.mark.parametrize("vector", load("negative"))
def test_an_unsound_vector_is_refused_or_taken_as_decided(vector: Vector) -> None:
    decision = DECIDED[vector["name"]] if vector["expect"] == "either" else "refuse"

    if decision == "take":
        assert verify_and_decrypt(vector)
        return
    expected = ValueError if vector["error"] == "bad_config" else Refused
    with pytest.raises(expected):
        verify_and_decrypt(vector)


@pytest.mark.parametrize(
    "vector", [p for p in load("negative") if p.values[0]["error"] != "bad_config"]
)
def test_no_unsound_vector_becomes_a_message(vector: Vector, pseudonym: Pseudonyms) -> None:
    channel, request = as_request(vector, pseudonym)

    with pytest.raises(Refused) as refusal:
        channel.read(request, clock_of(vector))
    assert refusal.value.status in (400, 403)


@pytest.mark.parametrize(
    "name", ["text-ascii", "text-chinese-and-emoji", "event-subscribe", "voice-with-recognition",
             "blog-capture-secure-push", "open-platform-doc-push-xml"],
)  # fmt: skip
def test_an_official_account_push_becomes_a_message(name: str, pseudonym: Pseudonyms) -> None:
    vector = find("official-account-aes", name)
    channel, request = as_request(vector, pseudonym)

    incoming = channel.read(request, clock_of(vector))

    assert isinstance(incoming, Incoming)
    assert incoming.message.text in vector["plain"]


@pytest.mark.parametrize("name", ["aibot-text-single", "aibot-text-group-with-quote"])
def test_a_smart_bot_push_becomes_a_message(name: str, pseudonym: Pseudonyms) -> None:
    vector = find("wecom-bot", name)
    channel, request = as_request(vector, pseudonym)

    incoming = channel.read(request, clock_of(vector))

    assert isinstance(incoming, Incoming)
    assert incoming.message.kind == "text"


@pytest.mark.parametrize("name", ["aibot-verify-url-echostr", "group-robot-demo-verify-url"])
def test_a_smart_bot_address_check_is_answered_with_the_decrypted_text(
    name: str, pseudonym: Pseudonyms
) -> None:
    vector = find("wecom-bot", name)
    channel, post = as_request(vector, pseudonym)

    answer = channel.read(
        RawRequest("GET", (*post.query, ("echostr", vector["encrypted"])), b""), clock_of(vector)
    )

    assert answer == RawResponse(200, vector["plain"].encode())


def test_an_old_vector_is_refused_under_todays_clock(pseudonym: Pseudonyms) -> None:
    channel, request = as_request(find("official-account-aes", "text-ascii"), pseudonym)

    with pytest.raises(Refused, match="时钟"):
        channel.read(request, datetime(2026, 11, 24, tzinfo=UTC))


def find(file: str, name: str) -> Vector:
    return next(p.values[0] for p in load(file) if p.values[0]["name"] == name)


def as_request(
    vector: Vector, pseudonym: Pseudonyms
) -> tuple[MpChannel | AibotChannel, RawRequest]:
    """The request of README "Using them"; an empty receive_id means a smart bot."""
    query = (
        ("msg_signature", vector["signature"]),
        ("timestamp", vector["timestamp"]),
        ("nonce", vector["nonce"]),
    )
    token, aes_key, encrypted = vector["token"], vector["aes_key"], vector["encrypted"]
    if not vector["receive_id"]:
        bot = AibotChannel(AibotAccount("demo", token, aes_key), pseudonym)
        return bot, RawRequest("POST", query, json.dumps({"encrypt": encrypted}).encode())
    account = MpAccount("demo", vector["receive_id"], token, "aes", aes_key)
    body = (
        "<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName>"
        f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    )
    return MpChannel(account, pseudonym), RawRequest(
        "POST", (*query, ("encrypt_type", "aes")), body.encode()
    )


@pytest.mark.parametrize(
    "vector", [p for p in load("wecom-app") if p.values[0]["name"] != "reply-text"]
)
def test_a_wecom_app_vector_is_read_by_its_channel(vector: Vector, pseudonym: Pseudonyms) -> None:
    account = WecomAccount("station", vector["receive_id"], "", vector["token"], vector["aes_key"])
    channel = WecomChannel(account, pseudonym)
    query = tuple(
        {
            "msg_signature": vector["signature"],
            "timestamp": vector["timestamp"],
            "nonce": vector["nonce"],
        }.items()
    )
    if vector["plain"].startswith("<xml>"):
        body = f"<xml><Encrypt><![CDATA[{vector['encrypted']}]]></Encrypt></xml>".encode()
        request = RawRequest("POST", query, body)
    else:
        request = RawRequest("GET", (*query, ("echostr", vector["encrypted"])), b"")

    answer = channel.read(request, clock_of(vector))

    if isinstance(answer, Incoming):
        assert answer.message.text in vector["plain"]
    elif request.method == "GET":
        assert answer.body.decode() == vector["plain"]
    else:
        assert answer == RawResponse(200)
