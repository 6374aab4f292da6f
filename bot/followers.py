"""What an official account's callback tells besides messages to answer: who may be written to for
two days, and how a mass send ended (protocol-push §4.2, §4.3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.clock import Clock
from bot.privacy import Seal
from bot.store.api import REACHABLE_FOR, MassJobRow, Store


class Followers:
    """Listens for one account. Whoever writes is remembered only while ``wanted`` says so, that is
    where a group of the book uses customer-service messages of this account."""

    def __init__(
        self, account: str, store: Store, seal: Seal, wanted: Callable[[], bool], clock: Clock
    ) -> None:
        self._account = account
        self._store = store
        self._seal = seal
        self._wanted = wanted
        self._clock = clock

    def wrote(self, person: str, open_id: str, at: datetime) -> None:
        """``person`` is the pseudonym; the open id is kept encrypted."""
        if self._wanted():
            kept = self._clock.now() - REACHABLE_FOR
            self._store.reachable.touch(self._account, person, self._seal.close(open_id), at, kept)

    def left(self, person: str) -> None:
        """They no longer follow the account."""
        self._store.reachable.drop(self._account, person)

    def job_ended(
        self, job: str, status: str, total: int, filtered: int, sent: int, failed: int
    ) -> None:
        """A mass send is over."""
        now = self._clock.now()
        row = MassJobRow(job, "", now, status, total, filtered, sent, failed)
        self._store.mass_jobs.finish(self._account, row)
