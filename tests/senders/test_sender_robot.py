from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.clock import FixedClock
from bot.senders.base import Pace
from bot.senders.http import Http
from bot.senders.pictures import Pictures
from bot.senders.robot import RobotSender
from tests.senders.misbehaving import Misbehaving, answer
from tests.senders.outgoing_kit import PATHS, ROBOT_KEY, WARNING, outgoing_for

PATH = PATHS["wecom_robot"]


@pytest.fixture
def robot(server: Misbehaving, http: Http) -> RobotSender:
    return RobotSender(server.base, http, Pictures(Path("/nowhere")))


def test_it_posts_markdown_with_the_key_in_the_query(
    server: Misbehaving, robot: RobotSender
) -> None:
    server.will(PATH, answer({"errcode": 0}))
    assert robot.send(outgoing_for(robot, server.base)).kind == "sent"
    seen = server.seen[0]
    assert seen.query == {"key": ROBOT_KEY}
    assert seen.document == {
        "msgtype": "markdown",
        "markdown": {
            "content": "## 先垫钱再返利，都是刷单诈骗\n"
            "本周辖区有人被拉进“做任务返佣金”的群。让你垫钱的，马上退群。\n"
            "预警码 123456\n示范社区派出所"
        },
    }


def test_it_posts_text_when_that_was_rendered(server: Misbehaving, robot: RobotSender) -> None:
    server.will(PATH, answer({"errcode": 0}))
    robot.send(outgoing_for(robot, server.base, format="text", text="文字"))
    assert server.seen[0].document == {"msgtype": "text", "text": {"content": "文字"}}


@pytest.mark.parametrize(
    ("changes", "form"),
    [
        ({}, "markdown"),
        ({"title": ""}, "text"),
        ({"title": "长" * 41}, "text"),
        ({"title": "两\n行"}, "text"),
        ({"body": "暗号是 *110*"}, "text"),
        ({"body": "下载 http://x_y.example"}, "text"),
        ({"body": "第一条\n# 第二条"}, "text"),
        ({"body": "编号 #5 的通知"}, "markdown"),
        ({"body": "带 * 号的长文" + "长" * 700}, "markdown"),
    ],
)
def test_a_heading_where_the_title_is_worth_one_and_nothing_acts_as_markup(
    robot: RobotSender, changes: dict[str, str], form: str
) -> None:
    assert robot.render(replace(WARNING, **changes)).format == form


def test_the_limits_are_those_of_the_platform_in_bytes(robot: RobotSender) -> None:
    short = robot.render(replace(WARNING, title=""))
    assert (short.size, short.limit) == (len(short.text.encode()), 2048)
    spare = 4096 - robot.render(WARNING).size + len(WARNING.body.encode())
    exact = robot.render(replace(WARNING, body="a" * spare))
    assert (exact.format, exact.size, exact.limit, exact.fits) == ("markdown", 4096, 4096, True)
    assert not robot.render(replace(WARNING, body="a" * (spare + 1))).fits


@pytest.mark.parametrize(
    ("number", "kind", "seconds", "words"),
    [
        (93000, "refused", 0, "新 key"),
        (93004, "refused", 0, "停用"),
        (93008, "refused", 0, "不在这个群"),
        (45009, "later", 60, "一分钟"),
        (45033, "later", 3, "同时"),
        (40058, "refused", 0, "改短"),
        (45002, "refused", 0, "太长"),
        (44004, "refused", 0, "空的"),
        (40008, "refused", 0, "消息类型"),
        (40063, "refused", 0, "缺少"),
        (40007, "refused", 0, "附件"),
        (40009, "refused", 0, "图片"),
        (40039, "refused", 0, "链接太长"),
        (45034, "refused", 0, "http://"),
        (45008, "refused", 0, "条数"),
        (-1, "later", 5, "正忙"),
        (12345, "refused", 0, "12345"),
    ],
)
def test_every_code_is_told_apart_in_plain_words(
    server: Misbehaving, robot: RobotSender, number: int, kind: str, seconds: float, words: str
) -> None:
    server.will(PATH, answer({"errcode": number, "errmsg": "the text may change"}))
    outcome = robot.send(outgoing_for(robot, server.base))
    assert (outcome.kind, outcome.code, outcome.retry_after) == (kind, str(number), seconds)
    assert words in outcome.detail


def test_each_key_has_a_pace_of_its_own(robot: RobotSender) -> None:
    assert robot.pace == Pace(count=20, seconds=60.0, in_flight=2)
    assert robot.pace_key({"key": "a"}) != robot.pace_key({"key": "b"})


def test_there_is_nothing_to_follow_up(
    server: Misbehaving, robot: RobotSender, clock: FixedClock
) -> None:
    assert robot.follow_up(outgoing_for(robot, server.base), "") is None
