"""What a person must send by hand: texts to paste or read out, sends that an owner must confirm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, render_template, request, url_for

from bot.broadcasting.approval import same_person
from bot.broadcasting.words import CHANNEL_WORDS
from bot.console.guard import needs, person
from bot.console.page import NavItem, Page
from bot.console.services import ConsoleServices
from bot.console.views import PAGE_SIZE, Slice, page_number
from bot.store.api import DeliveryRow, EditionRow, TextRow

_SIZE = 20
"""Tasks on a page; each shows its whole text."""

SPOKEN, BOARD = "广播：", "LED 屏："
"""How the loudspeaker's sender marks its two texts."""


@dataclass(frozen=True, slots=True)
class Task:
    """A delivery that waits for somebody, with all they need."""

    row: DeliveryRow
    edition: EditionRow
    group: str
    channel: str
    text: TextRow | None

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """(label, text) to copy: what is read out and what the board shows are two."""
        if self.text is None:
            return ()
        if self.row.channel_type != "loudspeaker":
            return (("文字", self.text.body),)
        spoken, board = "", ""
        for line in self.text.body.splitlines():
            if line.startswith(BOARD):
                board = line.removeprefix(BOARD)
            elif not board and not line.startswith("预警码"):
                spoken += ("\n" if spoken else "") + line.removeprefix(SPOKEN)
        return tuple(
            (label, text) for label, text in (("要念的话", spoken), ("屏幕上的字", board)) if text
        )


def routes(services: ConsoleServices) -> Blueprint:
    """``/console/tasks/?mine=1``"""
    pages = Blueprint("tasks", __name__, url_prefix="/tasks")

    @pages.get("/")
    @needs("warnings.see")
    def index() -> str:
        rows = services.store.deliveries.awaiting_person()
        mine = request.args.get("mine") == "1"
        if mine:
            rows = tuple(row for row in rows if same_person(row.owner, person().name))
        by_hand = [row for row in rows if row.channel_type != "wecom_external"]
        to_confirm = [row for row in rows if row.channel_type == "wecom_external"]
        number = page_number()
        begin = (number - 1) * _SIZE
        return render_template(
            "console/tasks.html",
            tasks=Slice(
                _tasks(by_hand[begin : begin + _SIZE], services),
                number,
                len(by_hand) > begin + _SIZE,
            ),
            confirms=_tasks(to_confirm[:PAGE_SIZE], services),
            more_confirms=max(len(to_confirm) - PAGE_SIZE, 0),
            mine=mine,
            count=len(by_hand),
            back=url_for("console.tasks.index", mine="1" if mine else None),
        )

    return pages


PAGE = Page(routes, (NavItem("待转发", "console.tasks.index", "warnings.see"),))


def _tasks(rows: list[DeliveryRow], services: ConsoleServices) -> list[Task]:
    book = services.book.current()
    editions: dict[str, EditionRow | None] = {}
    texts: dict[str, Mapping[str, TextRow]] = {}
    found: list[Task] = []
    for row in rows:
        if row.edition not in editions:
            editions[row.edition] = services.store.editions.get(row.edition)
            texts[row.edition] = services.store.editions.texts(row.edition)
        edition = editions[row.edition]
        if edition is None:
            continue
        group = book.groups.get(row.group)
        found.append(
            Task(
                row,
                edition,
                group.name if group else row.group,
                CHANNEL_WORDS.get(row.channel_type, row.channel_type),
                texts[row.edition].get(row.digest),
            )
        )
    return found
