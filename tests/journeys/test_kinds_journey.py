"""Every kind of message on every way in, over a running bot: what can be judged is judged, for the
rest there is a useful answer, and groups never hear about a person."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest

from bot.clock import SystemClock
from bot.config import DEMO_SECRETS
from bot.platform.callbacks import Bot
from bot.platform.customer_service import CustomerService
from bot.platform.ledger import Ledger
from bot.platform.media import Media
from bot.platform.official_account import OfficialAccount
from bot.platform.settings import PlatformSettings
from bot.platform.smart_bot import SmartBot
from bot.platform.wecom_app import WecomApp
from bot.platform.xmlread import cdata
from tests.journeys.program import Program
from tools.gateway_client import send

SCAM = "先垫付300做任务，做完返本金和佣金"
MEDIA = f"<MediaId>{cdata('M1')}</MediaId>"
SCAM_LINK = (
    f"<MsgType>{cdata('link')}</MsgType><Title>{cdata('日结兼职')}</Title>"
    f"<Description>{cdata(SCAM)}</Description><Url>{cdata('http://a.example/x')}</Url>"
)
CARD = f"<MsgType>{cdata('miniprogrampage')}</MsgType><AppId>{cdata('wx1')}</AppId>"
LOCATION = (
    f"<MsgType>{cdata('location')}</MsgType><Location_X>30.1</Location_X>"
    f"<Location_Y>120.2</Location_Y><Scale>15</Scale><Label>{cdata('某某路')}</Label>"
)
ELEMENTS = {
    "link": (SCAM_LINK, "诈骗"),
    "bare link": (f"<MsgType>{cdata('link')}</MsgType><Url>{cdata('http://a.example')}</Url>", ""),
    "card of a scam": (f"{CARD}<Title>{cdata(SCAM)}</Title>", "诈骗"),
    "card": (f"{CARD}<Title>{cdata('小游戏')}</Title>", "小程序卡片我点不进去"),
    "location": (LOCATION, "位置收到了"),
    "video": (f"<MsgType>{cdata('video')}</MsgType>{MEDIA}", "视频我看不了"),
    "short video": (f"<MsgType>{cdata('shortvideo')}</MsgType>{MEDIA}", "视频我看不了"),
    "file": (
        f"<MsgType>{cdata('file')}</MsgType><Title>{cdata('a.apk')}</Title>",
        "文件我不会打开",
    ),
    "record": (f"<MsgType>{cdata('merged_msg')}</MsgType>", "转发的聊天记录我看不到"),
    "record of a scam": (
        f"<MsgType>{cdata('merged_msg')}</MsgType><Description>{cdata(SCAM)}</Description>",
        "诈骗",
    ),
    "unheard of": (f"<MsgType>{cdata('hologram')}</MsgType>", "这种消息我看不了"),
    "voice not heard": (f"<MsgType>{cdata('voice')}</MsgType>{MEDIA}", "没听清"),
    "unsupported": (
        f"<MsgType>{cdata('text')}</MsgType>"
        f"<Content>{cdata('【收到不支持的消息类型，暂无法显示】')}</Content>",
        "这种消息我看不了",
    ),
}
HEARD = {
    "我收到短信说医保卡停用了让我点连接": "医保",
    "他说要把钱转到安全帐户": "诈骗",
    "让我开公享屏幕说帮我取消会员": "诈骗",
    "他问我要验正码": "",
    "有人说我涉嫌洗钱是工安局的": "",
    "群里让我刷担返利先垫付": "诈骗",
}
"""What recognition makes of speech: one wrong character of the same sound in each."""


class Ways:
    """Each way in, from one person; ``asks`` gives what they see."""

    def __init__(self, url: str) -> None:
        settings, clock, media = PlatformSettings(), SystemClock(), Media()
        self.bot = Bot(url, timeout=5.0, tries=1)
        service = CustomerService(clock, Ledger())
        self.account = OfficialAccount(settings.mp, self.bot, clock, service, media)
        self.app = WecomApp(settings.corp, self.bot, clock, media)
        self.smart = SmartBot(settings.aibot, self.bot, clock, Event(), media)
        self._gateway = f"{url}/callback/gateway/demo"

    def element(self, way: str, elements: str) -> str:
        who, number = secrets.token_hex(6), 10**15 + secrets.randbelow(10**15)
        inner = f"{elements}<MsgId>{number}</MsgId>"
        reply = (self.account if way == "mp" else self.app).post(who, inner)
        assert not reply.fault, reply.fault
        return reply.text

    def gateway(self, kind: str, group: bool = False, **fields: Any) -> dict[str, Any]:
        who = secrets.token_hex(6)
        message = {
            "id": secrets.token_hex(8),
            "chat": {"id": who, "type": "group" if group else "private"},
            "from": {"id": who},
            "type": kind,
            **fields,
        }
        return send(self._gateway, DEMO_SECRETS["GATEWAY_SECRET"], message)


@pytest.fixture(scope="module")
def ways(demo: Program) -> Iterator[Ways]:
    made = Ways(demo.url)
    yield made
    made.bot.close()


@pytest.mark.parametrize("way", ["mp", "wecom"])
@pytest.mark.parametrize("name", ELEMENTS)
def test_each_kind_of_the_wechat_family_is_answered(ways: Ways, way: str, name: str) -> None:
    elements, expected = ELEMENTS[name]
    shown = ways.element(way, elements)

    assert shown
    assert expected in shown


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("link", {"title": "日结兼职", "description": SCAM}, "诈骗"),
        ("card", {"title": SCAM}, "诈骗"),
        ("card", {"title": "小游戏"}, "小程序卡片"),
        ("record", {"title": "群聊的聊天记录", "description": SCAM}, "诈骗"),
        ("record", {}, "聊天记录"),
        ("location", {}, "位置收到了"),
        ("file", {}, "文件我不会打开"),
        ("video", {}, "视频我看不了"),
        ("voice", {}, "没听清"),
        ("voice", {"text": SCAM}, "诈骗"),
        ("sticker", {}, "这种消息我看不了"),
    ],
)
def test_each_kind_of_the_gateway_is_answered_alone_and_in_groups(
    ways: Ways, kind: str, fields: dict[str, str], expected: str
) -> None:
    assert expected in ways.gateway(kind, **fields)["reply"]
    asked = ways.gateway(kind, group=True, mentioned=True, **fields)["reply"]
    assert expected in asked
    assert len(asked) <= 120
    assert ways.gateway(kind, group=True, **fields)["silent"], "nobody asked it"


def test_each_kind_of_the_smart_bot_is_answered(ways: Ways) -> None:
    def body(**fields: object) -> str:
        message = {
            "msgid": secrets.token_hex(12),
            "aibotid": "AIBOTDEMO0001",
            "chattype": "single",
            "from": {"userid": secrets.token_hex(4)},
            **fields,
        }
        reply = ways.smart.post(message)
        assert not reply.fault, reply.fault
        return reply.text

    quote = {"msgtype": "text", "text": {"content": SCAM}}
    assert "诈骗" in body(msgtype="voice", voice={"content": SCAM})
    assert "没听清" in body(msgtype="voice", voice={"content": ""})
    assert "文件我不会打开" in body(msgtype="file", file={"url": "https://a.example/f"})
    assert "视频我看不了" in body(msgtype="video", video={"url": "https://a.example/v"})
    assert "诈骗" in body(msgtype="text", text={"content": "这是真的吗"}, quote=quote)
    assert "这种消息我看不了" in body(msgtype="hologram")
    group = {"chattype": "group", "chatid": "wrNeighbours"}
    shown = body(msgtype="text", text={"content": "@反诈助手 看看"}, quote=quote, **group)
    assert "诈骗" in shown
    assert len(shown) <= 120


@pytest.mark.parametrize(("heard", "expected"), HEARD.items())
def test_speech_with_its_usual_mistakes_is_understood(
    ways: Ways, heard: str, expected: str
) -> None:
    spoken = f"<MsgType>{cdata('voice')}</MsgType>{MEDIA}<Recognition>{cdata(heard)}</Recognition>"
    shown = ways.element("mp", spoken)

    assert expected in shown
    assert re.search("诈骗|110|96110", shown)


PERSONAL = ("13812345678", "张桂芳", "6222021234567890123", "330102195501011234", "wxid_zgf1955")


@pytest.mark.parametrize(
    "text",
    [
        "我是张桂芳，电话13812345678，有人让我" + SCAM,
        "张桂芳的卡6222021234567890123刚转了三万给客服，验证码也给了",
        "我身份证330102195501011234，他说我涉嫌洗钱要转到安全账户",
        "这个号13812345678是骗子吗",
        "加了微信wxid_zgf1955，让我下载软件投资，怎么办",
        "我叫张桂芳，我不想活了",
    ],
)
def test_a_group_never_reads_who_asked(ways: Ways, text: str) -> None:
    answer = ways.gateway("text", group=True, mentioned=True, text=text)

    assert answer["reply"]
    assert len(answer["reply"]) <= 120
    assert not [word for word in PERSONAL if word in answer["reply"]]
    assert "三万" not in answer["reply"]
