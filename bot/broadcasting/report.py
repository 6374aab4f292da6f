"""What became of an edition, as the JSON object of design §8. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NotRequired, TypedDict, get_args
from zoneinfo import ZoneInfo

from bot.broadcasting.ledger import OPEN
from bot.store.api import DeliveryRow, EditionRow
from bot.types import DeliveryState

STATES: tuple[DeliveryState, ...] = get_args(DeliveryState)


class DeliveryReport(TypedDict):
    group: str
    state: str
    code: str
    detail: str


class EditionReport(TypedDict):
    """design §8. ``reason`` is there only where an edition waits or has ended, and says why."""

    edition: str
    plan: str
    scheduled_at: str
    state: str
    counts: dict[str, int]
    deliveries: list[DeliveryReport]
    reason: NotRequired[str]


def report(edition: EditionRow, deliveries: Sequence[DeliveryRow], zone: ZoneInfo) -> EditionReport:
    """The report; ``counts`` has every state and adds up to the number of groups."""
    counted = Counter(row.state for row in deliveries)
    found: EditionReport = {
        "edition": edition.id,
        "plan": edition.plan,
        "scheduled_at": edition.scheduled_at.astimezone(zone).isoformat(timespec="seconds"),
        "state": edition_state(edition, deliveries),
        "counts": {state: counted[state] for state in STATES},
        "deliveries": [
            {"group": row.group, "state": row.state, "code": row.code, "detail": row.detail}
            for row in deliveries
        ],
    }
    if reason := _reason(edition):
        found["reason"] = reason
    return found


def _reason(edition: EditionRow) -> str:
    if edition.state == "approved":
        return ""
    if edition.state == "awaiting_approval" and not edition.detail:
        return edition.alike
    return edition.detail


def edition_state(edition: EditionRow, deliveries: Sequence[DeliveryRow]) -> str:
    """``awaiting_approval``, ``expired``, ``cancelled``; else ``sending`` until nothing is queued
    or being sent, then ``done``."""
    if edition.state != "approved":
        return edition.state
    return "sending" if unfinished(deliveries) else "done"


def unfinished(deliveries: Sequence[DeliveryRow]) -> bool:
    """Whether the machine still has something to do for these deliveries."""
    return any(row.state in OPEN for row in deliveries)
