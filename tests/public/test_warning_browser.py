"""The page of a warning in a real browser, on a phone and on a desk."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

SHOTS = os.environ.get("SHOTS")
"""A folder for pictures of the page, for people to look at; none are taken without it."""

pytestmark = pytest.mark.browser


@pytest.fixture
def url(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(("width", "height"), [(1200, 900), (390, 844), (320, 640)])
def test_a_resident_looks_compares_and_looks_another_up(
    chromium: Any, url: str, width: int, height: int
) -> None:
    faults: list[str] = []
    tab = chromium.new_page(viewport={"width": width, "height": height}, locale="zh-CN")
    tab.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)

    def look(name: str) -> None:
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        if SHOTS:
            tab.screenshot(path=f"{SHOTS}/warning-{name}-{width}.png", full_page=True)

    tab.goto(f"{url}/warning/123456")
    look("ours")
    original = tab.locator(".text").first.inner_text()
    for name, text, expected in (
        ("same", original, "和原文一字不差"),
        (
            "changed",
            original.replace("96110", "13800138000"),
            "你这条成了“拿不准打 13800138000”",
        ),
    ):
        tab.get_by_label("把收到的文字粘贴到这里，逐字对一对").fill(text)
        tab.get_by_role("button", name="对一对").click()
        result = tab.get_by_role("status")
        result.wait_for()
        assert expected in result.inner_text().replace("\n", "")
        look(name)
    tab.get_by_label("查另一条").fill("654321")
    tab.get_by_role("button", name="查", exact=True).click()
    tab.get_by_role("heading", name="这条后来停发了").wait_for()
    look("withdrawn")
    assert faults == []
    tab.goto(f"{url}/warning/999999")
    tab.get_by_role("heading", name="没有查到这个预警码").wait_for()
    look("unknown")
    tab.goto(f"{url}/warning/")
    look("box")
    tab.close()
