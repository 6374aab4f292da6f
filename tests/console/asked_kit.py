"""Questions as residents ask them, for tests of the pages that show them."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

from bot.judge.judge import Judge
from bot.privacy import scrub
from bot.types import Alternative, Answer, Message, Verdict
from bot.unanswered import group_new
from tests.console_kit import Site

SAME = ["对方说让我明天再联系他", "对方说让我明天再联系他，怎么办", "他说让我明天再联系他呀"]
UNKNOWN = frozenset({*SAME, "这条短信是真的吗"})
SCAMS = ("刷单能做吗", "客服让我共享屏幕取消会员", "先交钱再放款靠谱吗", "领导加我微信借钱")


@lru_cache
def _judged(judge: Judge, text: str) -> Verdict:
    """The judge's verdict, but ``UNKNOWN`` texts stay so however well the judge becomes."""
    if text not in UNKNOWN:
        return judge(text)
    first = judge.knowledge.entries[0]
    return Verdict("unknown", alternatives=(Alternative(first.id, first.category, 0.2),))


def ask(site: Site, text: str, at: datetime | None = None, number: int = 0) -> Verdict:
    """A question as the message flow records it."""
    verdict = _judged(site.services.live.current().judge, text)
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
