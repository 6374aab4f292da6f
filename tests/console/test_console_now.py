"""A warning for today: one form, one plan, one edition, however often it is posted."""

from __future__ import annotations

import pytest

from bot.broadcasting.calendar import Once
from bot.config import Broadcast
from bot.respond import Base
from bot.store.api import EditionRow
from bot.worker import Worker
from tests.console_kit import Site, Visitor, make_site
from tests.console_warnings import approve
from tests.warning_fakes import FakeSender

NOW = "/console/warnings/now"
BODY = "今天上午有人冒充社区上门收医保。社区不上门收钱，别开门。拿不准打 96110。"


def opened(visitor: Visitor, query: str = "") -> str:
    """The plan's name, as the page that was opened carries it."""
    page = visitor.get(NOW + query).get_data(as_text=True)
    return page.partition('name="plan" value="')[2].partition('"')[0]


def fields(visitor: Visitor, **changes: object) -> dict[str, object]:
    own = {"content": "own", "title_all": "紧急提醒", "body_all": BODY, "kinds": ["village"]}
    return {"plan": opened(visitor), **own, **changes}


def work(site: Site) -> None:
    worker = Worker(site.services.warnings(), "worker")
    assert worker.tick(site.clock.now())
    worker.close()


def editions(site: Site) -> tuple[EditionRow, ...]:
    return tuple(one for one in site.store.editions.newest() if one.plan.startswith("now-"))


@pytest.fixture
def unapproved(site: Site, spelling_base: Base) -> Site:
    """A station where nobody has to approve, over the same folders."""
    folder = site.content / "second"
    folder.mkdir()
    return make_site(folder, site.content, spelling_base, broadcast=Broadcast(approval=False))


def arrived(site: Site) -> list[tuple[str, str]]:
    """What the village got; the weekly warning goes to others at this hour."""
    return sorted(
        (outgoing.group, outgoing.text)
        for sender in site.services.broadcasts.senders.values()
        if isinstance(sender, FakeSender)
        for outgoing in sender.arrived
        if outgoing.group.startswith("liuhe")
    )


def test_from_the_words_to_the_groups_once_somebody_else_approved(site: Site) -> None:
    site.add("chen", "approver")
    officer = site.visitor("officer", "approver", name="li")
    assert "要由别人批：chen" in officer.get(NOW).get_data(as_text=True)
    answer = officer.post(NOW, fields(officer))
    assert answer.status_code == 303
    assert "请打电话找人批：chen" in officer.get(answer.location).get_data(as_text=True)
    (edition,) = editions(site)
    assert (edition.state, edition.author, edition.origin) == ("awaiting_approval", "li", "hand")
    work(site)
    assert arrived(site) == []
    approve(site, edition, "chen")
    work(site)
    assert [group for group, _ in arrived(site)] == ["liuhe-speaker", "liuhe-village"]
    assert all(BODY in text for _, text in arrived(site))
    plan = site.services.book.current().plans[edition.plan]
    assert isinstance(plan.when, Once)


def test_it_comes_only_once_whatever_becomes_of_it(site: Site) -> None:
    officer = site.visitor("officer", name="li")
    sent = fields(officer)
    assert officer.post(NOW, sent).status_code == 303
    (edition,) = editions(site)
    site.clock.advance(30)
    again = officer.post(NOW, sent)
    assert again.status_code == 303
    assert edition.id in again.location
    officer.post(f"/console/warnings/editions/{edition.id}/cancel", {"reason": "弄错了"})
    for _ in range(3):
        site.clock.advance(600)
        work(site)
    assert [one.state for one in editions(site)] == ["cancelled"]


def test_two_people_in_the_same_minute_send_two_warnings(site: Site) -> None:
    one, other = (site.visitor("officer", name=name) for name in ("li", "wang"))
    first, second = fields(one), fields(other)
    assert one.post(NOW, first).status_code == 303
    assert other.post(NOW, second).status_code == 303
    assert {edition.author for edition in editions(site)} == {"li", "wang"}
    clash = other.post(NOW, {**second, "plan": first["plan"], "body_all": "别的话。"})
    assert clash.status_code == 409
    assert "别的话。" in clash.get_data(as_text=True)
    assert len(editions(site)) == 2


def test_a_text_of_the_library_is_chosen_beforehand(site: Site) -> None:
    officer = site.visitor("officer", name="li")
    page = officer.get(f"{NOW}?text=loan-all-1").get_data(as_text=True)
    assert 'value="loan-all-1" selected' in page
    text = site.services.book.current().library["loan-all-1"]
    sent = fields(officer, content="text", text_all="loan-all-1", ids=["liuhe-village"])
    assert officer.post(NOW, sent).status_code == 303
    (edition,) = editions(site)
    assert edition.title == text.title
    assert [row.text_id for row in site.store.editions.texts(edition.id).values()] == ["loan-all-1"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"body_all": " "}, "请先写标题和正文"),
        ({"title_all": "长" * 65}, "最多 64 个"),
        ({"title_all": "", "body_all": ""}, "请先写标题和正文"),
        ({"kinds": []}, "请选发给哪些群"),
        ({"content": "text"}, "请选一条现成的文字"),
        ({"ids": ["nowhere"]}, "群名册里没有 nowhere"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_written(
    site: Site, change: dict[str, object], words: str
) -> None:
    officer = site.visitor("officer", name="li")
    answer = officer.post(NOW, fields(officer, **change))
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "还不能发" in page
    assert words in page
    assert not list((site.content / "broadcasts/plans").glob("now-*"))
    assert editions(site) == ()


def test_without_approval_it_goes_out_at_once_even_at_night(unapproved: Site) -> None:
    site = unapproved
    site.clock.advance(13 * 3600)
    officer = site.visitor("officer", name="li")
    assert "现在是安静时段" in officer.get(NOW).get_data(as_text=True)
    assert officer.post(NOW, fields(officer)).status_code == 303
    work(site)
    assert len(arrived(site)) == 2


def test_what_resembles_an_earlier_one_is_sent_once_that_was_seen(unapproved: Site) -> None:
    site = unapproved
    officer = site.visitor("officer", name="li")
    officer.post(NOW, fields(officer))
    work(site)
    site.clock.advance(600)
    sent = fields(officer, body_all=BODY + "谢谢。")
    answer = officer.post(NOW, sent)
    assert answer.status_code == 422
    assert "看过还是要发" in answer.get_data(as_text=True)
    assert len(editions(site)) == 1
    assert officer.post(NOW, {**sent, "alike": "yes"}).status_code == 303
    work(site)
    assert len(arrived(site)) == 4


def test_urgent_passes_the_weekly_limit_with_a_reason(unapproved: Site) -> None:
    site = unapproved
    officer = site.visitor("officer", name="li")
    for body in ("刷单垫钱是骗局，别垫。", "公安不会电话办案，挂掉。", "客服退款要屏幕共享是骗。"):
        officer.post(NOW, fields(officer, body_all=body))
        work(site)
        site.clock.advance(600)
    page = officer.post(f"{NOW}/preview", fields(officer)).get_data(as_text=True)
    assert "7 天内已经发过 3 次，最多 3 次" in page
    assert officer.post(NOW, fields(officer, urgent="yes")).status_code == 422
    assert officer.post(NOW, fields(officer)).status_code == 303
    work(site)
    assert len(arrived(site)) == 6
    urgent = fields(officer, urgent="yes", reason="今天三起", body_all="快递理赔要验证码是骗。")
    assert officer.post(NOW, urgent).status_code == 303
    work(site)
    assert len(arrived(site)) == 8
    assert sorted(edition.urgent for edition in editions(site))[-1] == "今天三起"


def test_a_warning_sent_back_is_changed_in_its_plan_and_sent_again(site: Site) -> None:
    officer = site.visitor("officer", name="li")
    officer.post(NOW, fields(officer))
    (edition,) = editions(site)
    site.visitor("approver", name="wang").post(
        f"/console/warnings/editions/{edition.id}/send-back",
        {"hash": edition.hash, "back_reason": "太长"},
    )
    site.clock.advance(60)
    plan = f"/console/warnings/plans/{edition.plan}"
    page = officer.get(plan).get_data(as_text=True)
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    moment = page.partition('name="moment" type="datetime-local" value="')[2].partition('"')[0]
    shorter = {"title": "紧急提醒", "when": "once", "moment": moment, "seen": seen}
    shorter |= {"content": "own", "title_all": "紧急提醒", "body_all": "短了。", "kinds": "village"}
    assert officer.post(plan, shorter).status_code == 303
    assert officer.post(f"{plan}/send").status_code == 303
    again = editions(site)[0]
    assert (again.state, again.id != edition.id) == ("awaiting_approval", True)


def test_only_who_delivers_and_plans_may_send(site: Site) -> None:
    for role in ("viewer", "approver", "editor"):
        visitor = site.visitor(role)
        assert visitor.get(NOW).status_code == 403
        assert visitor.post(NOW, {"plan": "x"}).status_code == 403
        page = visitor.get("/console/warnings/").get_data(as_text=True)
        assert "马上发一条预警" not in page


def test_past_warnings_do_not_crowd_the_plans(site: Site) -> None:
    officer = site.visitor("officer", name="li")
    officer.post(NOW, fields(officer))
    site.clock.advance(24 * 3600)
    page = site.visitor("viewer").get("/console/warnings/").get_data(as_text=True)
    assert "不会再发的（1）" in page
