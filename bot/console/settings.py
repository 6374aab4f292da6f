"""The running configuration, read-only and with secrets hidden; channels; what needs mending."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, render_template

from bot.broadcasting.services import BroadcastServices
from bot.config import Config
from bot.console.guard import needs
from bot.console.page import NavItem, Page
from bot.console.services import ConsoleServices

CHANNEL_WORDS: Mapping[str, str] = {
    "wecom_robot": "企业微信群机器人",
    "wecom_app": "企业微信应用消息",
    "wecom_external": "企业群发（群主确认）",
    "mp_mass": "公众号群发",
    "mp_service": "公众号客服消息",
    "sms": "短信",
    "webhook": "接口推送",
    "paste": "人工转发",
    "loudspeaker": "喇叭和屏幕",
}


@dataclass(frozen=True, slots=True)
class Inbound:
    """An account that residents write to. ``lacks`` is what it cannot do for want of a secret."""

    kind: str
    account: str
    address: str
    lacks: str = ""


@dataclass(frozen=True, slots=True)
class Outbound:
    """A channel type that groups are reached by; ``problems`` are of single groups, in words."""

    label: str
    groups: int
    problems: tuple[str, ...]


def routes(services: ConsoleServices) -> Blueprint:
    """``/console/settings/``"""
    pages = Blueprint("settings", __name__, url_prefix="/settings")

    @pages.get("/")
    @needs("settings.see")
    def index() -> str:
        return render_template(
            "console/settings.html",
            problems=services.problems(),
            sections=sections(services.config, services.live.current().revision),
            inbound=inbound(services.config),
            outbound=outbound(services.warnings()),
        )

    return pages


PAGE = Page(routes, (NavItem("运行状态", "console.settings.index", "settings.see", "admin"),))


def sections(config: Config, revision: str) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """(heading, (label, value)…) of what may be shown; a secret only as set or not."""
    start, end = config.broadcast.quiet_hours
    workers = str(config.server.workers) if config.server.workers else "每个处理器一个"
    return (
        (
            "单位",
            (
                ("名称", config.station.name),
                ("电话", config.station.phone or "没有填"),
                ("辖区", config.station.district or "没有填"),
                ("时区", str(config.timezone)),
            ),
        ),
        (
            "运行",
            (
                ("演示模式", "是" if config.demo else "否"),
                ("监听", f"{config.server.host}:{config.server.port}"),
                ("网页进程", workers),
                ("数据库", config.database_path.name),
                ("知识库版本", revision),
                ("问题保存", f"{config.retention_days} 天"),
                ("身份加密密钥", _set(config.hash_key)),
            ),
        ),
        (
            "预警",
            (
                ("发送前审批", "要" if config.broadcast.approval else "不要"),
                ("安静时段", f"{start:%H:%M} 到 {end:%H:%M} 不发"),
                ("迟到多久还发", f"{config.broadcast.late_ok_minutes} 分钟"),
                ("每群每周最多", f"{config.broadcast.weekly_limit} 条"),
            ),
        ),
        (
            "群聊",
            (
                ("没人叫也说话", "是" if config.groups.speak_unasked else "否"),
                ("同一话题隔多久再说", f"{config.groups.cool_down_minutes} 分钟"),
            ),
        ),
    )


def inbound(config: Config) -> tuple[Inbound, ...]:
    """The configured accounts with the addresses to enter on their platforms."""
    found = [
        Inbound(
            "公众号",
            one.account,
            f"/callback/mp/{one.account}",
            "" if one.app_secret else "没有 app_secret，不能主动发消息",
        )
        for one in config.mp
    ]
    found += [
        Inbound(
            "企业微信应用",
            one.account,
            f"/callback/wecom/{one.account}",
            "" if one.secret else "没有 secret，不能发消息",
        )
        for one in config.wecom
    ]
    found += [
        Inbound("智能机器人", one.account, f"/callback/aibot/{one.account}") for one in config.aibot
    ]
    found += [
        Inbound("接口", one.account, f"/callback/gateway/{one.account}") for one in config.gateway
    ]
    return tuple(found)


def outbound(services: BroadcastServices) -> tuple[Outbound, ...]:
    """The channel types in use, with what single groups lack."""
    groups = services.book.groups.values()
    problems: dict[str, list[str]] = {}
    for group in groups:
        target = services.book.target(group)
        lack = (
            f"环境变量 {'、'.join(target.unset)} 没有设置"
            if target.unset
            else services.senders[group.channel_type].missing(target.values)
        )
        if lack:
            problems.setdefault(group.channel_type, []).append(f"{group.name}：{lack}")
    counts = Counter(group.channel_type for group in groups)
    return tuple(
        Outbound(CHANNEL_WORDS.get(kind, kind), counts[kind], tuple(problems.get(kind, ())))
        for kind in sorted(counts)
    )


def _set(secret: str) -> str:
    return "已设置" if secret else "没有设置"
