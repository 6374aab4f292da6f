"""Warnings: calendar, plans, texts, approval, delivery boards (``/console/warnings/…``)."""

from __future__ import annotations

from flask import Blueprint

from bot.console.page import NavItem, Page
from bot.console.services import ConsoleServices
from bot.console.warnings import approval, board, calendar, decide, now, plans, send, texts


def routes(services: ConsoleServices) -> Blueprint:
    """All of them in one blueprint, so that they share one line of the navigation."""
    pages = Blueprint("warnings", __name__, url_prefix="/warnings")
    for subject in (calendar, approval, board, decide, plans, send, now, texts):
        subject.add(pages, services)
    return pages


PAGE = Page(routes, (NavItem("预警", "console.warnings.index", "warnings.see"),))
