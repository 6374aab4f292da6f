"""The vendor's own SDKs from npm sign, encrypt and open what the running bot takes and says."""

from __future__ import annotations

import base64
import json
import re
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.channels.crypto import MessageCipher
from bot.config import DEMO_CORP_ID, DEMO_SECRETS
from bot.platform.envelope import encrypt_media
from tests.journeys.program import Program

NPM = Path(__file__).resolve().parents[1] / "npm"
Order = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.skipif(
    shutil.which("npm") is None, reason="node and npm are not installed"
)


@pytest.fixture(scope="module")
def order(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Order]:
    """Give the client in tests/npm an order; the SDKs are those of its lock file."""
    folder = tmp_path_factory.mktemp("npm")
    for name in ("package.json", "package-lock.json", "client.cjs"):
        shutil.copy(NPM / name, folder / name)
    subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=100,
    )
    client = subprocess.Popen(
        ["node", "client.cjs"],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert client.stdin is not None
    assert client.stdout is not None

    def give(**fields: Any) -> dict[str, Any]:
        assert client.stdin is not None
        assert client.stdout is not None
        client.stdin.write(json.dumps(fields) + "\n")
        client.stdin.flush()
        answer: dict[str, Any] = json.loads(client.stdout.readline())
        assert "error" not in answer, answer
        return answer

    yield give
    client.stdin.close()
    client.stdout.close()
    client.wait(timeout=10)


def bot_order(demo: Program, sdk: str) -> dict[str, str]:
    return {
        "sdk": sdk,
        "url": f"{demo.url}/callback/aibot/demo",
        "token": DEMO_SECRETS["AIBOT_TOKEN"],
        "aesKey": DEMO_SECRETS["AIBOT_AES_KEY"],
        "receiveId": "",
    }


def app_order(demo: Program, sdk: str) -> dict[str, str]:
    return {
        "sdk": sdk,
        "url": f"{demo.url}/callback/wecom/station",
        "token": DEMO_SECRETS["WECOM_TOKEN"],
        "aesKey": DEMO_SECRETS["WECOM_AES_KEY"],
        "receiveId": DEMO_CORP_ID,
    }


SDKS = pytest.mark.parametrize("sdk", ["crypto", "aibot"])
ORDERS = pytest.mark.parametrize("account", [bot_order, app_order])


@SDKS
@ORDERS
def test_the_consoles_check_of_the_address_passes(
    demo: Program, order: Order, sdk: str, account: Callable[..., dict[str, str]]
) -> None:
    answer = order(**account(demo, sdk), echo="1616140317555161061")

    assert answer == {"status": 200, "plain": "1616140317555161061"}


@SDKS
def test_a_smart_bots_member_is_answered(demo: Program, order: Order, sdk: str) -> None:
    message = {
        "msgid": f"CAIQ{secrets.token_hex(8)}",
        "aibotid": "AIBOTDEMO0001",
        "chattype": "single",
        "from": {"userid": f"u-{sdk}"},
        "msgtype": "text",
        "text": {"content": "公安局让我把钱转到安全账户"},
    }
    plain = json.dumps(message, ensure_ascii=False)
    first, again = (order(**bot_order(demo, sdk), plain=plain) for _ in range(2))

    assert first["status"] == 200
    stream = json.loads(first["plain"])["stream"]
    assert stream["finish"] is True
    assert "110" in stream["content"]
    assert json.loads(again["plain"]) == json.loads(first["plain"])


@SDKS
def test_an_apps_member_is_answered(demo: Program, order: Order, sdk: str) -> None:
    plain = (
        f"<xml><ToUserName><![CDATA[{DEMO_CORP_ID}]]></ToUserName>"
        f"<FromUserName><![CDATA[m-{sdk}]]></FromUserName><CreateTime>{int(time.time())}</CreateTime>"
        "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[让我垫钱刷单返利]]></Content>"
        f"<MsgId>{secrets.randbelow(10**15)}</MsgId><AgentID>1000002</AgentID></xml>"
    )

    answer = order(**app_order(demo, sdk), plain=plain)

    assert answer["status"] == 200
    assert re.search(rf"<ToUserName><!\[CDATA\[m-{sdk}\]\]>", answer["plain"])
    assert "诈骗" in answer["plain"]


@pytest.mark.parametrize("size", [0, 1, 15, 16, 31, 32, 100_000])
def test_pictures_are_sealed_as_the_sdk_opens_them(order: Order, size: int) -> None:
    """The fake platform seals, the SDK and the bot's own channel open: three programs agree."""
    key, picture = DEMO_SECRETS["AIBOT_AES_KEY"], secrets.token_bytes(size)
    sealed = encrypt_media(key, picture)

    opened = order(sdk="aibot", aesKey=key, media=base64.b64encode(sealed).decode())

    assert base64.b64decode(opened["media"]) == picture
    assert MessageCipher(key, "").decrypt_media(sealed) == picture
