"""The plan editor with its live preview; deleting a plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from flask import Blueprint, abort, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.broadcasting.book import read_plan
from bot.broadcasting.calendar import When, next_due
from bot.broadcasting.files import Stale
from bot.broadcasting.model import Plan
from bot.console.content import look_if_saved, saved_content
from bot.console.guard import needs, person
from bot.console.services import ConsoleServices
from bot.console.spoken import schedule, spoken_time
from bot.console.views import confirm, done, refused
from bot.console.warnings.plan_choices import choices, found_groups
from bot.console.warnings.plan_desk import PlanDesk
from bot.console.warnings.plan_form import PlanForm, form_of, read_form
from bot.console.warnings.plan_shown import plan_shown
from bot.console.warnings.plan_words import described, differences
from bot.problems import Invalid

_RESERVED = frozenset({"new", "preview", "groups"})
"""Words that are addresses of pages already."""


def add(pages: Blueprint, services: ConsoleServices) -> None:
    """``/console/warnings/plans/…``"""

    def desk() -> PlanDesk:
        return PlanDesk(services, person().name)

    def plan_or_404(name: str) -> Plan:
        look_if_saved(services)
        found = services.book.current().plans.get(name)
        if found is None:
            abort(404)
        return found

    def spoken(when: When) -> str:
        return schedule(when, services.config.timezone, services.clock.now())

    def coming(plan: Plan) -> datetime | None:
        flow, now = services.warnings(), services.clock.now()
        return next_due(plan.when, now, services.config.timezone, flow.workday)

    def shown(form: PlanForm) -> dict[str, object]:
        return plan_shown(services, desk(), person().name, form)

    def page(
        form: PlanForm,
        name: str,
        seen: str,
        problem: str = "",
        differing: tuple[tuple[str, str, str], ...] = (),
        begun: bool = True,
    ) -> str:
        book = services.book.current()
        return render_template(
            "console/plan.html",
            form=form,
            name=name,
            seen=seen,
            problem=problem,
            approval=services.config.broadcast.approval,
            differing=differing,
            **choices(book, form),
            **found_groups(book, form, request.values.get("q", "")),
            shown=shown(form) if begun else {"problems": {}, "blank": True},
        )

    @pages.get("/plans/new")
    @needs("warnings.plan")
    def new_plan() -> str:
        return page(PlanForm(plan=_free_id(services)), "", "", begun=False)

    @pages.get("/plans/<name>")
    @needs("warnings.see")
    def plan(name: str) -> str:
        found = plan_or_404(name)
        if not person().may("warnings.plan"):
            return render_template(
                "console/plan_read.html",
                plan=found,
                lines=described(found, services.book.current(), spoken),
                shown=shown(form_of(found)),
            )
        return page(form_of(found), name, desk().file_of(name)[0])

    @pages.post("/plans/preview")
    @needs("warnings.plan")
    def preview_plan() -> str:
        return render_template("console/plan_preview.html", shown=shown(read_form(request.form)))

    @pages.post("/plans/groups")
    @needs("warnings.plan")
    def find_groups() -> str:
        book, form = services.book.current(), read_form(request.form)
        asked = request.form.get("q", "")
        return render_template("console/plan_groups.html", **found_groups(book, form, asked))

    @pages.post("/plans/new")
    @needs("warnings.plan")
    def add_plan() -> Response | str | tuple[str, int]:
        return save("")

    @pages.post("/plans/<name>")
    @needs("warnings.plan")
    def save_plan(name: str) -> Response | str | tuple[str, int]:
        return save(name)

    def save(name: str) -> Response | str | tuple[str, int]:
        form, seen = read_form(request.form), request.form.get("seen", "")
        if name:
            form = replace(form, plan=name)
        if "find" in request.form:
            return page(form, name, seen)
        book = services.book.current()
        plan, problems = desk().read(form, book)
        if not name and form.plan in _RESERVED:
            return page(form, name, seen, f"代号不能叫 {form.plan}，请换一个"), 422
        if problems or plan is None or not form.plan:
            return page(form, name, seen, "有几处要改，见下面红字。"), 422
        before = book.plans.get(name)
        if coming(plan) is None and not (before and before.when == plan.when):
            return page(form, name, seen, "这个时间已经过了，请选以后的时间。"), 422
        try:
            desk().save(form, seen, services.clock.now())
        except Stale as stale:
            return conflict(form, name, stale, plan)
        except Invalid as invalid:
            words = "没有保存。" + "；".join(map(str, invalid.problems[:3]))
            return page(form, name, seen, words), 422
        saved_content(services)
        return done(_saved(plan), "console.warnings.plan", name=form.plan)

    def _saved(plan: Plan) -> str:
        """What comes next, for whoever has just saved the plan."""
        now, at = services.clock.now(), coming(plan)
        if at is None:
            return "保存好了。时间已经过了，不会自己发；要发请点“现在发”。"
        words = f"保存好了。下一次 {spoken_time(at, services.config.timezone, now)}"
        if services.config.broadcast.approval:
            return f"{words}，发之前要请另一个人审批。"
        return f"{words}，到点自动发。"

    def conflict(form: PlanForm, name: str, stale: Stale, mine: Plan) -> tuple[str, int]:
        if not name:
            return page(form, name, "", f"代号 {form.plan} 已经有了，请换一个"), 409
        look_if_saved(services)
        seen, text = desk().file_of(name)
        if stale.current is None:
            words = "您改的时候，别人删掉了这个计划。再点一次保存，就按您的重新建。"
            return page(form, name, seen, words), 409
        theirs, _ = read_plan(text.encode(), "plan", services.book.current())
        book = services.book.current()
        differing = differences(mine, theirs, book, spoken) if theirs else ()
        words = "您改的时候，别人也改了这个计划。您写的都还在；看过不同再点一次保存，就按您的存。"
        return page(form, name, seen, words, differing), 409

    @pages.get("/plans/<name>/remove")
    @needs("warnings.plan")
    def ask_remove(name: str) -> str:
        found = plan_or_404(name)
        lines = (
            "以后不再发。已经定稿、还没发的一期也不发了。",
            "发过的都留着，记录也留着。",
        )
        return confirm(
            f"删掉计划“{found.title}”？",
            lines,
            "删掉",
            url_for("console.warnings.plan", name=name),
            seen=desk().file_of(name)[0],
        )

    @pages.post("/plans/<name>/remove")
    @needs("warnings.plan")
    def remove(name: str) -> Response:
        found = plan_or_404(name)
        try:
            desk().remove(name, request.form.get("seen", ""), services.clock.now())
        except Stale:
            words = "没有删：别人刚刚改过这个计划，请看一眼再删"
            return refused(words, "console.warnings.plan", name=name)
        except Invalid as invalid:
            words = "没有删：" + "；".join(map(str, invalid.problems[:3]))
            return refused(words, "console.warnings.plan", name=name)
        saved_content(services)
        return done(f"{found.title} 删掉了", "console.warnings.index")


def _free_id(services: ConsoleServices) -> str:
    """A name for a new plan that nobody has: the day, and a number from the second on."""
    day = services.clock.now().astimezone(services.config.timezone)
    plans = services.book.current().plans
    first = f"plan-{day:%m%d}"
    others = (f"{first}-{number}" for number in range(2, len(plans) + 3))
    return next(name for name in (first, *others) if name not in plans)
