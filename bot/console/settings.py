"""How everything runs: what needs mending, channels and processes, and the configuration with
secrets hidden."""

from __future__ import annotations

from flask import Blueprint, render_template

from bot.config import Config
from bot.console.guard import needs
from bot.console.page import NavItem, Page
from bot.console.services import ConsoleServices


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
            parts=services.health.parts(),
            inbound=services.health.inbound(),
            outbound=services.health.outbound(),
            now=services.clock.now(),
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


def _set(secret: str) -> str:
    return "已设置" if secret else "没有设置"
