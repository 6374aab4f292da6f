"""Carry errands out: claim, write the intention, send, write the outcome. Each key at its pace.

A kill at any point leaves the truth in the store: before the claim nothing happened; between
intention and outcome the delivery stays ``sending`` and becomes ``unknown``, which no machine
sends again.
"""

from __future__ import annotations

import heapq
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from queue import Empty, SimpleQueue

from bot.broadcasting.errands import Errand
from bot.broadcasting.ledger import after_attempt
from bot.broadcasting.pace import LONGEST_WINDOW, Pacer
from bot.broadcasting.seen import sighting
from bot.clock import Clock
from bot.store.api import Store
from bot.types import Outcome

CONNECTIONS = 16
"""Requests under way at once (design §11)."""

SPARE = 4
"""Threads beyond the connections: they write outcomes and intentions while all connections are
busy. With 1,000 groups at 50 ms this took the overhead over the optimum from 7–11 % to 4–5 %."""

LOOK_SECONDS = 1.0
"""How often the dispatcher looks at lease and clock while requests are under way."""

_log = logging.getLogger("bot.broadcasting")


class Deliverer:
    """Delivers for one holder of one lease. ``keep_lease`` prolongs it and says whether it holds."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        lease: str,
        holder: str,
        keep_lease: Callable[[], bool],
        connections: int = CONNECTIONS,
    ) -> None:
        self._store = store
        self._clock = clock
        self._lease = lease
        self._holder = holder
        self._keep_lease = keep_lease
        self._threads = connections + SPARE
        self._connections = threading.BoundedSemaphore(connections)

    def deliver(
        self, errands: Iterable[Errand], stopping: Callable[[], bool] = lambda: False
    ) -> datetime | None:
        """Carry out all errands whose keys allow it now.

        Returns when the first of those left behind by their pace may go, None if none was. Ends
        early, leaving the rest queued, when told to stop or when the lease is lost.
        """
        history = self._store.deliveries.attempts_since(self._clock.now() - LONGEST_WINDOW)
        lanes = _Lanes(errands, Pacer(history), self._clock.now())
        if lanes.empty:
            return None
        ended: SimpleQueue[Future[None]] = SimpleQueue()
        running: dict[Future[None], Errand] = {}
        with ThreadPoolExecutor(self._threads, "delivery") as pool:
            while True:
                going_on = not stopping() and self._keep_lease()
                while going_on and len(running) < self._threads:
                    errand = lanes.next(self._clock.now())
                    if errand is None:
                        break
                    future = pool.submit(self._carry, errand)
                    running[future] = errand
                    future.add_done_callback(ended.put)
                if not running:
                    return lanes.opens_at()
                try:
                    future = ended.get(timeout=lanes.wait_seconds(self._clock.now()))
                except Empty:
                    continue
                lanes.ended(running.pop(future), self._clock.now())
                future.result()

    def _carry(self, errand: Errand) -> None:
        delivery = errand.delivery
        claimed = self._store.deliveries.claim(
            delivery, errand.pace_key, self._lease, self._holder, self._clock.now()
        )
        if claimed:
            with self._connections:
                outcome = _send(errand)
            self._settle(errand, outcome)

    def _settle(self, errand: Errand, outcome: Outcome) -> None:
        delivery, now = errand.delivery, self._clock.now()
        move = after_attempt(outcome, delivery.tries + 1, now)
        with self._store.transaction():
            if self._store.deliveries.settle(delivery, move, now):
                subject = f"{delivery.edition}/{delivery.group}"
                detail = " ".join(filter(None, (move.code, move.detail)))
                self._store.audit.note(self._holder, move.to, subject, detail, now)
                seen = sighting(errand.pace_key, delivery.group, move, now)
                self._store.sightings.note([seen])
                return
        _log.warning(
            "%s/%s: outcome %s came after a person decided", delivery.edition, delivery.group,
            outcome.kind,
        )  # fmt: skip


def _send(errand: Errand) -> Outcome:
    try:
        return errand.sender.send(errand.outgoing)
    except Exception as error:  # noqa: BLE001  # whatever broke, the request may have gone out
        # The text of the error may hold an address with its key: only the kind is logged.
        kind = type(error).__name__
        _log.error(
            "sender %s raised %s for group %s", errand.sender.type, kind, errand.delivery.group
        )
        return Outcome("unknown", kind, "发送程序出错，不知道对方收到没有")


class _Lanes:
    """Errands by pace key; the keys take turns, and a closed key stands in nobody's way."""

    def __init__(self, errands: Iterable[Errand], pacer: Pacer, now: datetime) -> None:
        self._pacer = pacer
        self._waiting: dict[str, deque[Errand]] = {}
        for errand in errands:
            self._waiting.setdefault(errand.pace_key, deque()).append(errand)
        self._turn = len(self._waiting)
        self._open = [(now, turn, key) for turn, key in enumerate(self._waiting)]

    @property
    def empty(self) -> bool:
        return not self._waiting

    def next(self, now: datetime) -> Errand | None:
        """An errand whose key is open; None where none is."""
        while self._open and self._open[0][0] <= now:
            _, _, key = heapq.heappop(self._open)
            lane = self._waiting[key]
            opens_at = self._pacer.opens_at(key, lane[0].sender.pace, now)
            if opens_at is None:
                continue
            if opens_at > now:
                self._push(key, opens_at)
                continue
            errand = lane.popleft()
            self._pacer.begin(key)
            if lane:
                self._push(key, now)
            else:
                del self._waiting[key]
            return errand
        return None

    def ended(self, errand: Errand, now: datetime) -> None:
        """An errand is done: its key may have been waiting for just that."""
        key = errand.pace_key
        self._pacer.end(key, now)
        if key in self._waiting and all(waiting != key for _, _, waiting in self._open):
            self._push(key, now)

    def opens_at(self) -> datetime | None:
        return self._open[0][0] if self._open else None

    def wait_seconds(self, now: datetime) -> float:
        """How long to wait for an end before looking again, in seconds."""
        opens_at = self.opens_at()
        if opens_at is None or opens_at <= now:
            return LOOK_SECONDS
        return min(LOOK_SECONDS, (opens_at - now).total_seconds())

    def _push(self, key: str, opens_at: datetime) -> None:
        self._turn += 1
        heapq.heappush(self._open, (opens_at, self._turn, key))
