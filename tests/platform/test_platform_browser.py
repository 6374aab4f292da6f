"""The demo's page in a real browser: ask, send the warning, confirm it as the group's owner."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from bot.platform import page as demo

SHOTS = os.environ.get("SHOTS")
"""A folder for pictures of the page, for people to look at; none are taken without it."""

pytestmark = pytest.mark.browser

TEXT = "本周骗子爱说“先做任务、后返利”。只要让您先垫钱，就是诈骗。\n不轻信、不透露、不转账，拿不准打 96110。"
SCAM = "这是诈骗：先给小红包、再让你垫钱做任务。\n不轻信：先给的几块钱是诱饵。\n不透露：卡号、验证码都别给。\n不转账：要垫付才能提现的，一分也别转。\n拿不准就打 96110，要是已经付了钱，马上打 110。"


SAMPLE = Path(demo.__file__).parent / "static" / "sample-chat.png"


def _is_fault(message: Any) -> bool:
    """A refused request is logged by the browser itself; the page tells of it in its own words."""
    return message.type == "error" and "status of 400" not in message.text


class Desk:
    """What the bot's own side does in these tests: sends one warning and knows its deliveries."""

    def __init__(self, running: Any) -> None:
        self._running = running
        self._task: str | None = None

    def fire(self) -> Mapping[str, object]:
        form = {"msgtype": "markdown", "markdown": {"content": f"**本周预警**\n{TEXT}"}}
        assert self._running.robot(form) == 0
        self._task, _ = self._running.platform.mass.add(
            {
                "chat_type": "group",
                "sender": "zhang",
                "chat_id_list": ["wrJinxiu"],
                "text": {"content": f"本周预警\n{TEXT}"},
            }
        )
        return self.status() or {}

    def status(self) -> Mapping[str, object] | None:
        if self._task is None:
            return None
        waiting = bool(self._running.platform.mass.waiting())
        states = {
            "hengda-finance": "sent",
            "jinxiu-garden": "awaiting_person" if waiting else "sent",
        }
        rows = [{"group": g, "state": s, "code": "", "detail": ""} for g, s in states.items()]
        return {"edition": "weekly-1", "plan": "weekly", "deliveries": rows}


@pytest.fixture
def url(running: Any, echo: Any, serve: Callable[[Flask], str]) -> str:
    """The page's address, with a platform and a bot behind it."""
    echo.answer = lambda text: f"财务上的事先当面核实。\n{SCAM}" if "@" in text else SCAM
    desk = Desk(running)
    app = Flask("web", static_folder=None)
    app.register_blueprint(demo.blueprint(running.url, desk.fire, desk.status))
    return serve(app)


@pytest.fixture
def visit(chromium: Any, url: str) -> Iterator[Callable[..., Any]]:
    """Open the page; a fault in its scripts or a blocked file fails the test."""
    faults: list[str] = []
    contexts: list[Any] = []

    def begin(width: int = 1200, height: int = 900, dark: bool = False) -> Any:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            locale="zh-CN",
        )
        contexts.append(context)
        tab = context.new_page()
        tab.on("pageerror", lambda error: faults.append(str(error)))
        tab.on("console", lambda m: faults.append(m.text) if _is_fault(m) else None)
        tab.goto(url)
        tab.get_by_text("有拿不准的电话").wait_for()
        return tab

    yield begin
    for context in contexts:
        context.close()
    assert faults == []


def shoot(tab: Any, name: str, whole: bool = False) -> None:
    if SHOTS:
        tab.screenshot(path=f"{SHOTS}/{name}.png", full_page=whole)


@pytest.mark.parametrize(
    ("width", "height", "dark"),
    [(1200, 900, False), (390, 844, True)]
    + ([(1200, 900, True), (390, 844, False)] if SHOTS else []),
)
def test_ask_then_send_then_confirm(
    visit: Any, running: Any, width: int, height: int, dark: bool
) -> None:
    tab = visit(width, height, dark)
    name = f"{width}-{'dark' if dark else 'light'}"
    shoot(tab, f"{name}-0-empty")

    tab.get_by_role("button", name="点赞刷单，先给了几块钱").click()
    tab.get_by_text("这是诈骗：先给小红包").wait_for()
    shoot(tab, f"{name}-1-asked")

    tab.get_by_role("tab", name="企业群").click()
    tab.get_by_role("button", name="老板在 QQ 群叫我转账").click()
    tab.get_by_text("财务上的事先当面核实").wait_for()

    tab.get_by_role("button", name="发送本周预警").click()
    tab.get_by_text("等群主在手机上点一下确认").wait_for()
    tab.locator(".warning .bubble strong", has_text="本周预警").wait_for()
    shoot(tab, f"{name}-2-fired", whole=True)
    assert running.platform.ledger.counts() == {"hengda-finance": 1}

    tab.get_by_role("tab", name="居民群").click()
    tab.get_by_role("button", name="有人冒充物业收钱").click()
    tab.get_by_text("居民微信群进不了机器人，这里没有机器人会回答").wait_for()
    shoot(tab, f"{name}-3-waiting")
    tab.get_by_role("button", name="企业群发待确认：点一下发送到群").click()
    tab.locator(".warning .bubble", has_text="本周预警").wait_for()
    assert running.platform.ledger.texts("jinxiu-garden") == (f"本周预警\n{TEXT}",)
    tab.locator("#rows").get_by_text("已发到群里").nth(1).wait_for()
    shoot(tab, f"{name}-4-confirmed")


def test_everything_can_be_done_with_the_keyboard(visit: Any, running: Any) -> None:
    tab = visit()
    tab.get_by_role("tab", name="私聊").focus()
    tab.keyboard.press("ArrowRight")
    tab.get_by_text("预警由群主点一下发进来").wait_for()
    tab.get_by_role("textbox", name="要发的话").focus()
    tab.keyboard.type("大家好")
    tab.keyboard.press("Enter")
    tab.locator(".mine .bubble", has_text="大家好").wait_for()
    assert tab.get_by_role("textbox", name="要发的话").input_value() == ""
    tab.get_by_role("button", name="发送本周预警").focus()
    tab.keyboard.press("Enter")
    banner = tab.get_by_role("button", name="企业群发待确认")
    banner.wait_for()
    banner.focus()
    tab.keyboard.press("Enter")
    tab.locator(".warning .bubble", has_text="本周预警").wait_for()


def test_a_message_in_another_chat_is_counted_and_announced(visit: Any, running: Any) -> None:
    tab = visit()
    running.say("预警来了")
    badge = tab.locator("#tab-hengda-finance .badge")
    badge.wait_for()
    assert badge.text_content() == "1"
    assert tab.locator("#announce").text_content() == "恒达公司财务群有新消息"
    tab.get_by_role("tab", name="企业群").click()
    badge.wait_for(state="hidden")


def test_what_is_written_never_becomes_markup(visit: Any, running: Any) -> None:
    tab = visit()
    hostile = '<img src=x onerror="document.title=1">**<b>粗</b>** [点](javascript:alert(1))'
    running.robot({"msgtype": "markdown", "markdown": {"content": hostile}})
    tab.get_by_role("tab", name="企业群").click()
    tab.locator(".warning .bubble").wait_for()
    assert tab.locator(".bubble img, .bubble b, .bubble a").count() == 0
    assert "<b>粗</b>" in tab.locator(".bubble strong").text_content()


def test_nothing_sticks_out_sideways_at_any_width(visit: Any) -> None:
    tab = visit(360, 740)
    tab.get_by_role("button", name="发送本周预警").click()
    tab.get_by_text("等群主在手机上点一下确认").wait_for()
    for width in (360, 390, 768, 1200):
        tab.set_viewport_size({"width": width, "height": 740})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        shoot(tab, f"wide-{width}")


def give_menu(running: Any) -> None:
    def click(name: str) -> dict[str, str]:
        return {"type": "click", "name": name, "key": f"KEY {name}"}

    more = [click(name) for name in ("预警真假", "每周预警", "反诈小测", "找民警")]
    running.platform.menus.create(
        {"button": [click("我要问"), click("我被骗了"), {"name": "更多", "sub_button": more}]}
    )


@pytest.mark.parametrize(("width", "height"), [(1200, 900), (390, 844), (320, 640)])
def test_every_kind_of_message_and_what_went_over_the_wire(
    visit: Any, running: Any, echo: Any, width: int, height: int
) -> None:
    give_menu(running)
    tab = visit(width, height)
    tab.get_by_role("button", name="我被骗了").wait_for()
    tab.get_by_role("button", name="扫小区的二维码关注").click()
    tab.get_by_text("扫了“锦绣花园业主群”的二维码").wait_for()
    tab.get_by_role("button", name="更多", exact=True).click()
    shoot(tab, f"extras-{width}-1-menu")
    tab.get_by_role("button", name="反诈小测").click()
    tab.get_by_text("点了菜单“反诈小测”").wait_for()
    assert not tab.get_by_role("button", name="找民警").is_visible()

    tab.get_by_role("button", name="图片和语音").click()
    shoot(tab, f"extras-{width}-2-panel")
    with tab.expect_response("**/demo/api/picture/*") as shown:
        tab.get_by_role("button", name="短信截图").click()
    assert shown.value.headers["content-type"] == "image/png"
    tab.locator(".mine img.picture").wait_for()

    tab.get_by_role("button", name="图片和语音").click()
    tab.get_by_role("button", name="说一段语音").click()
    tab.get_by_role("textbox", name="要发的话").fill("有人让我把钱转到安全账户")
    shoot(tab, f"extras-{width}-3-voice")
    tab.get_by_role("button", name="说完").click()
    tab.get_by_text("听成文字：有人让我把钱转到安全账户").wait_for()
    tab.get_by_role("button", name="发送", exact=True).wait_for()
    tab.locator(".bot").nth(3).wait_for()
    shoot(tab, f"extras-{width}-4-sent")

    tab.get_by_text("看看加密的来回").click()
    tab.get_by_text("msg_signature =").wait_for()
    opened = tab.get_by_label("解开的请求")
    assert "有人让我把钱转到安全账户" in opened.text_content()
    assert "有人让我" not in tab.get_by_label("加密的请求").text_content()
    assert "安全账户" not in tab.get_by_label("加密的回信").text_content()
    assert "这是诈骗" in tab.get_by_label("解开的回信").text_content()
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    shoot(tab, f"extras-{width}-5-wire", whole=True)


def test_in_the_company_group_a_card_is_tapped_and_a_picture_goes_with_the_mention(
    visit: Any,
) -> None:
    tab = visit()
    tab.get_by_role("tab", name="企业群").click()
    tab.get_by_role("textbox", name="要发的话").fill("@反诈助手 让我选")
    tab.keyboard.press("Enter")
    tab.get_by_role("button", name="像第 1 种").click()
    tab.get_by_text("您选了第 1 种").wait_for()
    tab.get_by_role("button", name="图片和语音").click()
    assert not tab.get_by_role("button", name="说一段语音").is_visible()
    tab.locator("#file").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": SAMPLE.read_bytes()}
    )
    tab.get_by_text("收到 2 样").wait_for()
    assert not tab.locator("#menu").is_visible()
    shoot(tab, "extras-group")


def test_a_file_that_is_no_picture_is_told_in_plain_words(visit: Any) -> None:
    tab = visit()
    tab.get_by_role("button", name="图片和语音").click()
    tab.locator("#file").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": b"no picture"}
    )
    tab.get_by_text("这不是图片").wait_for()
