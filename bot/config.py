"""config.yaml and the environment -> one frozen Config, or all that is wrong with it (design §9)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bot.problems import Invalid, Problem
from bot.yamlread import Reader, read_yaml

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
_REFERENCE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")
_SQLITE = re.compile(r"sqlite:///.+")
_AES_KEY = re.compile(r"[A-Za-z0-9]{43}")
_HOST = re.compile(r"(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}")


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


def load_config(path: Path, env: Mapping[str, str], secrets_needed: bool = True) -> Config:
    """Read and check the configuration.

    ``secrets_needed=False`` serves commands that need no environment variable (ask, eval, check):
    a variable that is not set is then no problem.

    Raises:
        Invalid: with every problem found, each with its line.
    """
    problems: list[Problem] = []
    reader = read_yaml(path, path.name, problems)
    if reader is None:
        raise Invalid(problems)
    config = _Parser(path.resolve().parent, env, problems, secrets_needed).config(reader)
    if problems:
        raise Invalid(problems)
    return config


class _Parser:
    def __init__(
        self, root: Path, env: Mapping[str, str], problems: list[Problem], secrets_needed: bool
    ) -> None:
        self._root = root
        self._env = env
        self._problems = problems
        self._secrets_needed = secrets_needed
        self._demo = False

    def config(self, reader: Reader) -> Config:
        sections = reader.mapping(
            set(),
            {
                "station", "timezone", "demo", "server", "database", "content", "channels",
                "api_base", "broadcast", "groups", "limits", "pictures", "privacy",
            },
        )  # fmt: skip
        self._demo = "demo" in sections and sections["demo"].flag()
        content = self._section(sections, "content", {"knowledge", "broadcasts"})
        channels = self._section(sections, "channels", {"mp", "wecom", "aibot", "gateway", "sms"})
        api = self._section(sections, "api_base", {"mp", "wecom"})
        privacy = self._section(sections, "privacy", {"retention_days", "hash_key"})
        database = self._section(sections, "database", {"url"})
        pictures = self._section(sections, "pictures", {"read", "hosts"})
        limits = self._section(sections, "limits", {"messages_per_minute"})
        config = Config(
            root=self._root,
            station=self._station(sections),
            timezone=self._zone(sections.get("timezone")),
            demo=self._demo,
            server=self._server(sections),
            database=self._database(database.get("url")),
            knowledge=self._root / (content["knowledge"].text() if "knowledge" in content else "knowledge"),
            broadcasts=self._root / (content["broadcasts"].text() if "broadcasts" in content else "broadcasts"),
            mp=tuple(self._mp(item) for item in self._accounts(channels.get("mp"))),
            wecom=tuple(self._wecom(item) for item in self._accounts(channels.get("wecom"))),
            aibot=tuple(self._aibot(item) for item in self._accounts(channels.get("aibot"))),
            gateway=tuple(self._gateway(item) for item in self._accounts(channels.get("gateway"))),
            sms=tuple(self._sms(item) for item in self._accounts(channels.get("sms"), "gateway")),
            api_mp=self._origin(api.get("mp"), "https://api.weixin.qq.com"),
            api_wecom=self._origin(api.get("wecom"), "https://qyapi.weixin.qq.com"),
            broadcast=self._broadcast(sections),
            groups=self._groups(sections),
            read_pictures="read" not in pictures or pictures["read"].flag(),
            picture_hosts=self._hosts(pictures.get("hosts")),
            messages_per_minute=limits["messages_per_minute"].whole(0, 10000) if "messages_per_minute" in limits else 20,
            retention_days=privacy["retention_days"].whole(1, 3650) if "retention_days" in privacy else 90,
            hash_key=self._hash_key(privacy.get("hash_key"), sections.get("privacy", reader)),
        )  # fmt: skip
        if config.demo and config.platform_port == config.server.port:
            sections.get("server", reader).fault(
                f"机器人和模拟平台都要用端口 {config.server.port}",
                "请改 server.port，或改 api_base.wecom 的端口",
            )
        return config

    def _section(self, sections: dict[str, Reader], name: str, keys: set[str]) -> dict[str, Reader]:
        return sections[name].mapping(set(), keys) if name in sections else {}

    def _station(self, sections: dict[str, Reader]) -> Station:
        fields = self._section(sections, "station", {"name", "phone", "district"})
        return Station(
            name=fields["name"].text(40) if "name" in fields else "社区派出所",
            phone=fields["phone"].scalar() if "phone" in fields else "",
            district=fields["district"].scalar() if "district" in fields else "",
        )

    def _zone(self, reader: Reader | None) -> ZoneInfo:
        name = reader.text() if reader else ""
        if not reader or not name.strip():
            return ZoneInfo("Asia/Shanghai")
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            reader.fault(f"没有 {name} 这个时区", "例如 Asia/Shanghai")
            return ZoneInfo("Asia/Shanghai")

    def _server(self, sections: dict[str, Reader]) -> Server:
        fields = self._section(sections, "server", {"host", "port", "workers"})
        workers = 0
        if "workers" in fields and fields["workers"].scalar() != "auto":
            workers = fields["workers"].whole(1, 64)
        return Server(
            host=fields["host"].text() if "host" in fields else "127.0.0.1",
            port=fields["port"].whole(1, 65535) if "port" in fields else 8000,
            workers=workers,
        )

    def _database(self, reader: Reader | None) -> str:
        url = self._secret(reader, required=True) if reader else ""
        if reader and url and not _SQLITE.fullmatch(url):
            reader.fault("现在只支持 sqlite:/// 开头的地址", "例如 sqlite:///data/bot.db")
        return url or "sqlite:///data/bot.db"

    def _accounts(self, reader: Reader | None, key: str = "account") -> list[Reader]:
        items = reader.items(0) if reader else []
        seen: set[str] = set()
        for item in items:
            name = item.fields().get(key) if item.is_mapping() else None
            if name is None:
                continue
            if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", name.scalar()):
                name.fault(
                    f"{key} 只能用字母、数字、- 和 _，最多 32 个", "请改名，它是回调地址的一部分"
                )
            if name.scalar() in seen:
                name.fault(f"{key} {name.scalar()} 写了两次", "请换一个名字")
            seen.add(name.scalar())
        return items

    def _mp(self, item: Reader) -> MpAccount:
        fields = item.mapping(
            {"account", "app_id", "token", "mode"}, {"aes_key", "app_secret", "kind", "scenes"}
        )
        mode = fields["mode"].choice({"plain", "compatible", "aes"}) if "mode" in fields else ""
        encrypted = mode in ("compatible", "aes")
        if encrypted and "aes_key" not in fields:
            item.fault(
                f"mode 是 {mode} 时要有 aes_key", "在公众平台“基本配置”里复制 EncodingAESKey"
            )
        return MpAccount(
            account=self._plain(fields, "account"),
            app_id=self._identity(fields, "app_id", DEMO_APP_ID),
            token=self._secret(fields.get("token"), required=True),
            mode=mode,  # type: ignore[arg-type]  # checked by choice()
            aes_key=self._aes_key(fields.get("aes_key"), encrypted),
            app_secret=self._secret(fields.get("app_secret")),
            kind=fields["kind"].choice({"service", "subscription"}) if "kind" in fields else "service",  # type: ignore[arg-type]  # checked by choice()
            scenes=self._scenes(fields["scenes"]) if "scenes" in fields else {},
        )  # fmt: skip

    def _scenes(self, reader: Reader) -> Mapping[str, str]:
        fields = reader.fields()
        for number, group in fields.items():
            if not re.fullmatch(r"[1-9][0-9]{0,5}", number):
                group.fault(f"二维码的编号 {number} 不对", "写 1 到 100000 的数字，带引号")
        return {number: group.text() for number, group in fields.items()}

    def _wecom(self, item: Reader) -> WecomAccount:
        fields = item.mapping({"account", "corp_id"}, {"agent_id", "token", "aes_key", "secret"})
        if ("token" in fields) != ("aes_key" in fields):
            item.fault("token 和 aes_key 要一起写", "要接收消息就两个都写，只发送就都不写")
        return WecomAccount(
            account=self._plain(fields, "account"),
            corp_id=self._identity(fields, "corp_id", DEMO_CORP_ID),
            agent_id=fields["agent_id"].scalar() if "agent_id" in fields else "",
            token=self._secret(fields.get("token"), required="token" in fields),
            aes_key=self._aes_key(fields.get("aes_key"), "aes_key" in fields),
            secret=self._secret(fields.get("secret")),
        )

    def _aibot(self, item: Reader) -> AibotAccount:
        fields = item.mapping({"account", "token", "aes_key"}, {"name"})
        return AibotAccount(
            account=self._plain(fields, "account"),
            token=self._secret(fields.get("token"), required=True),
            aes_key=self._aes_key(fields.get("aes_key"), True),
            name=fields["name"].text(20) if "name" in fields else "反诈助手",
        )

    def _gateway(self, item: Reader) -> GatewayAccount:
        fields = item.mapping({"account", "secret"})
        secret = self._secret(fields.get("secret"), required=True)
        if secret and len(secret) < 16 and "secret" in fields:
            fields["secret"].fault("secret 太短", "至少 16 个字符")
        return GatewayAccount(account=self._plain(fields, "account"), secret=secret)

    def _sms(self, item: Reader) -> SmsGateway:
        fields = item.mapping(
            {"gateway", "kind", "templates"},
            {"recipients", "key_id", "secret", "sign_name", "app_id", "url", "longest"},
        )
        kind = fields["kind"].choice(set(get_args(SmsKind))) if "kind" in fields else ""
        needed = {"aliyun": ("key_id", "sign_name"), "tencent": ("key_id", "sign_name", "app_id"), "http": ("url",)}  # fmt: skip
        for name in needed.get(kind, ()):
            if name not in fields:
                item.fault(f"kind 是 {kind} 时要有 {name}", f"请补上 {name}")
        if kind == "fake" and not self._demo:
            fields["kind"].fault(
                "fake 是演示用的短信平台", "正式使用请改成 aliyun、tencent 或 http"
            )
        templates = fields["templates"].fields() if "templates" in fields else {}
        return SmsGateway(
            gateway=self._plain(fields, "gateway"),
            kind=kind,  # type: ignore[arg-type]  # checked by choice()
            templates={name: self._sms_template(reader) for name, reader in templates.items()},
            recipients=self._secret(fields.get("recipients")),
            key_id=self._secret(fields.get("key_id")),
            secret=self._secret(fields.get("secret")),
            sign_name=fields["sign_name"].text(40) if "sign_name" in fields else "",
            app_id=fields["app_id"].scalar() if "app_id" in fields else "",
            url=self._origin(fields.get("url"), ""),
            longest=fields["longest"].whole(6, 100) if "longest" in fields else 20,
        )

    def _sms_template(self, reader: Reader) -> SmsTemplate:
        fields = reader.mapping({"id", "variables"}, {"names"})
        variables = fields["variables"].items(0) if "variables" in fields else []
        names = fields["names"].texts(0) if "names" in fields else ()
        chosen = tuple(item.choice(set(SMS_VARIABLES)) for item in variables)
        if names and len(names) != len(chosen):
            fields["names"].fault(
                f"有 {len(chosen)} 个变量，名字却有 {len(names)} 个", "请一一对应"
            )
        return SmsTemplate(fields["id"].scalar() if "id" in fields else "", chosen, names or chosen)

    def _plain(self, fields: dict[str, Reader], name: str) -> str:
        return self._secret(fields.get(name), required=True)

    def _identity(self, fields: dict[str, Reader], name: str, demo: str) -> str:
        """The id that tells a real account from the demo's (design §9)."""
        value = self._plain(fields, name)
        if self._demo and value and value != demo:
            fields[name].fault(
                f"demo: true 和真实账号（{name} 不是 {demo}）不能同时用",
                "接入真实账号请改成 demo: false",
            )
        return value

    def _secret(self, reader: Reader | None, required: bool = False) -> str:
        """A value that may be written ${NAME}; the environment wins, the demo has stand-ins."""
        if reader is None:
            return ""
        value = self._resolved(reader, required)
        if value in DEMO_SECRETS.values() and not self._demo and self._secrets_needed:
            reader.fault("用了演示用的密钥，它是公开的", "正式使用前请换成自己的密钥")
        return value

    def _resolved(self, reader: Reader, required: bool) -> str:
        raw = reader.scalar()
        match = _REFERENCE.fullmatch(raw)
        if match is None:
            if "${" in raw:
                reader.fault(
                    "这样写 ${…} 不会被替换", "整个值写成 ${NAME}，名字用大写字母、数字和 _"
                )
            elif required and not raw.strip():
                reader.fault("内容是空的", "请填写，或写成 ${环境变量名}")
            return raw
        name = match.group(1)
        value = self._env.get(name, "")
        if not value and (self._demo or not self._secrets_needed):
            value = DEMO_SECRETS.get(name, "")
        if not value and required and self._secrets_needed:
            reader.fault(f"环境变量 {name} 没有设置", f"启动前先 export {name}=…")
        return value

    def _aes_key(self, reader: Reader | None, required: bool) -> str:
        value = self._secret(reader, required)
        if reader and value and not _AES_KEY.fullmatch(value):
            reader.fault("EncodingAESKey 应是 43 个字母或数字", "请从平台后台重新复制")
        return value

    def _hash_key(self, reader: Reader | None, around: Reader) -> str:
        value = self._secret(reader, required=not self._demo)
        if not value and (self._demo or not self._secrets_needed):
            return DEMO_SECRETS["HASH_KEY"]
        if not value and reader is None:
            around.fault(
                "没有 privacy.hash_key，居民的身份无法加密保存",
                '写上 hash_key: "${HASH_KEY}"，再设置这个环境变量，至少 32 个字符',
            )
        elif value and reader and len(value) < 32:
            reader.fault(f"hash_key 只有 {len(value)} 个字符", "至少 32 个")
        return value

    def _origin(self, reader: Reader | None, default: str) -> str:
        if reader is None:
            return default
        url = reader.text().rstrip("/")
        if url and not _is_origin(url):
            reader.fault(f"{url} 不是网址", "写成 http:// 或 https:// 开头的地址，例如 " + default)
        return url

    def _broadcast(self, sections: dict[str, Reader]) -> Broadcast:
        fields = self._section(
            sections,
            "broadcast",
            {"approval", "quiet_hours", "late_ok_minutes", "weekly_limit", "approve_ahead_hours"},
        )
        approval = fields["approval"].choice({"required", "none"}) if "approval" in fields else ""
        return Broadcast(
            approval=approval != "none",
            quiet_hours=read_hours(fields["quiet_hours"]) if "quiet_hours" in fields else (time(21), time(8)),
            late_ok_minutes=fields["late_ok_minutes"].whole(0, 1440) if "late_ok_minutes" in fields else 120,
            weekly_limit=fields["weekly_limit"].whole(1, 50) if "weekly_limit" in fields else 3,
            approve_ahead_hours=fields["approve_ahead_hours"].whole(1, 168) if "approve_ahead_hours" in fields else 48,
        )  # fmt: skip

    def _groups(self, sections: dict[str, Reader]) -> Groups:
        fields = self._section(sections, "groups", {"speak_unasked", "cool_down_minutes", "silent"})
        minutes = fields.get("cool_down_minutes")
        return Groups(
            speak_unasked="speak_unasked" in fields and fields["speak_unasked"].flag(),
            cool_down_minutes=minutes.whole(0, 1440) if minutes else 30,
            silent=tuple(item.scalar() for item in fields["silent"].items(0)) if "silent" in fields else (),
        )  # fmt: skip

    def _hosts(self, reader: Reader | None) -> tuple[str, ...]:
        hosts: list[str] = []
        for item in reader.items(0) if reader else []:
            host = item.text(253).lower()
            if not _HOST.fullmatch(host):
                item.fault(f"{host} 不是主机名", "只写主机名，例如 mmbiz.qpic.cn，不带 https://")
            hosts.append(host)
        return tuple(hosts)


def _is_origin(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def read_hours(reader: Reader) -> tuple[time, time]:
    """A pair of clock times such as ["21:00", "08:00"]; notes a problem where it is none."""
    items = reader.items(2)
    times = [read_clock_time(item) for item in items[:2]]
    if len(items) != 2:
        reader.fault("要写两个时间：开始和结束", '例如 ["21:00", "08:00"]')
        return (time(21), time(8))
    return (times[0], times[1])


def read_clock_time(reader: Reader) -> time:
    """A clock time such as "09:00"."""
    raw = reader.scalar()
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", raw):
        reader.fault(f"{raw!r} 不是钟点", '请写成 "09:00" 这样')
        return time(0)
    return time.fromisoformat(raw)
