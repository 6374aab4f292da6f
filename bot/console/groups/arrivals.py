"""Which community brought residents to the official account, and the QR codes that tell."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import segno
from flask import Blueprint, Response, abort, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from bot.broadcasting.model import Group
from bot.config import MpAccount
from bot.console.content import look_if_saved
from bot.console.guard import needs, person
from bot.console.services import ConsoleServices
from bot.console.views import PAGE_SIZE, cut, done, is_htmx, page_number, refused
from bot.store.api import ArrivalDay, ArrivalRow

WEEKS = 8
_ALWAYS = date.min
_KINDS = {"svg": "image/svg+xml", "png": "image/png"}
_SCALE = {"svg": 8, "png": 24}
"""Pixels of a point; a PNG of some 900 pixels is sharp on half a page of paper."""

_PAGE = "console.groups.code"
_FAILED: Mapping[str, str] = {
    "not_sent": "没有做成：连不上公众号平台。请系统管理员检查网络，再试一次",
    "unknown": "没有收到公众号平台的回音。再点一次，没有坏处",
}


@dataclass(frozen=True, slots=True)
class Came:
    """New followers of one place: week by week, this one last, and in all; ``scanned`` is how often
    somebody who followed already scanned its code."""

    weeks: tuple[int, ...]
    followed: int = 0
    scanned: int = 0


def came(
    days: Iterable[ArrivalDay], totals: Iterable[ArrivalRow], mondays: Sequence[date]
) -> Mapping[str, Came]:
    """By place. ``mondays`` begin the weeks, earliest first."""
    by_week: dict[str, Counter[date]] = {}
    for row in days:
        monday = row.day - timedelta(days=row.day.weekday())
        by_week.setdefault(row.place, Counter())[monday] += row.followed
    followed: Counter[str] = Counter()
    scanned: Counter[str] = Counter()
    for total in totals:
        followed[total.place] += total.followed
        scanned[total.place] += total.scanned
    return {
        place: Came(
            tuple(by_week.get(place, Counter())[monday] for monday in mondays),
            followed[place],
            scanned[place],
        )
        for place in followed | scanned
    }


def add(pages: Blueprint, services: ConsoleServices) -> None:
    """``/console/groups/arrivals``, ``/<group>/code``, ``/<group>/code.svg``, ``/<group>/code.png``"""

    def group_or_404(name: str) -> Group:
        look_if_saved(services)
        found = services.book.current().groups.get(name)
        if found is None:
            abort(404)
        return found

    def accounts() -> tuple[MpAccount, ...]:
        return tuple(account for account in services.config.mp if account.app_secret)

    @pages.get("/arrivals")
    @needs("groups.see")
    def arrivals() -> str:
        look_if_saved(services)
        mondays = weeks(services)
        known, found = services.book.current().groups, _came(services, mondays)
        asked = request.args.get("q", "").strip()
        nobody = Came((0,) * WEEKS)
        rows = [
            (group, found.get(group.id, nobody))
            for group in known.values()
            if asked.casefold() in group.name.casefold() or asked == group.id
        ]
        rows.sort(key=lambda row: -row[1].followed)
        number = page_number()
        begin = (number - 1) * PAGE_SIZE
        of_codes = [one for place, one in found.items() if place]
        by_week = [sum(one.weeks[week] for one in of_codes) for week in range(WEEKS)]
        return render_template(
            "console/arrival_rows.html" if is_htmx() else "console/arrivals.html",
            rows=cut(rows[begin : begin + PAGE_SIZE + 1], number),
            asked=asked,
            coded=services.store.arrivals.coded(),
            accounts=accounts(),
            by_codes=sum(one.followed for one in of_codes),
            without=found.get("", nobody).followed,
            gone=sum(one.followed for place, one in found.items() if place and place not in known),
            weeks=list(zip(mondays, by_week, strict=True)),
            chart=_chart(mondays, by_week),
        )

    @pages.get("/<name>/code")
    @needs("groups.see")
    def code(name: str) -> str:
        group, mondays = group_or_404(name), weeks(services)
        return render_template(
            "console/group_code.html",
            group=group,
            codes=[
                (account, services.store.arrivals.code(_channel(account), name))
                for account in accounts()
            ],
            **arrived(services, name),
            mondays=mondays,
        )

    @pages.post("/<name>/code")
    @needs("groups.edit")
    def make_code(name: str) -> BaseResponse:
        group = group_or_404(name)
        wanted = request.form.get("account", "")
        account = next((one for one in accounts() if one.account == wanted), None)
        if account is None:
            return refused("没有做成：没有这个公众号", _PAGE, name=name)
        outcome = services.codes.scene_code(account, group.id)
        if outcome.kind != "sent" or not outcome.detail:
            words = _FAILED.get(outcome.kind) or outcome.detail or _FAILED["unknown"]
            return refused(words, _PAGE, name=name)
        now, store = services.clock.now(), services.store
        with store.transaction():
            store.arrivals.keep_code(_channel(account), group.id, outcome.detail, now)
            subject = f"code:{group.id}"
            store.audit.note(person().name, "code_made", subject, account.account, now)
        return done("做好了，打印出来贴在小区里", _PAGE, name=name)

    def drawn(name: str, kind: str) -> Response:
        channel = f"mp:{request.args.get('account', '')}"
        content = services.store.arrivals.code(channel, group_or_404(name).id)
        if not content:
            abort(404)
        picture = io.BytesIO()
        segno.make(content, error="m", micro=False).save(
            picture, kind=kind, scale=_SCALE[kind], border=4, dark="#000", light="#fff"
        )
        return Response(picture.getvalue(), content_type=_KINDS[kind])

    @pages.get("/<name>/code.svg")
    @needs("groups.see")
    def code_shown(name: str) -> Response:
        return drawn(name, "svg")

    @pages.get("/<name>/code.png")
    @needs("groups.see")
    def code_saved(name: str) -> Response:
        answer = drawn(name, "png")
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}.png"'
        return answer


def arrived(services: ConsoleServices, name: str) -> dict[str, object]:
    """What the pages about one group tell of the residents it brought."""
    mondays = weeks(services)
    store = services.store.arrivals
    totals = [row for row in store.since(_ALWAYS) if row.place == name]
    found = came(store.by_day(mondays[0], name), totals, mondays).get(name, Came((0,) * WEEKS))
    return {
        "came": found,
        "came_weeks": list(zip(mondays, found.weeks, strict=True))[::-1],
        "coded_by": next(
            (
                account.account
                for account in services.config.mp
                if store.code(_channel(account), name)
            ),
            "",
        ),
    }


def weeks(services: ConsoleServices) -> tuple[date, ...]:
    """The Mondays of the last weeks, this one last."""
    today = services.clock.now().astimezone(services.config.timezone).date()
    monday = today - timedelta(days=today.weekday())
    return tuple(monday - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1))


def _came(services: ConsoleServices, mondays: Sequence[date]) -> Mapping[str, Came]:
    store = services.store.arrivals
    return came(store.by_day(mondays[0]), store.since(_ALWAYS), mondays)


def _channel(account: MpAccount) -> str:
    return f"mp:{account.account}"


def _chart(mondays: Sequence[date], counts: Sequence[int]) -> Mapping[str, Any]:
    return {
        "grid": {"left": 8, "right": 16, "top": 16, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "category", "data": [f"{day:%m-%d}" for day in mondays]},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [{"type": "bar", "barMaxWidth": 36, "data": list(counts)}],
    }
