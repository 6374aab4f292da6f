"""Answers, inbox and figures in a real browser, and what people do there."""

from __future__ import annotations

import pytest

from bot.accounts.roles import ROLES
from bot.console.guide import WAYS
from bot.store.asked import AnswerSearch
from tests.console.asked_kit import fill, group_of
from tests.console_kit import Site, Visit, assert_accessible, assert_fits, shoot

pytestmark = pytest.mark.browser

SHAPES = [("desktop", 1280, 860, False), ("phone", 360, 740, False), ("dark", 1280, 860, True)]


PAGES = {
    **{name: f"/console/{name}/" for name in ("trends", "answers", "inbox", "guide")},
    **{f"guide-{way}": f"/console/guide/{way}" for way in WAYS},
    "today": "/console/",
    "additions": "/console/inbox/additions",
    "robot-send": "/console/guide/robot/send/hengda-finance",
}


@pytest.mark.parametrize(("shape", "width", "height", "dark"), SHAPES)
def test_every_page_is_accessible_and_fits(
    visit: Visit, site: Site, shape: str, width: int, height: int, dark: bool
) -> None:
    fill(site)
    answer = site.store.answer_log.find(AnswerSearch(category="brushing"), 1)[0]
    first, second = site.store.questions.groups(True, 2)
    wished = {"decision": "new", "texts": "这条短信是真的吗\n短信是真是假"}
    site.visitor("editor").post(f"/console/inbox/group/{second.id}", wished)
    pages = PAGES | {
        "answer": f"/console/answers/one?channel=mp:demo&message={answer.message}",
        "group": f"/console/inbox/group/{first.id}",
    }
    window = visit(*ROLES, name="admin", width=width, height=height, dark=dark)
    for name, path in pages.items():
        tab = window.open(path)
        shoot(tab, f"{name}-{shape}")
        assert_fits(tab)
        assert_accessible(tab)


def test_an_officer_turns_like_questions_into_an_ask_by_keyboard_and_search(
    visit: Visit, site: Site
) -> None:
    fill(site)
    group = group_of(site)
    tab = visit("officer").open("/console/")
    tab.get_by_role("link", name="没答上来的", exact=True).click()
    tab.get_by_role("link", name="处理：").first.click()
    tab.get_by_label("找词条").press_sequentially("保健品")
    tab.get_by_role("radio", name="保健品").first.check()
    tab.get_by_label("写进知识库的问法").fill("让我明天再联系他\n明天再联系，可信吗")
    tab.get_by_role("button", name="是选中的词条的问法").press("Enter")
    assert "2 句问法给了" in tab.inner_text("#notices")
    row = site.store.questions.group(group)
    assert row is not None
    assert row.decision == "asks"
    assert row.item.startswith("elderly")


def test_an_editor_says_an_answer_was_wrong_and_finds_it_in_the_inbox(
    visit: Visit, site: Site
) -> None:
    fill(site)
    tab = visit("editor").open("/console/answers/?text=刷单")
    tab.get_by_role("link", name="刷单能做吗").first.click()
    tab.get_by_label("是平常消息").check()
    tab.get_by_role("button", name="判错了").click()
    assert "记下了" in tab.inner_text("#notices")
    tab.goto(tab.url.split("/answers")[0] + "/inbox/")
    assert tab.get_by_text("判错 1 次").is_visible()


def test_answers_are_filtered_without_leaving_the_page(visit: Visit, site: Site) -> None:
    fill(site)
    tab = visit("viewer").open("/console/answers/")
    with tab.expect_response("**/answers/?*"):
        tab.get_by_label("怎么答的").select_option("unknown")
    tab.wait_for_function("!document.querySelector('#rows .tag.bad')")
    assert tab.get_by_role("link", name="对方说让我明天再联系他", exact=True).count() == 2
    assert "verdict=unknown" in tab.url


def test_charts_are_drawn_and_their_figures_stand_beside_them(visit: Visit, site: Site) -> None:
    fill(site)
    tab = visit("viewer").open("/console/trends/")
    tab.wait_for_selector(".chart canvas")
    assert tab.locator(".chart canvas").count() == 2
    assert tab.get_by_role("cell", name="刷单返利").first.is_visible()
    with tab.expect_download() as download:
        tab.get_by_role("button", name="导出 Excel").click()
    assert download.value.suggested_filename == "questions.xlsx"
