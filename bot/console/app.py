"""The console as one blueprint: guard, security headers, error pages, and all its subjects."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, g, make_response, render_template, request
from flask.blueprints import BlueprintSetupState
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from bot.accounts.roles import ROLE_NAMES
from bot.callbacks import log_failure
from bot.console import assets
from bot.console.guard import check, csrf, signed_in
from bot.console.registry import PAGES
from bot.console.services import ConsoleServices
from bot.console.spoken import schedule, spoken_time
from bot.console.views import is_htmx, local_time

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""``data:`` is for the small pictures within Pico's style sheet."""

_WORDS: Mapping[int, tuple[str, str]] = {
    400: ("这个请求看不懂", "请返回上一页再试一次。"),
    403: ("您没有这个权限", "需要的话，请系统管理员给您加上相应的角色。"),
    404: ("没有这一页", "地址可能写错了，或者内容已经删掉。"),
    405: ("不能这样打开这个地址", "请从左边的菜单进入。"),
    413: ("上传的内容太大", "最大 5 MB，请分开上传。"),
    415: ("这种文件不能上传", "请按页面上写的格式上传。"),
    500: ("程序出错了", "刚才的操作可能没有完成，请返回看一眼再试。出错的地方已经记进日志。"),
}


def console_blueprint(services: ConsoleServices) -> Blueprint:
    """Everything under ``/console/``."""
    console = Blueprint("console", __name__, url_prefix="/console", template_folder="templates")
    console.record_once(lambda state: _set_up(state, services))
    console.before_request(lambda: check(services.door))
    console.after_request(_protect)
    console.register_error_handler(CSRFError, _stale_page)
    console.register_error_handler(HTTPException, _error)
    console.register_error_handler(Exception, _failed)
    console.context_processor(lambda: _context(services))
    console.register_blueprint(assets.routes())
    for page in PAGES:
        console.register_blueprint(page.routes(services))

    @console.route("/<path:anything>", methods=["GET", "POST"])
    @signed_in()
    def nowhere(anything: str) -> str:
        abort(404)

    return console


def _set_up(state: BlueprintSetupState, services: ConsoleServices) -> None:
    app = state.app
    config = services.config
    app.secret_key = hmac.digest(config.hash_key.encode(), b"console session", "sha256")
    app.config.update(
        SESSION_COOKIE_NAME="console",
        SESSION_COOKIE_PATH="/console/",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        # Only the demo is meant to be opened without https.
        SESSION_COOKIE_SECURE=not config.demo,
        # The guard checks the console's own requests; callbacks carry signatures instead.
        WTF_CSRF_CHECK_DEFAULT=False,
        # A token ends with the session; a long edit must not be lost to a clock of its own.
        WTF_CSRF_TIME_LIMIT=None,
    )
    csrf.init_app(app)
    app.jinja_env.filters["local"] = lambda moment: local_time(moment, config.timezone)
    app.jinja_env.filters["spoken"] = lambda moment: spoken_time(
        moment, config.timezone, services.clock.now()
    )
    app.jinja_env.filters["schedule"] = lambda when: schedule(
        when, config.timezone, services.clock.now()
    )


def _context(services: ConsoleServices) -> dict[str, Any]:
    person = g.get("person")
    lines = [item for page in PAGES for item in page.nav if person and person.may(item.permission)]
    here = (request.endpoint or "").rpartition(".")[0]
    return {
        "person": person,
        "station": services.config.station.name,
        "nav": [(item, item.endpoint.rpartition(".")[0] == here) for item in lines],
        "ROLE_NAMES": ROLE_NAMES,
    }


def _protect(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response


def _stale_page(error: CSRFError) -> Response:
    return _say(
        400,
        "这一页放得太久了",
        "请返回上一页，刷新后再试。总是这样的话，请确认是用 https 打开的，并且浏览器没有禁用 Cookie。",
    )


def _error(error: HTTPException) -> Response:
    if error.response is not None:
        return make_response(error.response)
    code = error.code or 500
    title, words = _WORDS.get(code, ("出错了", "请返回上一页再试一次。"))
    return _say(code, title, words)


def _failed(error: Exception) -> Response:
    log_failure(request.path, error)
    return _say(500, *_WORDS[500])


def _say(code: int, title: str, words: str) -> Response:
    if is_htmx():
        fragment = render_template("console/notice.html", words=f"{title}。{words}")
        answer = make_response(fragment, code)
        answer.headers["HX-Retarget"] = "#notices"
        answer.headers["HX-Reswap"] = "innerHTML"
        return answer
    page = render_template("console/error.html", title=title, words=words, code=code)
    return make_response(page, code)
