"""Another time for an edition: what a person may ask for, and what it means. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, time
from zoneinfo import ZoneInfo

from bot.broadcasting.calendar import in_hours
from bot.store.api import DeliveryRow, EditionRow

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:?\d\d)?")
MEND = "请写成 2026-12-01T09:00（本站时间），别的时区写成 2026-12-01T09:00+08:00"


def read_moment(raw: str, zone: ZoneInfo) -> datetime | None:
    """A date and time as a person types it; without an offset it is the station's own time."""
    try:
        moment = datetime.fromisoformat(raw) if _MOMENT.fullmatch(raw.strip()) else None
    except ValueError:
        return None
    if moment is None:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def may_postpone(
    edition: EditionRow,
    deliveries: Iterable[DeliveryRow],
    to: datetime,
    now: datetime,
    quiet_hours: tuple[time, time],
    zone: ZoneInfo,
) -> str:
    """Why the edition cannot go out at that moment instead, in plain words; '' if it can."""
    rows = tuple(deliveries)
    if edition.state not in ("awaiting_approval", "approved"):
        return "这一期已经取消或过期，改不了时间"
    if any(row.attempts for row in rows):
        return "这一期已经开始发了，改不了时间；没发的可以取消"
    if not any(row.state == "queued" for row in rows):
        return "这一期没有要发的群，改不了时间"
    shown = f"{to.astimezone(zone):%Y-%m-%d %H:%M}"
    if to <= now:
        return f"{shown} 已经过去了，请写一个以后的时间"
    if to == edition.scheduled_at:
        return f"这一期本来就定在 {shown}"
    if in_hours(to, quiet_hours, zone):
        start, end = quiet_hours
        return f"{shown} 在安静时段（{start:%H:%M}–{end:%H:%M}）里，发不出去，请换一个时间"
    return ""
