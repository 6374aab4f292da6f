"""The one worker: takes the lease, starts what is due, delivers, follows up, groups what nobody
could answer, tidies.

What is due is decided from the store at every tick; the scheduler only calls ``tick``.
"""

from __future__ import annotations

import logging
import os
import socket
import sqlite3
import threading
import uuid
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from bot.broadcasting.approval import may_send
from bot.broadcasting.deliver import Deliverer
from bot.broadcasting.desk import Desk
from bot.broadcasting.errands import Errand, Wait, prepare
from bot.broadcasting.follow_up import EVERY, EVERY_IN_DEMO, FollowUp
from bot.broadcasting.lease import LEASE, LEASE_SECONDS
from bot.broadcasting.ledger import ABANDONED
from bot.broadcasting.rules import WEEK, Rules
from bot.broadcasting.services import BroadcastServices
from bot.store.api import DeliveryRow, EditionRow, Move
from bot.store.api_sightings import Sighting
from bot.store.trouble import in_words
from bot.unanswered import group_new

PROLONG_SECONDS = 8.0
TICK_SECONDS = 2
FORGET_EVERY = timedelta(hours=1)
"""Soon enough for people who may be written to for two days only (store.api.REACHABLE_FOR)."""

_log = logging.getLogger("bot.worker")


class Worker:
    """One candidate for the lease. ``holder`` tells candidates apart; by default made unique."""

    def __init__(self, services: BroadcastServices, holder: str = "") -> None:
        self._services = services
        self._store = services.store
        self.clock = services.clock
        self._holder = holder or f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._desk = Desk(services, self._holder)
        config = services.config
        self._rules = Rules(
            quiet_hours=config.broadcast.quiet_hours,
            late_ok=timedelta(minutes=config.broadcast.late_ok_minutes),
            weekly_limit=config.broadcast.weekly_limit,
            zone=config.timezone,
        )
        self._deliverer = Deliverer(self._store, self.clock, LEASE, self._holder, self._keep_lease)
        self._follow_up = FollowUp(
            self._store,
            self.clock,
            self._holder,
            services.book,
            services.senders,
            config.timezone,
            EVERY_IN_DEMO if config.demo else EVERY,
            services.workday,
        )
        self._ticking = threading.Lock()
        self._stopping = threading.Event()
        self._prolonged_at: datetime | None = None
        self._forgot_at: datetime | None = None

    def tick(self, now: datetime) -> bool:
        """Do all that is to be done now; False where another worker holds the lease.

        A tick that comes while one is under way does nothing.
        """
        if not self._ticking.acquire(blocking=False):
            return False
        try:
            if not self._take_lease(now):
                return False
            self._start_due(now)
            self._work(now)
            if self._going_on():
                self._follow_up.run(self._going_on)
            group_new(self._store.questions)
            self._forget(now)
            return True
        finally:
            self._ticking.release()

    def work(self, now: datetime) -> tuple[bool, datetime | None]:
        """Only deliver what is queued, for a person who waits (``broadcast send``).

        Whether the lease was ours, and when the first delivery left behind may go.
        """
        with self._ticking:
            if not self._take_lease(now):
                return False, None
            return True, self._work(now)

    def stop(self) -> None:
        """Begin nothing new; a tick under way ends after the requests it has begun."""
        self._stopping.set()

    def close(self) -> None:
        """Stop, wait for a tick under way, and hand the lease back."""
        self.stop()
        with self._ticking, self._store.transaction():
            self._store.leases.release(LEASE, self._holder)
            self._store.sightings.note([Sighting("left", LEASE, self.clock.now())])

    def _take_lease(self, now: datetime) -> bool:
        with self._store.transaction():
            if not self._store.leases.take(LEASE, self._holder, LEASE_SECONDS, now):
                return False
            self._prolonged_at = now
            # Whoever sent these is gone: its lease ran out, or it was an earlier tick of ours.
            for row in self._store.deliveries.sending():
                self._desk.move(row, ABANDONED, now)
                _log.warning("%s/%s: outcome unknown, a person must look", row.edition, row.group)
        return True

    def _keep_lease(self) -> bool:
        now = self.clock.now()
        last = self._prolonged_at
        if last is not None and (now - last).total_seconds() < PROLONG_SECONDS:
            return True
        if self._store.leases.take(LEASE, self._holder, LEASE_SECONDS, now):
            self._prolonged_at = now
            return True
        _log.warning("lease lost, another worker goes on")
        return False

    def _going_on(self) -> bool:
        return not self._stopping.is_set() and self._keep_lease()

    def _start_due(self, now: datetime) -> None:
        plans = self._services.book.plans.values()
        self._desk.freeze_ahead(plans, now)
        for due in self._desk.due(plans, now, self._rules.quiet_hours):
            self._desk.start(due, False, now)

    def _work(self, now: datetime) -> datetime | None:
        self._desk.sweep(now)
        errands, waits = self._prepare(now)
        next_at = self._deliverer.deliver(errands, self._stopping.is_set)
        return min(filter(None, (next_at, *waits)), default=None)

    def _prepare(self, now: datetime) -> tuple[list[Errand], list[datetime]]:
        queued: defaultdict[str, list[DeliveryRow]] = defaultdict(list)
        for row in self._store.deliveries.queued():
            queued[row.edition].append(row)
        errands: list[Errand] = []
        waits: list[datetime] = []
        ready: Counter[str] = Counter()
        for name, rows in queued.items():
            edition = self._store.editions.get(name)
            if edition is None or edition.state != "approved":
                continue
            if edition.scheduled_at > now:
                waits.append(edition.scheduled_at)
            else:
                self._prepare_edition(edition, rows, now, errands, waits, ready)
        return errands, waits

    def _prepare_edition(
        self,
        edition: EditionRow,
        rows: list[DeliveryRow],
        now: datetime,
        errands: list[Errand],
        waits: list[datetime],
        ready: Counter[str],
    ) -> None:
        store, services = self._store, self._services
        approvals = store.editions.approvals(edition.id)
        refusal = may_send(edition, self._desk.current_hash(edition), approvals, now)
        texts = store.editions.texts(edition.id)
        week = store.deliveries.handed_over_since(now - WEEK, edition.id)
        with store.transaction():
            for row in rows:
                sent = week.get(row.group, 0)
                if (
                    not edition.urgent
                    and sent < self._rules.weekly_limit <= sent + ready[row.group]
                ):
                    # Another edition is on its way to this group: it may fill the week, or fail.
                    waits.append(now + timedelta(seconds=TICK_SECONDS))
                    continue
                found: Errand | Move | Wait = (
                    Move("refused", "not_approved", refusal)
                    if refusal
                    else prepare(
                        row, edition, texts, sent,
                        services.book, services.senders, self._rules, now,
                    )
                )  # fmt: skip
                if isinstance(found, Errand):
                    errands.append(found)
                    ready[row.group] += 1
                elif isinstance(found, Wait):
                    waits.append(found.until)
                else:
                    self._desk.move(row, found, now)

    def _forget(self, now: datetime) -> None:
        if self._forgot_at is None or now - self._forgot_at >= FORGET_EVERY:
            self._forgot_at = now
            days = self._services.config.retention_days
            self._store.forget(now - timedelta(days=days), now)
            self._store.sightings.note([Sighting("retention", LEASE, now)])


def run_worker(worker: Worker, stop_event: threading.Event) -> None:
    """Tick every few seconds until ``stop_event`` is set; then finish what is under way."""
    scheduler = BackgroundScheduler(timezone="UTC")
    # Two instances: one works, the next finds it working and leaves at once, without a warning.
    scheduler.add_job(
        lambda: _tick(worker),
        "interval",
        seconds=TICK_SECONDS,
        next_run_time=datetime.now(UTC),
        max_instances=2,
        misfire_grace_time=None,
    )
    scheduler.start()
    stop_event.wait()
    worker.stop()
    scheduler.shutdown(wait=True)
    worker.close()


def _tick(worker: Worker) -> None:
    try:
        worker.tick(worker.clock.now())
    except sqlite3.OperationalError as error:
        # What was under way is settled by the next tick that gets through.
        _log.error("%s", in_words(error))
