"""A town with one group of each channel type, a fake platform and the bot's callback, on loopback."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from bot.broadcasting.book import load_book
from bot.broadcasting.desk import Desk
from bot.broadcasting.report import EditionReport, report
from bot.channels.base import Incoming
from bot.clock import FixedClock
from bot.config import Config
from bot.config_file import load_config
from bot.kb.live import LiveBase
from bot.platform.faults import Fault
from bot.platform.server import FakePlatform
from bot.platform.settings import (
    CorpSettings,
    CustomerGroup,
    OfficialAccountSettings,
    PlatformSettings,
    SmsSettings,
)
from bot.senders.http import Http
from bot.store.sqlite import open_sqlite
from bot.store.sqlstore import SqlStore
from bot.types import Reply
from bot.web import Pages, Readiness, create_app
from bot.wiring import channels_of, services_over
from bot.worker import Worker
from tests.warning_fakes import MONDAY_NINE

SECRETS = {
    "MP_TOKEN": "token-of-the-account",
    "MP_AES_KEY": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ",
    "MP_SECRET": "secret-of-the-account",
    "WECOM_SECRET": "secret-of-the-corporation",
    "ROBOT_KEY": "key-of-the-robot",
    "HOOK_SECRET": "secret-of-the-hook",
    "SMS_SECRET": "secret-of-the-gateway",
    "SMS_RECIPIENTS": "13800000001,13800000002,13800000003",
    "HASH_KEY": "hash-key-of-this-journey-0123456789",
}
CONFIG = """\
station: {{name: 示范社区派出所}}
channels:
  mp:
    - account: front
      app_id: wx1234567890abcdef
      token: "${{MP_TOKEN}}"
      aes_key: "${{MP_AES_KEY}}"
      mode: aes
      app_secret: "${{MP_SECRET}}"
  wecom: [{{account: station, corp_id: ww0001, agent_id: "1000002", secret: "${{WECOM_SECRET}}"}}]
  sms:
    - gateway: city
      kind: http
      url: {platform}
      secret: "${{SMS_SECRET}}"
      recipients: "${{SMS_RECIPIENTS}}"
      templates: {{weekly: {{id: T1, variables: [title, code]}}}}
api_base: {{mp: {platform}, wecom: {platform}}}
broadcast: {{approval: none}}
privacy: {{hash_key: "${{HASH_KEY}}"}}
"""
CHANNELS = {
    "robot": '{{type: wecom_robot, key: "${{ROBOT_KEY}}"}}',
    "app": "{{type: wecom_app, account: station, to: zhang|li|nobody}}",
    "external": "{{type: wecom_external, account: station, chat_ids: [wrA]}}",
    "mass": '{{type: mp_mass, account: front, tag: "2"}}',
    "service": "{{type: mp_service, account: front}}",
    "sms": "{{type: sms, gateway: city, template: weekly}}",
    "hook": '{{type: webhook, url: "{platform}/hook/hook", secret: "${{HOOK_SECRET}}"}}',
    "paste": "{{type: paste}}",
    "speaker": "{{type: loudspeaker}}",
}
PLAN = """\
plan: weekly
title: 每周预警
when: {weekly: mon, at: "09:00"}
groups: {kinds: [community]}
content: {text: brushing-all}
author: zhang
"""
LIBRARY = """\
texts:
  - id: brushing-all
    category: brushing
    audience: [all]
    title: 先垫钱再返利都是骗
    body: 让你垫钱做任务的，马上退群。
    led: 垫钱做任务都是诈骗
    spoken: 乡亲们，垫钱做任务的都是诈骗。
"""
WROTE = ("oAnna", "oBert")
FOLLOWERS = ("oCarl", "oDora", "oEmil")


class Town:
    """``start`` freezes and delivers; what each group has is asked of both sides."""

    def __init__(self, folder: Path) -> None:
        self._stack = ExitStack()
        self.clock = FixedClock(MONDAY_NINE)
        self.platform = FakePlatform(_settings(), self.clock)
        address = self.platform.start()
        self._stack.callback(self.platform.stop)
        (folder / "config.yaml").write_text(CONFIG.format(platform=address), "utf-8")
        _write_content(folder / "broadcasts", address)
        config = load_config(folder / "config.yaml", SECRETS)
        self.store = open_sqlite(folder / "bot.db")
        self._stack.callback(self.store.close)
        http = Http(connect_seconds=1.0, read_seconds=1.0)
        self._stack.callback(http.close)
        self.services = services_over(config, SECRETS, self.store, http, self.clock)
        self.platform.bot.url = self._serve(config, self.store)
        self.desk = Desk(self.services, "li")
        self.worker = Worker(self.services, "one")
        self.edition = ""

    def __enter__(self) -> Town:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start(self) -> dict[str, str]:
        plan = self.services.book.plans["weekly"]
        edition = self.desk.start_now(plan, False, self.clock.now()).edition
        assert edition is not None
        self.edition = edition.id
        return self.tick()

    def tick(self, seconds: float = 0) -> dict[str, str]:
        """What the ledger says of each group after another look of the worker."""
        self.clock.advance(seconds)
        self.worker.tick(self.clock.now())
        return {row.group: row.state for row in self.store.deliveries.of(self.edition)}

    def detail(self, group: str) -> str:
        row = self.store.deliveries.one(self.edition, group)
        assert row is not None
        return row.detail

    def report(self) -> EditionReport:
        edition = self.store.editions.get(self.edition)
        assert edition is not None
        rows = self.store.deliveries.of(self.edition)
        return report(edition, rows, self.services.config.timezone)

    def resolve(self, group: str, state: str) -> None:
        row = self.store.deliveries.one(self.edition, group)
        assert row is not None
        assert self.desk.resolve(row, state, self.clock.now()) == ""  # type: ignore[arg-type]

    def resend(self) -> None:
        edition = self.store.editions.get(self.edition)
        assert edition is not None
        assert self.desk.resend(edition, self.clock.now()) == ""

    def received(self) -> Counter[str]:
        """Who really got how many messages."""
        return Counter(row.group for row in self.platform.ledger.since())

    def fault(self, address: str, kind: str = "drop", times: int = 1) -> None:
        """Let the platform misbehave at the next request to an address."""
        self.platform.faults.set(Fault(kind, address, times=times))  # type: ignore[arg-type]

    def writes(self, openid: str) -> None:
        """A follower writes to the bot, over its signed callback."""
        assert self.platform.account.text(openid, "您好").text == "收到：您好"

    def _serve(self, config: Config, store: SqlStore) -> str:
        """The bot's callback; it answers everything alike."""
        book = LiveBase(
            config.broadcasts, lambda folder: load_book(folder, SECRETS), clock=self.clock
        )

        def answer(incoming: Incoming) -> Reply:
            return Reply(f"收到：{incoming.message.text}")

        app = create_app(
            channels_of(config, store, book, self.clock),
            answer,
            Pages(readiness=lambda: Readiness(True)),
            self.clock,
        )
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()

        def stop() -> None:
            server.shutdown()
            thread.join()
            server.server_close()

        self._stack.callback(stop)
        return f"http://127.0.0.1:{server.server_port}"


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
        pass


def wait_for(found: Callable[[], bool], seconds: float = 5.0) -> None:
    """The event of a job's end comes from a thread of the platform."""
    ends = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < ends
        time.sleep(0.01)


def _settings() -> PlatformSettings:
    return PlatformSettings(
        mp=OfficialAccountSettings(
            "front",
            "wx1234567890abcdef",
            SECRETS["MP_TOKEN"],
            SECRETS["MP_AES_KEY"],
            SECRETS["MP_SECRET"],
            followers={2: FOLLOWERS},
        ),
        corp=CorpSettings("ww0001", SECRETS["WECOM_SECRET"], 1000002, ("zhang", "li")),
        sms=SmsSettings(SECRETS["SMS_SECRET"], {"T1": ("title", "code")}),
        hook_secret=SECRETS["HOOK_SECRET"],
        robots={SECRETS["ROBOT_KEY"]: "robot"},
        customer_groups={"wrA": CustomerGroup("external", "zhang")},
    )


def _write_content(folder: Path, address: str) -> None:
    for name in ("plans", "library"):
        (folder / name).mkdir(parents=True)
    groups = "groups:\n" + "".join(
        f"  - {{id: {name}, name: {name}, kind: community, audience: [elderly], owner: zhang,"
        f" channel: {channel.format(platform=address)}}}\n"
        for name, channel in CHANNELS.items()
    )
    (folder / "groups.yaml").write_text(groups, "utf-8")
    (folder / "plans" / "weekly.yaml").write_text(PLAN, "utf-8")
    (folder / "library" / "brushing.yaml").write_text(LIBRARY, "utf-8")
