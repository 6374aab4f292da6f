"""Takes the README's pictures of the demo page: ``python tools/take_pictures.py``.

Starts a demo of its own, asks, sends the weekly warning and taps as the group's owner. Needs
Debian's chromium and requirements-dev.txt.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import yaml
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
CHROMIUM = "/usr/bin/chromium"
SIZES = {"desktop": (1200, 900), "phone": (390, 844)}
SETTLED_MS = 600


def main() -> int:
    """Take both pictures; 0 when they were written."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, (width, height) in SIZES.items():
            with running_demo() as url:
                page = opened(browser, url, width, height)
                (show_warning if name == "desktop" else show_answer)(page)
                page.wait_for_timeout(SETTLED_MS)
                page.screenshot(path=PICTURES / f"{name}.png")
                page.close()
            print(PICTURES / f"{name}.png")
        browser.close()
    return 0


def opened(browser: Browser, url: str, width: int, height: int) -> Page:
    """The demo's page, light, at that size in pixels."""
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="light",
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
    )
    page.goto(url)
    page.get_by_text("有拿不准的电话").wait_for()
    return page


def show_answer(page: Page) -> None:
    """A question of a resident and its answer."""
    page.get_by_role("button", name="让我开屏幕共享").click()
    page.locator(".bot .bubble").wait_for()


def show_warning(page: Page) -> None:
    """An answer on the phone; at the desk the warning, which one group still waits for."""
    show_answer(page)
    page.get_by_role("button", name="发送本周预警").click()
    page.locator("#rows").get_by_text("等群主在手机上点一下确认").wait_for()


@contextmanager
def running_demo() -> Iterator[str]:
    """A demo with an empty store on free ports; its address."""
    with tempfile.TemporaryDirectory() as folder:
        port, platform_port = free_port(), free_port()
        fields = yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))
        platform = f"http://127.0.0.1:{platform_port}"
        fields["server"] = {"host": "127.0.0.1", "port": port}
        fields["content"] = {name: str(ROOT / name) for name in ("knowledge", "broadcasts")}
        fields["api_base"] = {"mp": platform, "wecom": platform}
        config = Path(folder, "config.yaml")
        config.write_text(yaml.safe_dump(fields, allow_unicode=True), "utf-8")
        command = [sys.executable, str(ROOT / "run.py"), "--config", str(config)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            url = f"http://127.0.0.1:{port}"
            transport = httpx.HTTPTransport(retries=10)
            with httpx.Client(transport=transport, trust_env=False, timeout=20) as client:
                client.get(f"{platform}/phone/state")
                client.get(f"{url}/healthz")
            yield url
        finally:
            process.terminate()
            process.wait()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
