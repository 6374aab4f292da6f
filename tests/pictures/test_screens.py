"""Screens laid out by a browser are read without what phone and app write around them.

Of the ten in screens.py those are read here that differ most; each takes about two seconds.
"""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from bot.pictures.lines import Box, lines_of
from bot.pictures.recognise import Recogniser
from bot.pictures.seen import Seen
from bot.respond import Base
from tests.pictures.screens import HEIGHT, ORDINARY, SCALE, SCAMS, WIDTH, Screen, png

SIZE = (1080.0, 2400.0)


def box(text: str, left: float, top: float, wide: float, high: float = 48) -> Box:
    return Box(text, left, top, left + wide, top + high)


def test_faces_and_keys_are_no_words() -> None:
    boxes = [
        box("‹ 12", 40, 90, 90),
        box("陈警官", 460, 90, 150),
        box("陈", 70, 330, 45),
        box("你的卡涉嫌洗钱", 200, 330, 400),
        box("我", 965, 500, 45),
        box("好", 840, 500, 45),
        box("发消息", 60, 2310, 130),
        box("＋", 990, 2310, 45),
    ]
    assert lines_of(boxes, SIZE) == ("陈警官", "你的卡涉嫌洗钱", "好")


def test_the_status_bar_in_one_piece_is_no_word() -> None:
    assert lines_of([box("5G HD 67%", 800, 20, 220), box("晚上8:10", 450, 260, 140)], SIZE) == ()


def test_a_short_label_at_the_edge_is_a_word() -> None:
    assert lines_of([box("状态", 66, 900, 90), box("已冻结", 800, 900, 140)], SIZE) == (
        "状态",
        "已冻结",
    )


def test_a_face_between_two_lines_of_a_bubble_does_not_part_them() -> None:
    boxes = [
        box("不许告诉任何人，包括家", 200, 600, 600),
        box("陈", 70, 630, 45),
        box("人，否则按泄密处理", 200, 665, 480),
    ]
    assert lines_of(boxes, SIZE) == ("不许告诉任何人，包括家人，否则按泄密处理",)


def test_an_indented_first_line_and_an_unparted_number_go_on() -> None:
    indented = [box("被执行人涉嫌洗钱一", 162, 600, 800), box("案，依法冻结", 66, 665, 700)]
    number = [box("电子回单：转账金额", 200, 600, 480), box("88000元，两小时到账", 200, 665, 600)]
    assert lines_of(indented, SIZE) == ("被执行人涉嫌洗钱一案，依法冻结",)
    assert lines_of(number, SIZE) == ("电子回单：转账金额88000元，两小时到账",)


@pytest.fixture(scope="module")
def look(chromium: Any) -> Any:
    recogniser = Recogniser()
    page = chromium.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=SCALE)

    def seen(screen: Screen) -> Seen:
        page.set_content(screen.page)
        image = Image.open(io.BytesIO(page.screenshot()))
        return recogniser((screen.finish or png)(image))

    yield seen
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("a dark chat about tasks", "想赚更多的做联单，垫付588返820，三单一组，不做完不能提现"),
        (
            "a photo of a screen with the police's warrant",
            "把名下存款转到国家安全账户做资金清查，查完24小时内返还",
        ),
    ],
)
def test_a_swindlers_screen_is_read_and_judged(
    look: Any, spelling_base: Base, name: str, line: str
) -> None:
    seen = look(SCAMS[name])
    assert line in seen.lines
    assert not {"5G HD 67%", "发消息", "+", "接", "陈"} & set(seen.lines)
    assert spelling_base.judge(seen.text).positive


@pytest.mark.browser
def test_a_familys_screen_is_no_alarm(look: Any, spelling_base: Base) -> None:
    seen = look(ORDINARY["a family that speaks of money"])
    assert "上次买药的钱你妈垫的，一百二，回来给她就行" in seen.lines
    assert not spelling_base.judge(seen.text).positive
