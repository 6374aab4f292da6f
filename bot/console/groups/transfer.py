"""The group book as a table: taken in whole or not at all, and taken home."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from bot.broadcasting.group_table import RowProblem, read_table, table_of, template
from bot.console.content import look_if_saved, saved_content
from bot.console.groups.desk import FILE, GroupDesk
from bot.console.guard import needs, person
from bot.console.services import ConsoleServices
from bot.console.sheets import MOST_ROWS, Unreadable, csv_file, read_sheet, xlsx_file
from bot.console.views import done
from bot.problems import Invalid

_SHOWN = 1000
"""Problems shown at once; with more than that the table was not meant for here."""


def add(pages: Blueprint, services: ConsoleServices) -> None:
    """``/console/groups/import``, ``/template.<kind>``, ``/book.<kind>``"""

    def page(problem: str = "", rows: tuple[RowProblem, ...] = (), good: str = "") -> str:
        return render_template(
            "console/group_import.html",
            problem=problem,
            rows=rows[:_SHOWN],
            count=len(rows),
            good=good,
            most=MOST_ROWS,
            only_look="look" in request.form,
        )

    @pages.get("/import")
    @needs("groups.edit")
    def ask_import() -> str:
        return page()

    @pages.post("/import")
    @needs("groups.edit")
    def take_in() -> str | BaseResponse | tuple[str, int]:
        upload = request.files.get("table")
        try:
            lines = read_sheet(upload.filename or "", upload.read()) if upload else []
            if not upload:
                raise Unreadable("请先选文件")
        except Unreadable as error:
            return page(str(error)), 422
        read = read_table(lines)
        if read.problems:
            return page("表里有要改的地方，一个群也没有导入。", read.problems), 422
        only_look = "look" in request.form
        try:
            found = GroupDesk(services, person().name).take_in(
                read, services.clock.now(), only_look
            )
        except Invalid as invalid:
            return page("表没有导入。", _of_the_book(invalid)), 422
        words = f"新增 {found.added} 个，改了 {found.changed} 个，没有变的 {found.same} 个"
        if only_look:
            return page(good=f"表里没有错。导入会{words}。")
        saved_content(services)
        return done(f"导入好了：{words}", "console.groups.index")

    @pages.get("/template.<kind>")
    @needs("groups.see")
    def blank(kind: str) -> Response:
        return _file(kind, "群名册模板", template())

    @pages.get("/book.<kind>")
    @needs("groups.see")
    def present(kind: str) -> Response:
        look_if_saved(services)
        return _file(kind, "群名册", table_of(services.book.current().groups.values()))


def _file(kind: str, name: str, lines: list[list[str]]) -> Response:
    if kind == "xlsx":
        return xlsx_file(name, "群名册", lines)
    if kind != "csv":
        abort(404)
    return csv_file(name, lines)


def _of_the_book(invalid: Invalid) -> tuple[RowProblem, ...]:
    """What only the whole book can tell; none of it belongs to one cell."""
    return tuple(
        RowProblem(0, "", str(problem) if not problem.file.endswith(FILE) else problem.what)
        for problem in invalid.problems
    )
