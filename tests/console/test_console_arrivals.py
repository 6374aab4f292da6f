"""Whom each community brought, and the QR codes that tell."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from bot.config import DEMO_APP_ID, DEMO_SECRETS, MpAccount
from bot.platform.faults import Fault
from bot.platform.server import FakePlatform
from bot.platform.settings import PlatformSettings
from bot.respond import Base
from tests.console_kit import Site, make_site

CODE = "/console/groups/jinxiu-garden/code"
TODAY = date(2026, 11, 23)
FRONT = MpAccount("front", DEMO_APP_ID, "token", "plain", app_secret=DEMO_SECRETS["MP_SECRET"])


@pytest.fixture
def connected(site: Site, spelling_base: Base) -> Iterator[tuple[Site, FakePlatform]]:
    """A console whose official account is at the fake platform."""
    platform = FakePlatform(PlatformSettings(), site.clock)
    folder = site.content / "second"
    folder.mkdir()
    yield (
        make_site(folder, site.content, spelling_base, mp=(FRONT,), api_mp=platform.start()),
        platform,
    )
    platform.stop()


def fill(site: Site) -> None:
    arrivals = site.store.arrivals
    for days, count in ((0, 2), (7, 3), (21, 1), (400, 5)):
        for _ in range(count):
            arrivals.count("mp:demo", "jinxiu-garden", "followed", TODAY - timedelta(days=days))
    arrivals.count("mp:demo", "jinxiu-garden", "scanned", TODAY)
    arrivals.count("mp:demo", "liuhe-village", "followed", TODAY)
    arrivals.count("mp:demo", "", "followed", TODAY)
    arrivals.count("mp:demo", "demolished", "followed", TODAY)


def test_residents_are_told_by_group_week_and_in_all(site: Site) -> None:
    fill(site)
    page = site.visitor("viewer").get("/console/groups/arrivals").get_data(as_text=True)
    rows = [row.partition("</tr>")[0] for row in page.split('<tr role="row">')[2:]]
    assert "锦绣花园业主群" in rows[0]
    assert [cell.partition("<")[0] for cell in rows[0].split('class="number">')[1:4]] == [
        "2", "3", "1",
    ]  # fmt: skip
    assert "<strong>11</strong>" in rows[0]
    assert "柳河村村民群" in rows[1]
    assert "自己关注的</dt><dd>1 人" in page
    assert "已经不在群名册里的群</dt><dd>1 人" in page
    assert "一共扫码来的</dt><dd>13 人" in page
    found = site.visitor("viewer").get("/console/groups/arrivals?q=柳河").get_data(as_text=True)
    assert "柳河村村民群" in found
    assert "锦绣花园业主群" not in found


def test_a_groups_own_page_tells_whom_it_brought(site: Site) -> None:
    fill(site)
    page = site.visitor("viewer").get("/console/groups/jinxiu-garden").get_data(as_text=True)
    assert "一共 <strong>11</strong> 人扫码关注，这一周 2 人，上一周 3 人" in page
    assert "给这个群做二维码" in page


def test_a_code_is_made_once_and_drawn_to_be_printed(
    connected: tuple[Site, FakePlatform],
) -> None:
    site, platform = connected
    officer = site.visitor("officer", name="li")
    assert "还没有二维码" in officer.get(CODE).get_data(as_text=True)
    assert officer.get(f"{CODE}.svg?account=front").status_code == 404
    assert officer.post(CODE, {"account": "front"}).status_code == 303
    content = site.store.arrivals.code("mp:front", "jinxiu-garden")
    ticket = next(iter(platform.menus._scenes))
    assert platform.menus.scene(ticket) == "jinxiu-garden"
    platform.stop()
    page = officer.get(CODE).get_data(as_text=True)
    assert "做好了" in page
    assert "code.png?account=front" in page
    drawn = officer.get(f"{CODE}.png?account=front").get_data()
    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(drawn)))
    assert read.text == content
    assert b"<svg" in officer.get(f"{CODE}.svg?account=front").get_data()
    (line,) = site.store.audit.about("code:jinxiu-garden")
    assert (line.actor, line.action, line.detail) == ("li", "code_made", "front")


def test_why_no_code_was_made_is_said_in_plain_words(
    connected: tuple[Site, FakePlatform],
) -> None:
    site, platform = connected
    officer = site.visitor("officer")
    platform.faults.set(Fault(kind="refuse", address="/cgi-bin/qrcode/create", code=48001))
    officer.post(CODE, {"account": "front"})
    assert "没有该接口的权限" in officer.get(CODE).get_data(as_text=True)
    officer.post(CODE, {"account": "nobody"})
    assert "没有这个公众号" in officer.get(CODE).get_data(as_text=True)
    platform.stop()
    officer.post(CODE, {"account": "front"})
    assert "连不上公众号平台" in officer.get(CODE).get_data(as_text=True)
    assert site.store.arrivals.coded() == frozenset()


def test_without_an_account_it_says_who_can_help(
    site: Site, spelling_base: Base, tmp_path: Path
) -> None:
    bare = replace(FRONT, app_secret="")
    folder = tmp_path / "second"
    folder.mkdir()
    other = make_site(folder, site.content, spelling_base, mp=(bare,))
    for path in (CODE, "/console/groups/arrivals"):
        page = other.visitor("officer").get(path).get_data(as_text=True)
        assert "还没有接通公众号" in page
        assert "做一个</button>" not in page


def test_whoever_may_only_look_makes_no_code(site: Site) -> None:
    viewer = site.visitor("viewer")
    assert "做一个</button>" not in viewer.get(CODE).get_data(as_text=True)
    assert viewer.post(CODE, {"account": "demo"}).status_code == 403
    assert viewer.get("/console/groups/nowhere/code").status_code == 404
