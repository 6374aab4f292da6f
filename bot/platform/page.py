"""The demo's page: a phone in the browser, and a desk from which the weekly warning is sent.

Served by the bot's own web app in demo mode; what the phone says and shows goes through to the
fake platform.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Mapping
from urllib.parse import quote, urlsplit

import httpx
from flask import Blueprint, Response, jsonify, render_template, request

from bot.platform.media import picture_kind

Status = Mapping[str, object]
"""One edition as ``broadcast status --json`` prints it (design §8)."""

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_LARGEST_BODY = 16 * 1024
_LARGEST_PICTURE = 6 * 1024 * 1024
"""4 MB as base64."""
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_log = logging.getLogger("bot.demo")


class NotStarted(Exception):
    """The weekly warning was not started; the text says why, in plain Chinese."""


def blueprint(
    platform_url: str,
    fire: Callable[[], Status],
    status: Callable[[], Status | None],
    opened: Callable[[], None] = lambda: None,
) -> Blueprint:
    """The page at ``/``, its files under ``/demo/static/`` and its calls under ``/demo/api/``.

    ``fire`` starts the weekly warning and returns its status at once (or raises NotStarted);
    ``status`` is that of the last edition, None where there is none. ``opened`` is told each time
    somebody opens the page.

    Raises:
        ValueError: platform_url is not on loopback.
    """
    if urlsplit(platform_url).hostname not in _LOOPBACK:
        raise ValueError(f"the demo's platform must be on this machine, not at {platform_url}")
    # No connection is kept: a platform that was restarted would meet us on a dead one.
    client = httpx.Client(
        base_url=platform_url,
        trust_env=False,
        # Plain http on this machine: loading the system's certificates costs 0.1 s.
        verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        timeout=3.0,
        limits=httpx.Limits(max_keepalive_connections=0),
    )
    routes = Blueprint(
        "demo",
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path="/demo/static",
    )

    @routes.after_request
    def protect(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-cache"
        return response

    @routes.get("/")
    def page() -> str:
        opened()
        return render_template("phone.html")

    @routes.get("/demo/api/state")
    def state() -> Response:
        since = request.args.get("since", 0, type=int)
        return _pass_on(client, "GET", f"/phone/state?since={since}")

    @routes.get("/demo/api/wire")
    def wire() -> Response:
        chat = quote(request.args.get("chat", ""), safe="")
        return _pass_on(client, "GET", f"/phone/wire?chat={chat}")

    @routes.get("/demo/api/picture/<name>")
    def picture(name: str) -> Response:
        return _picture(client, name)

    @routes.post("/demo/api/<any(say, speak, picture, forward, press, scan, tap, confirm):action>")
    def act(action: str) -> Response:
        refusal = _refuse_foreign(_LARGEST_PICTURE if action == "picture" else _LARGEST_BODY)
        return refusal or _pass_on(client, "POST", f"/phone/{action}", request.get_data())

    @routes.post("/demo/api/fire")
    def start() -> Response:
        refusal = _refuse_foreign()
        if refusal:
            return refusal
        try:
            return jsonify(fire())
        except NotStarted as reason:
            return _error(str(reason), 409)

    @routes.get("/demo/api/status")
    def current() -> Response:
        return jsonify(status())

    return routes


def _refuse_foreign(largest: int = _LARGEST_BODY) -> Response | None:
    """A page of another site can post a form but no JSON; that is all that is accepted."""
    if not request.is_json:
        return _error("只接受 JSON", 415)
    if request.content_length is None or request.content_length > largest:
        return _error("内容太长", 413)
    return None


def _pass_on(client: httpx.Client, method: str, address: str, body: bytes = b"") -> Response:
    try:
        answer = client.request(
            method, address, content=body, headers={"Content-Type": "application/json"}
        )
    except httpx.HTTPError as error:
        _log.warning("模拟平台没有回答（%s）", type(error).__name__)
        return _error("模拟平台没有回答，请看看它是否在运行", 502)
    return Response(answer.content, answer.status_code, content_type="application/json")


def _picture(client: httpx.Client, name: str) -> Response:
    """A picture somebody sent in the demo, and nothing else the platform may keep."""
    try:
        answer = client.get(f"/media/{quote(name, safe='')}")
    except httpx.HTTPError:
        return _error("模拟平台没有回答，请看看它是否在运行", 502)
    kind = picture_kind(answer.content) if answer.status_code == 200 else ""
    if not kind:
        return _error("没有这张图片", 404)
    return Response(answer.content, content_type=kind)


def _error(words: str, code: int) -> Response:
    response = jsonify(error=words)
    response.status_code = code
    return response
