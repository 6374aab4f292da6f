"""Every way in over running processes: pictures, repetitions over two web processes, restarts."""

from __future__ import annotations

import base64
import io
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from PIL import Image

from bot.clock import SystemClock
from bot.config import DEMO_SECRETS
from bot.pictures.wire import socket_of
from bot.platform.callbacks import Bot
from bot.platform.customer_service import CustomerService
from bot.platform.ledger import Ledger
from bot.platform.media import Media
from bot.platform.official_account import OfficialAccount
from bot.platform.settings import PlatformSettings
from bot.platform.smart_bot import SmartBot
from bot.platform.wecom_app import WecomApp
from bot.respond import Base
from tests.journeys.program import ROOT, Program, wait_for
from tests.pictures.drawing import LIGHT, chat, poster
from tools.gateway_client import send

WEB = ("serve", "--role", "web")
SECRET = DEMO_SECRETS["GATEWAY_SECRET"]
QUESTION = "群里让我先垫付300做任务，做完返本金和佣金"


class Ways:
    """Each channel's platform in front of one web process; what its person sees."""

    def __init__(self, url: str) -> None:
        settings, clock, media = PlatformSettings(), SystemClock(), Media()
        self.bot = Bot(url, timeout=5.0, tries=1)
        self._account = OfficialAccount(
            settings.mp, self.bot, clock, CustomerService(clock, Ledger()), media
        )
        self._app = WecomApp(settings.corp, self.bot, clock, media)
        self._smart = SmartBot(settings.aibot, self.bot, clock, Event(), media)
        self._gateway = f"{url}/callback/gateway/demo"
        self.says: dict[str, Callable[[str], str]] = {
            "mp": lambda key: self._shown(self._account.text("o-1", QUESTION, msg_id=key)),
            "wecom": lambda key: self._shown(self._app.text("m-1", QUESTION, msg_id=key)),
            "aibot": lambda key: self._shown(self._smart.single("u-1", QUESTION, msg_id=key)),
            "gateway": self._through_gateway,
        }

    def _through_gateway(self, key: str) -> str:
        answer = send(
            self._gateway,
            SECRET,
            {
                "id": key,
                "chat": {"id": "p-1", "type": "private"},
                "from": {"id": "p-1"},
                "type": "text",
                "text": QUESTION,
            },
        )
        assert answer["silent"] is False
        return f"{answer['verdict']} {answer['reply']}"

    @staticmethod
    def _shown(reply: Any) -> str:
        assert not reply.fault, reply.fault
        return str(reply.text)


MOST = 12


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Program, Program]]:
    """Two web processes, each with an address of its own, over one store."""
    first, second = (Program(tmp_path / name) for name in ("one", "two") if _made(tmp_path / name))
    database = {"url": f"sqlite:///{tmp_path}/bot.db"}
    for program in (first, second):
        program.environment["BOT_ENCODER"] = "off"
        program.configure(database=database, limits={"messages_per_minute": MOST})
        program.start(*WEB)
    for program in (first, second):
        wait_for(lambda: program.answers(f"{program.url}/healthz"), what="it answers")  # noqa: B023
    yield first, second
    first.close()
    second.close()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_a_repeated_message_is_one_answer_on_every_way_over_two_processes_and_a_restart(
    pair: tuple[Program, Program],
) -> None:
    one, _ = pair
    ways = [Ways(program.url) for program in pair]
    keys = {name: str(10**15 + secrets.randbelow(10**15)) for name in ways[0].says}

    first = {name: ways[0].says[name](key) for name, key in keys.items()}
    assert {name: ways[1].says[name](key) for name, key in keys.items()} == first
    one.stop(one._processes[0])
    one.start(*WEB)
    wait_for(lambda: one.answers(f"{one.url}/healthz"), what="it is back")
    assert {name: ways[0].says[name](key) for name, key in keys.items()} == first

    assert all("110" in shown for shown in first.values())
    assert first["gateway"].startswith(("scam ", "emergency "))
    for way in ways:
        way.bot.close()


def test_a_flood_over_two_processes_is_answered_as_often_as_over_one(
    pair: tuple[Program, Program],
) -> None:
    def once(number: int) -> dict[str, Any]:
        message = {
            "id": f"flood-{number}",
            "chat": {"id": "p-flood", "type": "private"},
            "from": {"id": "p-flood"},
            "type": "text",
            "text": QUESTION,
        }
        return send(f"{pair[number % 2].url}/callback/gateway/demo", SECRET, message)

    answers = [once(number) for number in range(3 * MOST)]
    judged = [answer for answer in answers if answer["verdict"] in ("scam", "emergency")]
    # The minute may turn in the middle: what was before it counts for less and less.
    assert MOST <= len(judged) <= MOST + 3
    assert sum("歇一分钟" in (answer["reply"] or "") for answer in answers) == 1
    assert all(answer["silent"] for answer in answers[-MOST:])


def test_the_client_script_prints_the_answer(demo: Program) -> None:
    done = subprocess.run(
        [
            sys.executable,
            str(ROOT / "tools/gateway_client.py"),
            f"{demo.url}/callback/gateway/demo",
            QUESTION,
            "--group",
            "room-1",
            "--mentioned",
        ],
        env=os.environ | {"GATEWAY_SECRET": SECRET},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    answer = json.loads(done.stdout)
    assert done.returncode == 0
    assert answer["verdict"] in ("scam", "emergency")
    assert len(answer["reply"]) <= 120


def test_a_stranger_gets_an_empty_403(demo: Program) -> None:
    answer = demo.http.post(
        f"{demo.url}/callback/gateway/demo",
        content=b"{}",
        headers={"X-Timestamp": "1", "X-Nonce": "n", "X-Signature": "0" * 64},
    )

    assert (answer.status_code, answer.content) == (403, b"")


@pytest.fixture(scope="module")
def seeing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A demo that reads pictures."""
    running = Program(tmp_path_factory.mktemp("seeing"))
    running.environment["BOT_ENCODER"] = "off"
    running.configure(pictures={"read": True})
    running.serve()
    socket = Path(socket_of(running.folder / "data/bot.db"))
    wait_for(socket.exists, what="the reader of pictures")
    yield running
    running.close()


BRUSHING = chat(
    LIGHT, "派单老师", "下一单要先垫付三百，做完三连单", "本金和佣金一起返给你，先充值再提现"
).png()
CODE = poster(LIGHT, "http://10086-jf.top/win", "移动积分到期", "扫码兑换现金").png()


def shown(program: Program, way: str, picture: bytes, **who: str) -> dict[str, Any]:
    encoded = base64.b64encode(picture).decode()
    for _ in range(10):
        answer = program._platform("POST", f"/_control/say/{way}", who | {"picture": encoded})
        # On a busy machine reading may take longer than the resident can wait.
        if not any(words in answer["text"] for words in ("来不及看完", "正在看图")):
            break
    return answer


@pytest.mark.parametrize(
    ("way", "who"),
    [
        ("mp", {"openid": "o-p"}),
        ("wecom", {"member": "m-p"}),
        ("aibot", {"user": "u-p"}),
        ("aibot", {"user": "u-q", "chat": "wrFinance", "text": "@反诈助手 帮看"}),
    ],
)
def test_a_screenshot_is_answered_like_its_words(
    seeing: Program, way: str, who: dict[str, str]
) -> None:
    answer = shown(seeing, way, BRUSHING, **who)

    assert answer["fault"] == ""
    assert "诈骗" in answer["text"]
    assert all(attempt["seconds"] < 5 for attempt in answer["attempts"])


def test_a_screenshot_comes_through_the_gateway(seeing: Program) -> None:
    def once() -> dict[str, Any]:
        message = {
            "id": secrets.token_hex(8),
            "chat": {"id": "p", "type": "private"},
            "from": {"id": "p"},
            "type": "image",
            "image": base64.b64encode(BRUSHING).decode(),
        }
        return send(f"{seeing.url}/callback/gateway/demo", SECRET, message)

    assert wait_for(lambda: once()["verdict"] == "scam", what="it is read in time")


def test_the_client_script_shrinks_a_screenshot_of_a_new_phone(
    seeing: Program, tmp_path: Path
) -> None:
    path = tmp_path / "screenshot.png"
    path.write_bytes(enlarged(BRUSHING))

    def verdict() -> str:
        command = [
            sys.executable,
            str(ROOT / "tools/gateway_client.py"),
            f"{seeing.url}/callback/gateway/demo",
        ]
        done = subprocess.run(
            [*command, "--picture", str(path)],
            env=os.environ | {"GATEWAY_SECRET": SECRET},
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        return str(json.loads(done.stdout)["verdict"])

    assert wait_for(lambda: verdict() == "scam", what="it is read in time")


def test_a_picture_that_was_left_out_is_answered_clearly(seeing: Program) -> None:
    message = {
        "id": secrets.token_hex(8),
        "chat": {"id": "p", "type": "private"},
        "from": {"id": "p"},
        "type": "image",
    }
    answer = send(f"{seeing.url}/callback/gateway/demo", SECRET, message)

    assert "这张图太大了" in answer["reply"]


def enlarged(picture: bytes) -> bytes:
    """The same in a new phone's pixels, and with grain, so that it has megabytes."""
    image = Image.open(io.BytesIO(picture)).convert("RGB").resize((2160, 4800))
    grain = Image.frombytes("L", (1080, 2400), os.urandom(1080 * 2400)).resize(image.size)
    out = io.BytesIO()
    Image.blend(image, grain.convert("RGB"), 0.1).save(out, "PNG")
    return out.getvalue()


def test_a_codes_target_is_judged_and_not_fetched(seeing: Program) -> None:
    answer = shown(seeing, "mp", CODE, openid="o-code")

    assert "诈骗" in answer["text"]


def test_what_is_no_picture_gets_a_kind_answer(seeing: Program) -> None:
    assert "没有打开" in shown(seeing, "mp", b"not a picture", openid="o-b")["text"]


def bomb() -> bytes:
    """A few kilobytes that claim 900 million pixels."""
    out = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")
    return out.getvalue()


def test_hostile_pictures_are_answered_in_time_and_the_next_one_is_read(seeing: Program) -> None:
    large = io.BytesIO()
    words = Image.open(io.BytesIO(BRUSHING)).convert("RGB")
    words.resize((5300, 9427)).save(large, "JPEG", quality=60)
    whole = io.BytesIO()
    words.save(whole, "JPEG")
    for name, picture, expected in (
        ("bomb", bomb(), "这张图太大了"),
        ("broken", whole.getvalue()[: len(whole.getvalue()) // 3], "没有打开"),
        ("50 megapixels", large.getvalue(), "诈骗"),
        ("the next", BRUSHING, "诈骗"),
    ):
        answer = shown(seeing, "mp", picture, openid=f"o-{name.replace(' ', '-')}")
        assert expected in answer["text"], name
        assert all(attempt["seconds"] < 5 for attempt in answer["attempts"]), name


def test_pictures_in_a_row_are_one_story(seeing: Program) -> None:
    first = chat(LIGHT, "王经理", "姐，今天的名额只剩两个了").png()
    second = chat(LIGHT, "王经理", "先垫付三百，做完三单返本金和佣金").png()
    shown(seeing, "mp", first, openid="o-row")
    told = shown(seeing, "mp", second, openid="o-row")

    assert "诈骗" in told["text"]
    after = seeing.ask("那我该不该垫呢", "o-row")
    assert "诈骗" in after["text"]


def test_choices_are_tapped_on_a_card_and_rated(seeing: Program, spelling_base: Base) -> None:
    lines = (ROOT / "tests/data/own/questions.jsonl").read_text("utf-8").splitlines()
    texts = (json.loads(line)["text"] for line in lines)
    unsure = next(text for text in texts if spelling_base.judge(text).subject == "choices")

    def do(**fields: str) -> dict[str, Any]:
        return seeing._platform("POST", "/_control/say/aibot", {"user": "u-card"} | fields)

    card = do(text=unsure)
    assert card["fault"] == ""
    assert card["buttons"]
    assert card["feedback"]
    last = card["buttons"][-1]["key"]
    chosen = do(task=card["task"], button=last)

    assert chosen["fault"] == ""
    entry = last.split(":")[-1]
    assert spelling_base.lexicon.entries[entry].title in chosen["text"]
    assert [button["key"] for button in chosen["buttons"]] == [b["key"] for b in card["buttons"]]
    in_group = do(chat="wr1", text=f"@反诈助手 {unsure}")
    assert not in_group["buttons"]


def test_voice_is_judged_by_what_was_heard_and_asked_again_otherwise(seeing: Program) -> None:
    def say(heard: str) -> str:
        fields = {"openid": "o-v", "voice": heard}
        return str(seeing._platform("POST", "/_control/say/mp", fields)["text"])

    assert "诈骗" in say("让我把钱转到安全帐户说我涉嫌洗钱") or "110" in say("我在转了")
    assert "没听清" in say("")
