"""What residents ask about, week by week: figures, charts, and the same as files.

Silent answers (group talk that nobody addressed to the bot) are no questions and not counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template

from bot.console.guard import needs
from bot.console.page import NavItem, Page
from bot.console.services import ConsoleServices
from bot.console.sheets import csv_file, xlsx_file
from bot.console.words import VERDICT_WORDS
from bot.kb.model import CATEGORIES
from bot.store.asked import AnswerLog, Count
from bot.types import POSITIVE, VerdictName

WEEKS = 12
IN_FILES = 52
KEEP = timedelta(hours=1)
LINES = 5
"""Categories with a line of their own in a chart: more colours cannot be told apart."""


@dataclass(frozen=True, slots=True)
class Week:
    """The questions of one week, which begins on the Monday ``start``."""

    start: date
    counts: tuple[Count, ...] = ()

    @property
    def verdicts(self) -> Mapping[VerdictName, int]:
        found: Counter[VerdictName] = Counter()
        for one in self.counts:
            found[one.verdict] += one.count
        return found

    @property
    def categories(self) -> Mapping[str, int]:
        """Warned of, by category."""
        found: Counter[str] = Counter()
        for one in self.counts:
            if one.category and one.category in CATEGORIES and one.verdict in POSITIVE:
                found[one.category] += one.count
        return found

    @property
    def total(self) -> int:
        return sum(one.count for one in self.counts)

    @property
    def unanswered_share(self) -> float:
        """0..1."""
        return self.verdicts["unknown"] / self.total if self.total else 0.0


class Weeks:
    """The counts of weeks; those of past ones are read once an hour, for they hardly change (what
    is past its time is deleted, an answer judged again takes the place of the first)."""

    def __init__(self, log: AnswerLog, zone: ZoneInfo) -> None:
        self._log = log
        self._zone = zone
        self._past: dict[date, tuple[Week, datetime]] = {}

    def last(self, count: int, now: datetime) -> tuple[Week, ...]:
        """The last ``count`` weeks, this one last."""
        today = now.astimezone(self._zone).date()
        monday = today - timedelta(days=today.weekday())
        past = [monday - timedelta(weeks=back) for back in range(count - 1, 0, -1)]
        return (*(self._kept(start, now) for start in past), self._read(monday))

    def _kept(self, start: date, now: datetime) -> Week:
        week, read_at = self._past.get(start, (None, now))
        if week is None or now - read_at > KEEP:
            week = self._read(start)
            self._past[start] = (week, now)
        return week

    def _read(self, start: date) -> Week:
        begin, end = (_begin(day, self._zone) for day in (start, start + timedelta(days=7)))
        return Week(start, self._log.counts(begin, end))


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def category_rows(weeks: Sequence[Week]) -> tuple[tuple[str, int, int, int], ...]:
    """(category, in all weeks, last week, this week), the most frequent first."""
    found: Counter[str] = Counter()
    for week in weeks:
        found.update(week.categories)
    before = weeks[-2].categories if len(weeks) > 1 else {}
    return tuple(
        (category, count, before.get(category, 0), weeks[-1].categories.get(category, 0))
        for category, count in found.most_common()
    )


def category_chart(weeks: Sequence[Week]) -> Mapping[str, Any]:
    """A line for each of the most frequent categories."""
    most = [row[0] for row in category_rows(weeks)[:LINES]]
    by_week = [week.categories for week in weeks]
    return _chart(
        weeks,
        [
            {
                "name": CATEGORIES[category],
                "type": "line",
                "data": [one.get(category, 0) for one in by_week],
            }
            for category in most
        ],
    )


def verdict_chart(weeks: Sequence[Week]) -> Mapping[str, Any]:
    """The questions of each week, stacked by what was answered."""
    by_week = [week.verdicts for week in weeks]
    parts: tuple[tuple[str, tuple[VerdictName, ...]], ...] = (
        ("提醒了诈骗", ("scam", "suspicious")),
        ("解答", ("info",)),
        ("没听懂", ("unknown",)),
        ("紧急", ("emergency",)),
        ("无关", ("off_topic",)),
    )
    return _chart(
        weeks,
        [
            {
                "name": words,
                "type": "bar",
                "stack": "all",
                "data": [sum(one.get(name, 0) for name in names) for one in by_week],
            }
            for words, names in parts
        ],
    )


def _chart(weeks: Sequence[Week], series: list[dict[str, Any]]) -> Mapping[str, Any]:
    # The last week is not over: by its date it would look as if people had stopped asking.
    days = [*(f"{week.start:%m-%d}" for week in weeks[:-1]), "这周"]
    return {
        "grid": {"left": 8, "right": 16, "top": 16, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "category", "data": days},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": series,
    }


def routes(services: ConsoleServices) -> Blueprint:
    """``/console/trends/…``, and for today's page the global ``asked_lately``."""
    pages = Blueprint("trends", __name__, url_prefix="/trends")

    counted = Weeks(services.store.answer_log, services.config.timezone)

    def lately(count: int = WEEKS) -> tuple[Week, ...]:
        return counted.last(count, services.clock.now())

    def asked_lately() -> Mapping[str, Any]:
        weeks = lately()
        return {
            "rows": [(CATEGORIES[row[0]], *row[1:]) for row in category_rows(weeks)],
            "chart": category_chart(weeks),
        }

    @pages.get("/")
    @needs("today.see")
    def index() -> str:
        weeks = lately()
        return render_template(
            "console/trends.html",
            weeks=weeks[::-1],
            week=weeks[-1],
            before=weeks[-2],
            verdicts=VERDICT_WORDS,
            rows=[(CATEGORIES[row[0]], *row[1:]) for row in category_rows(weeks)],
            top=lambda week: (
                CATEGORIES[max(week.categories, key=week.categories.__getitem__)]
                if week.categories
                else ""
            ),
            category_chart=category_chart(weeks),
            verdict_chart=verdict_chart(weeks),
            kept_days=services.config.retention_days,
            short=services.config.retention_days < WEEKS * 7,
        )

    @pages.get("/questions.csv")
    @needs("today.see")
    def questions_csv() -> Response:
        return csv_file("questions", _lines(lately(IN_FILES)))

    @pages.get("/questions.xlsx")
    @needs("today.see")
    def questions_xlsx() -> Response:
        return xlsx_file("questions", "每周问答", _lines(lately(IN_FILES)))

    pages.record_once(lambda state: state.app.jinja_env.globals.update(asked_lately=asked_lately))
    return pages


PAGE = Page(routes, (NavItem("问答统计", "console.trends.index", "today.see"),))


def _lines(weeks: Sequence[Week]) -> list[tuple[str | int, ...]]:
    """A heading, then one line per week, verdict and category."""
    found: list[tuple[str | int, ...]] = [("周一", "怎么答的", "类别", "次数")]
    for week in weeks:
        for one in sorted(week.counts, key=lambda one: (-one.count, one.verdict)):
            category = CATEGORIES.get(one.category or "", "")
            words = VERDICT_WORDS[one.verdict]
            found.append((f"{week.start:%Y-%m-%d}", words, category, one.count))
    return found
