"""The page in a real browser on the whole program: ask, send the warning, tap as its owner."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.program import Program

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "height"), [(1200, 900), (390, 844)])
def test_a_person_asks_by_tapping_and_sends_the_warning(
    chromium: Any, demo: Program, width: int, height: int
) -> None:
    faults: list[str] = []
    tab = chromium.new_page(viewport={"width": width, "height": height}, locale="zh-CN")
    tab.set_default_timeout(10_000)
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    tab.goto(demo.url)
    _go_through(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.close()
    assert faults == []


def _go_through(tab: Any) -> None:
    bubbles, warnings = tab.locator(".bot .bubble"), tab.locator(".warning .bubble")
    tab.get_by_text("有拿不准的电话").wait_for()
    before = bubbles.count()
    tab.get_by_role("button", name="点赞刷单，先给了几块钱").click()
    bubbles.nth(before).wait_for()
    assert bubbles.nth(before).inner_text().startswith("这是诈骗")

    tab.get_by_role("tab", name="企业群").click()
    before = warnings.count()
    tab.get_by_role("button", name="发送本周预警").click()
    warnings.nth(before).wait_for()
    tab.locator("#rows").get_by_text("等群主在手机上点一下确认").wait_for()

    tab.get_by_role("tab", name="居民群").click()
    before = warnings.count()
    tab.get_by_role("button", name="企业群发待确认：点一下发送到群").click()
    warnings.nth(before).wait_for()
    tab.locator("#rows").get_by_text("已发到群里").nth(1).wait_for(timeout=5_000)
