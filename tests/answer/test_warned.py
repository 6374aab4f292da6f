"""The word on a warning, in the talk: from the real templates, never an assurance."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.answer.assurance import find_assurance
from bot.answer.warned import say_warning
from bot.conversation import State
from bot.kb.templates import GROUP_LIMIT, PRIVATE_LIMIT
from bot.respond import Base, respond
from bot.types import ChatType, Message
from bot.warnings import Finding, Published, Spot, Standing, examine

OURS = Published(
    "123456", "领导熟人换号借钱，这个题目特别长，长得一行写不下", "示范社区派出所", date(2026, 11, 23),
    "领导加你要你代转一笔，没打通本人电话之前不转，拿不准打 96110 问。\n预警码 123456",
)  # fmt: skip
MESSAGE = Message(
    key="1", channel="mp:demo", sender="s", chat="c", chat_type="private", kind="text"
)
STANDINGS: tuple[Standing, ...] = (
    "known", "same", "part", "changed", "withdrawn", "not_ours", "malformed",
)  # fmt: skip


@pytest.mark.parametrize("standing", STANDINGS)
@pytest.mark.parametrize(("chat", "limit"), [("private", PRIVATE_LIMIT), ("group", GROUP_LIMIT)])
def test_every_answer_fits_its_chat_and_assures_nothing(
    spelling_base: Base, standing: Standing, chat: ChatType, limit: int
) -> None:
    ours = None if standing in ("not_ours", "malformed") else OURS
    spot = Spot("拿不准打 96110", "拿不准打 13800138000") if standing == "changed" else None
    reply = say_warning(Finding(standing, ours, spot), chat, spelling_base.lexicon)
    assert 10 < len(reply) <= limit
    assert find_assurance(reply) is None
    assert "{" not in reply


def reply(base: Base, text: str, chat: ChatType = "private", mentioned: bool = True) -> str | None:
    message = replace(MESSAGE, text=text, chat_type=chat, mentioned=mentioned)
    answer, _ = respond(message, State(), base, examine(text, [OURS]))
    return answer.reply


def test_the_three_answers_say_what_is_known_and_whom_to_ask(spelling_base: Base) -> None:
    ours = reply(spelling_base, "预警码 123456")
    assert ours is not None
    assert "2026年11月23日" in ours
    assert "示范社区派出所" in ours
    changed = reply(spelling_base, OURS.body.replace("96110", "13800138000"))
    assert changed is not None
    assert changed.startswith("这条被人改过，先别照做")
    assert "原文是“拿不准打 96110”，你这条成了“拿不准打 13800138000”" in changed
    foreign = reply(spelling_base, "预警码 999999")
    assert foreign is not None
    assert "我们没有发过这个预警码" in foreign
    assert "96110" in foreign


def test_a_changed_spot_is_no_link_and_repeats_no_assurance(spelling_base: Base) -> None:
    linked = reply(spelling_base, OURS.body.replace("96110", "http://a.top/x"))
    assert linked is not None
    assert "a.top" not in linked
    assured = reply(spelling_base, OURS.body.replace("不转", "可以放心转"))
    assert assured is not None
    assert find_assurance(assured) is None


def test_an_emergency_comes_before_any_code(spelling_base: Base) -> None:
    told = reply(spelling_base, "收到预警码 123456，我刚把三千块转给他了，怎么办")
    assert told is not None
    assert told.startswith("马上打 110")
    told = reply(spelling_base, f"{OURS.body}\n我刚把三千块转给他了")
    assert told is not None
    assert told.startswith("马上打 110")


def test_a_scam_that_names_a_false_code_is_called_one(spelling_base: Base) -> None:
    told = reply(spelling_base, "预警码 888888 公安局说我涉嫌洗钱，要把钱转到安全账户核查")
    assert told is not None
    assert "诈骗" in told.splitlines()[0] or "110" in told.splitlines()[0]


def test_groups_are_answered_when_the_bot_is_meant(spelling_base: Base) -> None:
    assert reply(spelling_base, "预警码 123456", "group", mentioned=False) is None
    told = reply(spelling_base, "预警码 123456", "group")
    assert told is not None
    assert "123456" not in told
