"""Warnings in the console: what people see, decide, and are refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.broadcasting.desk import Desk
from tests.console_kit import Site
from tests.console_warnings import approve, delivery, frozen, settle

GROUPS = ("jinxiu-garden", "hengda-finance")


def test_the_week_shows_editions_and_what_is_to_come(site: Site) -> None:
    edition = frozen(site)
    page = site.visitor("viewer").get("/console/warnings/").get_data(as_text=True)
    assert "11 月 23–29 日" in page
    assert f"/console/warnings/editions/{edition.id}" in page
    assert "柜面防范提醒" in page
    assert "未定稿" in page


@pytest.mark.parametrize("week", ["nonsense", "9999-12-31", "0001-01-01", "2026-02-30", ""])
def test_a_nonsense_week_is_this_week(site: Site, week: str) -> None:
    page = site.visitor("viewer").get("/console/warnings/", query_string={"week": week})
    assert "11 月 23–29 日" in page.get_data(as_text=True)


def test_an_approver_approves_what_he_saw(site: Site) -> None:
    edition = frozen(site)
    approver = site.visitor("approver", name="wang")
    page = approver.get(f"/console/warnings/editions/{edition.id}/approval").get_data(as_text=True)
    for text in site.store.editions.texts(edition.id).values():
        for line in text.body.splitlines():
            assert line.removeprefix("## ").split("“")[0] in page
    assert "锦绣花园业主群" in page
    assert edition.hash[:12] in page
    answer = approver.post(
        f"/console/warnings/editions/{edition.id}/approve", {"hash": edition.hash}
    )
    assert answer.status_code == 303
    assert site.store.editions.get(edition.id).state == "approved"  # type: ignore[union-attr]
    assert [one.approver for one in site.store.editions.approvals(edition.id)] == ["wang"]


def test_the_author_cannot_approve_even_by_a_direct_post(site: Site) -> None:
    edition = frozen(site, author="zhang")
    author = site.visitor("officer", "approver", name="zhang")
    page = author.get(f"/console/warnings/editions/{edition.id}/approval").get_data(as_text=True)
    assert "这一期是您写的" in page
    assert "批准</button>" not in page
    answer = author.post(f"/console/warnings/editions/{edition.id}/approve", {"hash": edition.hash})
    assert answer.status_code == 422
    assert "是撰写人" in answer.get_data(as_text=True)
    assert site.store.editions.get(edition.id).state == "awaiting_approval"  # type: ignore[union-attr]


@pytest.mark.parametrize("action", ["approve", "send-back"])
def test_what_changed_since_it_was_opened_is_told(site: Site, action: str) -> None:
    edition = frozen(site)
    answer = site.visitor("approver").post(
        f"/console/warnings/editions/{edition.id}/{action}",
        {"hash": "0" * 64, "back_reason": "改一改"},
    )
    assert answer.status_code == 409
    assert "您打开以后，这一期变了" in answer.get_data(as_text=True)
    assert site.store.editions.get(edition.id) == edition


def test_files_that_changed_after_freezing_are_frozen_anew_and_told(site: Site) -> None:
    edition = frozen(site)
    plan = site.content / "broadcasts/plans/weekly.yaml"
    plan.write_text(plan.read_text("utf-8").replace(", hengda-finance", ""), "utf-8")
    site.services.book.refresh()
    site.services.book.refresh()
    answer = site.visitor("approver").post(
        f"/console/warnings/editions/{edition.id}/approve", {"hash": edition.hash}
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "您打开以后，这一期变了" in page
    current = site.store.editions.get(edition.id)
    assert current is not None
    assert current.state == "awaiting_approval"
    assert current.hash[:12] in page
    assert current.hash != edition.hash


def test_what_is_sent_back_is_offered_again_once_it_was_changed(site: Site) -> None:
    plan = site.services.book.current().plans["weekly"]
    services = site.services.warnings()
    slot = site.clock.now() + timedelta(days=7)
    desk = Desk(services, "worker")
    edition = desk._freezer.freeze(plan, slot, "plan", site.clock.now())
    answer = site.visitor("approver", name="wang").post(
        f"/console/warnings/editions/{edition.id}/send-back",
        {"hash": edition.hash, "back_reason": "第二句太长"},
    )
    assert answer.status_code == 303
    back = site.store.editions.get(edition.id)
    assert back is not None
    assert (back.state, back.detail) == ("cancelled", "审批的人退回：第二句太长")
    desk = Desk(services, "worker")
    assert desk._freezer.freeze(plan, slot, "plan", site.clock.now()).state == "cancelled"
    changed = replace(plan, groups=replace(plan.groups, ids=frozenset({"jinxiu-garden"})))
    desk = Desk(services, "worker")
    again = desk._freezer.freeze(changed, slot, "plan", site.clock.now())
    assert again.state == "awaiting_approval"
    assert again.hash != edition.hash


def test_sending_back_needs_a_reason(site: Site) -> None:
    edition = frozen(site)
    answer = site.visitor("approver").post(
        f"/console/warnings/editions/{edition.id}/send-back",
        {"hash": edition.hash, "back_reason": "  "},
    )
    assert answer.status_code == 422
    assert "请写明为什么退回" in answer.get_data(as_text=True)


def test_urgent_needs_a_reason_and_is_the_approvers(site: Site) -> None:
    edition = frozen(site)
    approver = site.visitor("approver", name="wang")
    fields = {"hash": edition.hash, "urgent": "yes"}
    path = f"/console/warnings/editions/{edition.id}/approve"
    assert approver.post(path, fields).status_code == 422
    assert approver.post(path, {**fields, "reason": "今天三起"}).status_code == 303
    assert site.store.editions.get(edition.id).urgent == "今天三起"  # type: ignore[union-attr]


def test_an_officer_cannot_approve_by_calling_it_urgent(site: Site) -> None:
    officer = site.visitor("officer", name="li")
    answer = officer.post("/console/warnings/plans/weekly/send", {"urgent": "yes", "reason": "急"})
    assert answer.status_code == 303
    edition = site.store.editions.newest("weekly")[0]
    assert edition.state == "awaiting_approval"
    assert not edition.urgent
    answer = officer.post(f"/console/warnings/editions/{edition.id}/urgent", {"reason": "急"})
    assert answer.status_code == 403


def test_the_board_says_in_words_what_was_refused_and_resends_only_that(site: Site) -> None:
    edition = frozen(site)
    approve(site, edition)
    settle(site, edition.id, {"jinxiu-garden": "sent", "hengda-finance": "refused"})
    officer = site.visitor("officer")
    board = f"/console/warnings/editions/{edition.id}"
    page = officer.get(board).get_data(as_text=True)
    assert "机器人的 key 不对" in page
    assert "被拒 1" in page
    assert officer.post(f"{board}/resend").status_code == 303
    assert delivery(site, edition.id, "hengda-finance").state == "queued"
    assert delivery(site, edition.id, "jinxiu-garden").state == "sent"
    page = officer.post(f"{board}/resend", follow_redirects=True).get_data(as_text=True)
    assert "没有可以补发的群" in page


def test_the_board_polls_only_while_something_goes_out_and_sends_nothing_when_nothing_changed(
    site: Site,
) -> None:
    edition = frozen(site)
    approve(site, edition)
    viewer = site.visitor("viewer")
    board = f"/console/warnings/editions/{edition.id}"
    page = viewer.get(board).get_data(as_text=True)
    assert 'hx-trigger="every 2s"' in page
    address = page.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    assert viewer.get(address, headers={"HX-Request": "true", "X-Poll": "1"}).status_code == 204
    settle(site, edition.id, dict.fromkeys(GROUPS, "sent"))
    fragment = viewer.get(address, headers={"HX-Request": "true"})
    assert fragment.status_code == 200
    assert "every 2s" not in fragment.get_data(as_text=True)
    assert "<html" not in fragment.get_data(as_text=True)


@pytest.mark.parametrize(("pressed", "state"), [("sent", "sent"), ("refused", "refused")])
def test_an_unknown_delivery_is_resolved_by_a_person_once(
    site: Site, pressed: str, state: str
) -> None:
    edition = frozen(site)
    approve(site, edition)
    settle(site, edition.id, {"hengda-finance": "unknown"})
    officer = site.visitor("officer", name="li")
    path = f"/console/warnings/editions/{edition.id}/groups/hengda-finance"
    assert "到群里看一眼" in officer.get(path).get_data(as_text=True)
    assert officer.post(path, {"state": "cancelled"}).status_code == 400
    assert officer.post(path, {"state": pressed}).status_code == 303
    row = delivery(site, edition.id, "hengda-finance")
    assert (row.state, row.detail) == (state, "由 li 登记")
    page = officer.post(path, {"state": "sent"}, follow_redirects=True).get_data(as_text=True)
    assert "刚刚已经定了" in page
    assert delivery(site, edition.id, "hengda-finance").state == state


def test_after_resolving_one_goes_back_within_the_console_only(site: Site) -> None:
    edition = frozen(site)
    approve(site, edition)
    settle(site, edition.id, dict.fromkeys(GROUPS, "unknown"))
    officer = site.visitor("officer")
    base = f"/console/warnings/editions/{edition.id}"
    fields = {"state": "sent", "back": "https://evil.example/"}
    assert officer.post(f"{base}/groups/{GROUPS[0]}", fields).location == base
    fields["back"] = "/console/tasks/?mine=1"
    assert officer.post(f"{base}/groups/{GROUPS[1]}", fields).location == fields["back"]


def test_cancelling_stops_what_has_not_gone_out_and_keeps_the_reason(site: Site) -> None:
    edition = frozen(site)
    approve(site, edition)
    settle(site, edition.id, {"jinxiu-garden": "sent"})
    officer = site.visitor("officer", name="li")
    officer.post(f"/console/warnings/editions/{edition.id}/cancel", {"reason": "说法有误"})
    assert delivery(site, edition.id, "jinxiu-garden").state == "sent"
    assert delivery(site, edition.id, "hengda-finance").state == "cancelled"
    notes = [line for line in site.store.audit.about(edition.id) if line.action == "cancelled"]
    assert [(line.actor, line.detail) for line in notes] == [("li", "1 个群；说法有误")]


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("", "请选好日期和钟点"),
        ("morgen", "请选好日期和钟点"),
        ("2020-01-01T09:00", "已经过去了"),
        ("2026-12-02T23:30", "安静时段"),
    ],
)
def test_a_bad_time_is_refused_in_words(site: Site, to: str, words: str) -> None:
    edition = frozen(site)
    answer = site.visitor("officer").post(
        f"/console/warnings/editions/{edition.id}/postpone", {"to": to}
    )
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)


def test_another_time_voids_the_approval(site: Site) -> None:
    edition = frozen(site)
    approve(site, edition)
    answer = site.visitor("officer").post(
        f"/console/warnings/editions/{edition.id}/postpone", {"to": "2026-12-02T10:30"}
    )
    assert answer.status_code == 303
    assert site.store.editions.get(edition.id).state == "awaiting_approval"  # type: ignore[union-attr]


def test_a_second_edition_within_a_day_must_be_meant(site: Site) -> None:
    edition = frozen(site)
    approve(site, edition)
    settle(site, edition.id, dict.fromkeys(GROUPS, "sent"))
    site.clock.advance(7200)
    officer = site.visitor("officer")
    answer = officer.post("/console/warnings/plans/weekly/send")
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "24 小时内已经发过一期" in page
    assert "--again" not in page
    assert officer.post("/console/warnings/plans/weekly/send", {"again": "yes"}).status_code == 303


def test_tasks_show_the_text_to_paste_and_who_must_confirm(site: Site) -> None:
    edition = frozen(site)
    approve(site, edition)
    settle(site, edition.id, {"jinxiu-garden": "awaiting_person"})
    school = frozen(site, "school")
    approve(site, school)
    settle(site, school.id, {"shiyan-parents": "awaiting_person"})
    officer = site.visitor("officer", name="liu")
    page = officer.get("/console/tasks/").get_data(as_text=True)
    assert "实验小学家长群" in page
    assert 'data-copy="x1-1"' in page
    assert "等群主在企业微信里点确认" in page
    assert "锦绣花园业主群" in page
    mine = officer.get("/console/tasks/?mine=1").get_data(as_text=True)
    assert "实验小学家长群" in mine
    assert "锦绣花园业主群" not in mine
    path = f"/console/warnings/editions/{school.id}/groups/shiyan-parents"
    done = officer.post(path, {"state": "sent", "back": "/console/tasks/"}, follow_redirects=True)
    assert "没有要人转发的" in done.get_data(as_text=True)
    assert delivery(site, school.id, "shiyan-parents").state == "sent"


def test_a_viewer_sees_all_and_changes_nothing(site: Site) -> None:
    edition = frozen(site)
    viewer = site.visitor("viewer")
    base = f"/console/warnings/editions/{edition.id}"
    for path in (base, f"{base}/approval", "/console/warnings/plans/weekly", "/console/tasks/"):
        page = viewer.get(path)
        assert page.status_code == 200
        assert "<button>保存" not in page.get_data(as_text=True)
    for action in ("approve", "send-back", "cancel", "postpone", "resend", "go-on", "urgent"):
        assert viewer.post(f"{base}/{action}").status_code == 403
    assert viewer.get("/console/warnings/editions/none").status_code == 404


PLAN = {
    "title": "元旦提醒",
    "plan": "new-year",
    "when": "once",
    "moment": "2026-12-31T10:00",
    "kinds": "school",
    "content": "text",
    "text_all": "campus-all-1",
}


def plan_files(site: Site) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (site.content / "broadcasts/plans").iterdir()}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": ""}, "请写名称"),
        ({"title": "字" * 65}, "最多 64 个"),
        ({"plan": "a b"}, "不能当代号"),
        ({"plan": "../groups"}, "不能当代号"),
        ({"plan": "new"}, "代号不能叫 new"),
        ({"when": "weekly", "weekday": "someday", "at": "09:00"}, "可选"),
        ({"when": "weekly", "weekday": "mon", "at": "25:99"}, "25:99"),
        ({"when": "monthly", "day": "32", "at": "09:00"}, "应在 1 到 31"),
        ({"when": "monthly", "day": "x", "at": "09:00"}, "整数"),
        ({"moment": "soon"}, "不是日期和钟点"),
        ({"moment": ""}, "请选哪天几点"),
        ({"when": "weekly", "weekday": "mon", "at": ""}, "请选几点"),
        ({"when": "monthly", "day": "", "at": "09:00"}, "请写几号"),
        ({"moment": "2026-11-20T10:00"}, "这个时间已经过了"),
        ({"content": "own", "text_all": ""}, "请写给所有人的话"),
        ({"kinds": "aliens"}, "可选"),
        ({"kinds": ""}, "请选发给哪些群"),
        ({"ids": "nobody"}, "群名册里没有 nobody"),
        ({"kinds": "bank", "ids": "liuhe-village"}, "一个群也没有选中"),
        ({"text_all": "none"}, "没有文字 none"),
        ({"text_all": ""}, "请选一条现成的文字"),
        ({"content": "category", "category": "nonsense"}, "没有类别"),
        ({"content": "own", "title_all": "只有标题"}, "缺少字段 正文"),
    ],
)
def test_a_bad_plan_is_refused_with_what_was_typed_and_no_file_changes(
    site: Site, change: dict[str, str], words: str
) -> None:
    before = plan_files(site)
    fields = PLAN | change
    answer = site.visitor("officer").post("/console/warnings/plans/new", fields)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert words in page
    assert fields["title"] in page
    assert plan_files(site) == before


def test_a_plan_is_saved_with_its_author_and_an_audit_line(site: Site) -> None:
    officer = site.visitor("officer", name="li")
    assert officer.post("/console/warnings/plans/new", PLAN).status_code == 303
    plan = site.services.book.current().plans["new-year"]
    assert plan.author == "li"
    line = site.store.audit.about("plan:new-year")[0]
    assert (line.actor, line.action, line.before) == ("li", "plan_saved", "")
    assert "元旦提醒" in line.after
    again = officer.post("/console/warnings/plans/new", PLAN)
    assert again.status_code == 409
    assert "已经有了" in again.get_data(as_text=True)


def test_saving_a_plan_as_it_is_changes_only_its_author(site: Site) -> None:
    path = site.content / "broadcasts/plans/bank.yaml"
    before = path.read_text("utf-8")
    officer = site.visitor("officer", name="li")
    page = officer.get("/console/warnings/plans/bank").get_data(as_text=True)
    fields = {
        "seen": page.split('name="seen" value="')[1].split('"')[0],
        "title": "柜面防范提醒",
        "when": "weekly",
        "weekday": "thu",
        "at": "08:30",
        "on_holiday": "same",
        "kinds": "bank",
        "audience": "teller",
        "content": "category",
        "category": "teller_window",
        "repeats": "yes",
    }
    assert officer.post("/console/warnings/plans/bank", fields).status_code == 303
    assert path.read_text("utf-8") == before.replace("author: chen", "author: li")


def test_a_plan_that_was_removed_meanwhile_is_not_lost(site: Site) -> None:
    officer = site.visitor("officer", name="li")
    officer.post("/console/warnings/plans/new", PLAN)
    page = officer.get("/console/warnings/plans/new-year").get_data(as_text=True)
    seen = page.split('name="seen" value="')[1].split('"')[0]
    other = site.visitor("officer")
    gone = other.post("/console/warnings/plans/new-year/remove", {"seen": seen})
    assert gone.status_code == 303
    assert "new-year" not in site.services.book.current().plans
    answer = officer.post("/console/warnings/plans/new-year", PLAN | {"seen": seen})
    assert answer.status_code == 409
    assert "别人删掉了这个计划" in answer.get_data(as_text=True)
    assert officer.post("/console/warnings/plans/new-year", PLAN | {"seen": ""}).status_code == 303
    assert "new-year" in site.services.book.current().plans


def test_a_plan_that_changed_is_not_removed_unseen(site: Site) -> None:
    officer = site.visitor("officer")
    path = "/console/warnings/plans/school/remove"
    page = officer.post(path, {"seen": "old"}, follow_redirects=True).get_data(as_text=True)
    assert "没有删：别人刚刚改过这个计划" in page
    assert "school" in site.services.book.current().plans


def test_the_preview_tells_what_is_missing_and_changes_nothing(site: Site) -> None:
    before = plan_files(site)
    officer = site.visitor("officer")
    page = officer.post("/console/warnings/plans/preview", PLAN).get_data(as_text=True)
    assert "<strong>2</strong> 个群" in page
    assert "环境变量 ROBOT_KEY_NANHU 没有设置" in page
    assert "2048 字节" in page
    assert plan_files(site) == before
    assert not site.store.editions.newest()


def test_what_is_typed_outlives_the_session(site: Site) -> None:
    body = "这段话写了半个小时"
    fields = PLAN | {"content": "own", "title_all": "标题", "body_all": body}
    answer = site.visitor().post("/console/warnings/plans/new", fields)
    assert answer.status_code == 401
    assert body in answer.get_data(as_text=True)


def test_who_saves_a_plan_is_told_what_comes_next(site: Site) -> None:
    officer = site.visitor("officer")
    answer = officer.post("/console/warnings/plans/new", PLAN, follow_redirects=True)
    page = answer.get_data(as_text=True)
    assert "保存好了。下一次 12 月 31 日 周四 10:00，发之前要请另一个人审批。" in page


def test_a_plan_whose_time_is_over_can_still_be_changed(site: Site) -> None:
    officer = site.visitor("officer")
    officer.post("/console/warnings/plans/new", PLAN)
    site.clock.advance(60 * 86400)
    officer = site.visitor("officer")
    page = officer.get("/console/warnings/plans/new-year").get_data(as_text=True)
    seen = page.split('name="seen" value="')[1].split('"')[0]
    changed = PLAN | {"seen": seen, "title": "再说一遍"}
    answer = officer.post("/console/warnings/plans/new-year", changed, follow_redirects=True)
    assert "不会自己发；要发请点“现在发”" in answer.get_data(as_text=True)
    week = officer.get("/console/warnings/").get_data(as_text=True)
    assert "不会再发的（1）" in week


@pytest.mark.parametrize("role", ["viewer", "approver"])
def test_who_may_only_look_reads_a_plan_without_a_form(site: Site, role: str) -> None:
    page = site.visitor(role).get("/console/warnings/plans/weekly").get_data(as_text=True)
    assert "每周一 09:00" in page
    assert "zhang" in page
    assert "锦绣花园业主群" in page
    assert "撰写人是您" not in page
    assert 'name="title"' not in page


def test_what_is_sent_by_hand_goes_out_with_the_approval(site: Site) -> None:
    edition = frozen(site)
    approver = site.visitor("approver")
    path = f"/console/warnings/editions/{edition.id}"
    assert "批了马上就发" in approver.get(f"{path}/approval").get_data(as_text=True)
    page = approver.post(f"{path}/approve", {"hash": edition.hash}, follow_redirects=True)
    assert "批好了，马上就发" in page.get_data(as_text=True)


def test_sending_in_quiet_hours_is_told_before_the_approval(site: Site) -> None:
    site.clock.advance(14 * 3600)
    edition = frozen(site)
    page = site.visitor("approver").get(f"/console/warnings/editions/{edition.id}/approval")
    assert "批了马上就发，现在是安静时段" in page.get_data(as_text=True)


def test_a_board_says_what_is_left_for_people(site: Site) -> None:
    edition = frozen(site)
    path = f"/console/warnings/editions/{edition.id}"
    assert "还没有批" in site.visitor("viewer").get(path).get_data(as_text=True)
    approve(site, edition)
    settle(site, edition.id, {"jinxiu-garden": "sent", "hengda-finance": "unknown"})
    page = site.visitor("viewer").get(path).get_data(as_text=True)
    assert "要人办" in page
    assert "2 个群，发到 1 个，1 个要人办" in page


def test_sending_on_is_offered_only_where_something_holds_the_warning(site: Site) -> None:
    edition = frozen(site)
    approve(site, edition)
    officer, path = site.visitor("officer"), f"/console/warnings/editions/{edition.id}"
    assert "/go-on" not in officer.get(path).get_data(as_text=True)
    site.store.deliveries.postpone(edition.id, site.clock.now())  # as by its plan: no one is there
    assert "/go-on" not in officer.get(path).get_data(as_text=True)
    site.clock.advance(14 * 3600)
    officer = site.visitor("officer")
    assert "/go-on" in officer.get(path).get_data(as_text=True)


def test_what_was_sent_before_its_time_is_not_told_as_still_to_come(site: Site) -> None:
    officer = site.visitor("officer")
    officer.post("/console/warnings/plans/new", PLAN)
    site.clock.advance(60)
    approve(site, frozen(site, "new-year"))
    officer = site.visitor("officer")
    assert "12 月 31 日" not in officer.get("/console/").get_data(as_text=True)
    week = officer.get("/console/warnings/?week=2026-12-28").get_data(as_text=True)
    assert "10:00" not in week.partition("不会再发的（")[0]
