"""Real faults of the platforms, and what the console, the guide and /readyz make of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any, cast

import pytest
from werkzeug.serving import make_server

from bot.kb.live import LiveBase
from bot.platform.customer_service import CustomerService
from bot.platform.faults import Fault
from bot.platform.media import Media
from bot.platform.official_account import OfficialAccount
from bot.respond import Base
from bot.senders.http import Http
from bot.wiring import app_over, live_book
from tests.console_kit import Site, Visitor, assert_accessible, assert_fits, shoot
from tests.journeys.every_channel import SECRETS, WROTE, Town, wait_for

_TAGS = re.compile(r"<[^>]+>|\s+")


class Watched:
    """The town with the whole web application in front, as one web process of several."""

    def __init__(self, town: Town, base: Base, folder: Path) -> None:
        self.town = town
        config = town.services.config
        self.http = Http(connect_seconds=1.0, read_seconds=1.0)
        self.app, _ = app_over(
            config,
            town.store,
            LiveBase(folder / "knowledge", lambda place: base, clock=town.clock),
            live_book(config, SECRETS, town.clock),
            town.services,
            self.http,
            town.clock,
        )
        self.server = make_server("127.0.0.1", 0, self.app, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        town.platform.bot.url = self.url
        self.site = Site(self.app, cast(Any, None), town.clock, town.store, folder)
        self.admin: Visitor = self.site.visitor("admin", name="chen")

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.http.close()

    def page(self, path: str = "/console/settings/") -> str:
        """The words of a page, without blanks."""
        answer = self.admin.get(path)
        assert answer.status_code == 200
        return _TAGS.sub("", answer.get_data(as_text=True))

    def problems(self) -> list[str]:
        return list(self.app.test_client().get("/readyz").get_json()["problems"])

    def impostor(self, **changes: str) -> OfficialAccount:
        """The platform with something set otherwise than here."""
        settings = replace(self.town.platform.settings.mp, **cast(Any, changes))
        clock = self.town.clock
        service = CustomerService(clock, self.town.platform.ledger)
        return OfficialAccount(settings, self.town.platform.bot, clock, service, Media())

    def seen(self, kind: str, count: int = 1) -> None:
        """Wait until the web process wrote down what it saw."""
        wait_for(
            lambda: any(o.count >= count for o in self.town.store.sightings.of(cast(Any, kind)))
        )


@pytest.fixture
def watched(tmp_path: Path, spelling_base: Base) -> Iterator[Watched]:
    with Town(tmp_path) as town:
        running = Watched(town, spelling_base, tmp_path)
        yield running
        running.close()


def test_a_platform_with_another_token_is_told_and_over_once_it_has_the_right_one(
    watched: Watched,
) -> None:
    assert "平台还没有来过" in watched.page()
    assert not watched.impostor(token="another-token").verify()
    watched.seen("refused")
    assert "签名不对。请核对平台上填的Token" in watched.page()
    (line,) = (line for line in watched.problems() if "公众号 front" in line)
    assert "签名不对" in line
    assert "签名不对" in watched.page("/console/guide/mp")

    watched.town.clock.advance(61)
    assert watched.town.platform.account.verify()
    watched.seen("verified")
    shown = watched.page()
    assert "之后已经恢复" in shown
    assert "平台找得到我们" in shown
    assert "地址验证过：2026-11-23" in shown
    assert not any("公众号 front" in line for line in watched.problems())
    assert "地址验证过" in watched.page("/console/guide/mp")


def test_a_message_that_is_answered_is_the_last_message_and_writes_no_sighting(
    watched: Watched,
) -> None:
    watched.town.clock.advance(1200)
    assert watched.town.platform.account.text(WROTE[0], "兼职让我先垫钱").text
    kinds = ("verified", "heard", "refused", "stray", "failed")
    assert watched.town.store.sightings.of(*cast(Any, kinds)) == ()
    for path in ("/console/settings/", "/console/guide/mp"):
        shown = watched.page(path)
        assert "2026-11-2309:20" in shown
        assert "平台找得到我们" in shown


def test_a_key_that_does_not_fit_and_somebody_who_looks_around_are_told_apart(
    watched: Watched,
) -> None:
    other = SECRETS["MP_AES_KEY"][::-1]
    assert watched.impostor(aes_key=other).text(WROTE[0], "您好").text == ""
    watched.seen("refused")
    assert "EncodingAESKey" in watched.page()
    client = watched.app.test_client()
    assert client.get("/callback/mp/front").status_code == 403
    (told,) = watched.town.store.sightings.of("refused")
    assert "EncodingAESKey" in told.words
    assert not any("timestamp" in line for line in watched.problems())


def test_a_fault_of_ours_is_told_without_what_was_asked(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("兼职让我先垫钱")

    monkeypatch.setattr(type(watched.town.store.inbox), "claim", broken)
    watched.town.platform.account.text(WROTE[0], "兼职让我先垫钱")
    watched.seen("failed")
    shown = watched.page()
    assert "程序出错，消息没有答上（KeyError）" in shown
    assert "兼职" not in shown
    assert any("KeyError" in line for line in watched.problems())


@pytest.mark.parametrize(
    ("group", "fault", "words", "ready"),
    [
        ("robot", Fault("refuse", "/cgi-bin/webhook/send", code=93000, times=1),
         "没有送到2026-11-2309:00robot：机器人的key不对", True),
        ("robot", Fault("refuse", "/cgi-bin/webhook/send", code=45009, times=1),
         "暂时的，会再试2026-11-2309:00robot：发得太快", False),
        ("hook", Fault("drop", "/hook/", times=1), "不知道到没到2026-11-2309:00hook：", False),
        ("external", Fault("refuse", "/cgi-bin/externalcontact/add_msg_template", code=48002,
         times=1), "没有送到2026-11-2309:00external：这个应用不许调用该接口", True),
        ("mass", Fault("refuse", "/cgi-bin/stable_token", code=40164, times=9),
         "没有送到2026-11-2309:00mass：本机的网址不在公众号的IP白名单里", True),
    ],
)  # fmt: skip
def test_what_a_platform_answers_is_told_with_its_weight_and_is_over_after_a_success(
    watched: Watched, group: str, fault: Fault, words: str, ready: bool
) -> None:
    town = watched.town
    town.platform.faults.set(fault)
    town.start()
    shown = watched.page()
    assert words in shown
    if fault.kind == "refuse":
        assert f"（平台的错误码{fault.code}）" in shown
    assert (
        any(f"没有发到{group}" in line or f"{group}、" in line for line in watched.problems())
        is ready
    )

    town.platform.faults.clear()
    town.clock.advance(120)
    if town.tick()[group] == "unknown":
        town.resolve(group, "refused")
    if town.tick()[group] == "refused":
        town.resend()
    town.tick()
    shown = watched.page()
    assert words not in shown
    assert f"之后已经恢复2026-11-2309:00{group}：" in shown
    assert not any("没有发到" in line for line in watched.problems())


def test_trying_the_account_out_ends_a_refusal_of_its_secret(watched: Watched) -> None:
    town = watched.town
    town.platform.faults.set(Fault("refuse", "/cgi-bin/stable_token", code=40125, times=9))
    town.start()
    assert any("app_secret 不对" in line for line in watched.problems())
    town.platform.faults.clear()
    town.clock.advance(60)
    watched.admin.post("/console/guide/mp/try/front")
    assert not any("app_secret 不对" in line for line in watched.problems())


def test_what_is_left_of_each_limit_is_told(watched: Watched) -> None:
    for openid in WROTE:
        watched.town.platform.account.text(openid, "兼职让我先垫钱")
    before = watched.page()
    assert "front标签2：本月还能群发4次，共4次" in before
    assert "还剩20条" in before
    assert "还剩30次" in before
    assert "现在有2人" in before
    watched.town.start()
    after = watched.page()
    assert "front标签2：本月还能群发3次" in after
    assert "还剩19条" in after
    assert "还剩29次" in after


def test_the_worker_and_its_daily_work_are_told(watched: Watched) -> None:
    assert "发预警的进程还没有启动过" in watched.page()
    watched.town.worker.tick(watched.town.clock.now())
    shown = watched.page()
    assert "发预警的进程在运行从2026-11-2309:00one" in shown
    assert "到期数据的删除正常上次2026-11-2309:00" in shown
    watched.town.clock.advance(40)
    assert any("发预警的进程停了" in line for line in watched.problems())
    assert "发预警的进程停了最后出现在2026-11-2309:00" in watched.page()


def _every_fault(watched: Watched) -> None:
    town, faults = watched.town, watched.town.platform.faults
    for openid in WROTE:
        town.platform.account.text(openid, "兼职让我先垫钱")
    faults.set(Fault("refuse", "/cgi-bin/webhook/send", code=93000, times=1))
    faults.set(Fault("refuse", "/cgi-bin/message/send", code=45009, times=1))
    faults.set(Fault("drop", "/hook/", times=1))
    faults.set(Fault("refuse", "/cgi-bin/externalcontact/add_msg_template", code=48002, times=1))
    town.start()
    town.clock.advance(90)
    town.tick()
    watched.impostor(token="another-token").verify()
    watched.seen("refused")
    watched.app.test_client().get("/callback/mp/front")


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), [(1280, 860), (360, 740)])
@pytest.mark.parametrize("dark", [False, True])
def test_the_page_with_every_fault_fits_and_can_be_read(
    watched: Watched, chromium: Any, width: int, height: int, dark: bool
) -> None:
    _every_fault(watched)
    cookie = watched.admin.client.get_cookie("console", path="/console/")
    assert cookie is not None
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        locale="zh-CN",
    )
    context.add_cookies(
        [{"name": "console", "value": cookie.value, "url": f"{watched.url}/console/"}]
    )
    tab = context.new_page()
    for name, path in (("state", "settings/"), ("guide", "guide/mp")):
        tab.goto(f"{watched.url}/console/{path}")
        assert_fits(tab)
        assert_accessible(tab)
        shoot(tab, f"{name}-{width}{'-dark' if dark else ''}")
    context.close()
