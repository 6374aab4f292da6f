"""Short lines in a talk that goes on: what was done, what is asked back, how one feels."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from bot.answer.assurance import find_assurance
from bot.conversation import State
from bot.follow import step_taken, turn_of
from bot.respond import Base, respond
from bot.types import Answer, Message

MESSAGE = Message(
    key="1", channel="mp:demo", sender="s", chat="c", chat_type="private", kind="text"
)
GRANDSON = "孙子打电话来说他把人打伤了要两万块钱"
POWER = "有人给我发短信说欠电费要停电，里面有个链接"


def talk(base: Base, *texts: str) -> list[Answer]:
    state, answers = State(), []
    for text in texts:
        answer, state = respond(replace(MESSAGE, text=text), state, base)
        assert answer.reply is not None
        assert find_assurance(answer.reply) is None
        answers.append(answer)
    return answers


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("交了200", "paid"),
        ("我转了6000", "paid"),
        ("孩子偷偷转了三次", "paid"),
        ("微信少了4800", "paid"),
        ("已交2000", "paid"),
        ("我给了卡号", "disclosed"),
        ("我报了", "disclosed"),
        ("我取好了", "on_the_way"),
        ("约好下午来我家", "on_the_way"),
        ("我现在就去银行", "paying"),
        ("他明天要去银行", "paying"),
        ("我下了", "opened"),
        ("我点开了", "opened"),
    ],
)
def test_a_step_that_was_taken_is_heard(text: str, stage: str) -> None:
    assert step_taken(text) == stage


@pytest.mark.parametrize(
    "text",
    ["我没转", "我听你的不转了", "转了吗", "还要交保证金", "给了我派出所地址", "发了营业执照照片", "明天下雨", "他打了电话给我说好多次让我快点转钱过去"],
)  # fmt: skip
def test_what_was_not_done_or_is_a_story_of_its_own_is_no_step(text: str) -> None:
    assert step_taken(text) is None


@pytest.mark.parametrize(
    ("text", "turn"),
    [
        ("那我打不打呀", "now"),
        ("靠谱吗", "now"),
        ("我该怎么办", "now"),
        ("说简单一点", "simpler"),
        ("没听懂", "simpler"),
        ("怎么跟他说", "persuade"),
        ("劝不动", "persuade"),
        ("我害怕", "comfort"),
        ("我怕他骂我", "comfort"),
        ("我没扫", "refrained"),
        ("挂了，没给他钱", "refrained"),
        ("我已经挂了", ""),
        ("取件码是多少", ""),
    ],
)
def test_what_a_short_line_asks_back(text: str, turn: str) -> None:
    assert turn_of(text) == turn


@pytest.mark.parametrize(
    ("line", "words"),
    [("我现在就去银行", "先停手"), ("我取好了", "先停下"), ("我转了6000", "110")],
)
def test_after_a_warning_a_step_is_an_emergency(spelling_base: Base, line: str, words: str) -> None:
    answers = talk(spelling_base, GRANDSON, line)
    assert answers[1].verdict.name == "emergency"
    assert words in (answers[1].reply or "").splitlines()[0]


@pytest.mark.parametrize(
    "line", ["点一下就行吗", "里面有个蓝颜色的字", "那东西扔了行吗", "他说很好"]
)
def test_after_a_warning_no_line_hears_goodbye_or_that_nothing_was_seen(
    spelling_base: Base, line: str
) -> None:
    reply = talk(spelling_base, POWER, line)[1].reply or ""
    assert "没看到骗钱" not in reply
    assert "再见" not in reply
    assert "帮不上" not in reply


def test_thanks_are_still_thanks(spelling_base: Base) -> None:
    assert talk(spelling_base, POWER, "谢谢你")[1].verdict.entry == "talk-thanks"


def test_a_notice_after_a_warning_is_read_by_itself(spelling_base: Base) -> None:
    notice = "【菜鸟驿站】您的快递已到，请凭取件码3-2-6011到店领取"
    answer = talk(spelling_base, POWER, notice)[1]
    assert answer.verdict.name == "info"
    assert not (answer.verdict.subject or "").startswith("follow:")


def test_the_same_is_not_said_twice_running(spelling_base: Base) -> None:
    answers = talk(
        spelling_base, "有人加我微信要教我炒股", "说是老师", "先给我个小红包", "后来让我下个软件"
    )
    replies = [answer.reply for answer in answers]
    assert all(one != two for one, two in pairwise(replies))


def test_fear_is_met_with_care(spelling_base: Base) -> None:
    (answer,) = talk(spelling_base, "我害怕")
    assert answer.verdict.subject == "comfort"
    assert "12356" in (answer.reply or "")


def test_a_clerks_story_stays_the_clerks(spelling_base: Base) -> None:
    answers = talk(spelling_base, "客户要转20万说给儿子买房，不肯说收款人是谁", "手机一直通着电话")
    assert answers[1].verdict.stage == "window"


def test_a_new_story_is_not_hung_on_the_old_one(spelling_base: Base) -> None:
    subject = talk(spelling_base, POWER, "同事介绍的人约我见面")[1].verdict.subject
    assert not (subject or "").startswith("follow:")


def test_what_stands_on_a_picture_was_not_said(spelling_base: Base) -> None:
    shown = replace(MESSAGE, kind="image", text="下一单先垫付588返820，三单一组，不做完不能提现")
    answer, _ = respond(shown, State(), spelling_base)
    assert "图上有" in (answer.reply or "")
    assert "你说到" not in (answer.reply or "")


def test_a_bare_sum_after_a_warning_is_no_telephone_number(spelling_base: Base) -> None:
    answer = talk(spelling_base, "买演唱会票加微信转账", "1280")[1]
    assert answer.verdict.subject == "follow:still"
