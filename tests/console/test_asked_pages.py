"""Answers, inbox and figures in a real browser, and what people do there."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.accounts.roles import ROLES
from bot.privacy import scrub
from bot.store.asked import AnswerSearch
from bot.types import Answer, Message, Verdict
from bot.unanswered import group_new
from tests.console_kit import Site, Visit, assert_accessible, assert_fits, shoot

pytestmark = pytest.mark.browser

SHAPES = [("desktop", 1280, 860, False), ("phone", 360, 740, False), ("dark", 1280, 860, True)]
SAME = ["对方说让我明天再联系他", "对方说让我明天再联系他，怎么办", "他说让我明天再联系他呀"]
SCAMS = ("刷单能做吗", "客服让我共享屏幕取消会员", "先交钱再放款靠谱吗", "领导加我微信借钱")


def ask(site: Site, text: str, at: datetime | None = None, number: int = 0) -> Verdict:
    """A question as the message flow records it."""
    verdict = site.services.live.current().judge(text)
    message = Message(f"{text}-{number}", "mp:demo", "sender", "chat", "private", "text", text)
    answer = Answer(verdict, "先别转钱。\n打 96110 问一下。", "kb-1")
    site.store.answers.record(message, scrub(text), answer, at or site.clock.now())
    return verdict


def fill(site: Site) -> None:
    now = site.clock.now()
    for week in range(12):
        for place, text in enumerate(SCAMS):
            for number in range(1 + (week * 7 + place * 3) % 6):
                ask(site, text, now - timedelta(weeks=week, minutes=number), week * 100 + number)
    for number, text in enumerate([*SAME, *SAME, "这条短信是真的吗"]):
        ask(site, text, now - timedelta(hours=number), number)
    group_new(site.store.questions)


def group_of(site: Site) -> str:
    return site.store.questions.groups(True, 1)[0].id


@pytest.mark.parametrize(("shape", "width", "height", "dark"), SHAPES)
@pytest.mark.parametrize(
    "name", ["today", "figures", "answers", "answer", "inbox", "group", "additions"]
)
def test_every_page_is_accessible_and_fits(
    visit: Visit, site: Site, shape: str, width: int, height: int, dark: bool, name: str
) -> None:
    fill(site)
    answer = site.store.answer_log.find(AnswerSearch(category="brushing"), 1)[0]
    client = site.visitor("editor")
    second = site.store.questions.groups(True, 2)[1].id
    client.post(
        f"/console/inbox/group/{second}",
        {"decision": "new", "texts": "这条短信是真的吗\n短信是真是假"},
    )
    path = {
        "today": "/console/",
        "figures": "/console/figures/",
        "answers": "/console/answers/",
        "answer": f"/console/answers/one?channel=mp:demo&message={answer.message}",
        "inbox": "/console/inbox/",
        "group": f"/console/inbox/group/{group_of(site)}",
        "additions": "/console/inbox/additions",
    }[name]
    tab = visit(*ROLES, name="admin", width=width, height=height, dark=dark).open(path)
    tab.wait_for_load_state("networkidle")
    shoot(tab, f"{name}-{shape}")
    assert_fits(tab)
    assert_accessible(tab)
