"""The knowledge base in the console: browse, write, try, publish, look back."""

from __future__ import annotations

from flask import Blueprint

from bot.console.knowledge import browse, edit, history, publish, upkeep
from bot.console.knowledge.room import Room
from bot.console.page import NavItem, Page
from bot.console.services import ConsoleServices


def routes(services: ConsoleServices) -> Blueprint:
    """``/console/knowledge/…``"""
    pages = Blueprint("knowledge", __name__, url_prefix="/knowledge")
    room = Room.over(services)
    for part in (browse, edit, publish, history, upkeep):
        part.add(pages, room)
    return pages


PAGE = Page(routes, (NavItem("知识库", "console.knowledge.index", "knowledge.see"),))
