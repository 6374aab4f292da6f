"""``menu`` against the fake platform: what is published, which codes are made, who came."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.answer.menu import menu_of
from bot.clock import FixedClock
from bot.commands.menu import add_parser, run
from bot.config import DEMO_APP_ID, DEMO_SECRETS, MpAccount
from bot.platform.faults import Fault
from bot.platform.server import FakePlatform
from bot.platform.settings import PlatformSettings
from bot.respond import Base
from bot.senders.http import Http
from bot.senders.mp_menu import MpMenu
from bot.senders.mp_tokens import MpApi
from bot.setup import MenuServices
from bot.store.sqlite import open_sqlite

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
FRONT = MpAccount("front", DEMO_APP_ID, "token", "plain", app_secret=DEMO_SECRETS["MP_SECRET"])


@pytest.fixture
def platform() -> Iterator[FakePlatform]:
    fake = FakePlatform(PlatformSettings(), FixedClock(NOW))
    yield fake
    fake.stop()


@pytest.fixture
def services(platform: FakePlatform, tmp_path: Path, spelling_base: Base) -> Iterator[MenuServices]:
    clock, store, http = FixedClock(NOW), open_sqlite(tmp_path / "bot.db"), Http(1.0, 1.0)
    yield MenuServices(
        accounts={"front": FRONT},
        menu=menu_of(spelling_base.lexicon),
        setup=MpMenu(MpApi(platform.start(), http, store.tokens, clock, "test")),
        groups={"jinxiu-garden": "锦绣花园业主群"},
        store=store,
        zone=ZoneInfo("Asia/Shanghai"),
        now=clock.now,
    )
    http.close()
    store.close()


def type_(services: MenuServices, capsys: pytest.CaptureFixture[str], line: str) -> tuple[int, Any]:
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers(required=True))
    code = run(parser.parse_args(["menu", *line.split()]), services)
    output = capsys.readouterr().out
    return code, json.loads(output) if line.endswith("--json") else output


def test_the_six_keys_arrive_at_the_platform(
    services: MenuServices, platform: FakePlatform, capsys: pytest.CaptureFixture[str]
) -> None:
    code, words = type_(services, capsys, "publish")
    assert (code, words[:8]) == (0, "公众号 fron")
    ask, report, more = platform.menus.shown
    assert [ask.key, report.key] == ["MENU_ASK", "MENU_REPORT"]
    assert [each.label for each in more.below] == ["预警真假", "每周预警", "反诈小测", "找民警"]
    assert report.label == "我被骗了"


def test_showing_needs_no_network(
    services: MenuServices, platform: FakePlatform, capsys: pytest.CaptureFixture[str]
) -> None:
    platform.stop()
    assert type_(services, capsys, "show")[0] == 0
    document = type_(services, capsys, "show --json")[1]
    assert document["button"][0] == {"type": "click", "name": "我要问", "key": "MENU_ASK"}


def test_an_account_without_the_right_is_told_so(
    services: MenuServices, platform: FakePlatform, capsys: pytest.CaptureFixture[str]
) -> None:
    platform.faults.set(Fault(kind="refuse", address="/cgi-bin/menu/create", code=48001))
    code, words = type_(services, capsys, "publish")
    assert code == 1
    assert "没有该接口的权限" in words
    assert platform.menus.shown == ()


@pytest.mark.parametrize(
    ("accounts", "line", "words"),
    [
        ({}, "publish", "一个也没有"),
        ({"a": FRONT, "b": FRONT}, "publish", "a、b"),
        ({"front": FRONT}, "publish --account back", "没有名叫“back”"),
        ({"front": replace(FRONT, app_secret="")}, "publish", "没有填 app_secret"),
        ({"front": FRONT}, "qrcode nowhere", "群簿里没有 nowhere"),
    ],
)
def test_what_is_missing_is_said_in_plain_words(
    services: MenuServices,
    capsys: pytest.CaptureFixture[str],
    accounts: dict[str, MpAccount],
    line: str,
    words: str,
) -> None:
    code, said = type_(replace(services, accounts=accounts), capsys, line)
    assert code == 1
    assert words in said


def test_a_code_for_a_group_holds_its_id(
    services: MenuServices, platform: FakePlatform, capsys: pytest.CaptureFixture[str]
) -> None:
    code, words = type_(services, capsys, "qrcode jinxiu-garden")
    assert code == 0
    assert words.startswith(
        "锦绣花园业主群的二维码：https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket="
    )
    ticket = words.strip().partition("ticket=")[2].replace("%3D", "=")
    assert platform.menus.scene(ticket) == "jinxiu-garden"


def test_arrivals_are_told_by_community(
    services: MenuServices, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "还没有人" in type_(services, capsys, "arrivals")[1]
    for place, how in (("jinxiu-garden", "followed"), ("", "followed"), ("", "scanned")):
        services.store.arrivals.count("mp:front", place, how, date(2026, 11, 24))  # type: ignore[arg-type]
    code, words = type_(services, capsys, "arrivals")
    assert code == 0
    assert "锦绣花园业主群：新关注 1 人" in words
    assert "（没有扫社区的码）：新关注 1 人，已关注又扫码 1 次" in words
    rows = type_(services, capsys, "arrivals --json")[1]["arrivals"]
    assert rows[0] == {"channel": "mp:front", "group": None, "followed": 1, "scanned": 1}
