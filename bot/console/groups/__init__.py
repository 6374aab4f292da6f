"""The group book: who gets warnings (``/console/groups/…``)."""

from __future__ import annotations

from flask import Blueprint

from bot.console.groups import arrivals, book, transfer
from bot.console.page import NavItem, Page
from bot.console.services import ConsoleServices


def routes(services: ConsoleServices) -> Blueprint:
    """The list with its editor, the way in and out as a table, and whom each group brought."""
    pages = Blueprint("groups", __name__, url_prefix="/groups")
    for subject in (transfer, arrivals, book):
        subject.add(pages, services)
    return pages


PAGE = Page(routes, (NavItem("群名册", "console.groups.index", "groups.see"),))
