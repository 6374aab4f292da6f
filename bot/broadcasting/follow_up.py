"""Deliveries that wait for a person, or got lost: ask the platform what came of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from bot.broadcasting.errands import Errand, errand_for
from bot.broadcasting.ledger import checked
from bot.broadcasting.model import Book
from bot.clock import Clock
from bot.senders.base import Sender
from bot.store.api import DeliveryRow, EditionRow, Move, Store, TextRow
from bot.types import DeliveryState, Outcome

EVERY = timedelta(seconds=60)
"""How often the platform is asked about one delivery, at most."""

EVERY_IN_DEMO = timedelta(seconds=1)
"""The same of the demo's platform, so that a person who watches sees the tap at once."""

PATIENCE = timedelta(hours=72)
"""How long a person is waited for; a warning of last week helps nobody (protocol-push §3)."""

RECONCILE = timedelta(hours=1)
"""How long an unknown delivery is looked for on platforms that can look (protocol-push §3.3)."""

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
        every: timedelta = EVERY,
    ) -> None:
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
        move = checked(row.state, next_move(row, outcome, now, self._every))
        with self._store.transaction():
            if self._store.deliveries.move(row, move, now) and move.to != row.state:
                subject = f"{row.edition}/{row.group}"
                self._store.audit.note(self._holder, move.to, subject, move.detail, now)


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
