"""What people pass on besides words and pictures, as an official account is sent it
(protocol-callbacks §2.3; file and chat record: §9.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.platform.xmlread import cdata


@dataclass(frozen=True, slots=True)
class Forward:
    """``label`` is what the phone shows, ``kind`` the message's type, ``fields`` its elements."""

    label: str
    kind: str
    fields: tuple[tuple[str, str], ...]

    @property
    def elements(self) -> str:
        """The message's XML from MsgType on, without its MsgId."""
        made = (f"<{name}>{cdata(value)}</{name}>" for name, value in self.fields)
        return f"<MsgType>{cdata(self.kind)}</MsgType>{''.join(made)}"


FORWARDS: Mapping[str, Forward] = {
    "link": Forward(
        "［链接］ETC 认证过期，点此重新办理",
        "link",
        (
            ("Title", "ETC 认证过期通知"),
            ("Description", "您的 ETC 认证已过期，请点击链接重新填写银行卡办理"),
            ("Url", "http://etc-renzheng.top/b"),
        ),
    ),
    "card": Forward(
        "［小程序］零元领鸡蛋",
        "miniprogrampage",
        (("Title", "零元领鸡蛋"), ("AppId", "wxdemo0000000002"), ("PagePath", "pages/index")),
    ),
    "location": Forward(
        "［位置］人民路 18 号",
        "location",
        (
            ("Location_X", "30.25"),
            ("Location_Y", "120.16"),
            ("Scale", "16"),
            ("Label", "人民路 18 号"),
        ),
    ),
    "file": Forward("［文件］税务稽查通知.zip", "file", (("Title", "税务稽查通知.zip"),)),
    "record": Forward("［聊天记录］我和客服的聊天", "text", (("Content", "【收到不支持的消息类型，暂无法显示】"),)),
}  # fmt: skip
