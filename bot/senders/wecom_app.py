"""WeCom app message (企业微信应用消息) to employees, protocol-push §2.2."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from bot.config import WecomAccount
from bot.senders import layout
from bot.senders.base import Pace, Rendered, Warning_
from bot.senders.fingerprint import fingerprint
from bot.senders.http import misconfigured
from bot.senders.wecom_text import send_text
from bot.senders.wecom_tokens import WecomApi
from bot.types import Outcome, Outgoing

TEXT_BYTES = 2048
MOST_MEMBERS = 1000
SHOWN_NAMES = 5

_UNKNOWN = (
    "已经发出，但没有收到明确的回音，不知道到没到。请问一下收信人；半小时内原样重发不会重复收到。"
)
_MEMBER = re.compile(r"[\w.@-]{1,64}")


class AppSender:
    """``wecom_app {account, to}``; ``to`` holds user ids joined by ``|``, or ``@all``."""

    type = "wecom_app"
    pace: Pace | None = Pace(count=30, seconds=60.0, in_flight=4)
    """One member gets at most 30 a minute; the platform drops the rest without a word."""

    def __init__(self, accounts: Mapping[str, WecomAccount], api: WecomApi) -> None:
        self._accounts = accounts
        self._api = api

    def missing(self, target: Mapping[str, object]) -> str:
        name = str(target.get("account", ""))
        account = self._accounts.get(name)
        if account is None:
            return f"配置里没有名叫“{name}”的企业微信应用"
        if not account.secret:
            return f"企业微信应用“{name}”没有填 secret"
        if not re.fullmatch(r"[0-9]{1,18}", account.agent_id):
            return f"企业微信应用“{name}”的 agent_id 应是数字"
        members = _members(target)
        if not members:
            return "没有填收信人 to"
        return "" if len(members) <= MOST_MEMBERS else f"收信人超过 {MOST_MEMBERS} 个"

    def pace_key(self, target: Mapping[str, object]) -> str:
        return f"{self.type} {fingerprint(str(target.get('account', '')), *_members(target))}"

    def render(self, warning: Warning_) -> Rendered:
        return layout.plain_text(warning, TEXT_BYTES)

    def send(self, outgoing: Outgoing) -> Outcome:
        lacking = self.missing(outgoing.target)
        if lacking:
            return misconfigured(lacking)
        account = self._accounts[str(outgoing.target["account"])]
        answer = send_text(self._api, account, _members(outgoing.target), outgoing.text)
        if not isinstance(answer, Outcome):
            return Outcome("sent", detail=_left_out(answer), reference=str(answer.get("msgid", "")))
        return replace(answer, detail=_UNKNOWN) if answer.kind == "unknown" else answer

    def follow_up(self, outgoing: Outgoing, reference: str) -> Outcome | None:
        return None


def _members(target: Mapping[str, object]) -> list[str]:
    to = target.get("to", "")
    parts = [str(item) for item in to] if isinstance(to, (list, tuple)) else str(to).split("|")
    return [part.strip() for part in parts if part.strip()]


def _left_out(answer: Mapping[str, object]) -> str:
    """errcode 0 with names in it is partial: those did not get it, the others did."""
    joined = "|".join(str(answer.get(field) or "") for field in ("invaliduser", "unlicenseduser"))
    names = [name for name in joined.split("|") if _MEMBER.fullmatch(name)]
    if not names:
        return ""
    more = " 等" if len(names) > SHOWN_NAMES else ""
    return (
        f"有 {len(names)} 人没有收到：{'、'.join(names[:SHOWN_NAMES])}{more}。"
        "请管理员核对名字、可见范围和接口许可。"
    )
