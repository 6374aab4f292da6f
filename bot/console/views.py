"""Small things every page needs: rendering, messages, confirm pages, pages of a long list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

T = TypeVar("T")
PAGE_SIZE = 50
LAST_PAGE = 400
"""Further pages take ever longer; a filter leads there sooner."""


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """One page of a long list. ``number`` counts from 1."""

    items: Sequence[T]
    number: int
    more: bool


def page_number() -> int:
    """The page asked for by ``?page=``, at least 1."""
    wanted = request.args.get("page", 1, type=int)
    return min(max(wanted, 1), LAST_PAGE)


def cut(rows: Sequence[T], number: int, size: int = PAGE_SIZE) -> Slice[T]:
    """The page from rows that were read with ``limit=size + 1, offset=(number - 1) * size``."""
    return Slice(rows[:size], number, len(rows) > size and number < LAST_PAGE)


def is_htmx() -> bool:
    """Whether htmx asks for a fragment (and not, on the way back, for the whole page)."""
    headers = request.headers
    return "HX-Request" in headers and "HX-History-Restore-Request" not in headers


def done(words: str, endpoint: str, **values: Any) -> Response:
    """After a successful action: say so, on the page at ``endpoint``."""
    flash(words, "good")
    return redirect(url_for(endpoint, **values), 303)


def refused(words: str, endpoint: str, **values: Any) -> Response:
    """After an action that was not done: say why, on the page at ``endpoint``."""
    flash(words, "bad")
    return redirect(url_for(endpoint, **values), 303)


def confirm(
    title: str,
    lines: Sequence[str],
    button: str,
    back: str,
    danger: bool = True,
    **fields: str,
) -> str:
    """A page that asks before something is done. Its form posts to the address it is shown at.

    ``back`` is the address of the way out; ``fields`` are posted along.
    """
    return render_template(
        "console/confirm.html",
        title=title,
        lines=lines,
        button=button,
        back=back,
        danger=danger,
        fields=fields,
    )


def day_of(text: str) -> date | None:
    """A day as a date field sends it; None where it is empty or none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def midnight(text: str, zone: ZoneInfo, days: int = 0) -> datetime | None:
    """The beginning of a day as a date field sends it, or of one ``days`` later; else None."""
    day = day_of(text)
    if day is None or not 2000 <= day.year < 2100:
        return None
    return datetime.combine(day + timedelta(days=days), time(), zone)


def local_time(moment: datetime | None, zone: ZoneInfo) -> str:
    """A moment as people read it, '' for none."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else ""
