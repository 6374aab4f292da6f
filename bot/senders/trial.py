"""Trying out an account without sending anything: the platform is asked for a token.

What it answers tells whether id and secret belong together and whether it lets this machine in
(protocol-push §2.1, §4.1). The token is thrown away.
"""

from __future__ import annotations

from bot.config import MpAccount, WecomAccount
from bot.senders import mp_tokens, wecom_tokens
from bot.senders.access_tokens import Answer
from bot.senders.http import Codes, Http, refuse
from bot.senders.wecom_codes import BUSY, BUSY_SECONDS
from bot.types import Outcome

_BUSY: Codes = {BUSY: refuse(f"平台正忙，过 {BUSY_SECONDS:.0f} 秒再试。")}
MP_CODES: Codes = {
    **_BUSY,
    40001: refuse("AppSecret 不对。请到公众平台重置 AppSecret，再设到环境变量里，重启。"),
    40013: refuse("AppID 不对。请到公众平台“设置与开发 → 基本配置”里重新复制。"),
    40125: refuse("AppSecret 不对。请到公众平台重置 AppSecret，再设到环境变量里，重启。"),
    40164: refuse("本机的 IP 不在公众号的 IP 白名单里。请在“基本配置”里加上。"),
    41002: refuse("AppID 是空的。请填写 app_id。"),
    41004: refuse("AppSecret 是空的。请设置环境变量，重启。"),
    89503: refuse("管理员的微信上会收到一条确认，点了同意再试。"),
}
WECOM_CODES: Codes = {
    **_BUSY,
    40001: refuse("secret 不对，或不属于这个企业，或应用已停用。请到企业微信后台重新复制。"),
    40013: refuse("corp_id 不对。请到企业微信后台“我的企业”里核对企业 ID。"),
    41002: refuse("corp_id 是空的。请填写。"),
    41004: refuse("secret 是空的。请设置环境变量，重启。"),
    60020: refuse("本机的 IP 不在应用的“企业可信 IP”里。请在应用的页面里加上。"),
}
NO_ANSWER = "没有等到平台的回音。请检查这台机器能不能上外网，再试。"
NO_WAY = "连不上平台。请检查这台机器能不能上外网，以及配置里的 api_base。"


class Trial:
    """Asks the platforms for tokens; safe to share between threads."""

    def __init__(self, api_mp: str, api_wecom: str, http: Http) -> None:
        self._api_mp = api_mp
        self._api_wecom = api_wecom
        self._http = http

    def mp(self, account: MpAccount) -> Outcome:
        """``sent`` where the platform knows app id and secret; else why not, in plain words."""
        return _told(mp_tokens.ask_token(self._http, self._api_mp, account, MP_CODES))

    def wecom(self, account: WecomAccount) -> Outcome:
        """``sent`` where the platform knows corp id and secret; else why not, in plain words."""
        return _told(wecom_tokens.ask_token(self._http, self._api_wecom, account, WECOM_CODES))


def _told(answer: Answer) -> Outcome:
    if not isinstance(answer, Outcome):
        known = isinstance(answer.get("access_token"), str)
        return Outcome("sent") if known else Outcome("unknown", "token", NO_ANSWER)
    words = {"not_sent": NO_WAY, "unknown": NO_ANSWER}.get(answer.kind, answer.detail)
    return Outcome(answer.kind, answer.code, words)
