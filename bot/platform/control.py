"""Switches of the fake platform over HTTP, for tests and demos in other processes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest

from bot.platform.answers import Refusal
from bot.platform.callbacks import Reply
from bot.platform.faults import FAULT_KINDS, Fault, FaultKind, Faults
from bot.platform.ledger import Ledger
from bot.platform.mass_confirm import MassConfirm, Task
from bot.platform.official_account import OfficialAccount
from bot.platform.robot import ROBOT_STATES, Robots, RobotState
from bot.platform.settings import CustomerGroup
from bot.platform.smart_bot import SmartBot
from bot.platform.tokens import TokenDesk
from bot.platform.wecom_app import WecomApp


@dataclass(frozen=True, slots=True)
class Controlled:
    """The parts of a platform that can be switched and read."""

    faults: Faults
    ledger: Ledger
    robots: Robots
    mass: MassConfirm
    tokens: TokenDesk
    account: OfficialAccount
    smart_bot: SmartBot
    wecom_app: WecomApp


def blueprint(parts: Controlled) -> Blueprint:
    """Addresses under /_control/. Bad input answers 400 with the reason in ``error``."""
    routes = Blueprint("control", __name__, url_prefix="/_control")
    routes.register_error_handler(BadRequest, lambda error: (jsonify(error=error.description), 400))
    routes.register_error_handler(Refusal, lambda refusal: (jsonify(errcode=refusal.code), 409))
    _add_readings(routes, parts)
    _add_switches(routes, parts)
    _add_people(routes, parts)
    return routes


def _add_readings(routes: Blueprint, parts: Controlled) -> None:
    @routes.get("/ledger")
    def ledger() -> Response:
        """What arrived: ?group= one group, ?since= after that number."""
        since = request.args.get("since", 0, type=int)
        rows = parts.ledger.since(since, request.args.get("group"))
        return jsonify(
            counts=parts.ledger.counts(),
            messages=[
                {
                    "number": row.number,
                    "at": row.at.isoformat(),
                    "group": row.group,
                    "road": row.road,
                    "form": row.form,
                    "text": row.text,
                    "mentioned": row.mentioned,
                    "reference": row.reference,
                }
                for row in rows
            ],
        )

    @routes.get("/requests")
    def requests() -> Response:
        """Calls per address, and token fetches per kind."""
        return jsonify(requests=parts.faults.requests_by_address(), fetches=parts.tokens.fetches)

    @routes.get("/tasks")
    def tasks() -> Response:
        """企业群发 that wait for their owner."""
        return jsonify(tasks=[_task_row(task) for task in parts.mass.waiting()])


def _add_switches(routes: Blueprint, parts: Controlled) -> None:
    @routes.post("/faults")
    def set_fault() -> Response:
        """Add a fault: the fields of ``faults.Fault``."""
        parts.faults.set(_fault(_fields()))
        return jsonify(ok=True)

    @routes.delete("/faults")
    def clear_faults() -> Response:
        parts.faults.clear()
        return jsonify(ok=True)

    @routes.post("/robots")
    def add_robots() -> Response:
        """Further robots: {"keys": {key: group}}."""
        parts.robots.add({key: str(group) for key, group in _mapping("keys").items()})
        return jsonify(ok=True)

    @routes.post("/robots/<key>")
    def robot_state(key: str) -> Response:
        """{"state": working, removed, disabled or not_in_group}."""
        state = _fields().get("state")
        if state not in ROBOT_STATES:
            raise BadRequest(f"state must be one of {sorted(ROBOT_STATES)}")
        parts.robots.set_state(key, cast(RobotState, state))
        return jsonify(ok=True)

    @routes.post("/chats")
    def add_chats() -> Response:
        """Further customer groups: {"chats": {chat_id: {"group", "owner"}}}."""
        parts.mass.add_chats({chat: _group(row) for chat, row in _mapping("chats").items()})
        return jsonify(ok=True)

    @routes.post("/switches")
    def switches() -> Response:
        """{"robot_in_flight": number or null, "dispatch_seconds": number}, each if given."""
        fields = _fields()
        if "robot_in_flight" in fields:
            most = fields["robot_in_flight"]
            parts.robots.in_flight = (
                None if most is None else int(_number(fields, "robot_in_flight"))
            )
        if "dispatch_seconds" in fields:
            parts.mass.dispatch_seconds = _number(fields, "dispatch_seconds")
        return jsonify(ok=True)

    @routes.post("/tokens/revoke")
    def revoke() -> Response:
        """Void every token now."""
        parts.tokens.revoke_all()
        return jsonify(ok=True)


def _add_people(routes: Blueprint, parts: Controlled) -> None:
    @routes.post("/tasks/<msgid>/confirm")
    def confirm(msgid: str) -> Response:
        """The owner's tap, {"chat_ids": [...]} for some of the chats only."""
        chats = (request.get_json(silent=True) or {}).get("chat_ids")
        return jsonify(received=parts.mass.confirm(msgid, None if chats is None else tuple(chats)))

    @routes.post("/tasks/<msgid>/ignore")
    def ignore(msgid: str) -> Response:
        parts.mass.ignore(msgid)
        return jsonify(ok=True)

    @routes.post("/say/mp")
    def say_mp() -> Response:
        """A follower writes: {"openid", "text"}, or "picture" (base64), "voice" (what was heard) or
        "event" with its "key" instead of text; the answer is what they see."""
        fields = _fields()
        if "event" in fields:
            key = str(fields.get("key", ""))
            return _reply(parts.account.event(_word(fields, "openid"), _word(fields, "event"), key))
        if "picture" in fields:
            return _reply(parts.account.picture(_word(fields, "openid"), _picture(fields)))
        if "voice" in fields:
            heard = str(fields["voice"])
            return _reply(parts.account.voice(_word(fields, "openid"), heard))
        return _reply(parts.account.text(_word(fields, "openid"), _word(fields, "text")))

    @routes.post("/say/aibot")
    def say_aibot() -> Response:
        """A member writes: {"user", "text"}, or "picture" (base64) without text, and "chat" in a
        group; the answer is what they see. {"user", "task", "button"} taps a card's button."""
        fields = _fields()
        user = _word(fields, "user")
        if "button" in fields:
            return _reply(parts.smart_bot.tap(user, _word(fields, "task"), _word(fields, "button")))
        if "picture" in fields and "chat" not in fields:
            return _reply(parts.smart_bot.picture(user, _picture(fields)))
        text = _word(fields, "text")
        if "picture" in fields:
            chat = _word(fields, "chat")
            return _reply(parts.smart_bot.mixed(chat, user, text, (_picture(fields),)))
        if "chat" in fields:
            return _reply(parts.smart_bot.group(_word(fields, "chat"), user, text))
        return _reply(parts.smart_bot.single(user, text))

    @routes.post("/say/wecom")
    def say_wecom() -> Response:
        """A member writes to the app: {"member", "text"} or "picture" (base64) instead of text."""
        fields = _fields()
        member = _word(fields, "member")
        if "picture" in fields:
            return _reply(parts.wecom_app.picture(member, _picture(fields)))
        return _reply(parts.wecom_app.text(member, _word(fields, "text")))


def _picture(fields: Mapping[str, object]) -> bytes:
    try:
        return base64.b64decode(_word(fields, "picture"), validate=True)
    except binascii.Error as error:
        raise BadRequest("picture must be base64") from error


def _fields() -> dict[str, object]:
    fields = request.get_json()
    if not isinstance(fields, dict):
        raise BadRequest("a JSON object is wanted")
    return fields


def _mapping(name: str) -> Mapping[str, object]:
    value = _fields().get(name)
    if not isinstance(value, dict):
        raise BadRequest(f"{name} must be an object")
    return value


def _word(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise BadRequest(f"{name} must be a text")
    return value


def _number(fields: Mapping[str, object], name: str, default: float = 0.0) -> float:
    value = fields.get(name, default)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise BadRequest(f"{name} must be a number")
    return value


def _group(row: object) -> CustomerGroup:
    if not isinstance(row, dict):
        raise BadRequest("a chat needs group and owner")
    return CustomerGroup(_word(row, "group"), _word(row, "owner"))


def _fault(fields: Mapping[str, object]) -> Fault:
    kind = fields.get("kind")
    if kind not in FAULT_KINDS:
        raise BadRequest(f"kind must be one of {sorted(FAULT_KINDS)}")
    times = fields.get("times")
    return Fault(
        kind=cast(FaultKind, kind),
        address=str(fields.get("address", "/")),
        key=str(fields.get("key", "")),
        seconds=_number(fields, "seconds"),
        code=int(_number(fields, "code", -1)),
        times=None if times is None else int(_number(fields, "times")),
        handled=fields.get("handled") is True,
    )


def _task_row(task: Task) -> dict[str, object]:
    return {
        "msgid": task.msgid,
        "owner": task.owner,
        "text": task.text,
        "chat_ids": sorted(task.results),
        "created_at": task.created_at.isoformat(),
    }


def _reply(reply: Reply) -> Response:
    return jsonify(
        text=reply.text,
        fault=reply.fault,
        silent=reply.silent,
        buttons=[{"label": label, "key": key} for label, key in reply.buttons],
        task=reply.task,
        feedback=reply.feedback,
        attempts=[{"status": a.status, "seconds": round(a.seconds, 3)} for a in reply.attempts],
    )
