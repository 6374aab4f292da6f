"""Staff accounts: add, give roles, disable, reset the password."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.accounts.desk import tidy_name
from bot.accounts.roles import ROLE_NAMES, ROLE_WORK, ROLES
from bot.console.guard import needs, person
from bot.console.page import NavItem, Page
from bot.console.services import ConsoleServices
from bot.console.views import confirm, done, refused
from bot.store.api import UserRow


def routes(services: ConsoleServices) -> Blueprint:
    """``/console/users/…``, for administrators."""
    pages = Blueprint("users", __name__, url_prefix="/users")
    accounts = services.accounts

    def known(name: str) -> UserRow:
        user = services.store.users.get(name)
        if user is None:
            abort(404)
        return user

    @pages.get("/")
    @needs("users.manage")
    def index() -> str:
        return render_template("console/users.html", users=services.store.users.all())

    @pages.get("/new")
    @needs("users.manage")
    def new() -> str:
        return _add_form()

    @pages.post("/new")
    @needs("users.manage")
    def add() -> str | tuple[str, int]:
        name = request.form.get("name", "")
        made = accounts.add(person().name, name, request.form.getlist("role"))
        if made.problem:
            return _add_form(made.problem), 422
        return render_template(
            "console/one_time.html", name=tidy_name(name), password=made.password, made="added"
        )

    @pages.get("/<name>/roles")
    @needs("users.manage")
    def roles(name: str) -> str:
        return _role_form(known(name))

    @pages.post("/<name>/roles")
    @needs("users.manage")
    def change_roles(name: str) -> Response | tuple[str, int]:
        user = known(name)
        problem = accounts.change_roles(person().name, name, request.form.getlist("role"))
        if problem:
            return _role_form(user, problem), 422
        return done(f"{name} 的角色改好了，马上生效", "console.users.index")

    @pages.get("/<name>/disable")
    @needs("users.manage")
    def ask_disable(name: str) -> str:
        lines = (
            f"{known(name).name} 会马上退出登录，以后也登不进来。",
            "他写过、审批过的东西都留着，操作记录也留着。以后可以再启用。",
        )
        return confirm(f"停用 {name}？", lines, "停用", url_for("console.users.index"))

    @pages.post("/<name>/disable")
    @needs("users.manage")
    def disable(name: str) -> Response:
        problem = accounts.disable(person().name, known(name).name)
        if problem:
            return refused(problem, "console.users.index")
        return done(f"{name} 已停用", "console.users.index")

    @pages.post("/<name>/enable")
    @needs("users.manage")
    def enable(name: str) -> Response:
        accounts.enable(person().name, known(name).name)
        return done(f"{name} 可以登录了", "console.users.index")

    @pages.get("/<name>/reset")
    @needs("users.manage")
    def ask_reset(name: str) -> str:
        return render_template("console/reset.html", user=known(name))

    @pages.post("/<name>/reset")
    @needs("users.manage")
    def reset(name: str) -> str:
        user = known(name)
        drop_totp = request.form.get("drop_totp") == "yes"
        made = accounts.reset(person().name, user.name, drop_totp=drop_totp)
        return render_template(
            "console/one_time.html", name=user.name, password=made.password, made="reset"
        )

    return pages


PAGE = Page(routes, (NavItem("用户", "console.users.index", "users.manage", "admin"),))


def _add_form(problem: str = "") -> str:
    return render_template(
        "console/user_new.html",
        problem=problem,
        name=request.form.get("name", ""),
        given=request.form.getlist("role"),
        **_choices(),
    )


def _role_form(user: UserRow, problem: str = "") -> str:
    given = request.form.getlist("role") if request.method == "POST" else user.roles
    return render_template(
        "console/user_roles.html", user=user, problem=problem, given=given, **_choices()
    )


def _choices() -> dict[str, object]:
    return {"roles": [(role, ROLE_NAMES[role], ROLE_WORK[role]) for role in ROLES]}
