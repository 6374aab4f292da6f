"""config.yaml and the environment -> one frozen Config, or all that is wrong with it (design §9)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.config import DEMO_SECRETS, Broadcast, Config, Groups, Server, Station
from bot.config_accounts import Accounts, accounts_in
from bot.config_values import Values, origin_of
from bot.hours import read_hours
from bot.problems import Invalid, Problem
from bot.yamlread import Reader, read_yaml

_SQLITE = re.compile(r"sqlite:///.+")
_HOST = re.compile(r"(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}")
_SECTIONS = {
    "station", "timezone", "demo", "server", "database", "content", "channels", "api_base",
    "broadcast", "groups", "limits", "pictures", "privacy",
}  # fmt: skip


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
    sections = reader.mapping(set(), _SECTIONS)
    demo = "demo" in sections and sections["demo"].flag()
    values = Values(env, demo, secrets_needed)
    config = _File(path.resolve().parent, reader, sections, values).config()
    if problems:
        raise Invalid(problems)
    return config


class _File:
    """The sections of one file; what is absent takes its default."""

    def __init__(
        self, root: Path, whole: Reader, sections: Mapping[str, Reader], values: Values
    ) -> None:
        self._root = root
        self._whole = whole
        self._sections = sections
        self._values = values

    def config(self) -> Config:
        channels = self._fields("channels", {"mp", "wecom", "aibot", "gateway", "sms"})
        content = self._fields("content", {"knowledge", "broadcasts"})
        api = self._fields("api_base", {"mp", "wecom"})
        privacy = self._fields("privacy", {"retention_days", "hash_key"})
        pictures = self._fields("pictures", {"read", "hosts"})
        limits = self._fields("limits", {"messages_per_minute"})
        account = Accounts(self._values)
        config = Config(
            root=self._root,
            station=self._station(),
            timezone=_zone(self._sections.get("timezone")),
            demo=self._values.demo,
            server=self._server(),
            database=self._database(),
            knowledge=self._root / _text(content, "knowledge", "knowledge"),
            broadcasts=self._root / _text(content, "broadcasts", "broadcasts"),
            mp=tuple(map(account.mp, accounts_in(channels.get("mp")))),
            wecom=tuple(map(account.wecom, accounts_in(channels.get("wecom")))),
            aibot=tuple(map(account.aibot, accounts_in(channels.get("aibot")))),
            gateway=tuple(map(account.gateway, accounts_in(channels.get("gateway")))),
            sms=tuple(map(account.sms, accounts_in(channels.get("sms"), "gateway"))),
            api_mp=origin_of(api.get("mp"), "https://api.weixin.qq.com"),
            api_wecom=origin_of(api.get("wecom"), "https://qyapi.weixin.qq.com"),
            broadcast=self._broadcast(),
            groups=self._groups(),
            read_pictures="read" not in pictures or pictures["read"].flag(),
            picture_hosts=_hosts(pictures.get("hosts")),
            messages_per_minute=_whole(limits, "messages_per_minute", 0, 10000, 20),
            retention_days=_whole(privacy, "retention_days", 1, 3650, 90),
            hash_key=self._hash_key(privacy.get("hash_key")),
        )
        if config.demo and config.platform_port == config.server.port:
            self._sections.get("server", self._whole).fault(
                f"机器人和模拟平台都要用端口 {config.server.port}",
                "请改 server.port，或改 api_base.wecom 的端口",
            )
        return config

    def _fields(self, name: str, keys: set[str]) -> Mapping[str, Reader]:
        return self._sections[name].mapping(set(), keys) if name in self._sections else {}

    def _station(self) -> Station:
        fields = self._fields("station", {"name", "phone", "district"})
        return Station(
            name=fields["name"].text(40) if "name" in fields else "社区派出所",
            phone=fields["phone"].scalar() if "phone" in fields else "",
            district=fields["district"].scalar() if "district" in fields else "",
        )

    def _server(self) -> Server:
        fields = self._fields("server", {"host", "port", "workers"})
        workers = 0
        if "workers" in fields and fields["workers"].scalar() != "auto":
            workers = fields["workers"].whole(1, 64)
        host = _text(fields, "host", "127.0.0.1")
        return Server(host=host, port=_whole(fields, "port", 1, 65535, 8000), workers=workers)

    def _database(self) -> str:
        reader = self._fields("database", {"url"}).get("url")
        url = self._values.secret(reader, required=True) if reader else ""
        if reader and url and not _SQLITE.fullmatch(url):
            reader.fault("现在只支持 sqlite:/// 开头的地址", "例如 sqlite:///data/bot.db")
        return url or "sqlite:///data/bot.db"

    def _broadcast(self) -> Broadcast:
        fields = self._fields(
            "broadcast",
            {"approval", "quiet_hours", "late_ok_minutes", "weekly_limit", "approve_ahead_hours"},
        )
        approval = fields["approval"].choice({"required", "none"}) if "approval" in fields else ""
        quiet = fields.get("quiet_hours")
        return Broadcast(
            approval=approval != "none",
            quiet_hours=read_hours(quiet) if quiet else (time(21), time(8)),
            late_ok_minutes=_whole(fields, "late_ok_minutes", 0, 1440, 120),
            weekly_limit=_whole(fields, "weekly_limit", 1, 50, 3),
            approve_ahead_hours=_whole(fields, "approve_ahead_hours", 1, 168, 48),
        )

    def _groups(self) -> Groups:
        fields = self._fields("groups", {"speak_unasked", "cool_down_minutes", "silent"})
        silent = fields["silent"].items(0) if "silent" in fields else []
        return Groups(
            speak_unasked="speak_unasked" in fields and fields["speak_unasked"].flag(),
            cool_down_minutes=_whole(fields, "cool_down_minutes", 0, 1440, 30),
            silent=tuple(item.scalar() for item in silent),
        )

    def _hash_key(self, reader: Reader | None) -> str:
        lenient = self._values.demo or not self._values.secrets_needed
        value = self._values.secret(reader, required=not self._values.demo)
        if not value and lenient:
            return DEMO_SECRETS["HASH_KEY"]
        if not value and reader is None:
            self._sections.get("privacy", self._whole).fault(
                "没有 privacy.hash_key，居民的身份无法加密保存",
                '写上 hash_key: "${HASH_KEY}"，再设置这个环境变量，至少 32 个字符',
            )
        elif value and reader and len(value) < 32:
            reader.fault(f"hash_key 只有 {len(value)} 个字符", "至少 32 个")
        return value


def _text(fields: Mapping[str, Reader], name: str, default: str) -> str:
    return fields[name].text() if name in fields else default


def _whole(fields: Mapping[str, Reader], name: str, least: int, most: int, default: int) -> int:
    return fields[name].whole(least, most) if name in fields else default


def _zone(reader: Reader | None) -> ZoneInfo:
    name = reader.text() if reader else ""
    if not reader or not name.strip():
        return ZoneInfo("Asia/Shanghai")
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        reader.fault(f"没有 {name} 这个时区", "例如 Asia/Shanghai")
        return ZoneInfo("Asia/Shanghai")


def _hosts(reader: Reader | None) -> tuple[str, ...]:
    hosts: list[str] = []
    for item in reader.items(0) if reader else []:
        host = item.text(253).lower()
        if not _HOST.fullmatch(host):
            item.fault(f"{host} 不是主机名", "只写主机名，例如 mmbiz.qpic.cn，不带 https://")
        hosts.append(host)
    return tuple(hosts)
