"""Tables as files that spreadsheet programs open."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

Line = Sequence[str | int]


def as_csv(lines: Iterable[Line]) -> bytes:
    """UTF-8 with the mark by which Excel knows it."""
    written = io.StringIO()
    csv.writer(written).writerows(lines)
    return written.getvalue().encode("utf-8-sig")


def as_xlsx(lines: Iterable[Line], title: str) -> bytes:
    """A workbook with one sheet."""
    # Here, so that a start does not pay for it.
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for line in lines:
        sheet.append(list(line))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()
