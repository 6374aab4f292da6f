"""The platform's side, played by wechatpy and not by the code under test."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import xmltodict
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner

from bot.channels.aibot import AibotChannel
from bot.channels.base import RawRequest, RawResponse
from bot.channels.mp import MpChannel
from bot.config import AibotAccount, MpAccount, MpMode
from bot.privacy import Pseudonyms

TOKEN = "FraudBotToken2026"
AES_KEY = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY"
APP_ID = "wx1a2b3c4d5e6f7a8b"


@dataclass
class Platform:
    """Signs, encrypts and opens as WeChat does."""

    receive_id: str
    moment: int = 1790000100
    nonce: str = "778899"
    _crypto: WeChatCrypto = field(init=False)

    def __post_init__(self) -> None:
        self._crypto = WeChatCrypto(TOKEN, AES_KEY, self.receive_id)

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.moment, UTC)

    def sign(self, *parts: str) -> str:
        signer = WeChatSigner()
        signer.add_data(TOKEN, *parts)
        return str(signer.signature)

    def encrypt(self, message: str) -> str:
        sealed = self._crypto.encrypt_message(message, self.nonce, str(self.moment))
        return str(xmltodict.parse(sealed)["xml"]["Encrypt"])

    def signed(self, **more: str) -> tuple[tuple[str, str], ...]:
        """The query of plain mode and of the address check."""
        stamp = (str(self.moment), self.nonce)
        values = {"signature": self.sign(*stamp), "timestamp": stamp[0], "nonce": stamp[1]}
        return tuple((values | more).items())

    def sealed_query(self, encrypted: str, **more: str) -> tuple[tuple[str, str], ...]:
        """The query that vouches for a ciphertext."""
        stamp = (str(self.moment), self.nonce)
        values = {
            "msg_signature": self.sign(*stamp, encrypted),
            "timestamp": stamp[0],
            "nonce": stamp[1],
        }
        return tuple((values | more).items())

    def plain_post(self, document: str | bytes, **more: str) -> RawRequest:
        body = document.encode() if isinstance(document, str) else document
        return RawRequest("POST", self.signed(openid="oTEST1", **more), body)

    def sealed_post(self, document: str, own_id: str = "gh_0123456789ab") -> RawRequest:
        encrypted = self.encrypt(document)
        query = self.sealed_query(
            encrypted,
            signature=self.sign(str(self.moment), self.nonce),
            openid="oTEST1",
            encrypt_type="aes",
        )
        body = (
            f"<xml><ToUserName><![CDATA[{own_id}]]></ToUserName>"
            f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
        )
        return RawRequest("POST", query, body.encode())

    def bot_post(self, message: dict[str, Any] | str) -> RawRequest:
        text = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
        encrypted = self.encrypt(text)
        body = json.dumps({"encrypt": encrypted}).encode()
        return RawRequest("POST", self.sealed_query(encrypted), body)

    def open_xml(self, response: RawResponse) -> dict[str, str]:
        """The reply a resident's phone would show, after the platform's own checks."""
        envelope = xmltodict.parse(response.body.decode())["xml"]
        opened = self._crypto.decrypt_message(
            response.body.decode(),
            envelope["MsgSignature"],
            envelope["TimeStamp"],
            envelope["Nonce"],
        )
        fields: dict[str, str] = xmltodict.parse(opened)["xml"]
        return fields

    def open_json(self, response: RawResponse) -> dict[str, Any]:
        envelope = json.loads(response.body)
        opened = self._crypto.decrypt_message(
            {"Encrypt": envelope["encrypt"]},
            envelope["msgsignature"],
            str(envelope["timestamp"]),
            envelope["nonce"],
        )
        answer: dict[str, Any] = json.loads(opened)
        return answer


@pytest.fixture
def platform() -> Platform:
    return Platform(APP_ID)


@pytest.fixture
def bot_platform() -> Platform:
    return Platform("")


@pytest.fixture(scope="session")
def pseudonym() -> Pseudonyms:
    return Pseudonyms("k" * 32)


@pytest.fixture(scope="session")
def mp_account() -> Any:
    """Makes accounts of any mode."""

    def make(mode: MpMode = "aes", **changes: str) -> MpAccount:
        values = {"account": "demo", "app_id": APP_ID, "token": TOKEN, "aes_key": AES_KEY} | changes
        return MpAccount(mode=mode, **values)

    return make


@pytest.fixture
def mp(mp_account: Any, pseudonym: Pseudonyms) -> MpChannel:
    return MpChannel(mp_account("aes"), pseudonym)


@pytest.fixture
def mp_plain(mp_account: Any, pseudonym: Pseudonyms) -> MpChannel:
    return MpChannel(mp_account("plain"), pseudonym)


@pytest.fixture
def aibot(pseudonym: Pseudonyms) -> AibotChannel:
    return AibotChannel(AibotAccount("demo", TOKEN, AES_KEY), pseudonym)
