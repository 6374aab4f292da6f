"""What is decided on an edition's board: cancel, postpone, resend, resolve, send now, urgent."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.broadcasting.desk import Desk
from bot.broadcasting.postpone import read_moment
from bot.broadcasting.words import STATE_WORDS
from bot.console.guard import needs, person
from bot.console.local import is_console_path
from bot.console.services import ConsoleServices
from bot.console.views import confirm, done, refused
from bot.console.warnings.shared import STATE_TAGS, desk, edition_or_404, group_name
from bot.console.words import action_words, actor_words
from bot.store.api import DeliveryRow, EditionRow
from bot.types import DeliveryState

_BOARD = "console.warnings.board"
_RESULTS: dict[str, tuple[DeliveryState, str]] = {
    "sent": ("sent", "登记为已发"),
    "refused": ("refused", "登记为没有发到，可以补发"),
}


def add(pages: Blueprint, services: ConsoleServices) -> None:
    """``/console/warnings/editions/<edition>/<decision>``; a GET asks, the POST does it."""

    def carry_out(
        name: str, action: Callable[[Desk, EditionRow, datetime], str], words: str
    ) -> Response:
        edition = edition_or_404(services, name)
        problem = action(desk(services), edition, services.clock.now())
        if problem:
            return refused(problem, _BOARD, name=name)
        return done(words, _BOARD, name=name)

    def ask(name: str, title: str, lines: tuple[str, ...], button: str, danger: bool) -> str:
        edition_or_404(services, name)
        return confirm(title, lines, button, url_for(_BOARD, name=name), danger)

    def delivery_or_404(name: str, group: str) -> DeliveryRow:
        row = services.store.deliveries.one(name, group)
        if row is None:
            abort(404)
        return row

    @pages.get("/editions/<name>/cancel")
    @needs("warnings.deliver")
    def ask_cancel(name: str) -> str:
        edition = edition_or_404(services, name)
        return render_template("console/cancel.html", edition=edition)

    @pages.post("/editions/<name>/cancel")
    @needs("warnings.deliver")
    def cancel(name: str) -> Response:
        reason = request.form.get("reason", "").strip()
        return carry_out(
            name,
            lambda at, edition, now: at.cancel(edition, now, reason),
            "还没发的不发了",
        )

    @pages.get("/editions/<name>/resend")
    @needs("warnings.deliver")
    def ask_resend(name: str) -> str:
        lines = (
            "只补发被拒的群。已经发到的、结果不明的都不会再发。",
            "原因没有消除的，会再被拒一次，不会重复打扰。",
        )
        return ask(name, "补发被拒的群？", lines, "补发", False)

    @pages.post("/editions/<name>/resend")
    @needs("warnings.deliver")
    def resend(name: str) -> Response:
        return carry_out(
            name, lambda at, edition, now: at.resend(edition, now), "排好队了，马上补发"
        )

    @pages.get("/editions/<name>/go-on")
    @needs("warnings.deliver")
    def ask_go_on(name: str) -> str:
        lines = ("还在排队的群马上发，不再等安静时段。每周条数照样算。",)
        return ask(name, "现在就发？", lines, "现在发", False)

    @pages.post("/editions/<name>/go-on")
    @needs("warnings.deliver")
    def go_on(name: str) -> Response:
        return carry_out(name, lambda at, edition, now: at.go_on(edition, now).problem, "在发了")

    @pages.get("/editions/<name>/postpone")
    @needs("warnings.deliver")
    def ask_postpone(name: str) -> str:
        return _postpone_form(edition_or_404(services, name), "")

    @pages.post("/editions/<name>/postpone")
    @needs("warnings.deliver")
    def postpone(name: str) -> Response | tuple[str, int]:
        edition = edition_or_404(services, name)
        to = read_moment(request.form.get("to", ""), services.config.timezone)
        problem = (
            desk(services).postpone(edition, to, services.clock.now())
            if to is not None
            else "请选好日期和钟点"
        )
        if problem:
            return _postpone_form(edition, problem), 422
        again = "，要重新审批" if edition.approval_required else ""
        return done(f"时间改好了{again}", _BOARD, name=name)

    @pages.get("/editions/<name>/urgent")
    @needs("warnings.approve")
    def ask_urgent(name: str) -> str:
        return render_template(
            "console/urgent.html", edition=edition_or_404(services, name), problem=""
        )

    @pages.post("/editions/<name>/urgent")
    @needs("warnings.approve")
    def urgent(name: str) -> Response | tuple[str, int]:
        edition = edition_or_404(services, name)
        reason = request.form.get("reason", "").strip()
        if edition.state == "awaiting_approval":
            problem = "这一期还没有批，请在审批页上批"
        elif not reason:
            problem = "请写明为什么紧急"
        else:
            problem = desk(services).urge(edition, reason, person().name, services.clock.now())
        if problem:
            return render_template("console/urgent.html", edition=edition, problem=problem), 422
        return done("记下了，这一期可以超过每周条数", _BOARD, name=name)

    @pages.post("/editions/<name>/say-again")
    @needs("warnings.plan")
    def say_again(name: str) -> Response:
        return carry_out(
            name,
            lambda at, edition, now: at.say_again(edition, person().name, now),
            "记下了，照原样发",
        )

    @pages.get("/editions/<name>/groups/<group>")
    @needs("warnings.see")
    def delivery(name: str, group: str) -> str:
        row = delivery_or_404(name, group)
        text = services.store.editions.texts(name).get(row.digest)
        return render_template(
            "console/delivery.html",
            edition=edition_or_404(services, name),
            row=row,
            group=group_name(services.book.current(), group),
            text=text,
            extra=json.loads(text.extra) if text and text.extra else {},
            history=services.store.audit.about(f"{name}/{group}"),
            words=STATE_WORDS,
            tags=STATE_TAGS,
            action_words=action_words,
            actor_words=actor_words,
        )

    @pages.post("/editions/<name>/groups/<group>")
    @needs("warnings.deliver")
    def resolve(name: str, group: str) -> Response:
        row = delivery_or_404(name, group)
        known = _RESULTS.get(request.form.get("state", ""))
        if known is None:
            abort(400)
        back = request.form.get("back", "")
        if not is_console_path(back):
            back = url_for(_BOARD, name=name)
        state, words = known
        if row.state not in ("unknown", "awaiting_person"):
            problem = "这个群的结果刚刚已经定了，不用再登记"
        else:
            problem = desk(services).resolve(row, state, services.clock.now())
        title = group_name(services.book.current(), group)
        return _to(back, problem or f"{title}：{words}", not problem)


def _to(address: str, words: str, good: bool) -> Response:
    flash(words, "good" if good else "bad")
    return redirect(address, 303)


def _postpone_form(edition: EditionRow, problem: str) -> str:
    return render_template(
        "console/postpone.html",
        edition=edition,
        problem=problem,
        to=request.form.get("to", ""),
    )
