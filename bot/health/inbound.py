"""Accounts that residents write to: when a platform last reached us, and why it was turned away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.config import AibotAccount, Config, GatewayAccount, MpAccount, WecomAccount
from bot.store.api import Store
from bot.store.api_sightings import Sighting

Account = MpAccount | WecomAccount | AibotAccount | GatewayAccount

WAYS: Mapping[str, str] = {
    "mp": "公众号",
    "wecom": "企业微信应用",
    "aibot": "智能机器人",
    "gateway": "接口",
}
"""Way in -> its name."""

LOOK_BACK = timedelta(days=7)
"""How long a trouble that nothing followed is still a reason to act."""

_PARTNER = "请让对方核对 secret 和签名的算法"
_ADVICE: Mapping[str, str] = {
    "签名不对": "请核对平台上填的 Token 和配置里的 token 是不是同一个。"
    "都一样，就是有人在乱试，已经挡住，不用管",
    "密文解不开，请核对 EncodingAESKey": "请把平台上的 EncodingAESKey 重新复制到 aes_key，重启",
    "密文里的 AppID 或 CorpID 和配置不同": "请核对 app_id（企业微信是 corp_id）",
    "加密方式和配置的 mode 不同": "请让 mode 和公众平台“消息加解密方式”一样：plain 是明文",
    "请求时间和本机相差太多，请核对服务器时钟": "请打开服务器的自动对时",
    "消息不是发给这个企业的": "请核对 corp_id，或是不是填了别的应用的回调地址",
    "消息不是发给这个应用的，请核对 agent_id": "请核对 agent_id，或是不是填了别的应用的回调地址",
}
"""Reason of a refusal (``channels.base.Refused``) -> what to do."""
_OTHERWISE = "对方发来的格式不对。只有几次不用管，一直这样请告诉开发的人"
_DATABASE = frozenset({"OperationalError", "DatabaseError"})


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something went wrong ``count`` times from ``since`` to ``at``. ``over``: later it worked."""

    at: datetime
    since: datetime
    count: int
    why: str
    advice: str
    over: bool


@dataclass(frozen=True, slots=True)
class Inbound:
    """An account with the address to enter on its platform.

    ``listens`` is whether residents can ask there at all, ``lacks`` what it cannot do for want of
    a secret; ``message`` when a message was last
    answered, ``verified`` when the platform last checked the address, ``last`` the latest sign
    that it reaches us and is believed. ``stray``: somebody who is no platform knocked.
    """

    way: str
    account: str
    address: str
    listens: bool
    lacks: str
    message: datetime | None
    verified: datetime | None
    last: datetime | None
    refused: Trouble | None
    failed: Trouble | None
    stray: Trouble | None

    @property
    def label(self) -> str:
        return WAYS[self.way]

    def open(self, now: datetime) -> tuple[Trouble, ...]:
        """What is to be acted on."""
        found = (one for one in (self.refused, self.failed) if one is not None)
        return tuple(one for one in found if not one.over and now - one.at <= LOOK_BACK)

    def standing(self, now: datetime) -> Literal["good", "bad", "wait"]:
        if self.open(now):
            return "bad"
        return "good" if self.last else "wait"


def accounts_of(config: Config) -> Mapping[str, Mapping[str, Account]]:
    """The configured accounts of each way in, by name."""
    return {
        "mp": {one.account: one for one in config.mp},
        "wecom": {one.account: one for one in config.wecom},
        "aibot": {one.account: one for one in config.aibot},
        "gateway": {one.account: one for one in config.gateway},
    }


def inbound(config: Config, store: Store) -> tuple[Inbound, ...]:
    """Every configured account, with what is known of it."""
    seen: dict[str, list[Sighting]] = {}
    for one in store.sightings.of("verified", "heard", "refused", "stray", "failed"):
        seen.setdefault(one.subject, []).append(one)
    return tuple(
        judged(way, account, store.inbox.last_answered(name), seen.get(name, ()))
        for way, accounts in accounts_of(config).items()
        for account in accounts.values()
        for name in (f"{way}:{account.account}",)
    )


def judged(
    way: str, account: Account, message: datetime | None, seen: Iterable[Sighting]
) -> Inbound:
    """What an account's answered messages and sightings say. Pure."""
    by_kind = {one.kind: one for one in seen}
    verified, heard = by_kind.get("verified"), by_kind.get("heard")
    signs = [one.at for one in (verified, heard) if one is not None]
    last = max([*signs, message] if message else signs, default=None)
    refused, failed, stray = (by_kind.get(kind) for kind in ("refused", "failed", "stray"))
    return Inbound(
        way=way,
        account=account.account,
        address=f"/callback/{way}/{account.account}",
        listens=not isinstance(account, WecomAccount) or bool(account.token),
        lacks=lacks(account),
        message=message,
        verified=verified.at if verified else None,
        last=last,
        refused=_refusal(way, refused, last) if refused else None,
        failed=_failure(failed, message) if failed else None,
        stray=_trouble(stray, "", None) if stray else None,
    )


def lacks(account: Account) -> str:
    """What an account cannot do for want of a secret, or ''."""
    if isinstance(account, WecomAccount) and not account.token:
        return "没有 token：居民问不到" + ("" if account.secret else "；没有 secret：不能主动发")
    if isinstance(account, MpAccount) and not account.app_secret:
        return "没有 app_secret：能答，不能主动发"
    if isinstance(account, WecomAccount) and not account.secret:
        return "没有 secret：能答，不能主动发"
    return ""


def _refusal(way: str, seen: Sighting, last: datetime | None) -> Trouble:
    advice = _ADVICE.get(seen.words, _OTHERWISE)
    if way == "gateway" and seen.words == "签名不对":
        advice = _PARTNER
    return _trouble(seen, advice, last)


def _failure(seen: Sighting, message: datetime | None) -> Trouble:
    if seen.code in _DATABASE:
        why = "数据库写不进去，消息没有答上"
        advice = "请看磁盘满没满、文件权限对不对。平台会再送一次，修好就能答"
    else:
        why = f"程序出错，消息没有答上（{seen.code}）"
        advice = "请把日志里同一时间的那一行发给开发的人"
    return _trouble(seen, advice, message, why)


def _trouble(seen: Sighting, advice: str, success: datetime | None, why: str = "") -> Trouble:
    over = success is not None and success > seen.at
    return Trouble(seen.at, seen.since or seen.at, seen.count, why or seen.words, advice, over)
