"""Deliveries that wait for a person, or got lost: ask the platform what came of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.broadcasting.errands import Errand, errand_for
from bot.broadcasting.ledger import checked
from bot.broadcasting.model import Book
from bot.broadcasting.seen import sighting
from bot.broadcasting.withdraw import can_be_withdrawn, move_after, withdraw
from bot.clock import Clock
from bot.senders.base import Remindable, Sender
from bot.store.api import DeliveryRow, EditionRow, Move, Store, TextRow
from bot.types import DeliveryState, Outcome
from bot.workdays import Workday, monday_to_friday

EVERY = timedelta(seconds=60)
"""How often the platform is asked about one delivery, at most."""

EVERY_IN_DEMO = timedelta(seconds=1)
"""The same of the demo's platform, so that a person who watches sees the tap at once."""

PATIENCE = timedelta(hours=72)
"""How long a person is waited for; a warning of last week helps nobody (protocol-push §3)."""

RECONCILE = timedelta(hours=1)
"""How long an unknown delivery is looked for on platforms that can look (protocol-push §3.3)."""

WITHDRAWAL_PATIENCE = timedelta(hours=24)
"""How long it is tried to take a task back that nobody confirmed."""

REMIND_AFTER = timedelta(hours=4)
"""How long an owner is waited for before the platform reminds them, once."""

WORK_BEGINS, WORK_ENDS = time(9), time(18)
"""When a reminder disturbs nobody."""

REMINDED = "reminded"
"""The audit line of a reminder."""

AT_ONCE = 4
"""Questions under way at once."""

_log = logging.getLogger("bot.broadcasting")


class FollowUp:
    """Follows up for one holder of the worker's lease."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        holder: str,
        book: Book,
        senders: Mapping[str, Sender],
        zone: ZoneInfo,
        every: timedelta = EVERY,
        workday: Workday = monday_to_friday,
    ) -> None:
        self._zone = zone
        self._workday = workday
        self._store = store
        self._clock = clock
        self._holder = holder
        self._book = book
        self._senders = senders
        self._every = every

    def run(self, going_on: Callable[[], bool]) -> None:
        """Ask about every delivery whose turn it is, while ``going_on`` says so."""
        now = self._clock.now()
        rows = self._store.deliveries.to_follow_up(now - RECONCILE, now)
        if not rows:
            return
        editions = {row.edition: self._store.editions.get(row.edition) for row in rows}
        texts = {name: self._store.editions.texts(name) for name in editions}

        def one(row: DeliveryRow) -> None:
            edition = editions[row.edition]
            if edition is not None and going_on():
                self._one(row, edition, texts[row.edition])

        with ThreadPoolExecutor(AT_ONCE, "follow-up") as pool:
            list(pool.map(one, rows))

    def _one(self, row: DeliveryRow, edition: EditionRow, texts: Mapping[str, TextRow]) -> None:
        errand = errand_for(row, edition, texts, self._book, self._senders)
        outcome = _ask(errand, row) if isinstance(errand, Errand) else None
        now = self._clock.now()
        move = next_move(row, outcome, now, self._every)
        if isinstance(errand, Errand):
            if move.to == "expired" and can_be_withdrawn(row, self._senders):
                move = expiry(row, move, withdraw(errand, row), now, self._every)
            elif move.to == "awaiting_person" == row.state:
                self._remind(errand, row, now)
        with self._store.transaction():
            moved = self._store.deliveries.move(row, checked(row.state, move), now)
            if moved and move.to != row.state:
                self._note(row, move.to, move.detail, now)
                if isinstance(errand, Errand) and outcome is not None and outcome.kind == move.to:
                    seen = sighting(errand.pace_key, row.group, move, now)
                    self._store.sightings.note([seen])

    def _remind(self, errand: Errand, row: DeliveryRow, now: datetime) -> None:
        """Once for each delivery: it is written down before the call, so that no crash repeats it."""
        sender = errand.sender
        if not isinstance(sender, Remindable) or not row.reference:
            return
        if not reminder_is_due(row, now, self._zone, self._workday):
            return
        lines = self._store.audit.about(f"{row.edition}/{row.group}")
        if any(line.action == REMINDED for line in lines):
            return
        self._note(row, REMINDED, f"请 {row.owner} 确认", now)
        try:
            outcome = sender.remind(errand.outgoing, row.reference)
        except Exception as error:  # noqa: BLE001  # a reminder is no delivery
            outcome = Outcome("unknown", type(error).__name__, "提醒时程序出错")
        if outcome.kind != "sent":
            self._note(row, "reminder_failed", f"{outcome.code} {outcome.detail}", now)

    def _note(self, row: DeliveryRow, action: str, detail: str, now: datetime) -> None:
        self._store.audit.note(self._holder, action, f"{row.edition}/{row.group}", detail, now)


def reminder_is_due(row: DeliveryRow, now: datetime, zone: ZoneInfo, workday: Workday) -> bool:
    """Whether the owner has been waited for long enough, and is at work now. Pure."""
    waited = now - (row.attempted_at or now)
    local = now.astimezone(zone)
    at_work = workday(local.date()) and WORK_BEGINS <= local.time() < WORK_ENDS
    return waited >= REMIND_AFTER and at_work


def expiry(
    row: DeliveryRow, move: Move, outcome: Outcome | None, now: datetime, every: timedelta
) -> Move:
    """An end of the waiting, once the platform took the task back. Pure.

    Where it does not, the owner may still send it: it goes on waiting for another day, and then
    ends all the same, saying so.
    """
    after = move_after(row, outcome, "expired")
    if after.to == "expired":
        return Move("expired", move.code, f"{move.detail}，{after.detail}")
    if after.to != row.state:
        return after
    if now - (row.attempted_at or now) > PATIENCE + WITHDRAWAL_PATIENCE:
        return Move("expired", move.code, f"{move.detail}。{after.detail}")
    return Move(row.state, after.code, after.detail, not_before=now + every)


def next_move(
    row: DeliveryRow, outcome: Outcome | None, now: datetime, every: timedelta = EVERY
) -> Move:
    """Where the answer takes a waiting or unknown delivery. Pure.

    Only a sure answer moves it; a question that failed is asked again after ``every``. An unknown
    one whose task is found on the platform waits for its person.
    """
    if outcome is not None and outcome.kind in ("sent", "refused"):
        return Move("sent" if outcome.kind == "sent" else "refused", outcome.code, outcome.detail)
    waited = now - (row.attempted_at or now)
    if row.state == "awaiting_person" and waited > PATIENCE:
        hours = int(PATIENCE.total_seconds() // 3600)
        return Move("expired", "no_person", f"等了 {hours} 小时没有人处理")
    next_at = now + every
    if outcome is not None and outcome.kind in ("awaiting_person", row.state):
        state: DeliveryState = "awaiting_person" if outcome.kind == "awaiting_person" else row.state
        return Move(state, outcome.code, outcome.detail, outcome.reference, next_at)
    return Move(row.state, row.code, row.detail, not_before=next_at)


def _ask(errand: Errand, row: DeliveryRow) -> Outcome | None:
    try:
        return errand.sender.follow_up(errand.outgoing, row.reference)
    except Exception as error:  # noqa: BLE001  # a question that failed is asked again
        kind = type(error).__name__
        _log.warning("follow-up of %s/%s raised %s", row.edition, row.group, kind)
        return None
