"""How the platform answers a call: always HTTP 200, the verdict in ``errcode`` (protocol-push §0)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping

from flask import Blueprint, Response

_WORDS: Mapping[int, str] = {
    -1: "system error",
    40001: "invalid credential",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40007: "invalid media_id",
    40008: "invalid message type",
    40009: "invalid image size",
    40013: "invalid appid or corpid",
    40014: "invalid access_token",
    40016: "invalid button size",
    40017: "invalid button type",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40022: "invalid sub menu level",
    40023: "invalid sub button size",
    40024: "invalid sub button type",
    40025: "invalid sub button name size",
    40026: "invalid sub button key size",
    40032: "invalid userid list size",
    40035: "invalid parameter",
    40052: "invalid action name",
    40053: "invalid action info",
    40056: "invalid agentid",
    40058: "invalid Request Parameter",
    40059: "invalid message id",
    40063: "some parameters are empty",
    41001: "access_token missing",
    41002: "appid or corpid missing",
    41004: "secret missing",
    41005: "media data missing",
    41046: "missing msgid",
    41047: "invalid msgid",
    41048: "no one to send",
    41063: "groupmsg is being dispatched",
    41064: "too many attachments",
    41093: "groupmsg is already cancelled",
    41094: "remind times out of limit",
    42001: "access_token expired",
    43001: "require GET method",
    43002: "require POST method",
    43004: "require subscribe",
    44004: "empty content",
    45002: "content size out of limit",
    45003: "title size out of limit",
    45008: "articles out of range",
    45009: "api freq out of limit",
    45011: "api minute-quota reach limit",
    45015: "response out of time limit or subscription is canceled",
    45028: "has no masssend quota",
    45033: "api concurrent out of limit",
    45034: "url without scheme",
    45047: "out of response count limit",
    45065: "clientmsgid exist",
    45066: "same clientmsgid retry too fast",
    45067: "clientmsgid size out of limit",
    45159: "invalid tag id",
    47001: "data format error",
    81013: "all recipients are invalid",
    82001: "no recipients",
    93000: "invalid webhook url",
    93004: "robot is disabled",
    93008: "robot not in group",
}


class Refusal(Exception):
    """The platform says no. ``detail`` replaces the usual words of the code."""

    def __init__(self, code: int, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


def accepted(**fields: object) -> Response:
    """A success as WeCom writes it."""
    return answer({"errcode": 0, "errmsg": "ok", **fields})


def refused(code: int, detail: str = "") -> Response:
    """A refusal."""
    return answer(refusal_fields(code, detail))


def refusal_fields(code: int, detail: str = "") -> dict[str, object]:
    """Its fields; the words end in a hint that is new each time, so that nobody matches on them."""
    hint = secrets.randbelow(10**16)
    words = (
        f"{detail or _WORDS.get(code, 'api error')}, hint: [{hint:016d}], from ip: 127.0.0.1, "
        f"more info at https://open.work.weixin.qq.com/devtool/query?e={code}"
    )
    return {"errcode": code, "errmsg": words}


def answer(fields: Mapping[str, object]) -> Response:
    """JSON with Chinese left as it is."""
    return Response(
        json.dumps(fields, ensure_ascii=False), content_type="application/json; charset=utf-8"
    )


def read_json(body: bytes, broken: int) -> dict[str, object]:
    """A request's JSON object.

    Raises:
        Refusal: with code ``broken`` where it is not one.
    """
    try:
        payload = json.loads(body)
    except ValueError as error:
        raise Refusal(broken) from error
    if not isinstance(payload, dict):
        raise Refusal(broken)
    return payload


def api(name: str) -> Blueprint:
    """A blueprint whose refusals become the platform's answers."""
    blueprint = Blueprint(name, __name__)
    blueprint.register_error_handler(Refusal, lambda refusal: refused(refusal.code, refusal.detail))
    return blueprint
