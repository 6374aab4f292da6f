"""The states of a delivery and the only legal moves between them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.store.api import Move
from bot.types import DeliveryState, Outcome

LEGAL: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    "queued": frozenset({"sending", "refused", "expired", "cancelled"}),
    "sending": frozenset({"sent", "refused", "unknown", "awaiting_person", "queued"}),
    # Cancelled only where the platform withdrew the task, so that no late tap can send it.
    "awaiting_person": frozenset({"awaiting_person", "sent", "refused", "expired", "cancelled"}),
    # A person decides; or the attempt's own answer comes late, or the platform finds its task.
    "unknown": frozenset({"unknown", "sent", "refused", "awaiting_person"}),
    "refused": frozenset({"queued"}),
    "sent": frozenset(),
    "expired": frozenset(),
    "cancelled": frozenset(),
}

OPEN: frozenset[DeliveryState] = frozenset({"queued", "sending"})
"""States in which the machine still has something to do."""

MAX_TRIES = 5
"""Attempts that surely did not arrive, before a delivery is given up as refused."""

FIRST_GAP_SECONDS = 1.0
"""Wait after the first such attempt; it doubles each time (protocol-push §0 "growing gaps")."""


class IllegalMove(Exception):
    """A delivery was to leave a state in a way the ledger does not know."""


def checked(before: DeliveryState, move: Move) -> Move:
    """The move, if it is legal from ``before``.

    Raises:
        IllegalMove: it is not.
    """
    if move.to not in LEGAL[before]:
        raise IllegalMove(f"{before} -> {move.to}")
    return move


def after_attempt(outcome: Outcome, tries: int, now: datetime) -> Move:
    """Where an attempt's outcome takes a delivery that was ``sending``.

    ``tries`` counts the attempts since the delivery was released, this one included.
    """
    if outcome.kind != "later" and outcome.kind != "not_sent":
        move = Move(outcome.kind, outcome.code, outcome.detail, outcome.reference, now)
    elif tries >= MAX_TRIES:
        detail = f"试了 {tries} 次都没有送出去：{outcome.detail}"
        move = Move("refused", outcome.code, detail)
    else:
        gap = max(outcome.retry_after, FIRST_GAP_SECONDS * 2 ** (tries - 1))
        move = Move("queued", outcome.code, outcome.detail, not_before=now + timedelta(seconds=gap))
    return checked("sending", replace(move, outcome=outcome.kind))


ABANDONED = Move("unknown", "", "发送时程序中断，不知道对方收到没有，请到群里看一眼再登记结果")
"""For a delivery whose sender died between the intention and the outcome."""
