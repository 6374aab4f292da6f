"""Whether a delivery may go to its group now: go, wait, or why not. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from bot.broadcasting.calendar import end_of_hours, in_hours
from bot.store.api import DeliveryRow

WEEK = timedelta(days=7)
"""The span of ``weekly_limit`` (design §6)."""

BY_HAND_OK = timedelta(hours=24)
"""How long what a person started may still go out after a stop; then it is no news any more."""

TRAILING_OK = timedelta(minutes=15)
"""How long the deliveries of an edition may take that began in time, however strict the rule."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the configuration says about when and how often a group may be written to."""

    quiet_hours: tuple[time, time]
    late_ok: timedelta
    weekly_limit: int
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Ruling:
    """``wait``: nothing changes now. ``refuse`` and ``expire`` come with a code and words."""

    kind: Literal["go", "wait", "refuse", "expire"]
    code: str = ""
    reason: str = ""
    until: datetime | None = None


GO = Ruling("go")


def rule(
    delivery: DeliveryRow,
    quiet_hours: tuple[time, time] | None,
    sent_this_week: int,
    now: datetime,
    rules: Rules,
    urgent: bool = False,
) -> Ruling:
    """Judge one queued delivery.

    ``quiet_hours`` are the group's own, else the configuration's count. ``sent_this_week`` counts
    other editions that reached the group in the last 7 days; ``urgent`` passes that limit.
    """
    late_ok = BY_HAND_OK if delivery.by_hand else max(rules.late_ok, TRAILING_OK)
    if now - delivery.released_at > late_ok:
        minutes = int(late_ok.total_seconds() // 60)
        return Ruling("expire", "too_late", f"没能按时送出，已经晚了超过 {minutes} 分钟")
    if not urgent and delivery.tries == 0 and sent_this_week >= rules.weekly_limit:
        return Ruling(
            "refuse",
            "weekly_limit",
            f"这个群 7 天内已经发过 {sent_this_week} 次，最多 {rules.weekly_limit} 次",
        )
    if delivery.by_hand:
        return GO
    quiet = quiet_hours or rules.quiet_hours
    if not in_hours(now, quiet, rules.zone):
        return GO
    end = end_of_hours(now, quiet, rules.zone)
    if end - delivery.released_at > rules.late_ok:
        return Ruling(
            "expire", "quiet_hours", f"赶上这个群的安静时段 {quiet[0]:%H:%M}–{quiet[1]:%H:%M}"
        )
    return Ruling("wait", "quiet_hours", until=end)
