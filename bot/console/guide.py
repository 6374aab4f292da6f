"""How accounts are connected, step by step, with the addresses to paste and a trial of each."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence

from flask import Blueprint, abort, render_template, request
from werkzeug.wrappers import Response

from bot.config import MpAccount, WecomAccount
from bot.console.guard import needs, person
from bot.console.page import NavItem, Page
from bot.console.services import ConsoleServices
from bot.console.views import done, refused
from bot.health.inbound import accounts_of
from bot.health.outbound import subject_of
from bot.store.api_sightings import Sighting
from bot.types import Outcome, Outgoing

WAYS: Mapping[str, tuple[str, str]] = {
    "mp": ("公众号", "居民关注后，在微信里直接问"),
    "robot": ("群机器人", "往企业微信的内部群里发预警"),
    "wecom": ("企业微信应用", "员工在企业微信里问，还能请群主把预警发到居民群"),
    "aibot": ("智能机器人", "企业微信里单独问，或在内部群里 @ 它问"),
    "gateway": ("接口", "政务 App、小程序、别的系统来问"),
}
"""Way -> (its name, what it is good for)."""

EXAMPLE = "station"
MOST_TEXT = 200
TEST_TEXT = "这是一条测试消息，收到不用理会。"


def routes(services: ConsoleServices) -> Blueprint:
    """``/console/guide/``, ``/console/guide/<way>``, and the trials below it."""
    pages = Blueprint("guide", __name__, url_prefix="/guide")

    @pages.get("/")
    @needs("guide.see")
    def index() -> str:
        return render_template(
            "console/guide.html",
            ways=WAYS,
            counts={
                **{way: len(accounts) for way, accounts in accounts_of(services.config).items()},
                "robot": len(robot_groups(services)),
            },
            demo=services.config.demo,
        )

    @pages.get("/<way>")
    @needs("guide.see")
    def way(way: str) -> str:
        if way not in WAYS:
            abort(404)
        origin = public_origin(request.host_url, services.config.demo)
        return render_template(
            "console/guide_way.html",
            way=way,
            name=WAYS[way][0],
            purpose=WAYS[way][1],
            ways=WAYS,
            connected=[one for one in services.health.inbound() if one.way == way],
            now=services.clock.now(),
            groups=robot_groups(services) if way == "robot" else (),
            example=f"{origin}/callback/{way}/{EXAMPLE}",
            origin=origin,
            unreachable=unreachable(request.host),
            demo=services.config.demo,
        )

    @pages.post("/<way>/try/<account>")
    @needs("guide.see")
    def try_account(way: str, account: str) -> Response:
        one = accounts_of(services.config).get(way, {}).get(account)
        if isinstance(one, MpAccount):
            outcome = services.trial.mp(one)
        elif isinstance(one, WecomAccount):
            outcome = services.trial.wecom(one)
        else:
            abort(404)
        _note(services, f"{way}:{account}", outcome)
        services.store.sightings.note([_tried(f"{way}:{account}", outcome, services)])
        if outcome.kind == "sent":
            return done(f"{account}：平台认得这个账号和密钥，也放行了这台机器", ".way", way=way)
        return refused(f"{account}：{outcome.detail}{_code(outcome)}", ".way", way=way)

    @pages.get("/robot/send/<group>")
    @needs("guide.see")
    def ask_robot(group: str) -> str:
        found = next((one for one in robot_groups(services) if one[0] == group), None)
        if found is None:
            abort(404)
        return render_template("console/guide_robot_send.html", name=found[1], text=TEST_TEXT)

    @pages.post("/robot/send/<group>")
    @needs("guide.see")
    def try_robot(group: str) -> Response:
        flow = services.warnings()
        known = flow.book.groups.get(group)
        if known is None or known.channel_type != "wecom_robot":
            abort(404)
        text = request.form.get("text", "").strip()[:MOST_TEXT]
        if not text:
            return refused("请写一句要发的话", ".ask_robot", group=group)
        target = flow.book.target(known)
        if target.unset:
            names = "、".join(target.unset)
            return refused(f"环境变量 {names} 没有设置，设好后重启再试", ".way", way="robot")
        robot = flow.senders["wecom_robot"]
        outcome = robot.send(Outgoing(group, target.values, known.owner, "", text))
        _note(services, f"group:{group}", outcome)
        if outcome.kind == "sent":
            # A test that fails is told here and now; no warning was lost by it.
            seen = Sighting(
                "reached", subject_of(robot, target.values), services.clock.now(), group
            )
            services.store.sightings.note([seen])
        if outcome.kind == "sent":
            return done(f"企业微信收下了，请到“{known.name}”里看一眼", ".way", way="robot")
        return refused(f"{known.name}：{outcome.detail}{_code(outcome)}", ".way", way="robot")

    return pages


PAGE = Page(routes, (NavItem("接入指南", "console.guide.index", "guide.see", "admin"),))


def robot_groups(services: ConsoleServices) -> Sequence[tuple[str, str, tuple[str, ...]]]:
    """(id, name, variables that are not set) of the groups a robot serves."""
    book = services.book.current()
    return [
        (group.id, group.name, tuple(book.target(group).unset))
        for group in book.groups.values()
        if group.channel_type == "wecom_robot"
    ]


def public_origin(host_url: str, demo: bool) -> str:
    """Scheme and host as the outside sees them: https, which a proxy ends, except in the demo."""
    origin = host_url.rstrip("/")
    return origin if demo else origin.replace("http://", "https://", 1)


def unreachable(host: str) -> bool:
    """Whether no platform can reach this host: this machine itself, or a private network."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
    try:
        return ipaddress.ip_address(name.strip("[]")).is_private
    except ValueError:
        return name == "localhost" or "." not in name


def _tried(subject: str, outcome: Outcome, services: ConsoleServices) -> Sighting:
    return Sighting("tried", subject, services.clock.now(), "", outcome.kind, outcome.code)


def _code(outcome: Outcome) -> str:
    return f"（平台的错误码 {outcome.code}）" if outcome.code.isdecimal() else ""


def _note(services: ConsoleServices, subject: str, outcome: Outcome) -> None:
    now = services.clock.now()
    services.store.audit.note(
        person().name, "account_tried", subject, f"{outcome.kind} {outcome.code}".strip(), now
    )
