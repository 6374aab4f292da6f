"""Sending a plan now, by hand; where it needs approval, this freezes it for that."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request
from werkzeug.wrappers import Response

from bot.broadcasting.desk import Said, Started
from bot.broadcasting.model import Plan
from bot.broadcasting.preview import preview
from bot.broadcasting.words import CHANNEL_WORDS
from bot.console.content import look_if_saved
from bot.console.guard import needs, person
from bot.console.services import ConsoleServices
from bot.console.views import done, refused
from bot.console.warnings.shared import desk

_BOARD = "console.warnings.board"


def add(pages: Blueprint, services: ConsoleServices) -> None:
    """``/console/warnings/plans/<plan>/send``"""

    def plan_or_404(name: str) -> Plan:
        look_if_saved(services)
        found = services.book.current().plans.get(name)
        if found is None:
            abort(404)
        return found

    def page(plan: Plan, problem: str = "") -> str:
        flow = services.warnings()
        return render_template(
            "console/send.html",
            plan=plan,
            found=preview(plan, flow, desk(services), services.clock.now()),
            channels=CHANNEL_WORDS,
            approval=services.config.broadcast.approval,
            problem=problem,
            typed=request.form,
        )

    @pages.get("/plans/<name>/send")
    @needs("warnings.deliver")
    def ask_send(name: str) -> str:
        return page(plan_or_404(name))

    @pages.post("/plans/<name>/send")
    @needs("warnings.deliver")
    def send(name: str) -> Response | tuple[str, int]:
        plan, me = plan_or_404(name), person()
        urgent = request.form.get("urgent") == "yes"
        reason = request.form.get("reason", "").strip()
        if urgent and not reason:
            return page(plan, "请写明为什么紧急"), 422
        # With approval required, urgency is the approver's to give: it would approve as well.
        urgent = urgent and not services.config.broadcast.approval
        again = request.form.get("again") == "yes"
        said = Said(
            again=again,
            alike_ok=me.name if request.form.get("alike") == "yes" else "",
            urgent=reason if urgent else "",
            by=me.name,
        )
        started = desk(services).start_now(plan, again, services.clock.now(), said)
        return answer(plan, started)

    def answer(plan: Plan, started: Started) -> Response | tuple[str, int]:
        edition = started.edition
        if edition is None:
            return page(plan, started.problem), 422
        if edition.state == "awaiting_approval" and edition.approval_required:
            return done("定稿了，请另一个人审批，批了就发", _BOARD, name=edition.id)
        if edition.state == "awaiting_approval":
            words = f"还没有发：{edition.alike}。要由撰写人 {edition.author} 看过再发"
            return refused(words, _BOARD, name=edition.id)
        if started.problem and edition.state == "approved":
            words = f"24 小时内已经发过一期（{edition.id}）。确实还要再发，请勾上“再发一期”"
            return page(plan, words), 422
        if started.problem:
            return refused(started.problem, _BOARD, name=edition.id)
        return done("在发了", _BOARD, name=edition.id)
