"""The call behind every WeCom app message (企业微信应用消息), protocol-push §2.2."""

from __future__ import annotations

from collections.abc import Sequence

from bot.config import WecomAccount
from bot.senders.access_tokens import Answer
from bot.senders.http import Codes, refuse
from bot.senders.wecom_codes import APP_CODES
from bot.senders.wecom_tokens import WecomApi

DUPLICATE_SECONDS = 1800
"""Within this time the platform drops the same text to the same people."""

CODES: Codes = {
    **APP_CODES,
    40031: refuse("收信人写得不对。请管理员核对群通讯录里的 to。"),
    40032: refuse("收信人太多。请管理员把 to 减到 1000 人以内。"),
    40056: refuse("agent_id 不对。请管理员到企业微信后台核对。"),
    60011: refuse("应用没有权限给这些人发消息。请管理员在后台扩大可见范围。"),
    60111: refuse("企业微信里没有这个人。请管理员核对群通讯录里的 to。"),
    81013: refuse("一个收信人都没有收到。请管理员核对 to，并在后台把他们加到应用的可见范围。"),
    82001: refuse("没有写收信人。请管理员在群通讯录里填 to。"),
}


def send_text(api: WecomApi, account: WecomAccount, members: Sequence[str], text: str) -> Answer:
    """Once; the same again within DUPLICATE_SECONDS reaches nobody a second time."""
    document = {
        "touser": "|".join(members),
        "msgtype": "text",
        "agentid": int(account.agent_id),
        "text": {"content": text},
        "enable_duplicate_check": 1,
        "duplicate_check_interval": DUPLICATE_SECONDS,
    }
    return api.call(account, "/cgi-bin/message/send", document, CODES, "wecom_app")
