"""The configuration as plain frozen data (design §9); config_file.py reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

DEMO_APP_ID = "wxdemo0000000001"
DEMO_CORP_ID = "wwdemo0000000001"
DEMO_SECRETS: Mapping[str, str] = {
    "MP_TOKEN": "demotoken",
    "MP_AES_KEY": "DemoOnlyDemoOnlyDemoOnlyDemoOnlyDemoOnlyAbc",
    "MP_SECRET": "demo-app-secret",
    "AIBOT_TOKEN": "demobottoken",
    "AIBOT_AES_KEY": "DemoBotsDemoBotsDemoBotsDemoBotsDemoBotsAbc",
    "WECOM_TOKEN": "demowecomtoken",
    "WECOM_AES_KEY": "DemoWecomDemoWecomDemoWecomDemoWecomDemoAbc",
    "WECOM_SECRET": "demo-wecom-secret",
    "SMS_SECRET": "demo-sms-secret",
    "ROBOT_KEY_HENGDA": "demo-robot-hengda",
    "GATEWAY_SECRET": "demo-gateway-secret-0001",
    "HASH_KEY": "demo-hash-key-demo-hash-key-demo-hash-key",
}
"""Secrets that stand in this repository: good for the demo, refused outside it."""

MpMode = Literal["plain", "compatible", "aes"]
MpKind = Literal["service", "subscription"]
SmsKind = Literal["fake", "http", "aliyun", "tencent"]


@dataclass(frozen=True, slots=True)
class MpAccount:
    """An official account (公众号). ``app_secret`` is needed only to send.

    ``kind`` says which limits its mass sends have: 服务号 or 订阅号. ``scenes`` are group ids by
    the short number in a QR code.
    """

    account: str
    app_id: str
    token: str
    mode: MpMode
    aes_key: str = ""
    app_secret: str = ""
    kind: MpKind = "service"
    scenes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WecomAccount:
    """A WeCom self-built app (企业微信自建应用)."""

    account: str
    corp_id: str
    agent_id: str = ""
    token: str = ""
    aes_key: str = ""
    secret: str = ""


@dataclass(frozen=True, slots=True)
class AibotAccount:
    """A WeCom smart bot (智能机器人) in webhook mode."""

    account: str
    token: str
    aes_key: str
    name: str = "反诈助手"


@dataclass(frozen=True, slots=True)
class GatewayAccount:
    """A partner of the signed JSON gateway."""

    account: str
    secret: str


@dataclass(frozen=True, slots=True)
class SmsTemplate:
    """An approved template at the vendor: its id, and which of ``SMS_VARIABLES`` it takes, in
    order; ``names`` are the vendor's names of them (by default ours)."""

    id: str
    variables: tuple[str, ...]
    names: tuple[str, ...]


SMS_VARIABLES = ("title", "code", "station")
"""What a text message may say: the warning's title, its 预警码, the station's name."""


@dataclass(frozen=True, slots=True)
class SmsGateway:
    """Where text messages go out. ``recipients`` holds the numbers, or ``@file`` with them.

    ``longest`` is how many characters a variable may have; ``app_id`` is Tencent's SdkAppId.
    """

    gateway: str
    kind: SmsKind
    templates: Mapping[str, SmsTemplate]
    recipients: str = field(default="", repr=False)
    key_id: str = ""
    secret: str = field(default="", repr=False)
    sign_name: str = ""
    app_id: str = ""
    url: str = ""
    longest: int = 20


@dataclass(frozen=True, slots=True)
class Station:
    name: str = "示范社区派出所"
    phone: str = ""
    district: str = ""


@dataclass(frozen=True, slots=True)
class Server:
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 0
    """Web processes; 0 means one per processor core."""


@dataclass(frozen=True, slots=True)
class Broadcast:
    approval: bool = True
    quiet_hours: tuple[time, time] = (time(21), time(8))
    late_ok_minutes: int = 120
    weekly_limit: int = 3
    approve_ahead_hours: int = 48
    """How long before it is due an edition is frozen and offered for approval, at least."""


@dataclass(frozen=True, slots=True)
class Groups:
    """``silent``: chats (the gateway's own ids) in which it speaks only when it is mentioned."""

    speak_unasked: bool = False
    cool_down_minutes: int = 30
    silent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the program is told from outside. Paths are absolute."""

    root: Path
    station: Station = field(default_factory=Station)
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    demo: bool = False
    server: Server = field(default_factory=Server)
    database: str = "sqlite:///data/bot.db"
    knowledge: Path = Path("knowledge")
    broadcasts: Path = Path("broadcasts")
    mp: tuple[MpAccount, ...] = ()
    wecom: tuple[WecomAccount, ...] = ()
    aibot: tuple[AibotAccount, ...] = ()
    gateway: tuple[GatewayAccount, ...] = ()
    sms: tuple[SmsGateway, ...] = ()
    api_mp: str = "https://api.weixin.qq.com"
    api_wecom: str = "https://qyapi.weixin.qq.com"
    broadcast: Broadcast = field(default_factory=Broadcast)
    groups: Groups = field(default_factory=Groups)
    read_pictures: bool = True
    """Whether residents' pictures are read, where the packages for it are installed."""
    picture_hosts: tuple[str, ...] = ()
    """Hosts that pictures may be fetched from besides the platforms' own."""
    messages_per_minute: int = 20
    """Of one sender; 0 sets no limit."""
    retention_days: int = 90
    hash_key: str = ""

    @property
    def database_path(self) -> Path:
        """The SQLite file."""
        return self.root / self.database.removeprefix("sqlite:///")

    @property
    def platform_port(self) -> int:
        """Where the demo's fake platform listens: the port of api_base.wecom."""
        return urlsplit(self.api_wecom).port or self.server.port + 1
