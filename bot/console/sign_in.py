"""Signing in and out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Blueprint, g, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from bot.accounts.door import Entry
from bot.console.guard import anyone, person, signed_in
from bot.console.kept import kept_form
from bot.console.local import client_address, is_console_path
from bot.console.page import Page
from bot.console.services import ConsoleServices

CODE_WITHIN = timedelta(minutes=5)
"""How long after the password the code may be typed."""


def routes(services: ConsoleServices) -> Blueprint:
    """``/console/sign-in``, its second step, and ``/console/sign-out``."""
    pages = Blueprint("sign_in", __name__)

    def enter_or_ask(entry: Entry, again: Callable[[str], str]) -> Response:
        if entry.problem:
            return make_response(again(entry.problem), 401)
        _renew_cookie(entry.name)
        session["token"] = entry.token
        g.person = services.door.look(entry.token)
        kept = kept_form()
        if kept is not None:
            return make_response(render_template("console/resume.html", kept=kept))
        return redirect(_after(), 303)

    @pages.get("/sign-in")
    @anyone()
    def page() -> str | Response:
        if g.person is not None:
            return redirect(_after(), 303)
        return _form()

    @pages.post("/sign-in")
    @anyone()
    def enter() -> Response:
        entry = services.door.sign_in(
            request.form.get("name", ""), request.form.get("password", ""), _address()
        )
        if entry.needs_code:
            _renew_cookie(entry.name)
            session["pending"] = entry.name
            session["pending_at"] = services.clock.now().isoformat()
            return make_response(_code_form())
        return enter_or_ask(entry, _form)

    @pages.post("/sign-in/code")
    @anyone()
    def confirm() -> Response:
        name = session.get("pending", "")
        if not name or services.clock.now() - _pending_since() > CODE_WITHIN:
            return make_response(_form("等得太久了，请重新输入密码"), 401)
        entry = services.door.confirm(name, request.form.get("code", ""), _address())
        return enter_or_ask(entry, _code_form)

    @pages.post("/sign-out")
    @signed_in(before_change=True)
    def leave() -> Response:
        services.door.sign_out(person())
        session.clear()
        return redirect(url_for("console.sign_in.page"), 303)

    return pages


PAGE = Page(routes)


def _renew_cookie(name: str) -> None:
    """A new cookie with a new CSRF token: what was known before signing in is worth nothing now.

    Only who was signed in here under the same name keeps the token, so that pages still open in
    other tabs can be saved after the session has ended. A cookie with that name is signed by us
    and given to nobody else.
    """
    kept = session.get("csrf_token") if session.get("name") == name else None
    session.clear()
    session["name"] = name
    if kept:
        session["csrf_token"] = kept


def _form(problem: str = "") -> str:
    return render_template(
        "console/sign_in.html",
        problem=problem,
        name=request.form.get("name", ""),
        next=request.values.get("next", ""),
        kept=kept_form(),
    )


def _code_form(problem: str = "") -> str:
    return render_template(
        "console/sign_in_code.html",
        problem=problem,
        next=request.form.get("next", ""),
        kept=kept_form(),
    )


def _after() -> str:
    wanted = request.values.get("next", "")
    return wanted if is_console_path(wanted) else url_for("console.today.index")


def _pending_since() -> datetime:
    return datetime.fromisoformat(session["pending_at"])


def _address() -> str:
    return client_address(request.remote_addr or "", request.headers.get("X-Forwarded-For", ""))
