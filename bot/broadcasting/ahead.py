"""From when on an edition is frozen, so that an approver has the time to read it. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.broadcasting.approval import VALID
from bot.workdays import Workday

OFFICE_HOURS = (time(9), time(17))
"""The working day an approver must have between freezing and sending."""


def freeze_from(due: datetime, ahead: timedelta, zone: ZoneInfo, workday: Workday) -> datetime:
    """The moment from which the edition due then is offered for approval.

    ``ahead`` before it is due, and early enough for one whole working day; but never earlier than
    an approval lasts, for it would have run out when the edition is due.
    """
    begin, end = OFFICE_HOURS
    earliest = due - VALID
    day = due.astimezone(zone).date()
    while datetime.combine(day, end, zone) > due or not workday(day):
        day -= timedelta(days=1)
        if datetime.combine(day, begin, zone) < earliest:
            return earliest
    return max(earliest, min(due - ahead, datetime.combine(day, begin, zone)))
