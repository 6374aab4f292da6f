"""What an approver reads and decides: exactly the frozen text and groups."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from bot.broadcasting.approval import overdue, same_person
from bot.broadcasting.calendar import in_hours
from bot.broadcasting.words import STATE_WORDS
from bot.console.guard import needs, person
from bot.console.services import ConsoleServices
from bot.console.views import done
from bot.console.warnings.shared import (
    SHORT_HASH,
    STATE_TAGS,
    desk,
    edition_or_404,
    frozen_texts,
    group_name,
)
from bot.store.api import EditionRow

_CHANGED = "您打开以后，这一期变了。下面是现在的内容，请再看一遍。"


def add(pages: Blueprint, services: ConsoleServices) -> None:
    """``/console/warnings/editions/<edition>/approval`` and its two decisions."""

    def page(edition: EditionRow, problem: str = "") -> str:
        flow, now = services.warnings(), services.clock.now()
        rows = services.store.deliveries.of(edition.id)
        own = same_person(person().name, edition.author)
        return render_template(
            "console/approval.html",
            edition=edition,
            short=edition.hash[:SHORT_HASH],
            texts=frozen_texts(services.store.editions.texts(edition.id), rows, flow.book),
            left_out=[
                (group_name(flow.book, row.group), row.detail) for row in rows if not row.digest
            ],
            groups=len(rows),
            own=own,
            open=edition.state == "awaiting_approval" and not overdue(edition, now),
            at_once=edition.scheduled_at <= now,
            asleep=in_hours(now, services.config.broadcast.quiet_hours, services.config.timezone),
            overdue=edition.state == "awaiting_approval" and overdue(edition, now),
            problem=problem,
            typed=request.form,
            words=STATE_WORDS,
            tags=STATE_TAGS,
        )

    @pages.get("/editions/<name>/approval")
    @needs("warnings.see")
    def approval(name: str) -> str:
        return page(edition_or_404(services, name))

    @pages.post("/editions/<name>/approve")
    @needs("warnings.approve")
    def approve(name: str) -> Response | tuple[str, int]:
        edition = edition_or_404(services, name)
        if request.form.get("hash") != edition.hash:
            return page(edition, _CHANGED), 409
        urgent = request.form.get("urgent") == "yes"
        reason = request.form.get("reason", "").strip()
        if urgent and not reason:
            return page(edition, "请写明为什么紧急"), 422
        problem = desk(services).approve(
            edition, person().name, services.clock.now(), reason if urgent else ""
        )
        if problem:
            current = edition_or_404(services, name)
            if current.hash != edition.hash:
                return page(current, _CHANGED), 409
            return page(current, problem), 422
        at_once = edition.scheduled_at <= services.clock.now()
        words = "批好了，马上就发" if at_once else "批好了，到点自动发"
        return done(words, "console.warnings.board", name=name)

    @pages.post("/editions/<name>/send-back")
    @needs("warnings.approve")
    def send_back(name: str) -> Response | tuple[str, int]:
        edition = edition_or_404(services, name)
        if request.form.get("hash") != edition.hash:
            return page(edition, _CHANGED), 409
        problem = desk(services).send_back(
            edition, request.form.get("back_reason", ""), services.clock.now()
        )
        if problem:
            return page(edition_or_404(services, name), problem), 422
        return done(
            f"退回了。{edition.author} 改好以后会重新定稿，再请您看", "console.warnings.index"
        )
