"""What becomes of waiting editions as time goes by and as the files change, at every tick."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.broadcasting.approval import holds, overdue
from bot.broadcasting.freezer import Freezer
from bot.store.api import DeliveryRow, EditionRow, Move, Store

Mover = Callable[[DeliveryRow, Move, datetime], bool]

LAPSED = "审批超过 7 天，已经失效，请重新审批"
NOBODY = "超过 7 天没有审批"

_log = logging.getLogger("bot.broadcasting")


class Sweeper:
    """``move`` makes one legal move of a delivery with its audit line."""

    def __init__(self, store: Store, freezer: Freezer, move: Mover, actor: str) -> None:
        self._store = store
        self._freezer = freezer
        self._move = move
        self._actor = actor

    def sweep(self, now: datetime) -> None:
        """End what waited too long, freeze anew what changed, take back approvals that ran out,
        and settle the deliveries of editions that have ended."""
        for waiting in self._store.editions.in_state("awaiting_approval"):
            if overdue(waiting, now):
                after = replace(waiting, state="expired", detail=NOBODY)
                if self._store.editions.update(waiting, after):
                    _log.warning("edition %s expired: nobody approved it", waiting.id)
            else:
                self._freezer.review(waiting, now)
        queued = self._store.deliveries.queued()
        editions = {name: self._current(name, now) for name in {row.edition for row in queued}}
        for row in queued:
            edition = editions[row.edition]
            if edition is not None and edition.state == "cancelled":
                self._move(row, Move("cancelled", "", edition.detail or "已取消"), now)
            elif edition is not None and edition.state == "expired":
                self._move(row, Move("expired", "", edition.detail), now)

    def _current(self, name: str, now: datetime) -> EditionRow | None:
        """An edition with queued deliveries as it stands now."""
        edition = self._store.editions.get(name)
        if edition is None or edition.state != "approved" or not edition.approval_required:
            return edition
        edition = self._freezer.review(edition, now)
        approvals = self._store.editions.approvals(name)
        of_this = [one for one in approvals if one.hash == edition.hash]
        if edition.state != "approved" or holds(edition, of_this, now) or not of_this:
            return edition
        with self._store.transaction():
            if any(row.attempts for row in self._store.deliveries.of(name)):
                return edition
            after = replace(edition, state="awaiting_approval", detail=LAPSED)
            if self._store.editions.update(edition, after):
                self._store.audit.note(self._actor, "lapsed", name, LAPSED, now)
                _log.warning("edition %s: its approval ran out before it was due", name)
        return after
