"""Warning texts, a warning for today, and arrivals in a real browser."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.accounts.roles import ROLES
from bot.worker import Worker
from tests.console_kit import Site, Visit, assert_accessible, assert_fits, shoot
from tests.console_warnings import approve, frozen, later

pytestmark = pytest.mark.browser

SHAPES = [
    ("desktop", 1280, 860, False),
    ("desktop-dark", 1280, 860, True),
    ("phone", 360, 740, False),
    ("phone-dark", 360, 740, True),
]
PAGES = [
    ("texts", "/console/warnings/texts/"),
    ("text", "/console/warnings/texts/brushing-all-1"),
    ("text-new", "/console/warnings/texts/new"),
    ("text-remove", "/console/warnings/texts/loan-jobless-1/remove"),
    ("now", "/console/warnings/now"),
    ("now-text", "/console/warnings/now?text=loan-all-1"),
    ("week", "/console/warnings/"),
    ("arrivals", "/console/groups/arrivals"),
    ("code", "/console/groups/jinxiu-garden/code"),
    ("code-none", "/console/groups/liuhe-village/code"),
    ("group", "/console/groups/jinxiu-garden"),
]
BODY = "今天上午有人冒充社区上门收医保，要身份证和银行卡。社区不上门收钱，别开门。拿不准打 96110。"


def fill(site: Site) -> None:
    """A station with a stale text, one that is frozen, and residents who came by codes."""
    site.add("chen", "approver")
    file = site.content / "broadcasts/library/brushing.yaml"
    file.write_text(file.read_text("utf-8").replace("2027-05-20", "2026-10-20", 1), "utf-8")
    plan = site.content / "broadcasts/plans/weekly.yaml"
    plan.write_text(plan.read_text("utf-8").replace("topic: next", "topic: brushing"), "utf-8")
    site.services.book.refresh()
    site.services.book.refresh()
    frozen(site, at=later(site, days=7))
    approve(site, frozen(site))
    worker = Worker(site.services.warnings(), "worker")
    worker.work(site.clock.now())
    worker.close()
    arrivals, today = site.store.arrivals, date(2026, 11, 23)
    for number, group in enumerate(("jinxiu-garden", "shiyan-parents", "liuhe-village", "")):
        for days in range(0, 56, number + 2):
            arrivals.count("mp:demo", group, "followed", today - timedelta(days=days))
    arrivals.keep_code(
        "mp:demo", "jinxiu-garden", "http://weixin.example/q/02abcdefghij", site.clock.now()
    )


@pytest.mark.parametrize(("shape", "width", "height", "dark"), SHAPES)
def test_every_page_is_accessible_and_fits(
    visit: Visit, site: Site, shape: str, width: int, height: int, dark: bool
) -> None:
    fill(site)
    window = visit(*ROLES, name="admin", width=width, height=height, dark=dark)
    for name, path in PAGES:
        tab = window.open(path)
        shoot(tab, f"library-{name}-{shape}")
        assert_fits(tab)
        assert_accessible(tab)


def test_a_text_is_found_changed_and_seen_as_groups_will_see_it(visit: Visit, site: Site) -> None:
    fill(site)
    tab = visit("officer", name="li", width=360, height=740).open("/console/warnings/")
    tab.get_by_role("button", name="预警文字").click()
    tab.get_by_label("复核").select_option("yes")
    tab.get_by_role("link", name="先给红包再让垫钱").click()
    tab.get_by_text("过了复核的日子").wait_for()
    tab.get_by_label("正文").fill("很长的话，" * 390)
    tab.locator("#preview").get_by_text("到这里就满了").first.wait_for()
    shoot(tab, "library-text-too-long")
    tab.get_by_role("button", name="保存").click()
    tab.get_by_text("没有保存。有几处要改").wait_for()
    tab.get_by_label("正文").fill("垫了钱才能提现的，都是骗。")
    tab.locator("#preview .bubble", has_text="垫了钱才能提现的，都是骗。").first.wait_for()
    tab.get_by_label("哪天之前再看一遍").fill("2027-06-01")
    tab.get_by_role("button", name="保存").click()
    tab.get_by_text("保存好了").wait_for()
    text = site.services.book.current().library["brushing-all-1"]
    assert (text.body, str(text.review_by)) == ("垫了钱才能提现的，都是骗。", "2027-06-01")


def test_two_people_at_one_text_lose_nothing(visit: Visit, site: Site) -> None:
    path = "/console/warnings/texts/loan-all-1"
    first = visit("officer", name="li").open(path)
    second = visit("officer", name="wang", width=360, height=740, dark=True).open(path)
    first.get_by_label("标题", exact=True).fill("贷款先交钱，都是骗")
    first.get_by_role("button", name="保存").click()
    first.get_by_text("保存好了").wait_for()
    second.get_by_label("屏幕上的一行字").fill("先交钱的贷款是骗")
    second.get_by_role("button", name="保存").click()
    second.get_by_text("别人也改了这条文字").wait_for()
    shoot(second, "library-text-conflict")
    assert_fits(second)
    assert_accessible(second)
    assert second.get_by_role("cell", name="贷款先交钱，都是骗").is_visible()
    second.get_by_label("标题", exact=True).fill("贷款先交钱，都是骗")
    second.get_by_role("button", name="保存").click()
    second.get_by_text("保存好了").wait_for()
    text = site.services.book.current().library["loan-all-1"]
    assert (text.title, text.led) == ("贷款先交钱，都是骗", "先交钱的贷款是骗")


def test_an_officer_with_a_phone_warns_the_groups_this_morning(visit: Visit, site: Site) -> None:
    site.add("chen", "approver")
    tab = visit("officer", name="li", width=360, height=740).open("/console/warnings/")
    tab.get_by_role("button", name="马上发一条预警").click()
    tab.get_by_label("正文").fill(BODY)
    tab.get_by_label("村", exact=True).check()
    tab.locator("#preview .bubble", has_text="社区不上门收钱").first.wait_for()
    tab.locator("#preview").get_by_text("2 个群").first.wait_for()
    shoot(tab, "library-now-typed")
    assert_fits(tab)
    assert_accessible(tab)
    tab.get_by_role("button", name="送去审批").click()
    tab.get_by_text("请打电话找人批：chen").wait_for()
    shoot(tab, "library-now-sent")

    approver = visit("approver", name="wang", width=360, height=740).open("/console/warnings/")
    approver.get_by_role("link", name="去审批").click()
    assert approver.get_by_text("社区不上门收钱").first.is_visible()
    approver.get_by_text("紧急，可以超过每周条数").click()
    approver.get_by_label("这一期紧急").check()
    approver.get_by_label("为什么紧急").fill("今天上午三起")
    approver.get_by_role("button", name="批准").click()
    approver.get_by_text("批好了").wait_for()
    worker = Worker(site.services.warnings(), "worker")
    worker.work(site.clock.now())
    worker.close()
    tab.reload()
    tab.get_by_text("2 个群，发到 2 个").wait_for()


def test_groups_of_a_warning_are_found_by_name_and_what_is_missing_is_said(
    visit: Visit, site: Site
) -> None:
    tab = visit("officer", name="li", dark=True).open("/console/warnings/now")
    tab.get_by_role("button", name="送去审批").click()
    tab.get_by_text("还不能发，见下面红字").wait_for()
    shoot(tab, "library-now-missing")
    assert tab.locator("form").get_by_text("请选发给哪些群").is_visible()
    tab.get_by_label("现成的文字").check()
    tab.get_by_label("哪一条").select_option("loan-all-1")
    tab.get_by_label("找群").fill("锦绣")
    tab.get_by_label("锦绣花园业主群").check()
    tab.locator("#preview").get_by_text("1 个群").first.wait_for()
    tab.get_by_role("button", name="送去审批").click()
    tab.get_by_text("送去审批了").wait_for()


def test_whom_the_codes_brought_is_drawn_and_a_code_fits_a_page(visit: Visit, site: Site) -> None:
    fill(site)
    tab = visit("viewer").open("/console/groups/arrivals")
    tab.locator("[data-chart] canvas").wait_for()
    tab.get_by_label("找").fill("锦绣")
    tab.get_by_role("link", name="实验小学家长群").wait_for(state="hidden")
    tab.get_by_role("link", name="锦绣花园业主群").click()
    picture = tab.get_by_alt_text("锦绣花园业主群的二维码")
    assert picture.evaluate("image => image.naturalWidth > 0")
    tab.emulate_media(media="print")
    shoot(tab, "library-code-printed")
    assert picture.is_visible()
    assert not tab.get_by_text("看所有的群").is_visible()
