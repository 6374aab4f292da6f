"""Ten screenshots as residents send them are read, and judged as their words would be."""

from __future__ import annotations

import io
import time
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.pictures.recognise import MOST_BYTES, Recogniser
from bot.respond import Base
from tests.pictures.drawing import DARK, LIGHT, SMS, Canvas, chat, encoded, page, poster

SECONDS = 5.0


@pytest.fixture(scope="session")
def recognise() -> Recogniser:
    return Recogniser()


SCAMS = {
    "light chat, fake service desk": (
        chat(
            LIGHT,
            "京东金融客服",
            "您好，您的白条账户利率不合规，需要注销，否则影响您的个人征信",
            ">那要怎么办",
            "您先下载这个会议软件，打开屏幕共享，我一步一步教您操作",
        ),
        "共享",
    ),
    "dark chat, brushing": (
        chat(
            DARK,
            "派单老师",
            "宝，今天的福利单是点赞，一单五块，已经返给你了",
            ">收到了",
            "下一单要先垫付三百，做完三连单本金和佣金一起返",
        ),
        "垫付三百",
    ),
    "light chat, new number of the boss": (
        chat(
            LIGHT,
            "王总（新号）",
            "我是王总，这是我的新微信，我在开会不方便接电话",
            "你现在给客户账户转二十八万，晚点我补签字",
        ),
        "二十八万",
    ),
    "dark chat, extortion": (
        chat(
            DARK,
            "小雨",
            "视频我录下来了，你通讯录我也拿到了",
            "不转两万过来，我就发给你家里人和同事",
        ),
        "两万",
    ),
    "SMS, frozen medical card": (
        page(
            SMS,
            "1069 0271 5518",
            "【医保局】您的医保电子凭证",
            "今日到期停用，请点击",
            "http://yb-gov.top/a 填写",
            "银行卡和验证码恢复使用",
        ),
        "yb-gov.top",
    ),
    "SMS, loan": (
        page(
            SMS,
            "1065 8820 1173",
            "【信用贷】您的二十万额度",
            "已通过，放款前先交三千",
            "保证金，加客服微信办理",
        ),
        "保证金",
    ),
    "payment page of a fake platform": (
        page(
            LIGHT,
            "提现失败",
            "您的银行卡号填写错误，账户已冻结",
            "请缴纳解冻金 5000 元",
            "缴纳后可全额提现",
        ),
        "解冻金",
    ),
    "QR poster, free gift": (
        poster(
            LIGHT,
            "http://gift-free.top/q?u=8",
            "扫码进群，免费领电饭煲",
            "进群再领红包做任务返佣金",
        ),
        "gift-free.top",
    ),
}
ORDINARY = {
    "SMS of a bank": (
        page(
            SMS,
            "95588",
            "【工商银行】您尾号1234的储蓄卡",
            "11月20日支出金额36.50元",
            "余额请登录手机银行查看",
        ),
        "36.50",
    ),
    "school notice": (
        chat(LIGHT, "三年级二班家长群", "各位家长，明天下午四点半放学，请带好雨衣，按时来接孩子"),
        "四点半",
    ),
}


@pytest.mark.parametrize("name", SCAMS)
def test_a_scammers_screenshot_is_read_and_warned_of(
    recognise: Recogniser, real_base: Base, name: str
) -> None:
    canvas, word = SCAMS[name]

    began = time.monotonic()
    seen = recognise(canvas.png())
    took = time.monotonic() - began

    assert word in seen.text.replace(" ", "")
    assert real_base.judge(seen.text).positive, seen.text
    assert took < SECONDS


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_screenshot_is_read_and_brings_no_alarm(
    recognise: Recogniser, real_base: Base, name: str
) -> None:
    canvas, word = ORDINARY[name]

    seen = recognise(canvas.png())

    assert word in seen.text
    assert not real_base.judge(seen.text).positive, seen.text


def test_lines_that_a_bubble_wrapped_are_one(recognise: Recogniser) -> None:
    seen = recognise(
        chat(LIGHT, "客服", "您好我是平台客服您的会员今天到期不取消每月扣费八百元").jpeg()
    )

    assert "您好我是平台客服您的会员今天到期不取消每月扣费八百元" in seen.lines


def test_what_the_phone_writes_around_is_left_out(recognise: Recogniser) -> None:
    assert "9:41" not in recognise(chat(LIGHT, "张三", "在吗").png()).lines


def test_a_codes_target_is_read_and_never_opened(recognise: Recogniser) -> None:
    hostile = "http://127.0.0.1:9/delete?all=1"

    seen = recognise(poster(LIGHT, hostile, "扫一扫").png())

    assert seen.codes == (hostile,)


def test_a_small_code_in_a_large_photo_is_found(recognise: Recogniser) -> None:
    canvas = Canvas(LIGHT, size=(2160, 2880), top=1200)
    canvas.code("https://pay-help.icu/x", scale=10)

    assert recognise(canvas.jpeg(80)).codes == ("https://pay-help.icu/x",)


def test_a_picture_without_words_shows_nothing(recognise: Recogniser) -> None:
    seen = recognise(encoded(Image.new("RGB", (600, 600), "#88aacc"), "PNG"))

    assert (seen.text, seen.trouble) == ("", "")


def test_a_long_screenshot_is_read_to_its_end(recognise: Recogniser) -> None:
    canvas = Canvas(LIGHT, size=(750, 5000))
    for number in range(24):
        canvas.bubble(f"第{number}句话，先转保证金")

    assert "第23句话" in recognise(canvas.png()).text


def bomb() -> bytes:
    """A PNG of a few kilobytes that claims 30,000 by 30,000 pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            len(data).to_bytes(4) + name + data + (zlib.crc32(name + data) & 0xFFFFFFFF).to_bytes(4)
        )

    header = (30_000).to_bytes(4) * 2 + bytes([8, 2, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1_000_000)))
        + chunk(b"IEND", b"")
    )


def test_a_decompression_bomb_is_refused_before_it_is_unpacked(recognise: Recogniser) -> None:
    began = time.monotonic()

    assert recognise(bomb()).trouble == "too_large"
    assert time.monotonic() - began < 0.5


def test_fifty_megapixels_are_read_in_time(recognise: Recogniser) -> None:
    canvas = chat(LIGHT, "客服", "先交三千保证金")
    large = canvas.image.resize((5300, 9427))

    began = time.monotonic()
    seen = recognise(encoded(large, "JPEG", quality=60))

    assert "保证金" in seen.text
    assert time.monotonic() - began < SECONDS


def test_more_bytes_than_the_platform_sends_are_refused(recognise: Recogniser) -> None:
    assert recognise(bytes(MOST_BYTES + 1)).trouble == "too_large"


def test_a_picture_cut_off_is_broken(recognise: Recogniser) -> None:
    whole = chat(LIGHT, "客服", "先交三千保证金").png()

    assert recognise(whole[: len(whole) // 3]).trouble == "broken"


@given(st.binary(max_size=300))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_bytes_at_all_are_broken_and_never_an_error(
    recognise: Recogniser, document: bytes
) -> None:
    for head in (
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0",
        b"GIF89a",
        b"RIFF\x00\x00\x00\x00WEBP",
    ):
        assert recognise(head + document).trouble in ("broken", "too_large", "")


def test_an_animated_picture_is_read_by_its_first_frame(recognise: Recogniser) -> None:
    frames = [chat(LIGHT, "客服", text).image for text in ("先交三千保证金", "别的")]
    data = io.BytesIO()
    frames[0].save(data, "GIF", save_all=True, append_images=frames[1:])

    assert "保证金" in recognise(data.getvalue()).text
