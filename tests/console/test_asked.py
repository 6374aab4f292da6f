"""Answers, inbox, figures and guide as requests: filters, decisions, refusals, files."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from openpyxl import load_workbook

from bot.config import DEMO_APP_ID, DEMO_CORP_ID, DEMO_SECRETS, MpAccount, WecomAccount
from bot.console.guide import public_origin, unreachable
from bot.console.trends import Week, Weeks, category_rows
from bot.platform.server import FakePlatform
from bot.platform.settings import PlatformSettings
from bot.respond import Base
from bot.store.asked import AnswerRow, AnswerSearch, Count, GroupRow
from bot.unanswered import group_new
from tests.console.asked_kit import SAME, ask, fill
from tests.console_kit import Site, make_site

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = "<script>alert(1)</script>'\"&"


def group(site: Site) -> GroupRow:
    ask(site, SAME[0])
    group_new(site.store.questions)
    (row,) = site.store.questions.groups(True, 2)
    return row


def answer(site: Site, text: str = "刷单能做吗") -> AnswerRow:
    ask(site, text)
    return site.store.answer_log.find(AnswerSearch(), 1)[0]


def page_of(row: AnswerRow) -> str:
    return f"/console/answers/one?channel={row.channel}&message={row.message}"


def test_like_questions_are_one_row_with_their_number(site: Site) -> None:
    fill(site)
    text = site.visitor("viewer").get("/console/inbox/").get_data(as_text=True)
    assert text.count("让我明天再联系他") <= 4
    assert "共 7 个问题）" in text


def test_one_click_makes_the_question_an_ask_of_the_judges_guess(site: Site) -> None:
    row = group(site)
    officer = site.visitor("officer", name="zhang")
    known = site.services.live.current().judge.knowledge.entries[0].id
    fields = {"decision": "asks", "item": known, "texts": row.example}
    done = officer.post(f"/console/inbox/group/{row.id}", fields)
    assert (done.status_code, done.location) == (303, "/console/inbox/")
    (wished,) = site.store.questions.additions("pending", 5)
    assert (wished.item, wished.field, wished.text) == (known, "asks", row.example)
    (line,) = site.store.audit.about(f"questions:{row.id}")
    assert line.actor == "zhang"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"decision": "asks", "texts": "甲"}, "请选一个词条"),
        ({"decision": "asks", "item": "nonsense", "texts": "甲"}, "请选一个词条"),
        ({"decision": "ordinary", "subject": "nonsense", "texts": "甲"}, "哪一种平常消息"),
        ({"decision": "new", "texts": " \n \n"}, "至少写一句"),
        ({"decision": "new", "texts": "\n".join(map(str, range(21)))}, "一次最多 20 句"),
        ({"decision": "new", "texts": "长" * 301}, "超过 300 个字"),
    ],
)
def test_a_refused_decision_keeps_what_was_typed(
    site: Site, fields: dict[str, str], words: str
) -> None:
    row = group(site)
    refused = site.visitor("editor").post(f"/console/inbox/group/{row.id}", fields)
    text = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert words in text
    assert fields["texts"].strip() in text
    assert site.store.questions.additions("pending", 5) == ()
    assert site.store.unanswered.count() == 1


@pytest.mark.parametrize("decision", ["not_ours", "done"])
def test_what_needs_no_text_is_closed_at_once(site: Site, decision: str) -> None:
    row = group(site)
    editor = site.visitor("editor")
    editor.post(f"/console/inbox/group/{row.id}", {"decision": decision})
    assert site.store.unanswered.count() == 0
    assert "处理" in editor.get("/console/inbox/?show=decided").get_data(as_text=True)
    editor.post(f"/console/inbox/group/{row.id}", {"decision": ""})
    assert site.store.unanswered.count() == 1


def test_of_two_people_who_decide_the_second_is_told(site: Site) -> None:
    row = group(site)
    editor = site.visitor("editor")
    editor.post(f"/console/inbox/group/{row.id}", {"decision": "done"})
    stale = site.store.questions
    assert not stale.decide(row, "not_ours", "", "zhang", site.clock.now())
    assert editor.post(f"/console/inbox/group/{row.id}", {"decision": "x"}).status_code == 400


def test_an_ordinary_message_goes_to_its_subject(site: Site) -> None:
    row = group(site)
    fields = {"decision": "ordinary", "subject": "bank", "texts": "明天再联系"}
    site.visitor("editor").post(f"/console/inbox/group/{row.id}", fields)
    (wished,) = site.store.questions.additions("taken", 5)
    assert (wished.item, wished.field) == ("bank", "phrasings")


def test_wishes_are_shown_as_text_and_dropped_by_editors_only(site: Site) -> None:
    row = group(site)
    editor, officer = site.visitor("editor"), site.visitor("officer")
    fields = {"decision": "new", "texts": f"甲\n{HOSTILE}"}
    officer.post(f"/console/inbox/group/{row.id}", fields)
    page = editor.get("/console/inbox/additions").get_data(as_text=True)
    assert "<script>alert" not in page
    first = site.store.questions.additions("pending", 5)[0]
    assert officer.post(f"/console/inbox/additions/{first.id}").status_code == 403
    editor.post(f"/console/inbox/additions/{first.id}")
    assert len(site.store.questions.additions("pending", 5)) == 1
    again = editor.post(f"/console/inbox/additions/{first.id}")
    assert "已经处理过了" in editor.get(again.location).get_data(as_text=True)


def test_an_answer_shows_what_was_asked_said_and_seen(site: Site) -> None:
    row = answer(site, "我电话13812345678，客服让我共享屏幕取消会员")
    text = site.visitor("viewer").get(page_of(row)).get_data(as_text=True)
    assert "13812345678" not in text
    assert "〔手机号〕" in text
    assert "先别转钱" in text
    assert "判错了？" not in text


def test_an_answer_that_is_not_there_is_said_to_be_missing(site: Site) -> None:
    assert site.visitor("viewer").get("/console/answers/one?channel=x").status_code == 404


@pytest.mark.parametrize(
    ("fields", "words"),
    [({}, "请选一个"), ({"should": "entry", "item": "nonsense"}, "请选一个词条")],
)
def test_a_mark_that_says_too_little_is_refused(
    site: Site, fields: dict[str, str], words: str
) -> None:
    row = answer(site)
    refused = site.visitor("officer").post(page_of(row), fields)
    assert refused.status_code == 422
    assert words in refused.get_data(as_text=True)
    assert site.store.unanswered.count() == 0


def test_a_mark_is_shown_with_the_answer_and_stands_in_the_log(site: Site) -> None:
    row = answer(site)
    officer = site.visitor("officer", name="zhang")
    officer.post(page_of(row), {"should": "ordinary", "note": HOSTILE})
    text = officer.get(page_of(row)).get_data(as_text=True)
    assert "zhang" in text
    assert "<script>alert" not in text
    (line,) = site.store.audit.about(f"answer:{row.channel}/{row.message}")
    assert line.action == "answer_marked"


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 2),
        ("verdict=unknown", 1),
        ("category=brushing", 1),
        ("text=刷单", 1),
        ("text=%25", 0),
        ("since=2026-11-23", 2),
        ("until=2026-11-22", 0),
        ("since=nonsense&page=x", 2),
        ("only=marked", 0),
        ("only=useless", 0),
        ("page=99999999", 0),
    ],
)
def test_answers_are_filtered(site: Site, query: str, count: int) -> None:
    ask(site, "刷单能做吗")
    ask(site, SAME[0])
    text = site.visitor("viewer").get(f"/console/answers/?{query}").get_data(as_text=True)
    assert text.count("/console/answers/one?") == count


def test_what_residents_found_useless_is_shown_and_waits_in_the_inbox(site: Site) -> None:
    row = answer(site)
    site.store.feedback.give(row.channel, row.message, "anna", False, site.clock.now())
    group_new(site.store.questions)
    viewer = site.visitor("viewer")
    assert "没用 1" in viewer.get(page_of(row)).get_data(as_text=True)
    listed = viewer.get("/console/answers/?only=useless").get_data(as_text=True)
    assert listed.count("/console/answers/one?") == 1
    (waiting,) = site.store.questions.groups(True, 2)
    page = viewer.get(f"/console/inbox/group/{waiting.id}").get_data(as_text=True)
    assert "没用" in page


def test_a_search_for_words_looks_back_two_months(site: Site) -> None:
    ask(site, "刷单能做吗", site.clock.now() - timedelta(days=61))
    viewer = site.visitor("viewer")
    assert "/answers/one?" not in viewer.get("/console/answers/?text=刷单").get_data(as_text=True)
    older = viewer.get("/console/answers/?text=刷单&until=2026-10-01").get_data(as_text=True)
    assert "/answers/one?" in older


def test_weeks_begin_on_the_local_monday_and_count_what_was_said(site: Site) -> None:
    now, zone = site.clock.now(), site.services.config.timezone
    monday = now.astimezone(zone).replace(hour=0, minute=0)
    ask(site, "刷单能做吗", monday)
    ask(site, "刷单能做吗", monday - timedelta(seconds=1), 1)
    weeks = Weeks(site.store.answer_log, zone)
    before, week = weeks.last(2, now)
    assert (before.total, week.total) == (1, 1)
    assert week.categories == {"brushing": 1}
    assert week.start == monday.date()
    ask(site, "刷单能做吗", monday - timedelta(seconds=2), 2)
    assert weeks.last(2, now + timedelta(minutes=59))[0].total == 1
    assert weeks.last(2, now + timedelta(minutes=61))[0].total == 2


def test_categories_are_ordered_by_how_often_they_were_warned_of() -> None:
    monday = date(2026, 11, 23)
    first = Week(monday, (Count("scam", "loan", 2), Count("info", "loan", 9)))
    last = Week(monday, (Count("emergency", "job", 3), Count("unknown", None, 3)))
    assert category_rows([first, last]) == (("job", 3, 0, 3), ("loan", 2, 2, 0))
    assert last.unanswered_share == 0.5


def test_figures_come_as_csv_and_as_a_workbook(site: Site) -> None:
    ask(site, "刷单能做吗")
    viewer = site.visitor("viewer")
    raw = viewer.get("/console/trends/questions.csv").get_data().decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(raw)))
    assert lines[0] == ["周一", "怎么答的", "类别", "次数"]
    assert lines[1][2:] == ["刷单返利", "1"]
    book = load_workbook(io.BytesIO(viewer.get("/console/trends/questions.xlsx").get_data()))
    assert [cell.value for cell in book.active[2]][2:] == ["刷单返利", 1]


def test_today_shows_what_residents_ask_about(site: Site) -> None:
    fill(site)
    text = site.visitor("viewer").get("/console/").get_data(as_text=True)
    assert "居民 12 周里都在问什么" in text
    assert "data-chart" in text
    assert "echarts" in text


@pytest.fixture
def platform(site: Site) -> Iterator[FakePlatform]:
    settings = PlatformSettings(robots={DEMO_SECRETS["ROBOT_KEY_HENGDA"]: "hengda-finance"})
    running = FakePlatform(settings, site.clock)
    yield running
    running.stop()


@pytest.fixture
def connected(platform: FakePlatform, tmp_path: Path, spelling_base: Base) -> Iterator[Site]:
    """A console whose accounts live on a fake platform."""
    url = platform.start()
    folder = tmp_path / "connected"
    for name in ("knowledge", "broadcasts"):
        shutil.copytree(ROOT / name, folder / name)
    good = MpAccount("demo", DEMO_APP_ID, "t", "aes", "k", DEMO_SECRETS["MP_SECRET"])
    made = make_site(
        folder,
        folder,
        spelling_base,
        api_mp=url,
        api_wecom=url,
        mp=(good, replace(good, account="wrong", app_secret="typo")),
        wecom=(WecomAccount("station", DEMO_CORP_ID, secret=DEMO_SECRETS["WECOM_SECRET"]),),
    )
    yield made
    made.store.close()


@pytest.mark.parametrize(
    ("way", "account", "words"),
    [
        ("mp", "demo", "平台认得这个账号和密钥"),
        ("wecom", "station", "平台认得这个账号和密钥"),
        ("mp", "wrong", "AppSecret 不对"),
    ],
)
def test_a_trial_tells_what_the_platform_says(
    connected: Site, way: str, account: str, words: str
) -> None:
    admin = connected.visitor("admin", name="chen")
    answered = admin.post(f"/console/guide/{way}/try/{account}", follow_redirects=True)
    assert words in answered.get_data(as_text=True)
    (line,) = connected.store.audit.about(f"{way}:{account}")
    assert (line.actor, line.action) == ("chen", "account_tried")
    assert "typo" not in answered.get_data(as_text=True) + line.detail


def test_a_test_message_goes_out_only_after_it_was_confirmed(connected: Site) -> None:
    admin = connected.visitor("admin")
    asked = admin.get("/console/guide/robot/send/hengda-finance").get_data(as_text=True)
    assert "恒达公司财务群" in asked
    sender = connected.services.broadcasts.senders["wecom_robot"]
    assert sender.arrived == []  # type: ignore[attr-defined]  # FakeSender keeps what it was given
    done = admin.post(
        "/console/guide/robot/send/hengda-finance", {"text": "测试"}, follow_redirects=True
    )
    assert "企业微信收下了" in done.get_data(as_text=True)
    assert [one.text for one in sender.arrived] == ["测试"]  # type: ignore[attr-defined]


def test_a_group_without_its_key_is_told_which_variable_to_set(connected: Site) -> None:
    admin = connected.visitor("admin")
    done = admin.post(
        "/console/guide/robot/send/nanhu-college", {"text": "测试"}, follow_redirects=True
    )
    assert "ROBOT_KEY_NANHU" in done.get_data(as_text=True)


def test_the_guide_shows_the_address_to_paste(site: Site) -> None:
    page = site.visitor("admin").get("/console/guide/mp")
    assert "http://localhost/callback/mp/demo" in page.get_data(as_text=True)
    assert public_origin("http://bot.example.cn/", demo=False) == "https://bot.example.cn"
    assert public_origin("http://127.0.0.1:8000/", demo=True) == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("host", "hidden"),
    [
        ("127.0.0.1:8000", True),
        ("localhost", True),
        ("192.168.1.5", True),
        ("[::1]:8000", True),
        ("fanzha", True),
        ("bot.example.cn", False),
        ("bot.example.cn:8443", False),
        ("8.8.8.8", False),
    ],
)
def test_addresses_that_no_platform_reaches_are_known(host: str, hidden: bool) -> None:
    assert unreachable(host) is hidden


def test_only_administrators_see_the_guide(site: Site) -> None:
    assert site.visitor("officer").get("/console/guide/").status_code == 403
    assert site.visitor("admin").get("/console/guide/nonsense").status_code == 404


def test_several_rows_are_closed_at_once_and_one_comes_back_to_the_same_place(site: Site) -> None:
    fill(site)
    rows = site.store.questions.groups(True, 2)
    officer = site.visitor("officer", name="zhang")
    fields = {"group": [row.id for row in rows], "page": "2", "of": "联系"}
    wrong = officer.post("/console/inbox/many", {**fields, "decision": "asks"})
    assert wrong.status_code == 400
    done = officer.post("/console/inbox/many", {**fields, "decision": "not_ours"})
    assert unquote(done.location) == "/console/inbox/?page=2&q=联系"
    for row in rows:
        now = site.store.questions.group(row.id)
        assert now is not None
        assert (now.decision, now.actor) == ("not_ours", "zhang")
        assert len(site.store.audit.about(f"questions:{row.id}")) == 1
    again = officer.post("/console/inbox/many", {**fields, "decision": "not_ours"})
    assert "请先勾选问题" in officer.get(again.location).get_data(as_text=True)
    viewer = site.visitor("viewer")
    assert viewer.post("/console/inbox/many", fields).status_code == 403
    assert 'type="checkbox"' not in viewer.get("/console/inbox/").get_data(as_text=True)


def test_questions_are_found_by_their_words(site: Site) -> None:
    fill(site)
    (row,) = site.store.questions.groups(True, 1)
    viewer = site.visitor("viewer")
    found = viewer.get("/console/inbox/", query_string={"q": row.example[1:4]})
    assert row.example[:20] in found.get_data(as_text=True)
    assert "没有找到" in viewer.get("/console/inbox/?q=%25").get_data(as_text=True)
