"""A demo of its own with something in it, for pictures: people, warnings of every state, questions.

Nothing of the repository is written to: content and store are copies in a temporary folder.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

ROOT = Path(__file__).resolve().parents[1]
PASSWORD = "一句好记的话 2026"
PEOPLE = {"zhang": "officer", "chen": "approver", "liu": "editor", "wangfang": "admin"}
"""Who looks at the console, and as what."""

PLAN = {
    "plan": "weekly",
    "title": "每周预警",
    "when": {"weekly": "mon", "at": "09:00"},
    "groups": {"kinds": ["community", "enterprise", "school", "bank", "village"]},
    "content": {"topic": "next"},
    "author": "zhang",
}
ROBOTS = {
    "ROBOT_KEY_JIANGNAN": ("demo-robot-jiangnan", "jiangnan-bank"),
    "ROBOT_KEY_NANHU": ("demo-robot-nanhu", "nanhu-college"),
}
"""Variable -> the robot's key and its group."""

SENT, REMOVED, SILENT = "demo-robot-jiangnan", "demo-robot-nanhu", "demo-robot-hengda"
"""Three robots: one that works, one removed from its group, one whose answer is lost."""

QUESTIONS: Mapping[str, int] = {
    "客服让我共享屏幕取消会员": 3,
    "群里让我先垫300做任务": 2,
    "有人说是公安局的，让我别挂电话": 1,
    "孩子说老师在群里收资料费，扫码转": 1,
    "保健品讲座送鸡蛋，说能治高血压": 1,
    "96110是什么电话": 1,
    "同事介绍的人约我见面": 4,
    "网友说有好事找我": 3,
    "有个人让我明天再去联系他": 2,
    "群里的人说要来家里": 1,
    "一个老乡送我一样东西": 1,
}
"""What residents ask, and how many of them."""

COME = {"jinxiu-garden": 9, "yangguang-community": 5, "shiyan-parents": 3, "": 2}
"""How many residents each group's QR code brought, and how many came by none."""

CHATS = {
    chat: {"group": "阳光社区居民群", "owner": "zhang"} for chat in ("wrYangguangA", "wrYangguangB")
}
_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo: the addresses of the bot and of its fake platform, and its commands."""

    url: str
    platform: str
    config: Path
    client: httpx.Client

    def run(self, *words: str, given: str = "") -> str:
        """``run.py`` with these words; what it printed."""
        command = [sys.executable, str(ROOT / "run.py"), "--config", str(self.config), *words]
        done = subprocess.run(
            command, input=given, capture_output=True, text=True, env=environment(), check=False
        )
        return done.stdout

    def control(self, path: str, **fields: Any) -> None:
        """Tell the fake platform how things are."""
        self.client.post(f"{self.platform}/_control/{path}", json=fields).raise_for_status()


@contextmanager
def running_demo(approval: bool = False) -> Iterator[Demo]:
    """A demo with an empty store on free ports. ``approval``: with the people of a real station,
    their plan and robots."""
    with tempfile.TemporaryDirectory() as folder:
        port, platform_port = free_port(), free_port()
        fields = yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))
        platform = f"http://127.0.0.1:{platform_port}"
        for name in ("knowledge", "broadcasts"):
            shutil.copytree(ROOT / name, Path(folder, name))
        fields["server"] = {"host": "127.0.0.1", "port": port}
        fields["api_base"] = {"mp": platform, "wecom": platform}
        if approval:
            fields["broadcast"]["approval"] = "required"
            # Pictures look the same at whatever hour they are taken.
            fields["broadcast"]["quiet_hours"] = ["00:00", "00:00"]
            plan = yaml.safe_dump(PLAN, allow_unicode=True)
            Path(folder, "broadcasts", "plans", "weekly.yaml").write_text(plan, "utf-8")
        config = Path(folder, "config.yaml")
        config.write_text(yaml.safe_dump(fields, allow_unicode=True), "utf-8")
        url = f"http://127.0.0.1:{port}"
        transport = httpx.HTTPTransport(retries=10)
        with httpx.Client(transport=transport, trust_env=False, timeout=30) as client:
            demo = Demo(url, platform, config, client)
            for name, role in PEOPLE.items() if approval else ():
                demo.run("users", "add", name, "--role", role, given=f"{PASSWORD}\n")
            command = [sys.executable, str(ROOT / "run.py"), "--config", str(config)]
            quiet = subprocess.DEVNULL
            process = subprocess.Popen(command, stdout=quiet, stderr=quiet, env=environment())
            try:
                client.get(f"{platform}/phone/state")
                client.get(f"{url}/healthz")
                yield demo
            finally:
                process.terminate()
                process.wait()


def ask_questions(demo: Demo) -> None:
    """Residents ask, each one thing."""
    for place, (question, people) in enumerate(QUESTIONS.items()):
        for number in range(people):
            demo.control("say/mp", openid=f"oPicture{place}and{number}", text=question)


def bring_residents(demo: Demo) -> None:
    """New followers of the official account, most of whom scanned a community's code."""
    for group, people in COME.items():
        for number in range(people):
            key = f"qrscene_{group}" if group else ""
            demo.control("say/mp", openid=f"oCome{group}{number}", event="subscribe", key=key)


def offer_warning(demo: Demo) -> str:
    """The weekly warning, frozen and waiting for its approval; the edition's name."""
    demo.control("robots", keys=dict(ROBOTS.values()))
    demo.control("chats", chats=CHATS)
    demo.control(f"robots/{REMOVED}", state="removed")
    demo.control("faults", kind="drop", address="/cgi-bin/webhook/send", key=SILENT, times=1)
    demo.run("broadcast", "send", "weekly", "--now", "--by", "zhang")
    found = yaml.safe_load(demo.run("broadcast", "status", "--json"))
    return str(found["editions"][0]["edition"])


def settle_warning(demo: Demo, edition: str) -> str:
    """Its approval, and the tap of one group's owner once all was tried. Its 预警码."""
    demo.run("broadcast", "approve", edition, "--by", "chen")
    _until(demo, edition, lambda counts: not counts["queued"] and not counts["sending"])
    task = demo.client.get(f"{demo.platform}/phone/state").json()["tasks"][0]["task"]
    demo.client.post(f"{demo.platform}/phone/confirm", json={"task": task}).raise_for_status()
    _until(demo, edition, lambda counts: counts["sent"] > 1)
    frozen = yaml.safe_load(demo.run("broadcast", "preview", edition, "--json"))
    return str(frozen["code"])


def _until(demo: Demo, edition: str, enough: Callable[[Mapping[str, int]], bool]) -> None:
    ends = time.monotonic() + _SECONDS
    while time.monotonic() < ends:
        found = yaml.safe_load(demo.run("broadcast", "status", edition, "--json"))
        if enough(Counter(found["counts"])):
            return
        time.sleep(0.5)
    raise TimeoutError(f"{edition} did not settle: {found['counts']}")


def environment() -> dict[str, str]:
    """The environment of a demo, with the keys of the further robots."""
    keys = {name: key for name, (key, _) in ROBOTS.items()}
    return {**os.environ, **keys, "PYTHONIOENCODING": "utf-8"}


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
