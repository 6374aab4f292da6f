"""Users, audit log, today and running state, as their pages answer."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.accounts.roles import ROLES
from bot.console.assets import FOLDER
from bot.console.guard import signed_in
from bot.console.today import week_start
from bot.store.api import DeliveryRow, EditionRow
from bot.types import Answer, Message, Verdict
from tests.console_kit import ASSETS, Site
from tests.console_warnings import frozen

SHANGHAI = ZoneInfo("Asia/Shanghai")


def page(site: Site, path: str, *roles: str) -> str:
    answer = site.visitor(*(roles or ROLES)).get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_new_user_gets_a_one_time_password_that_is_shown_once(site: Site) -> None:
    admin = site.visitor("admin")
    shown = admin.post("/console/users/new", {"name": "Wang.Fang", "role": ["officer", "editor"]})
    found = re.search(r"<code>([a-z2-9-]+)</code>", shown.get_data(as_text=True))
    assert found
    assert shown.headers["Cache-Control"] == "no-store"
    assert site.services.door.sign_in("wang.fang", found.group(1), "192.0.2.1").token
    assert found.group(1) not in admin.get("/console/users/").get_data(as_text=True)
    again = admin.post("/console/users/new", {"name": "wang.fang", "role": "officer"})
    assert again.status_code == 422
    assert "已经有叫 wang.fang 的用户了" in again.get_data(as_text=True)
    line = site.store.audit.about("user:wang.fang")[0]
    assert (line.actor, line.action, line.before) == (admin.name, "user_added", "")
    assert "知识管理员、社区民警" in line.after


def test_unknown_roles_in_the_form_are_no_roles(site: Site) -> None:
    answer = site.visitor("admin").post("/console/users/new", {"name": "wang", "role": "root"})
    assert answer.status_code == 422
    assert site.store.users.get("wang") is None


def test_the_last_administrator_is_told_why_he_stays(site: Site) -> None:
    admin = site.visitor("admin", name="chief")
    assert admin.post("/console/users/chief/disable").status_code == 303
    assert "最后一个能用的系统管理员" in admin.get("/console/users/").get_data(as_text=True)
    answer = admin.post("/console/users/chief/roles", {"role": "viewer"})
    assert answer.status_code == 422
    assert 'value="viewer" checked' in answer.get_data(as_text=True)


def test_a_reset_drops_codes_only_where_asked(site: Site) -> None:
    admin = site.visitor("admin")
    site.add("wang", "officer", totp="sealed")
    admin.post("/console/users/wang/reset")
    assert site.store.users.get("wang").totp == "sealed"  # type: ignore[union-attr]
    admin.post("/console/users/wang/reset", {"drop_totp": "yes"})
    assert site.store.users.get("wang").totp == ""  # type: ignore[union-attr]


def test_the_log_is_filtered_by_person_subject_and_local_days(site: Site) -> None:
    def note(actor: str, subject: str, hour: int, day: int = 20) -> None:
        moment = datetime(2026, 11, day, hour, tzinfo=SHANGHAI)
        site.store.audit.note(actor, f"did-{subject}-{day}", subject, "", moment)

    note("wang", "weekly-1", 0)
    note("wang", "weekly-1/group", 23)
    note("wang", "weekly-10", 12)
    note("li", "weekly_1", 12, 21)

    def shown(query: str) -> list[str]:
        return re.findall(r"did-(\S+?)<", page(site, f"/console/audit/?{query}", "admin"))

    assert shown("person=li") == ["weekly_1-21"]
    assert shown("subject=weekly-1") == ["weekly-1/group-20", "weekly-1-20"]
    assert shown("subject=weekly_1") == ["weekly_1-21"], "an underscore is only an underscore"
    assert shown("since=2026-11-21&until=2026-11-21") == ["weekly_1-21"]
    assert len(shown("until=2026-11-20")) == 3
    assert len(shown("since=nonsense&until=9999-12-31&page=-3")) == 4
    assert "没有符合的记录" in page(site, "/console/audit/?person=nobody", "admin")


def test_processes_are_called_the_program_and_are_no_choice_of_person(site: Site) -> None:
    site.store.audit.note("host:123:abcd", "sent", "w-1/g", "", site.clock.now())
    site.store.audit.note("王芳", "postponed", "w-1", "", site.clock.now())
    shown = page(site, "/console/audit/", "admin")
    assert "host:123" not in shown
    assert 'data-label="谁">程序<' in shown
    assert ">改时间<" in shown
    assert "<option>王芳</option>" in shown


def test_the_log_has_pages_of_fifty_that_keep_the_filter(site: Site) -> None:
    now = site.clock.now()
    for number in range(101):
        site.store.audit.note("wang", f"did-{number:03}", "x", "", now + timedelta(seconds=number))
    first = page(site, "/console/audit/?person=wang", "admin")
    assert re.findall(r"did-(\d+)", first)[::49] == ["100", "051"]
    assert "/console/audit/?page=2&amp;person=wang" in first
    assert re.findall(r"did-(\d+)", page(site, "/console/audit/?person=wang&page=3", "admin")) == [
        "000"
    ]


def test_today_counts_what_waits(site: Site) -> None:
    now = site.clock.now()
    assert 'class="count">0<' in page(site, "/console/", "viewer")
    edition = EditionRow("w-1", "w", "t", "a", now, now, "awaiting_approval", True, None, None, "h")
    site.store.editions.add(edition, [], [])
    for number, verdict in enumerate(("scam", "unknown")):
        message = Message(str(number), "mp:demo", "s", "c", "private", "text")
        answer = Answer(Verdict(verdict), "答", "kb")  # type: ignore[arg-type]
        site.store.answers.record(message, "什么", answer, now)
    shown = page(site, "/console/", "viewer")
    assert re.findall(r'class="count">(\d+)<', shown) == ["1", "0", "0", "0", "1", "0", "0"]
    assert "答了 <strong>2</strong> 次，其中 <strong>1</strong> 次提醒了诈骗" in shown


def test_today_leads_to_what_is_past_its_review_day_and_to_what_is_unknown(site: Site) -> None:
    now = site.clock.now()
    edition = EditionRow("w-1", "w", "每周预警", "a", now, now, "approved", True, None, None, "h")
    sent = DeliveryRow(
        "w-1", "g1", 1, "wecom_robot", "c", "d", "zhang", "unknown", "", "", "", False, now, now
    )
    site.store.editions.add(edition, [], [sent])
    knowledge = site.services.live.current().judge.knowledge
    site.clock.advance(400 * 86400)
    shown = page(site, "/console/", "viewer")
    counts = dict(re.findall(r'class="count">(\d+)<.*?<a href="([^"]+)"', shown, re.DOTALL)[::-1])
    stale = f"{len(knowledge.entries) + len(knowledge.guides)}"
    assert counts[stale] == "/console/knowledge/stale"
    assert counts["1"] == "/console/warnings/editions/w-1?state=unknown"
    week = page(site, "/console/warnings/", "viewer")
    assert "有 1 个群不知道发到没有" in week
    assert "/console/warnings/editions/w-1?state=unknown" in week


def test_what_comes_next_keeps_to_working_days_and_to_what_was_postponed(site: Site) -> None:
    place = site.content / "broadcasts" / "plans"
    place.joinpath("weekend.yaml").write_text(
        "plan: weekend\ntitle: 周末提醒\nwhen: {weekly: sat, at: '10:15', on_holiday: next_workday}\n"
        "groups: {kinds: [bank]}\ncontent: {topic: next}\nauthor: zhang\n",
        "utf-8",
    )
    site.services.book.refresh()  # a change is taken up when two looks see the same
    assert site.services.book.refresh(), site.services.book.problems
    shown = page(site, "/console/", "officer")
    assert "11 月 23 日 周一 10:15" in shown
    edition = frozen(site, "weekend", at=site.clock.now() + timedelta(days=7))
    shown = page(site, "/console/", "officer")
    assert f"/console/warnings/editions/{edition.id}" in shown
    assert "等审批" in shown


@pytest.mark.parametrize(("day", "monday"), [(23, 23), (29, 23), (30, 30)])
def test_a_week_begins_on_monday_at_midnight_here(day: int, monday: int) -> None:
    late = datetime(2026, 11, day, 23, 30, tzinfo=SHANGHAI)
    assert week_start(late, SHANGHAI) == datetime(2026, 11, monday, tzinfo=SHANGHAI)


def test_the_running_state_tells_no_secret(site: Site) -> None:
    shown = page(site, "/console/settings/", "admin")
    config = site.services.config
    for secret in ("secret-", config.hash_key, "demo-robot", str(config.root)):
        assert secret not in shown
    assert "/callback/mp/demo" in shown
    assert "ROBOT_KEY_NANHU 没有设置" in shown
    assert "一切正常" in shown
    site.problems.append("brushing.yaml:7: severity 不对")
    assert "brushing.yaml:7" in page(site, "/console/settings/", "admin")


def test_a_fault_in_a_page_is_said_plainly_and_its_words_stay_inside(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> str:
        raise KeyError("居民的话")

    site.app.view_functions["console.today.index"] = signed_in()(broken)
    answer = site.visitor("viewer").get("/console/")
    assert answer.status_code == 500
    assert "程序出错了" in answer.get_data(as_text=True)
    assert "居民的话" not in answer.get_data(as_text=True) + caplog.text
    assert "KeyError" in caplog.text


@pytest.mark.parametrize("path", ["/console/", "/console/audit/", "/console/users/"])
def test_a_page_with_all_its_files_but_charts_stays_below_200_kb(site: Site, path: str) -> None:
    visitor = site.visitor(*ROLES)
    html = visitor.get(path).get_data(as_text=True)
    files = set(re.findall(r'(?:src|href)="(/console/static/[^"]+)"', html))
    files = {file for file in files if "chart" not in file}
    assert len(files) == 5
    size = len(html.encode())
    for file in files:
        with visitor.get(file) as answer:
            assert "immutable" in answer.headers["Cache-Control"]
            size += len(answer.data)
    assert size < 200_000


@pytest.mark.parametrize("name", ["../app.py", "VENDORED.md", "vendor/htmx.LICENSE", "nothing.js"])
def test_only_the_pages_files_are_served(site: Site, name: str) -> None:
    assert site.visitor("viewer").get(f"/console/static/{name}").status_code == 404


@pytest.mark.parametrize("folder", [FOLDER, ASSETS], ids=["console", "tests"])
def test_files_of_others_are_the_ones_written_down(folder: Path) -> None:
    table = folder.joinpath("VENDORED.md").read_text("utf-8")
    rows = re.findall(r"^\| (\S+\.(?:js|css)) .*\| ([0-9a-f]{64}) \|$", table, re.MULTILINE)
    assert rows
    for name, digest in rows:
        assert hashlib.sha256(folder.joinpath(name).read_bytes()).hexdigest() == digest
    vendored = {*folder.glob("vendor/*.js"), *folder.glob("vendor/*.css"), *folder.glob("axe*.js")}
    assert {path.relative_to(folder).as_posix() for path in vendored} == {name for name, _ in rows}


def test_templates_hold_neither_script_nor_style_of_their_own() -> None:
    for path in FOLDER.parent.joinpath("templates").rglob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(
            r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon[a-z]+=|hx-on|javascript:", text
        ), path
        for form in re.findall(r"<form.*?</form>", text, re.DOTALL):
            if 'method="post"' in form:
                assert "ui.token()" in form or "csrf_token()" in form, path
