"""A running fake platform for the tests of this folder, and people to talk to it."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from threading import Thread
from typing import Any

import httpx
import pytest
from flask import Flask, request
from wechatpy import parse_message
from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.replies import create_reply
from wechatpy.utils import WeChatSigner, check_signature
from werkzeug.serving import WSGIRequestHandler, make_server

from bot.clock import FixedClock
from bot.platform.server import FakePlatform
from bot.platform.settings import CustomerGroup, PlatformSettings

KEY = "key-hengda"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 23, 1, 0, tzinfo=UTC))


@pytest.fixture
def settings() -> PlatformSettings:
    return PlatformSettings(
        robots={KEY: "hengda-finance", "key-other": "other"},
        customer_groups={
            "wrJinxiu": CustomerGroup("jinxiu-garden", "zhang"),
            "wrLanting": CustomerGroup("lanting", "zhang"),
            "wrHeping": CustomerGroup("heping", "li"),
        },
        names={"hengda-finance": "恒达公司财务群", "jinxiu-garden": "锦绣花园业主群"},
        robot_in_flight=None,
        callback_timeout=0.3,
    )


class Running:
    """A started platform with a client that speaks to it."""

    def __init__(self, platform: FakePlatform) -> None:
        self.platform = platform
        self.url = platform.start()
        self.client = httpx.Client(
            base_url=self.url,
            trust_env=False,
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def robot(self, body: object, key: str = KEY, **options: Any) -> int:
        """Post a robot's message; its errcode."""
        address = f"/cgi-bin/webhook/send?key={key}"
        return self.client.post(address, json=body, **options).json()["errcode"]

    def say(self, text: str, key: str = KEY, **options: Any) -> int:
        return self.robot({"msgtype": "text", "text": {"content": text}}, key, **options)

    def stop(self) -> None:
        self.client.close()
        self.platform.stop()


@pytest.fixture
def start(clock: FixedClock, settings: PlatformSettings) -> Iterator[Callable[..., Running]]:
    """Start a platform with some settings changed."""
    started: list[Running] = []

    def begin(**changes: Any) -> Running:
        started.append(Running(FakePlatform(replace(settings, **changes), clock)))
        return started[-1]

    yield begin
    for running in started:
        running.stop()


@pytest.fixture
def running(start: Callable[..., Running]) -> Running:
    return start()


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture
def serve() -> Iterator[Callable[[Flask], str]]:
    """Serve a small app on loopback; its address."""
    servers: list[tuple[Any, Thread]] = []

    def begin(app: Flask) -> str:
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield begin
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


class EchoBot:
    """A bot of its own making: opens envelopes with wechatpy, answers ``answer(text)``.

    ``answer`` may return None (silence). ``misbehave(n)`` may return a raw answer to the n-th
    callback. ``requests`` are the queries it was sent, ``bodies`` the raw bodies, ``plain`` the
    messages inside.
    """

    def __init__(self, settings: PlatformSettings) -> None:
        self.settings = settings
        self.answer: Callable[[str], str | None] = lambda text: f"收到：{text}"
        self.misbehave: Callable[[int], Any] = lambda number: None
        self.requests: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.plain: list[str] = []
        self.app = Flask("echo")
        self.app.add_url_rule("/callback/mp/demo", "mp", self._mp, methods=["GET", "POST"])
        self.app.add_url_rule("/callback/aibot/demo", "aibot", self._aibot, methods=["GET", "POST"])

    def _note(self) -> Any:
        self.requests.append(request.args.to_dict())
        self.bodies.append(request.get_data())
        return self.misbehave(len(self.requests))

    def _mp(self) -> Any:
        account, query = self.settings.mp, request.args.to_dict()
        check_signature(account.token, query["signature"], query["timestamp"], query["nonce"])
        if request.method == "GET":
            return query["echostr"]
        odd = self._note()
        if odd is not None:
            return odd
        crypto = WeChatCrypto(account.token, account.aes_key, account.app_id)
        body, sealed = request.get_data(), query.get("encrypt_type") == "aes"
        if sealed:
            signed = (query["msg_signature"], query["timestamp"], query["nonce"])
            body = crypto.decrypt_message(body, *signed)
        self.plain.append(body if isinstance(body, str) else body.decode())
        message = parse_message(body)
        text = self.answer(_said(message))
        if text is None:
            return "success"
        xml = create_reply(text, message).render()
        return crypto.encrypt_message(xml, query["nonce"], query["timestamp"]) if sealed else xml

    def _aibot(self) -> Any:
        account, query = self.settings.aibot, request.args.to_dict()
        crypto = WeChatCrypto(account.token, account.aes_key, "")
        sealed = query["echostr"] if request.method == "GET" else request.get_json()["encrypt"]
        signed = (query["msg_signature"], query["timestamp"], query["nonce"])
        plain = crypto.decrypt_message({"Encrypt": sealed}, *signed)
        plain = plain if isinstance(plain, str) else plain.decode()
        if request.method == "GET":
            return plain
        odd = self._note()
        if odd is not None:
            return odd
        self.plain.append(plain)
        reply = self._aibot_reply(json.loads(plain))
        return "" if reply is None else self.seal(reply, query["nonce"])

    def seal(self, reply: object, nonce: str) -> dict[str, Any]:
        """A smart bot's reply in its envelope."""
        account = self.settings.aibot
        crypto = WeChatCrypto(account.token, account.aes_key, "")
        text = json.dumps(reply, ensure_ascii=False)
        encrypted = PrpCrypto(crypto.key).encrypt(text, "").decode()
        signer = WeChatSigner()
        signer.add_data(account.token, "1790000000", nonce, encrypted)
        return {
            "encrypt": encrypted,
            "msgsignature": signer.signature,
            "timestamp": 1790000000,
            "nonce": nonce,
        }

    def _aibot_reply(self, message: dict[str, Any]) -> dict[str, Any] | None:
        if message["msgtype"] == "event" and message["event"]["eventtype"] != "enter_chat":
            card = CARD["template_card"] | {"sub_title_text": "您选了第 1 种"}
            return {"response_type": "update_template_card", "template_card": card}
        if message["msgtype"] == "event":
            return {"msgtype": "text", "text": {"content": "您好"}}
        if message["msgtype"] == "stream":
            return stream("想好了：先别转账", finish=True)
        if message["msgtype"] == "mixed":
            items = message["mixed"]["msg_item"]
            return stream(f"收到 {len(items)} 样", finish=True)
        content = message["text"]["content"]
        if "选" in content:
            return CARD
        if "慢慢想" in content:
            return stream("正在看…", finish=False)
        text = self.answer(content)
        return None if text is None else stream(text, finish=True)


def _said(message: Any) -> str:
    """What a message comes down to for the echo."""
    if message.type == "text":
        return str(message.content)
    if message.type == "voice":
        return f"听到 {message.recognition}"
    if message.type == "image":
        return "图片"
    if message.type != "event":
        return f"a {message.type}"
    return f"click {message.key}" if message.event == "click" else str(message.event)


CARD: dict[str, Any] = {
    "msgtype": "template_card",
    "template_card": {
        "card_type": "button_interaction",
        "main_title": {"title": "哪一种最像？"},
        "task_id": "t1",
        "button_list": [{"text": "像第 1 种", "key": "1:a"}, {"text": "像第 2 种", "key": "2:a"}],
    },
}


def stream(content: str, finish: bool) -> dict[str, Any]:
    return {"msgtype": "stream", "stream": {"id": "s1", "finish": finish, "content": content}}


@pytest.fixture
def connect(serve: Callable[[Flask], str]) -> Callable[[Running], EchoBot]:
    """Start an echo bot and point a platform's callbacks at it."""

    def begin(running: Running) -> EchoBot:
        bot = EchoBot(running.platform.settings)
        running.platform.bot.url = serve(bot.app)
        return bot

    return begin


@pytest.fixture
def echo(connect: Callable[[Running], EchoBot], running: Running) -> EchoBot:
    return connect(running)
