"""Editions are frozen here, and frozen anew while nobody has approved them.

What an approver approves is what goes out: a change of plan, text or group book before anything
was sent gives the edition another hash, and an approval of the old one counts no more.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import count

from bot.broadcasting.calendar import is_due_moment
from bot.broadcasting.edition import (
    Draft,
    draft,
    edition_hash,
    edition_id,
    expired,
    render,
    warning_code,
)
from bot.broadcasting.model import Plan, Topic
from bot.broadcasting.repetition import Repetition
from bot.broadcasting.services import BroadcastServices
from bot.broadcasting.topics import categories, next_category
from bot.store.api import DeliveryRow, EditionRow, EditionState, Move, Origin

WITHDRAWN = "计划后来改了或删了，这一期不发"
SENT_BACK = "审批的人退回"
"""What the detail of an edition begins with that its approver wants changed."""

_log = logging.getLogger("bot.broadcasting")


class Freezer:
    """Freezes for one book. ``actor`` is who is named in the audit lines."""

    def __init__(self, services: BroadcastServices, actor: str) -> None:
        self._services = services
        self._store = services.store
        self._actor = actor
        self._repetition = Repetition(services)
        # A book does not change, so each edition needs only one look. It also keeps a process
        # whose book is a moment old from undoing what another has frozen anew.
        self._reviewed: set[str] = set()

    def category_for(self, plan: Plan) -> str | None:
        """The category of the plan's next edition; None where its texts are fixed."""
        if not isinstance(plan.content, Topic):
            return None
        return plan.content.category or next_category(
            self._services.book.library, self._store.editions.last_warned(plan.id)
        )

    def freeze(
        self,
        plan: Plan,
        slot: datetime,
        origin: Origin,
        now: datetime,
        by_hand: bool = False,
        excused: Iterable[str] = (),
    ) -> EditionRow:
        """The plan's edition of that moment, frozen unless it is already.

        ``by_hand``: a person is there, so quiet hours do not matter once it may go. ``excused`` are editions it may resemble, because a person has said so.
        """
        config = self._services.config
        moment = slot.replace(microsecond=0)
        name = edition_id(plan.id, moment, config.timezone)
        with self._store.transaction():
            known = self._store.editions.get(name) or self._store.editions.at(plan.id, moment)
            if known is not None:
                return self._revived(known, plan, now)
            blank = EditionRow(
                id=name,
                plan=plan.id,
                title=plan.title,
                author=plan.author,
                scheduled_at=moment,
                created_at=now,
                state="approved",
                approval_required=config.broadcast.approval,
                category=self.category_for(plan),
                code=self._free_code(name),
                hash="",
                slot=moment,
                origin=origin,
            )
            edition, rows = self._frozen(blank, plan, now, by_hand, excused)
            self._store.editions.add(edition, rows.texts, rows.deliveries)
            self._note(name, "frozen", edition.hash, now)
        self._reviewed.add(name)
        _log.info("edition %s frozen for %d groups", name, len(rows.deliveries))
        return edition

    def expire(self, plan: Plan, slot: datetime, reason: str, now: datetime) -> EditionRow:
        """Record that the edition of that moment came too late to go out."""
        moment = slot.replace(microsecond=0)
        name = edition_id(plan.id, moment, self._services.config.timezone)
        rows = expired(name, self._services.book.selected(plan), reason, now)
        edition = EditionRow(
            id=name,
            plan=plan.id,
            title=plan.title,
            author=plan.author,
            scheduled_at=moment,
            created_at=now,
            state="expired",
            approval_required=False,
            category=None,
            code=None,
            hash=edition_hash(moment, (), rows.deliveries),
            detail=reason,
            slot=moment,
        )
        with self._store.transaction():
            if self._store.editions.add(edition, (), rows.deliveries):
                self._note(name, "expired", reason, now)
                _log.warning("edition %s expired: %s", name, reason)
        return edition

    def review(self, edition: EditionRow, now: datetime) -> EditionRow:
        """The edition as the files have it now, if it waits for approval or for its time.

        Another content is frozen under a new hash and must be approved (again); a plan that is
        gone or has another time withdraws the edition. A group that left the group book does not
        void an approval: its own delivery is refused when the others go out.
        """
        if edition.id in self._reviewed or edition.origin == "text":
            return edition
        with self._store.transaction():
            rows = self._store.deliveries.of(edition.id)
            current = self._store.editions.get(edition.id)
            if current != edition or any(row.attempts for row in rows):
                return current or edition
            self._reviewed.add(edition.id)
            plan = self._services.book.plans.get(edition.plan)
            if plan is None or not self._still_meant(edition, plan):
                return self._withdraw(edition, rows, now)
            return self._refreeze(edition, rows, plan, now)

    def _frozen(
        self,
        blank: EditionRow,
        plan: Plan,
        now: datetime,
        by_hand: bool,
        excused: Iterable[str] = (),
    ) -> tuple[EditionRow, Draft]:
        """Fill an edition in: its rows, its hash, whether it must wait for somebody."""
        rows = self._rows(blank, plan, now, by_hand)
        alike = (
            ""
            if plan.repeats
            else self._repetition.alike(blank.id, self._repetition.told(blank, rows), now, excused)
        )
        waits = blank.approval_required or bool(alike)
        state: EditionState = "awaiting_approval" if waits else "approved"
        edition = replace(
            blank,
            state=state,
            alike=alike,
            detail=_ask_author(alike, blank) if alike and not blank.approval_required else "",
            hash=edition_hash(blank.scheduled_at, rows.texts, rows.deliveries),
        )
        return edition, rows

    def _rows(self, edition: EditionRow, plan: Plan, now: datetime, by_hand: bool) -> Draft:
        services = self._services
        texts = render(
            plan,
            edition.category,
            edition.code or "",
            services.config.station.name,
            services.book,
            services.senders,
        )
        return draft(edition.id, texts, by_hand, max(edition.scheduled_at, now))

    def _still_meant(self, edition: EditionRow, plan: Plan) -> bool:
        if edition.origin == "hand":
            return True
        slot = edition.slot or edition.scheduled_at
        return is_due_moment(
            plan.when, slot, self._services.config.timezone, self._services.workday
        )

    def _refreeze(
        self, edition: EditionRow, rows: tuple[DeliveryRow, ...], plan: Plan, now: datetime
    ) -> EditionRow:
        blank = replace(
            edition,
            title=plan.title,
            author=plan.author,
            category=self._category_still(edition, plan),
        )
        by_hand = any(row.by_hand for row in rows)
        fresh = self._rows(blank, plan, now, by_hand)
        kept = rows
        if edition.state == "approved":
            kept = tuple(row for row in rows if row.group in self._services.book.groups)
        used = {row.digest for row in kept}
        texts = [
            text
            for digest, text in self._store.editions.texts(edition.id).items()
            if digest in used or len(kept) == len(rows)
        ]
        same = edition_hash(edition.scheduled_at, texts, kept) == edition_hash(
            edition.scheduled_at, fresh.texts, fresh.deliveries
        )
        if same and edition.author == plan.author:
            return edition
        after, fresh = self._frozen(blank, plan, now, by_hand)
        if not self._store.editions.replace(edition, after, fresh.texts, fresh.deliveries):
            return edition
        if edition.state == "approved":
            self._note(edition.id, "voided", f"审批之后内容改了，要重新审批 {after.hash}", now)
            _log.warning("edition %s changed after its approval, which counts no more", edition.id)
        else:
            self._note(edition.id, "refrozen", f"内容改了，重新定稿 {after.hash}", now)
        return after

    def _category_still(self, edition: EditionRow, plan: Plan) -> str | None:
        """The category it was frozen for, while the plan leaves the choice and it has texts."""
        if isinstance(plan.content, Topic) and plan.content.category is None:
            known = categories(self._services.book.library)
            return edition.category if edition.category in known else self.category_for(plan)
        return self.category_for(plan)

    def _withdraw(
        self, edition: EditionRow, rows: Iterable[DeliveryRow], now: datetime
    ) -> EditionRow:
        after = replace(edition, state="cancelled", detail=WITHDRAWN)
        if self._store.editions.update(edition, after):
            for row in rows:
                if row.state == "queued":
                    self._store.deliveries.move(row, Move("cancelled", "", WITHDRAWN), now)
            self._note(edition.id, "cancelled", WITHDRAWN, now)
            _log.warning("edition %s withdrawn: its plan changed", edition.id)
        return after

    def _revived(self, known: EditionRow, plan: Plan, now: datetime) -> EditionRow:
        """The edition itself, or anew where it was withdrawn and its plan has come back, or was
        sent back and has been changed since."""
        sent_back = known.detail.startswith(SENT_BACK)
        if known.state != "cancelled" or not (sent_back or known.detail == WITHDRAWN):
            return known
        if sent_back and known.id in self._reviewed:
            return known
        self._reviewed.add(known.id)
        blank = replace(
            known,
            title=plan.title,
            author=plan.author,
            category=self._category_still(known, plan),
            detail="",
        )
        after, rows = self._frozen(blank, plan, now, False)
        if sent_back and after.hash == known.hash:
            return known
        if self._store.editions.replace(known, after, rows.texts, rows.deliveries):
            self._note(known.id, "frozen", after.hash, now)
            return after
        return known

    def _free_code(self, edition: str) -> str:
        codes = (warning_code(edition, attempt) for attempt in count(1))
        return next(code for code in codes if self._store.editions.by_code(code) is None)

    def _note(self, subject: str, action: str, detail: str, now: datetime) -> None:
        self._store.audit.note(self._actor, action, subject, detail, now)


def _ask_author(alike: str, edition: EditionRow) -> str:
    return (
        f"{alike}。请撰写人 {edition.author} 看一看；还是要发，就运行 "
        f"broadcast send {edition.plan} --similar-ok --by {edition.author}"
    )
