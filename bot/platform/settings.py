"""What the fake platform knows of the accounts, robots and groups it plays."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.config import (
    DEMO_APP_ID,
    DEMO_CORP_ID,
    DEMO_SECRETS,
    AibotAccount,
    Config,
    MpAccount,
    MpKind,
    MpMode,
    SmsGateway,
    WecomAccount,
)

PERSON = "o" + hashlib.sha256("我".encode()).hexdigest()[:27]
"""The openid of whoever writes in the private chat of the demo's phone."""

DEMO_TAGS = range(1, 10)
"""Tags every follower of the demo has, so that a mass send to any of them arrives."""


@dataclass(frozen=True, slots=True)
class OfficialAccountSettings:
    """An official account as its platform knows it. ``gh_id`` is its original id, ``followers``
    are openids by the number of a tag."""

    account: str = "demo"
    app_id: str = DEMO_APP_ID
    token: str = DEMO_SECRETS["MP_TOKEN"]
    aes_key: str = DEMO_SECRETS["MP_AES_KEY"]
    app_secret: str = DEMO_SECRETS["MP_SECRET"]
    mode: MpMode = "aes"
    gh_id: str = "gh_demo00000001"
    kind: MpKind = "service"
    followers: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SmartBotSettings:
    """A WeCom smart bot in webhook mode. ``name`` is what a mention is written with."""

    account: str = "demo"
    token: str = DEMO_SECRETS["AIBOT_TOKEN"]
    aes_key: str = DEMO_SECRETS["AIBOT_AES_KEY"]
    name: str = "反诈助手"
    aibot_id: str = "AIBOTDEMO0001"


@dataclass(frozen=True, slots=True)
class CorpSettings:
    """A WeCom corporation with its self-built app, and the members in the app's visible range.
    ``account`` is the app's name at the bot."""

    corp_id: str = DEMO_CORP_ID
    secret: str = DEMO_SECRETS["WECOM_SECRET"]
    agent_id: int = 1000002
    members: tuple[str, ...] = ("zhang", "li", "chen")
    account: str = "station"
    token: str = DEMO_SECRETS["WECOM_TOKEN"]
    aes_key: str = DEMO_SECRETS["WECOM_AES_KEY"]


@dataclass(frozen=True, slots=True)
class SmsSettings:
    """A text message gateway: its secret, and the variables of each approved template."""

    secret: str = DEMO_SECRETS["SMS_SECRET"]
    templates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CustomerGroup:
    """A group of residents (客户群); only ``owner`` can confirm a 企业群发 into it."""

    group: str
    owner: str


@dataclass(frozen=True, slots=True)
class PlatformSettings:
    """Everything the fake platform is told from outside.

    robots           key of a group robot -> id of its group
    customer_groups  chat_id -> the group and its owner
    hook_secret      what callers of ``/hook/<name>`` sign with
    names            group id -> the name the phone shows
    robot_in_flight  simultaneous posts a robot's key may have (protocol-push §1); None: any number
    dispatch_seconds how long a new 企业群发 answers 41063 (protocol-push §3.3)
    page_size        most rows a 企业群发 list gives at once, whatever the caller asks for
    callback_timeout seconds until a callback is given up (protocol-callbacks §2.6)
    callback_tries   how often a callback is sent in all
    """

    mp: OfficialAccountSettings = field(default_factory=OfficialAccountSettings)
    aibot: SmartBotSettings = field(default_factory=SmartBotSettings)
    corp: CorpSettings = field(default_factory=CorpSettings)
    sms: SmsSettings = field(default_factory=SmsSettings)
    hook_secret: str = ""
    robots: Mapping[str, str] = field(default_factory=dict)
    customer_groups: Mapping[str, CustomerGroup] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    bot_url: str = ""
    timezone: str = "Asia/Shanghai"
    robot_in_flight: int | None = 3
    dispatch_seconds: float = 0.0
    page_size: int = 1000
    callback_timeout: float = 5.0
    callback_tries: int = 3


def settings_from(config: Config, bot_url: str | None = None) -> PlatformSettings:
    """The demo's platform for this configuration.

    Accounts are those of the configuration (the demo's where it has none); ``bot_url`` is where
    the bot answers, by default where the configuration says it listens.
    """
    return PlatformSettings(
        mp=_official_account(config.mp, dict.fromkeys(DEMO_TAGS, (PERSON, "oDemoFollower"))),
        aibot=_smart_bot(config.aibot),
        corp=_corp(config.wecom),
        sms=_sms(config.sms),
        robots={DEMO_SECRETS["ROBOT_KEY_HENGDA"]: "hengda-finance"},
        customer_groups={
            "wrJinxiu": CustomerGroup("jinxiu-garden", "zhang"),
            "wrYangguangA": CustomerGroup("yangguang-community", "zhang"),
            "wrYangguangB": CustomerGroup("yangguang-community", "zhang"),
        },
        names={"hengda-finance": "恒达公司财务群", "jinxiu-garden": "锦绣花园业主群"},
        bot_url=bot_url if bot_url is not None else _own_url(config),
        timezone=config.timezone.key,
    )


def _official_account(
    accounts: tuple[MpAccount, ...], followers: Mapping[int, tuple[str, ...]]
) -> OfficialAccountSettings:
    if not accounts:
        return OfficialAccountSettings(followers=followers)
    first = accounts[0]
    return OfficialAccountSettings(
        first.account,
        first.app_id,
        first.token,
        first.aes_key,
        first.app_secret,
        first.mode,
        kind=first.kind,
        followers=followers,
    )


def _smart_bot(accounts: tuple[AibotAccount, ...]) -> SmartBotSettings:
    if not accounts:
        return SmartBotSettings()
    first = accounts[0]
    return SmartBotSettings(first.account, first.token, first.aes_key, first.name)


def _corp(accounts: tuple[WecomAccount, ...]) -> CorpSettings:
    if not accounts:
        return CorpSettings()
    first = accounts[0]
    agent = int(first.agent_id) if first.agent_id.isascii() and first.agent_id.isdigit() else 0
    own = CorpSettings(first.corp_id, first.secret, agent, account=first.account)
    if not first.token:
        return own
    return replace(own, token=first.token, aes_key=first.aes_key)


def _sms(gateways: tuple[SmsGateway, ...]) -> SmsSettings:
    if not gateways:
        return SmsSettings()
    first = gateways[0]
    return SmsSettings(first.secret, {one.id: one.names for one in first.templates.values()})


def _own_url(config: Config) -> str:
    host = config.server.host
    if host in ("0.0.0.0", "::", ""):  # noqa: S104  # only compared: "everywhere" is no address to call
        host = "127.0.0.1"
    return (
        f"http://[{host}]:{config.server.port}"
        if ":" in host
        else f"http://{host}:{config.server.port}"
    )
