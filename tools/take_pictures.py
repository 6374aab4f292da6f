"""Takes the pictures of the README and docs/: ``python tools/take_pictures.py [NAME...]``.

Starts demos of its own, asks, sends warnings and clicks through the console as its people do.
Without names all pictures are taken. Needs Debian's chromium and requirements-dev.txt.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from picture_demo import (
    PASSWORD,
    ROOT,
    Demo,
    ask_questions,
    bring_residents,
    offer_warning,
    running_demo,
    settle_warning,
)
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

PICTURES = ROOT / "docs" / "pictures"
CHROMIUM = "/usr/bin/chromium"
SIZES = {"desktop": (1200, 900), "phone": (390, 844)}
SETTLED_MS = 600
COLOURS = 128
LARGEST = 150 * 1024
"""Bytes of a picture; more makes the pages slow to open on a phone."""

MARGIN = 24
_END = """() => Math.ceil(Math.max(...[...document.querySelectorAll("main > *, nav li")]
    .map(part => part.getBoundingClientRect().bottom)))"""
"""Where the page's content ends: what is below is left out."""


@dataclass(frozen=True, slots=True)
class Where:
    """The running demo's address, its warning, and that one's 预警码 once it went out."""

    url: str
    edition: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture of the console: whose, at which size, and how one gets there."""

    person: str
    size: str
    go: Callable[[Page, Where], None]


def at(path: str) -> Callable[[Page, Where], None]:
    """Just open a page."""

    def go(page: Page, where: Where) -> None:
        page.goto(where.url + path.format(edition=where.edition, code=where.code))

    return go


def plan(page: Page, where: Where) -> None:
    """The weekly plan, with words of the officer's own, and how they will look."""
    page.goto(f"{where.url}/console/warnings/plans/weekly")
    page.get_by_label("自己写").check()
    page.locator("#f-title_all").fill("冒充社区上门收医保")
    page.locator("#f-body_all").fill(
        "这两天有人上门，说是社区来代收医保、帮忙激活医保卡，要身份证和银行卡。社区不上门收钱。"
        "别开门，打居委会电话问一问，拿不准打 96110。"
    )
    page.locator("#preview .bubble", has_text="社区不上门收钱").first.wait_for()


def now(page: Page, where: Where) -> None:
    """A warning for today, typed on the phone, before it is handed to the approver."""
    page.goto(f"{where.url}/console/warnings/now")
    page.get_by_label("正文").fill(
        "今天上午有人冒充社区上门收医保，要身份证和银行卡。社区不上门收钱，别开门。拿不准打 96110。"
    )
    page.get_by_label("社区", exact=True).check()
    page.locator("#preview .bubble", has_text="社区不上门收钱").first.wait_for()
    page.evaluate("window.scrollTo(0, 0)")


def arrivals(page: Page, where: Where) -> None:
    """Whom the codes of the communities brought."""
    page.goto(f"{where.url}/console/groups/arrivals")
    page.locator("[data-chart] canvas").wait_for()


def tried(page: Page, where: Where) -> None:
    """A draft put to the question of a resident, next to what is published."""
    draft(page, where, "asks", "来电话的说我那个保到期了，叫我去销掉")
    page.goto(f"{where.url}/console/knowledge/drafts/")
    page.locator("#f-question").fill("来电话说我那个保要销")
    page.get_by_role("button", name="两边都问一遍").click()
    page.get_by_text("发布草稿以后").wait_for()


def blocked(page: Page, where: Where) -> None:
    """A publication that a trial stops."""
    draft(page, where, "tests.must", "明天几点开家长会")
    page.goto(f"{where.url}/console/knowledge/drafts/")
    page.locator("#f-reason").fill("补上新说法")
    page.get_by_role("button", name="检查并发布").click()
    page.get_by_text("没有发布，什么也没有改").wait_for(timeout=120_000)


def draft(page: Page, where: Where, field: str, line: str) -> None:
    """One more line in a field of an entry, kept as a draft."""
    page.goto(f"{where.url}/console/knowledge/edit/entry/{ENTRY}")
    area = page.locator(f"[name='{field}']")
    area.fill(f"{area.input_value().rstrip()}\n{line}")
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_text("草稿，还没有发布").wait_for()


def first_group(page: Page, where: Where) -> None:
    """The question that most people asked in vain."""
    page.goto(f"{where.url}/console/inbox/")
    page.get_by_role("link", name="处理：").first.click()
    page.get_by_role("heading", name="怎么处理").wait_for()


ENTRY = "customer-service-million-guarantee"
BEFORE: Mapping[str, Shot] = {
    "officer-approval": Shot(
        "chen", "desktop", at("/console/warnings/editions/{edition}/approval")
    ),
}
"""Taken while the warning waits for its approval; the others once it went out."""

AFTER: Mapping[str, Shot] = {
    "officer-week": Shot("zhang", "desktop", at("/console/warnings/")),
    "officer-plan": Shot("zhang", "desktop", plan),
    "officer-board": Shot("zhang", "desktop", at("/console/warnings/editions/{edition}")),
    "officer-tasks-phone": Shot("zhang", "phone", at("/console/tasks/")),
    "officer-now-phone": Shot("zhang", "phone", now),
    "officer-text": Shot("zhang", "desktop", at("/console/warnings/texts/brushing-all-1")),
    "officer-arrivals": Shot("zhang", "desktop", arrivals),
    "officer-figures": Shot("zhang", "desktop", at("/console/figures/")),
    "warning-phone": Shot("", "phone", at("/warning/{code}")),
    "admin-knowledge": Shot("liu", "desktop", at("/console/knowledge/?q=快递")),
    "admin-inbox": Shot("liu", "desktop", at("/console/inbox/")),
    "admin-inbox-group": Shot("liu", "desktop", first_group),
    "admin-asked": Shot("liu", "desktop", tried),
    "admin-blocked": Shot("liu", "desktop", blocked),
    "setup-guide": Shot("wangfang", "desktop", at("/console/guide/mp")),
}


def main(names: list[str]) -> int:
    """Take the pictures of these names, all without names; 0 when they were written."""
    known = {*SIZES, *BEFORE, *AFTER}
    if not known.issuperset(names):
        print(f"known: {' '.join(sorted(known))}", file=sys.stderr)
        return 2
    wanted = set(names) or known
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name in sorted(wanted & SIZES.keys()):
            with running_demo() as demo:
                page = opened(browser, name)
                page.goto(demo.url)
                page.get_by_text("有拿不准的电话").wait_for()
                (show_warning if name == "desktop" else show_answer)(page)
                keep(page, name)
        if wanted - SIZES.keys():
            with running_demo(approval=True) as demo:
                of_console(browser, demo, wanted)
        browser.close()
    return 0


def of_console(browser: Browser, demo: Demo, wanted: set[str]) -> None:
    """The pictures of the console and of a warning's public page."""
    ask_questions(demo)
    bring_residents(demo)
    where = Where(demo.url, offer_warning(demo))
    for shots in (BEFORE, AFTER):
        if shots is AFTER:
            where = replace(where, code=settle_warning(demo, where.edition))
        for name in (name for name in shots if name in wanted):
            shot = shots[name]
            page = opened(browser, shot.size)
            if shot.person:
                sign_in(page, demo.url, shot.person)
            shot.go(page, where)
            keep(page, name)


def opened(browser: Browser, size: str) -> Page:
    """An empty tab, light, of that size."""
    width, height = SIZES[size]
    return browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="light",
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
    )


def sign_in(page: Page, url: str, person: str) -> None:
    """Through the door, as people do."""
    page.goto(f"{url}/console/sign-in")
    page.get_by_label("用户名").fill(person)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.get_by_role("heading", name="今日").wait_for()


def keep(page: Page, name: str) -> None:
    """Write what is seen, in few colours.

    Raises:
        ValueError: the picture is larger than ``LARGEST``.
    """
    page.wait_for_timeout(SETTLED_MS)
    path = PICTURES / f"{name}.png"
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    end = int(page.evaluate(_END)) + MARGIN
    picture = picture.crop((0, 0, picture.width, min(picture.height, end)))
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    page.close()
    size = path.stat().st_size
    if size > LARGEST:
        raise ValueError(f"{path} has {size} bytes, at most {LARGEST}")
    print(path.relative_to(ROOT), size)


def show_answer(page: Page) -> None:
    """A question of a resident and its answer."""
    page.get_by_role("button", name="让我开屏幕共享").click()
    page.locator(".bot .bubble").wait_for()


def show_warning(page: Page) -> None:
    """An answer on the phone; at the desk the warning, which one group still waits for."""
    show_answer(page)
    page.get_by_role("button", name="发送本周预警").click()
    page.locator("#rows").get_by_text("等群主在手机上点一下确认").wait_for()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
