"""Warnings in a real browser: looks at desktop and phone, and what people do there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.accounts.roles import ROLES
from bot.types import Outcome
from bot.worker import Worker
from tests.console_kit import Site, Visit, assert_accessible, assert_fits, shoot
from tests.console_warnings import approve, delivery, frozen, settle
from tests.warning_fakes import FakeSender

pytestmark = pytest.mark.browser

SHAPES = [("desktop", 1280, 860, False), ("phone-dark", 360, 740, True)]


def fill(site: Site) -> str:
    """A week in which something went wrong, something waits and something is to come."""
    school = frozen(site, "school", author="liu")
    approve(site, school)
    settle(site, school.id, {"shiyan-parents": "awaiting_person", "nanhu-college": "refused"})
    weekly = frozen(site, author="zhang")
    approve(site, weekly)
    settle(site, weekly.id, {"jinxiu-garden": "awaiting_person", "hengda-finance": "unknown"})
    site.clock.advance(3600)
    frozen(site, "bank", author="chen")
    return school.id


@pytest.mark.parametrize(("shape", "width", "height", "dark"), SHAPES)
@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("week", "/console/warnings/"),
        ("plan", "/console/warnings/plans/weekly"),
        ("plan-new", "/console/warnings/plans/new"),
        ("board", "/console/warnings/editions/{edition}"),
        ("approval", "/console/warnings/editions/bank-20261123-100000/approval"),
        ("delivery", "/console/warnings/editions/weekly-20261123-090000/groups/hengda-finance"),
        ("cancel", "/console/warnings/editions/{edition}/cancel"),
        ("postpone", "/console/warnings/editions/bank-20261123-100000/postpone"),
        ("urgent", "/console/warnings/editions/{edition}/urgent"),
        ("send", "/console/warnings/plans/weekly/send"),
        ("tasks", "/console/tasks/"),
    ],
)
def test_every_page_is_accessible_and_fits(
    visit: Visit, site: Site, shape: str, width: int, height: int, dark: bool, name: str, path: str
) -> None:
    edition = fill(site)
    window = visit(*ROLES, name="admin", width=width, height=height, dark=dark)
    tab = window.open(path.format(edition=edition))
    shoot(tab, f"warnings-{name}-{shape}")
    assert_fits(tab)
    assert_accessible(tab)


def test_a_board_renews_itself_until_all_is_done(visit: Visit, site: Site) -> None:
    edition = frozen(site)
    approve(site, edition)
    tab = visit("officer").open(f"/console/warnings/editions/{edition.id}")
    assert tab.locator("#live").get_by_text("0 / 2 个群发过了").is_visible()
    settle(site, edition.id, {"jinxiu-garden": "sent", "hengda-finance": "refused"})
    tab.get_by_text("2 个群，发到 1 个").wait_for()
    assert tab.get_by_text("机器人的 key 不对").is_visible()
    assert tab.locator("#live").get_attribute("hx-trigger") is None


def test_the_phones_task_is_copied_and_ticked_off(visit: Visit, site: Site) -> None:
    edition = frozen(site, "school", author="liu")
    approve(site, edition)
    settle(site, edition.id, {"shiyan-parents": "awaiting_person"})
    tab = visit("officer", width=360, height=740).open("/console/tasks/")
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.get_by_role("button", name="复制文字").click()
    tab.get_by_text("复制好了").wait_for()
    copied = tab.evaluate("navigator.clipboard.readText()")
    text = site.store.editions.texts(edition.id)[
        delivery(site, edition.id, "shiyan-parents").digest
    ]
    assert copied == text.body
    tab.get_by_role("button", name="已经发了").click()
    tab.get_by_text("没有要人转发的").wait_for()
    assert delivery(site, edition.id, "shiyan-parents").state == "sent"


def test_a_plan_is_written_with_a_live_preview_and_saved(visit: Visit, site: Site) -> None:
    tab = visit("officer", name="li").open("/console/warnings/plans/new")
    tab.get_by_label("名称").fill("元旦提醒")
    tab.get_by_label("代号").fill("new-year")
    tab.get_by_label("只发一次").check()
    tab.get_by_label("哪天几点").fill("2026-12-31T10:00")
    tab.get_by_label("学校").check()
    tab.get_by_label("自己写").check()
    own = tab.locator("details.own").first
    own.get_by_label("标题").fill("放假也别刷单")
    own.get_by_label("正文").fill("垫钱做任务的都是骗。" * 3)
    tab.locator("#preview").get_by_text("垫钱做任务的都是骗").first.wait_for()
    assert tab.locator("#preview").get_by_text("2 个群", exact=True).first.is_visible()
    shoot(tab, "warnings-plan-typed")
    own.get_by_label("正文").fill("很长的话，" * 390)
    tab.get_by_text("到这里就满了").first.wait_for()
    shoot(tab, "warnings-plan-too-long")
    own.get_by_label("正文").fill("垫钱做任务的都是骗。")
    tab.get_by_role("button", name="保存").click()
    tab.get_by_text("保存好了").wait_for()
    plan = site.services.book.current().plans["new-year"]
    assert (plan.title, plan.author) == ("元旦提醒", "li")
    text = (site.content / "broadcasts/plans/new-year.yaml").read_text("utf-8")
    assert "body: 垫钱做任务的都是骗。" in text


def test_groups_are_found_and_chosen_by_name(visit: Visit, site: Site) -> None:
    tab = visit("officer", name="li").open("/console/warnings/plans/weekly")
    tab.get_by_label("找群").fill("南湖")
    tab.get_by_label("南湖学院辅导员群").check()
    tab.get_by_label("找群").fill("")
    tab.locator("#preview").get_by_text("南湖学院辅导员群").first.wait_for()
    tab.get_by_role("button", name="保存").click()
    tab.get_by_text("保存好了").wait_for()
    chosen = site.services.book.current().plans["weekly"].groups.ids
    assert chosen == {"jinxiu-garden", "hengda-finance", "nanhu-college"}


def test_two_people_at_one_plan_lose_nothing(visit: Visit, site: Site) -> None:
    first = visit("officer", name="li").open("/console/warnings/plans/weekly")
    second = visit("officer", name="wang").open("/console/warnings/plans/weekly")
    first.get_by_label("名称").fill("每周一早报")
    first.get_by_role("button", name="保存").click()
    first.get_by_text("保存好了").wait_for()
    second.get_by_label("几点", exact=True).fill("10:30")
    second.get_by_role("button", name="保存").click()
    second.get_by_text("别人也改了这个计划").wait_for()
    shoot(second, "warnings-plan-conflict")
    assert second.get_by_role("cell", name="每周一早报").is_visible()
    assert second.get_by_label("几点", exact=True).input_value() == "10:30"
    second.get_by_label("名称").fill("每周一早报")
    second.get_by_role("button", name="保存").click()
    second.get_by_text("保存好了").wait_for()
    plan = site.services.book.current().plans["weekly"]
    assert (plan.title, plan.author) == ("每周一早报", "wang")
    assert f"{plan.when.at:%H:%M}" == "10:30"  # type: ignore[union-attr]


def test_a_warning_from_the_officers_desk_to_a_resolved_delivery(visit: Visit, site: Site) -> None:
    sender = site.services.broadcasts.senders["wecom_robot"]
    assert isinstance(sender, FakeSender)
    sender.answer = lambda outgoing: Outcome("unknown", "", "没有收到回话")
    officer = visit("officer", name="li").open("/console/warnings/plans/weekly")
    officer.get_by_role("button", name="保存").click()
    officer.get_by_role("button", name="现在发").click()
    officer.get_by_role("button", name="定稿，请人审批").click()
    officer.get_by_text("请另一个人审批").wait_for()

    approver = visit("approver", name="wang").open("/console/warnings/")
    approver.get_by_role("link", name="去审批").click()
    approver.get_by_role("button", name="批准").click()
    approver.get_by_text("批好了").wait_for()

    worker = Worker(site.services.warnings(), "worker")
    worker.work(site.clock.now())
    worker.close()
    officer.reload()
    officer.get_by_text("个要人办").wait_for()
    officer.get_by_role("link", name="登记结果：恒达公司财务群").click()
    officer.get_by_role("button", name="到了", exact=True).click()
    officer.get_by_text("恒达公司财务群：登记为已发").wait_for()
    edition = site.store.editions.newest("weekly")[0]
    assert delivery(site, edition.id, "hengda-finance").state == "sent"
    assert [one.approver for one in site.store.editions.approvals(edition.id)] == ["wang"]


def test_scripts_in_every_field_stay_text(visit: Visit, site: Site) -> None:
    nasty = '<script>document.title="x"</script><img src=x onerror=alert(1)>'
    edition = frozen(site)
    site.store.editions.update(edition, replace(edition, title=nasty, alike=nasty, author=nasty))
    window = visit(*ROLES, name="admin")
    for path in ("", "/approval", "/postpone", "/cancel"):
        tab = window.open(f"/console/warnings/editions/{edition.id}{path}")
        assert tab.get_by_text("<script>").first.is_visible()
        assert tab.title() != "x"


@pytest.mark.parametrize(("shape", "width", "height", "dark"), SHAPES)
def test_pages_of_those_who_may_only_look_are_accessible_and_fit_long_names(
    visit: Visit, site: Site, shape: str, width: int, height: int, dark: bool
) -> None:
    plan = site.content / "broadcasts/plans/weekly.yaml"
    name = "<img/src=x>" + "onerror=alert(1);" * 3
    plan.write_text(plan.read_text("utf-8").replace("title: 每周预警", f"title: '{name}'"), "utf-8")
    site.services.book.refresh()
    assert site.services.book.refresh()
    fill(site)
    window = visit("viewer", width=width, height=height, dark=dark)
    for number, path in enumerate(
        ("/console/", "/console/warnings/", "/console/warnings/plans/weekly", "/console/tasks/")
    ):
        tab = window.open(path)
        tab.get_by_text(name).first.wait_for()
        shoot(tab, f"warnings-looked-at-{number}-{shape}")
        assert_fits(tab)
        assert_accessible(tab)
