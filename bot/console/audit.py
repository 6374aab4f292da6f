"""The log of what people and the program did."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from bot.console.guard import needs
from bot.console.page import NavItem, Page
from bot.console.services import ConsoleServices
from bot.console.views import PAGE_SIZE, cut, is_htmx, midnight, page_number
from bot.console.words import action_words, actor_words, is_program, subject_of, subject_words
from bot.store.api import AuditSearch


def routes(services: ConsoleServices) -> Blueprint:
    """``/console/audit/``, with ``person``, ``subject``, ``since``, ``until``, ``page``."""
    pages = Blueprint("audit", __name__, url_prefix="/audit")

    @pages.get("/")
    @needs("audit.see")
    def index() -> str:
        wanted = {
            name: request.args.get(name, "").strip()
            for name in ("person", "subject", "since", "until")
        }
        zone = services.config.timezone
        number = page_number()
        rows = services.store.audit.find(
            AuditSearch(
                wanted["person"],
                subject_of(wanted["subject"]),
                midnight(wanted["since"], zone),
                midnight(wanted["until"], zone, days=1),
            ),
            PAGE_SIZE + 1,
            (number - 1) * PAGE_SIZE,
        )
        template = "console/audit_rows.html" if is_htmx() else "console/audit.html"
        return render_template(
            template,
            rows=cut(rows, number),
            wanted=wanted,
            filters={name: value for name, value in wanted.items() if value},
            people=[one for one in services.store.audit.actors() if not is_program(one)],
            actor_words=actor_words,
            action_words=action_words,
            subject_words=subject_words,
        )

    return pages


PAGE = Page(routes, (NavItem("操作记录", "console.audit.index", "audit.see", "admin"),))
