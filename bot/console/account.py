"""One's own account: password, and codes from the phone (TOTP)."""

from __future__ import annotations

import io

import segno
from flask import Blueprint, Response, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from bot.accounts import totp
from bot.accounts.passwords import SHORTEST
from bot.console.guard import person, signed_in
from bot.console.page import Page
from bot.console.services import ConsoleServices
from bot.console.views import done

_SECRET = "totp_secret"  # noqa: S105  # the name of a field


def routes(services: ConsoleServices) -> Blueprint:
    """``/console/account/…``"""
    pages = Blueprint("account", __name__, url_prefix="/account")

    @pages.get("/password")
    @signed_in(before_change=True)
    def password() -> str:
        return _password_form()

    @pages.post("/password")
    @signed_in(before_change=True)
    def change_password() -> tuple[str, int] | BaseResponse:
        new = request.form.get("new", "")
        if new != request.form.get("again", ""):
            return _password_form("两次输入的新密码不一样"), 422
        problem = services.accounts.change_password(
            person().name, request.form.get("old", ""), new, person().session
        )
        if problem:
            return _password_form(problem), 422
        return done("密码改好了，别处的登录都已退出", "console.today.index")

    @pages.get("/totp")
    @signed_in()
    def codes() -> str:
        if person().has_totp:
            return render_template("console/totp_off.html", problem="")
        session.setdefault(_SECRET, totp.fresh_secret())
        return _code_form()

    @pages.get("/totp.svg")
    @signed_in()
    def picture() -> Response:
        secret = session.get(_SECRET)
        if not secret:
            abort(404)
        address = totp.address(secret, person().name, services.config.station.name)
        drawn = io.BytesIO()
        segno.make(address, micro=False).save(
            drawn, kind="svg", scale=5, border=3, dark="#000", light="#fff"
        )
        return Response(drawn.getvalue(), content_type="image/svg+xml")

    @pages.post("/totp")
    @signed_in()
    def turn_on() -> tuple[str, int] | BaseResponse:
        secret = session.get(_SECRET)
        if not secret or person().has_totp:
            return redirect(url_for("console.account.codes"), 303)
        code = request.form.get("code", "")
        problem = services.accounts.turn_on_totp(person().name, secret, code)
        if problem:
            return _code_form(problem), 422
        session.pop(_SECRET)
        return done("动态口令开好了，下次登录要输手机上的 6 位数字", "console.today.index")

    @pages.post("/totp/off")
    @signed_in()
    def turn_off() -> tuple[str, int] | BaseResponse:
        problem = services.accounts.turn_off_totp(person().name, request.form.get("password", ""))
        if problem:
            return render_template("console/totp_off.html", problem=problem), 422
        return done("动态口令关掉了", "console.today.index")

    return pages


PAGE = Page(routes)


def _password_form(problem: str = "") -> str:
    return render_template("console/password.html", problem=problem, shortest=SHORTEST)


def _code_form(problem: str = "") -> str:
    return render_template("console/totp_on.html", problem=problem, secret=session[_SECRET])
