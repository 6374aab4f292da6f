"""A warning for today: one page from the words to the approval, over a plan that comes once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby

from flask import Blueprint, abort, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from bot.broadcasting.calendar import in_hours
from bot.broadcasting.desk import Desk, Said
from bot.broadcasting.files import Stale
from bot.broadcasting.model import LibraryText, Plan
from bot.broadcasting.preview import Preview
from bot.console.content import look_if_saved, saved_content
from bot.console.guard import needs, person
from bot.console.services import ConsoleServices
from bot.console.views import done, refused
from bot.console.warnings.plan_choices import choices, found_groups
from bot.console.warnings.plan_desk import PlanDesk
from bot.console.warnings.plan_form import PlanForm, form_of, read_form
from bot.console.warnings.plan_shown import plan_shown
from bot.console.warnings.shared import approvers
from bot.kb.model import CATEGORIES
from bot.problems import Invalid

_BOARD = "console.warnings.board"
_TITLE = "紧急提醒"


def add(pages: Blueprint, services: ConsoleServices) -> None:
    """``/console/warnings/now``, ``/now/preview``"""

    def desk() -> PlanDesk:
        return PlanDesk(services, person().name)

    def read(fields: MultiDict[str, str]) -> PlanForm:
        """The posted form as a plan of this very second: its edition by hand is then the one that
        it stands for, and no other is due."""
        local = services.clock.now().astimezone(services.config.timezone)
        moment = local.replace(tzinfo=None).isoformat(timespec="seconds")
        form = replace(read_form(fields), when="once", moment=moment)
        if form.content != "text":
            own = form.own.get("all", {})
            only = {"all": own} if own else {}
            return replace(form, content="own", own=only, title=own.get("title", ""))
        text = services.book.current().library.get(form.texts.get("all", ""))
        texts = {"all": text.id} if text else {}
        return replace(form, texts=texts, title=text.title if text else "")

    def shown(form: PlanForm) -> Mapping[str, object]:
        missing = _missing(form)
        if missing:
            return {"problems": missing, "found": None}
        return plan_shown(services, desk(), person().name, form)

    def page(form: PlanForm, problem: str = "", begun: bool = True) -> str:
        book, config = services.book.current(), services.config
        return render_template(
            "console/now.html",
            form=form,
            problem=problem,
            typed=request.form,
            approval=config.broadcast.approval,
            approvers=approvers(services),
            shelves=_shelves(book.library),
            **choices(book, form),
            **found_groups(book, form, request.values.get("q", "")),
            **quiet(),
            shown=shown(form) if begun else {"problems": {}, "blank": True},
        )

    def quiet() -> dict[str, object]:
        hours, zone = services.config.broadcast.quiet_hours, services.config.timezone
        return {"quiet": hours if in_hours(services.clock.now(), hours, zone) else None}

    @pages.get("/now")
    @needs("warnings.deliver")
    def now() -> str:
        look_if_saved(services)
        name = _name(services)
        wanted = services.book.current().library.get(request.args.get("text", ""))
        if wanted is None:
            own = {"all": {"title": _TITLE}}
            return page(PlanForm(plan=name, content="own", own=own), begun=False)
        return page(PlanForm(plan=name, content="text", texts={"all": wanted.id}), begun=False)

    @pages.post("/now/preview")
    @needs("warnings.deliver")
    def preview_now() -> str:
        return render_template(
            "console/now_preview.html",
            shown=shown(read(request.form)),
            approval=services.config.broadcast.approval,
            typed=request.form,
        )

    @pages.post("/now")
    @needs("warnings.deliver")
    def send_now() -> Response | str | tuple[str, int]:
        if not person().may("warnings.plan"):
            abort(403)
        look_if_saved(services)
        form = read(request.form)
        if "find" in request.form:
            return page(form)
        looked = shown(form)
        if looked["problems"]:
            return page(form, "还不能发，见下面红字。"), 422
        said, problem = _said(services.config.broadcast.approval, looked["found"])
        if problem:
            return page(form, problem), 422
        moment = services.clock.now()
        try:
            desk().save(form, "", moment)
        except Stale:
            return twice(form)
        except Invalid as invalid:
            return page(form, "没有发。" + "；".join(map(str, invalid.problems[:3]))), 422
        saved_content(services)
        plan, _ = desk().read(form, services.book.current())
        if plan is None:
            abort(404)
        return start(plan, said)

    def twice(form: PlanForm) -> Response | tuple[str, int]:
        """The name is taken: by this very form, sent a second time, or by somebody else's."""
        saved_content(services)
        known = services.book.current().plans.get(form.plan)
        editions = services.store.editions.newest(form.plan, 1)
        if known and editions and known.author == person().name and _same(form_of(known), form):
            return done("这一条刚才已经送出去了，没有再发一遍", _BOARD, name=editions[0].id)
        again = replace(form, plan=_name(services))
        return page(again, "没有发出去。请再点一次。"), 409

    def start(plan: Plan, said: Said) -> Response:
        flow = desk().beside(plan)
        started = Desk(flow, person().name).start_now(plan, False, services.clock.now(), said)
        edition = started.edition
        if edition is None:
            return refused(started.problem, "console.warnings.plan", name=plan.id)
        if edition.state == "awaiting_approval" and edition.approval_required:
            names = "、".join(approvers(services)) or "要有审批权限的人"
            return done(f"送去审批了，批了就发。请打电话找人批：{names}", _BOARD, name=edition.id)
        if started.problem:
            return refused(f"还没有发：{started.problem}", _BOARD, name=edition.id)
        return done("在发了", _BOARD, name=edition.id)


def _said(approval: bool, found: object) -> tuple[Said, str]:
    """What the form says besides the words, and what it still has to say."""
    me, reason = person().name, request.form.get("reason", "").strip()
    alike = found.alike if isinstance(found, Preview) else ""
    if approval:
        # Urgency and likeness are the approver's to judge.
        return Said(by=me), ""
    urgent, seen = request.form.get("urgent") == "yes", request.form.get("alike") == "yes"
    if alike and not seen:
        return Said(), f"{alike}。看过还是要发，就在下面勾上再点一次"
    if urgent and not reason:
        return Said(), "请写明为什么紧急"
    return Said(alike_ok=me if seen else "", urgent=reason if urgent else "", by=me), ""


def _missing(form: PlanForm) -> dict[str, list[str]]:
    """What still has to be written or chosen, by part of the form."""
    found: dict[str, list[str]] = {}
    own = form.own.get("all", {})
    if form.content == "text" and not form.texts:
        found["content"] = ["请选一条现成的文字"]
    elif form.content == "own" and not {"title", "body"} <= own.keys():
        found["content"] = ["请先写标题和正文"]
    if not (form.kinds or form.audience or form.ids):
        found["groups"] = ["请选发给哪些群"]
    return found


def _same(one: PlanForm, other: PlanForm) -> bool:
    """Whether two plans bring the same words to the same groups; they differ in their second."""
    groups = all(
        set(getattr(one, name)) == set(getattr(other, name))
        for name in ("kinds", "audience", "ids")
    )
    return groups and (one.texts, one.own) == (other.texts, other.own)


def _shelves(library: Mapping[str, LibraryText]) -> list[tuple[str, list[LibraryText]]]:
    """The library by category, as a list to choose from shows it."""
    texts = sorted(library.values(), key=lambda text: (text.category, text.id))
    by_category = groupby(texts, key=lambda text: text.category)
    return [(CATEGORIES[category], list(group)) for category, group in by_category]


def _name(services: ConsoleServices) -> str:
    """A name for the plan that no other page has."""
    day = services.clock.now().astimezone(services.config.timezone)
    return f"now-{day:%m%d}-{secrets.token_hex(3)}"
