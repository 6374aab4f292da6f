"""The groups the bot sits in: who may let it speak there, and what is kept of that."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.channels.gateway_message import chat_name
from bot.config import DEMO_SECRETS, GatewayAccount, Groups
from bot.privacy import Pseudonyms
from bot.respond import Base
from tests.console_kit import Site, Visit, assert_accessible, assert_fits, make_site, shoot

ROOT = Path(__file__).resolve().parents[2]
ROOM = Pseudonyms(DEMO_SECRETS["HASH_KEY"])(chat_name("room-7"))


@pytest.fixture
def site(tmp_path: Path, spelling_base: Base) -> Iterator[Site]:
    """A console whose station has a gateway."""
    for name in ("knowledge", "broadcasts"):
        shutil.copytree(ROOT / name, tmp_path / name)
    made = make_site(
        tmp_path,
        tmp_path,
        spelling_base,
        gateway=(GatewayAccount("district", "secret-of-the-district"),),
        groups=Groups(silent=("room-9",)),
    )
    yield made
    made.store.close()


def setting(site: Site, chat: str = ROOM) -> str:
    row = site.store.chats.one("gateway:district", chat)
    return "" if row is None else row.unasked


def test_a_group_is_set_up_by_its_id_before_anybody_spoke_there(site: Site) -> None:
    officer = site.visitor("officer")
    fields = {"channel": "gateway:district", "id": " room-7 ", "name": "财务群", "unasked": "on"}
    answer = officer.post("/console/chats/new", fields)

    assert answer.status_code == 303
    assert setting(site) == "on"
    shown = officer.get("/console/chats/").get_data(as_text=True)
    assert "财务群" in shown
    assert "room-7" not in shown, "the id itself is not kept"
    (line,) = site.store.audit.about(f"chat:gateway:district/{ROOM[:6]}")
    assert (line.actor, line.action) == (officer.name, "chat_set")
    assert (line.before, line.after) == (
        "叫法：没有\n主动提醒：按配置",
        "叫法：财务群\n主动提醒：开",
    )


def test_a_group_that_was_heard_is_switched_off_and_back(site: Site) -> None:
    site.store.chats.seen("gateway:district", ROOM, date(2026, 11, 23))
    officer = site.visitor("officer")
    page = f"/console/chats/gateway:district/{ROOM}"
    assert f"没起名的群 {ROOM[:6]}" in officer.get("/console/chats/").get_data(as_text=True)

    for wanted in ("off", "on", ""):
        assert officer.post(page, {"name": "", "unasked": wanted}).status_code == 303
        assert setting(site) == wanted
    assert officer.post(page, {"unasked": "always"}).status_code == 303
    assert setting(site) == ""


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"channel": "gateway:other", "id": "r"}, "请选这个群从哪个接口来"),
        ({"channel": "aibot:demo", "id": "r"}, "请选这个群从哪个接口来"),
        ({"channel": "gateway:district", "id": "  "}, "请填群号"),
        ({"channel": "gateway:district", "id": "x" * 129}, "请填群号"),
    ],
)
def test_what_cannot_be_a_group_is_refused_with_what_was_typed(
    site: Site, fields: dict[str, str], said: str
) -> None:
    answer = site.visitor("officer").post("/console/chats/new", {**fields, "name": "邻居"})

    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)
    assert "邻居" in answer.get_data(as_text=True)
    assert site.store.chats.all() == ()


def test_who_may_only_look_finds_no_switch(site: Site) -> None:
    site.store.chats.seen("gateway:district", ROOM, date(2026, 11, 23))
    viewer = site.visitor("viewer")

    assert "设置" not in viewer.get("/console/chats/").get_data(as_text=True)
    page = f"/console/chats/gateway:district/{ROOM}"
    assert viewer.post(page, {"unasked": "on"}).status_code == 403
    assert setting(site) == ""


def test_a_smart_bots_group_can_only_be_named(site: Site) -> None:
    site.store.chats.seen("aibot:demo", "abc123def", date(2026, 11, 23))
    officer = site.visitor("officer")
    officer.post("/console/chats/aibot:demo/abc123def", {"name": "值班群", "unasked": "on"})

    (row,) = site.store.chats.all()
    assert (row.name, row.unasked) == ("值班群", "")
    assert "只收得到 @ 它的话" in officer.get("/console/chats/").get_data(as_text=True)


def test_an_unknown_group_is_not_there(site: Site) -> None:
    assert site.visitor("officer").get("/console/chats/gateway:district/none").status_code == 404


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 360])
def test_the_switch_is_found_and_turned_in_a_browser(site: Site, visit: Visit, width: int) -> None:
    site.store.chats.seen("gateway:district", ROOM, date(2026, 11, 23))
    site.store.chats.seen("aibot:demo", "abc123def", date(2026, 11, 22))
    window = visit("officer", width=width)
    tab: Any = window.open("/console/chats/")
    assert_accessible(tab)
    assert_fits(tab)
    tab.get_by_role("link", name=f"设置：没起名的群 {ROOM[:6]}").click()
    tab.get_by_label("叫什么").fill("恒达公司财务群")
    tab.get_by_label("开：先征得群里同意").check()
    assert_accessible(tab)
    assert_fits(tab)
    shoot(tab, f"chat-{width}")
    tab.get_by_role("button", name="保存").click()
    tab.get_by_text("恒达公司财务群：主动提醒开，马上生效").wait_for()
    shoot(tab, f"chats-{width}")

    assert setting(site) == "on"
