"""What came of warnings, in figures: per edition, month and year, and as tables to take home."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, render_template, request

from bot.broadcasting.figures import GONE, Figures, of_editions, of_kinds, of_months, summed
from bot.broadcasting.words import CHANNEL_WORDS, KIND_WORDS, STATE_WORDS
from bot.console.guard import needs
from bot.console.page import NavItem, Page
from bot.console.services import ConsoleServices
from bot.console.sheets import csv_file, xlsx_file
from bot.store.api import EditionRow, Standing

Lines = list[list[str | int]]

HEADS = ("群次", "已发", "被拒", "不明", "等人处理", "过期", "取消", "还没发", "送达")
_FIRST_YEAR, _LAST_YEAR = 2000, 2099


def routes(services: ConsoleServices) -> Blueprint:
    """``/console/figures/?month=2026-11``, ``/year?year=2026``, ``/editions/<edition>``"""
    pages = Blueprint("figures", __name__, url_prefix="/figures")
    store, zone = services.store, services.config.timezone

    def kinds() -> dict[str, str]:
        return {group.id: group.kind for group in services.book.current().groups.values()}

    def today() -> date:
        return services.clock.now().astimezone(zone).date()

    def of_month(first: date) -> tuple[tuple[Figures, ...], tuple[Figures, ...]]:
        begin, end = _moment(first, zone), _moment(_next_month(first), zone)
        editions = of_editions(
            store.editions.between(begin, end), store.deliveries.tally(begin, end), zone
        )
        return editions, of_kinds(store.deliveries.standings(begin, end), kinds())

    def of_year(year: int) -> tuple[Figures, ...]:
        begin, end = _moment(date(year, 1, 1), zone), _moment(date(year + 1, 1, 1), zone)
        return of_months(
            store.editions.between(begin, end), store.deliveries.tally(begin, end), zone
        )

    def edition_or_404(name: str) -> EditionRow:
        found = store.editions.get(name)
        if found is None:
            abort(404)
        return found

    @pages.get("/")
    @needs("warnings.see")
    def index() -> str:
        first = _month(request.args.get("month", ""), today())
        editions, by_kind = of_month(first)
        return render_template(
            "console/figures.html",
            title=f"{first.year} 年 {first.month} 月",
            editions=editions,
            by_kind=by_kind,
            total=summed("合计", editions),
            heads=HEADS,
            cells=cells,
            first=first,
            before=first - timedelta(days=1),
            after=_next_month(first),
        )

    @pages.get("/month/<month>.<kind>")
    @needs("warnings.see")
    def month_file(month: str, kind: str) -> Response:
        first = _month(month, today())
        editions, by_kind = of_month(first)
        total = summed("合计", editions)
        lines: Lines = [
            ["预警", *HEADS],
            *([line.label, *cells(line)] for line in (*editions, total)),
            [],
            ["哪类群", *HEADS],
            *([line.label, *cells(line)] for line in by_kind),
        ]
        return _file(kind, f"预警成绩单-{first:%Y-%m}", lines)

    @pages.get("/year")
    @needs("warnings.see")
    def year() -> str:
        number = _year(request.args.get("year", ""), today())
        months = of_year(number)
        return render_template(
            "console/figures_year.html",
            year=number,
            months=months,
            total=summed("全年", months),
            heads=HEADS,
            cells=cells,
        )

    @pages.get("/year/<int:number>.<kind>")
    @needs("warnings.see")
    def year_file(number: int, kind: str) -> Response:
        months = of_year(_year(str(number), today()))
        lines: Lines = [
            ["月份", "预警", *HEADS],
            *([one.label, one.warnings, *cells(one)] for one in (*months, summed("全年", months))),
        ]
        return _file(kind, f"预警成绩单-{number}", lines)

    @pages.get("/editions/<name>")
    @needs("warnings.see")
    def edition(name: str) -> str:
        row = edition_or_404(name)
        by_kind = of_kinds(_standings(services, name), kinds())
        return render_template(
            "console/figures_edition.html",
            edition=row,
            by_kind=by_kind,
            total=summed("合计", by_kind),
            heads=HEADS,
            cells=cells,
        )

    @pages.get("/editions/<name>.<kind>")
    @needs("warnings.see")
    def edition_file(name: str, kind: str) -> Response:
        row, book = edition_or_404(name), services.book.current()
        lines: Lines = [["群", "类型", "渠道", "结果", "说明"]]
        for one in store.deliveries.of(row.id):
            group = book.groups.get(one.group)
            lines.append(
                [
                    group.name if group else one.group,
                    KIND_WORDS[group.kind] if group else GONE,
                    CHANNEL_WORDS.get(one.channel_type, one.channel_type),
                    STATE_WORDS[one.state],
                    "" if one.state in ("sent", "queued") else one.detail,
                ]
            )
        return _file(kind, f"预警成绩单-{row.id}", lines)

    return pages


PAGE = Page(routes, (NavItem("成绩单", "console.figures.index", "warnings.see"),))


def cells(line: Figures) -> list[str | int]:
    """A line's figures in the order of ``HEADS``."""
    return [
        line.total,
        line.of("sent"),
        line.of("refused"),
        line.of("unknown"),
        line.of("awaiting_person"),
        line.of("expired"),
        line.of("cancelled"),
        line.under_way,
        line.share,
    ]


def _standings(services: ConsoleServices, edition: str) -> list[Standing]:
    return [
        Standing(row.edition, row.group, row.channel_type, row.state)
        for row in services.store.deliveries.of(edition)
    ]


def _file(kind: str, name: str, lines: Sequence[Sequence[str | int]]) -> Response:
    if kind == "xlsx":
        return xlsx_file(name, "成绩单", lines)
    if kind != "csv":
        abort(404)
    return csv_file(name, lines)


def _month(raw: str, today: date) -> date:
    """The first day of the month that is asked for, else of this one."""
    try:
        first = date.fromisoformat(f"{raw}-01")
    except ValueError:
        return today.replace(day=1)
    return first if _FIRST_YEAR <= first.year <= _LAST_YEAR else today.replace(day=1)


def _year(raw: str, today: date) -> int:
    known = raw.isdecimal() and len(raw) == 4 and _FIRST_YEAR <= int(raw) <= _LAST_YEAR
    return int(raw) if known else today.year


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _moment(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
