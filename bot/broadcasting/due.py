"""What is due now: pure, from the plans and what the store already knows of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.broadcasting.calendar import Once, in_hours, last_due
from bot.broadcasting.model import Plan
from bot.workdays import Workday, monday_to_friday


@dataclass(frozen=True, slots=True)
class Accounted:
    """What is settled for a plan: since when it is known, and the last moment it has an edition for."""

    since: datetime
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class DueEdition:
    """A plan whose moment has come. ``expired`` says in words why it must not go out any more."""

    plan: Plan
    scheduled_at: datetime
    expired: str = ""


def decide(
    plans: Iterable[Plan],
    accounted: Mapping[str, Accounted],
    now: datetime,
    late_ok: timedelta,
    quiet_hours: tuple[time, time] | None,
    zone: ZoneInfo,
    workday: Workday = monday_to_friday,
) -> tuple[DueEdition, ...]:
    """The editions to start or to record as expired (design §6 "late and quiet rules").

    Only the latest due moment of a plan counts; what was missed before it is passed over. A
    recurring plan that became known only after that moment owes nothing for it, unless it is
    still in time. ``quiet_hours`` None: a person is there, quiet hours do not matter.
    """
    found: list[DueEdition] = []
    for plan in plans:
        moment = last_due(plan.when, now, zone, workday)
        known = accounted[plan.id]
        if moment is None or (known.last is not None and moment <= known.last):
            continue
        late = now - moment > late_ok
        if late and moment < known.since and not isinstance(plan.when, Once):
            continue
        found.append(DueEdition(plan, moment, _too_late(now, late, late_ok, quiet_hours, zone)))
    return tuple(found)


def _too_late(
    now: datetime,
    late: bool,
    late_ok: timedelta,
    quiet_hours: tuple[time, time] | None,
    zone: ZoneInfo,
) -> str:
    if late:
        return f"到点时程序没有运行，已经晚了超过 {int(late_ok.total_seconds() // 60)} 分钟"
    if quiet_hours is not None and in_hours(now, quiet_hours, zone):
        return f"现在是安静时段 {quiet_hours[0]:%H:%M}–{quiet_hours[1]:%H:%M}"
    return ""
