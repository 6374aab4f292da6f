"""Spreadsheets that people upload and take home: CSV and XLSX, within limits."""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time

from flask import Response
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font
from openpyxl.utils.exceptions import InvalidFileException

MOST_ROWS = 5000
MOST_COLUMNS = 40
LONGEST_CELL = 2000
"""Characters; beyond it is no cell anybody typed."""

LARGEST_UNPACKED = 60 * 1024 * 1024
"""Bytes: an XLSX is a zip, and a small one can unpack to anything."""

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet program takes for a formula at the beginning of a cell of a CSV."""


class Unreadable(Exception):
    """The upload is no sheet we can use; the message says why and what to do."""


def read_sheet(name: str, raw: bytes) -> list[list[str]]:
    """The lines of a CSV or XLSX file, cells as people see them.

    Raises:
        Unreadable: another kind of file, broken, or too large.
    """
    if not raw:
        raise Unreadable("文件是空的，请选好文件再传")
    if raw.startswith(b"PK"):
        lines = _read_xlsx(raw)
    elif name.lower().endswith((".xls", ".et")) or raw.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("这是旧的 Excel 格式，请另存为 .xlsx 再传")
    elif name.lower().endswith((".csv", ".txt")):
        lines = _read_csv(raw)
    else:
        raise Unreadable("只能传 .xlsx 或 .csv 文件")
    while lines and not any(lines[-1]):
        lines.pop()
    return lines


def csv_file(name: str, lines: Iterable[Sequence[str | int]]) -> Response:
    """A CSV to download that Excel opens with the right characters and runs nothing of."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for line in lines:
        writer.writerow([_harmless(cell) for cell in line])
    return _download(("\ufeff" + out.getvalue()).encode(), f"{name}.csv", "text/csv; charset=utf-8")


def xlsx_file(name: str, title: str, lines: Sequence[Sequence[str | int]]) -> Response:
    """An XLSX to download, its first line as heads."""
    book = Workbook()
    sheet = book.active
    sheet.title = title
    for line in lines:
        sheet.append(list(line))
    for row in sheet.iter_rows():
        for cell in row:
            # openpyxl takes "=…" for a formula; here all text is text.
            if isinstance(cell.value, str):
                cell.data_type = "s"
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for column in sheet.columns:
        widest = max(len(str(cell.value or "").encode("gb18030", "replace")) for cell in column)
        sheet.column_dimensions[column[0].column_letter].width = min(widest + 2, 50)
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return _download(out.getvalue(), f"{name}.xlsx", _XLSX)


def _read_csv(raw: bytes) -> list[list[str]]:
    text = _decoded(raw)
    first = text.split("\n", 1)[0]
    mark = max(",\t;", key=first.count)
    try:
        lines = list(_bounded(csv.reader(io.StringIO(text, newline=""), delimiter=mark)))
    except csv.Error as error:
        raise Unreadable(f"这个 CSV 读不出来（{error}），请用 Excel 另存一遍") from error
    return [[_plain(cell) for cell in line] for line in lines]


def _decoded(raw: bytes) -> str:
    """Excel in Chinese saves CSV as GBK, everybody else as UTF-8."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Unreadable("文件里的字读不出来，请用 Excel 另存为 .xlsx 再传")


def _read_xlsx(raw: bytes) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > LARGEST_UNPACKED:
                raise Unreadable("表格太大，请只留群名册那一张表")
        with warnings.catch_warnings():
            # Extensions of Excel that openpyxl does not know hold nothing we read.
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        try:
            sheet = book.worksheets[0]
            return list(
                _bounded(
                    map(_cell, line)
                    for line in sheet.iter_rows(
                        max_row=MOST_ROWS + 2, max_col=MOST_COLUMNS + 1, values_only=True
                    )
                )
            )
        finally:
            book.close()
    except Unreadable:
        raise
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, IndexError, OSError,
            TypeError, AttributeError, SyntaxError) as error:  # fmt: skip
        raise Unreadable("这个 Excel 文件是坏的，请重新另存为 .xlsx 再传") from error


def _bounded(lines: Iterable[Iterable[str]]) -> Iterator[list[str]]:
    for number, line in enumerate(lines):
        cells = list(line)
        if number > MOST_ROWS and any(cells):
            raise Unreadable(f"最多 {MOST_ROWS} 行，请分几次传")
        if number > MOST_ROWS:
            return
        while len(cells) > MOST_COLUMNS and not cells[-1]:
            cells.pop()
        if len(cells) > MOST_COLUMNS or any(len(cell) > LONGEST_CELL for cell in cells):
            raise Unreadable(f"第 {number + 1} 行太长，请照模板填")
        yield cells


def _cell(value: object) -> str:
    """A cell of an XLSX as people see it."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return _plain(str(value))


def _plain(text: str) -> str:
    """Without the quote that keeps a cell from being a formula, and what nobody can see."""
    if text[:1] == "'" and text[1:2] in _FORMULA:
        text = text[1:]
    return "".join(sign for sign in text if sign.isprintable()).strip()


def _harmless(cell: str | int) -> str | int:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _download(body: bytes, name: str, kind: str) -> Response:
    answer = Response(body, content_type=kind)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
