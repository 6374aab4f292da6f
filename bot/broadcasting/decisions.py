"""What people decide about an edition: approve, urge, postpone, cancel, resend, resolve.

Each decision is one transaction with its audit line; what cancelling takes back from a platform
follows it. Words returned are for the operator.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.broadcasting.approval import may_approve, may_be_urgent, may_say_again
from bot.broadcasting.calendar import is_due_moment
from bot.broadcasting.edition import edition_hash
from bot.broadcasting.freezer import SENT_BACK, Freezer
from bot.broadcasting.ledger import checked
from bot.broadcasting.postpone import may_postpone
from bot.broadcasting.repetition import Repetition
from bot.broadcasting.services import BroadcastServices
from bot.broadcasting.withdraw import can_be_withdrawn, withdrawn
from bot.store.api import DeliveryRow, EditionRow, Move
from bot.types import DeliveryState


class Decisions:
    """The decisions. ``actor`` is who is named in the audit lines."""

    def __init__(self, services: BroadcastServices, actor: str) -> None:
        self._book = services.book
        self._store = services.store
        self._senders = services.senders
        self._config = services.config
        self._workday = services.workday
        self._actor = actor
        self._freezer = Freezer(services, actor)
        self._repetition = Repetition(services)

    def approve(self, edition: EditionRow, approver: str, now: datetime, urgent: str = "") -> str:
        """Approve and release an edition as the approver saw it; in words why not, or ''.

        ``urgent`` is the approver's reason to pass the weekly limit. Where the text turns out to
        resemble one that went out since it was frozen, the approver is told first.
        """
        with self._store.transaction():
            seen = edition.hash
            edition = self._freezer.review(self._now(edition), now)
            if edition.hash != seen:
                return f"内容刚刚改过，已经重新定稿；请看过 broadcast preview {edition.id} 再批"
            problem = may_approve(edition, self.current_hash(edition), approver, now)
            if not problem and urgent:
                problem = may_be_urgent(edition, approver, urgent)
            if problem:
                return problem
            alike = self._repetition.alike(edition.id, self._repetition.stored_told(edition), now)
            plan = self._book.plans.get(edition.plan)
            if alike and not edition.alike and not (plan and plan.repeats):
                self._store.editions.update(edition, replace(edition, alike=alike))
                return f"{alike}。看过还是要发，就请再批一次"
            person = approver.strip()
            self._store.editions.approve(edition.id, person, edition.hash, now)
            self._let_go(edition, False, now)
            detail = "；".join(filter(None, (edition.hash, edition.alike)))
            self._store.audit.note(person, "approved", edition.id, detail, now)
            if urgent:
                self._mark_urgent(edition.id, urgent, person, now)
        return ""

    def urge(self, edition: EditionRow, reason: str, by: str, now: datetime) -> str:
        """Let an edition pass the weekly limit, approving it where that is needed (design §6)."""
        with self._store.transaction():
            edition = self._now(edition)
            problem = may_be_urgent(edition, by, reason)
            if problem:
                return problem
            if edition.state == "awaiting_approval" and edition.approval_required:
                return self.approve(edition, by, now, reason)
            if edition.state not in ("awaiting_approval", "approved"):
                return "这一期已经取消或过期"
            self._mark_urgent(edition.id, reason, by.strip(), now)
        return ""

    def say_again(self, edition: EditionRow, person: str, now: datetime) -> str:
        """The author wants a text out although it resembles an earlier one; why not, or ''."""
        with self._store.transaction():
            edition = self._now(edition)
            problem = may_say_again(edition, person)
            if problem:
                return problem
            self._let_go(edition, True, now)
            self._store.audit.note(person.strip(), "similar_ok", edition.id, edition.alike, now)
        return ""

    def postpone(self, edition: EditionRow, to: datetime, now: datetime) -> str:
        """Give an edition another time, which voids its approval; in words why not, or ''."""
        zone, quiet_hours = self._config.timezone, self._config.broadcast.quiet_hours
        moment = to.replace(microsecond=0)
        with self._store.transaction():
            edition = self._now(edition)
            rows = self._store.deliveries.of(edition.id)
            problem = may_postpone(edition, rows, moment, now, quiet_hours, zone)
            plan = self._book.plans.get(edition.plan)
            slot = edition.slot or edition.scheduled_at
            of_the_plan = (
                plan is not None
                and moment != slot
                and is_due_moment(plan.when, moment, zone, self._workday)
            )
            if not problem and (
                of_the_plan or self._store.editions.at(edition.plan, moment) is not None
            ):
                problem = "那个时间这个计划自己就有一期，请错开"
            if problem:
                return problem
            voided = edition.state == "approved" and edition.approval_required
            texts = self._store.editions.texts(edition.id).values()
            after = replace(
                edition,
                scheduled_at=moment,
                hash=edition_hash(moment, texts, rows),
                state="awaiting_approval" if edition.approval_required else edition.state,
            )
            self._store.editions.update(edition, after)
            self._store.deliveries.postpone(edition.id, moment)
            times = " -> ".join(
                f"{one.astimezone(zone):%Y-%m-%d %H:%M}" for one in (edition.scheduled_at, moment)
            )
            words = "，原来的审批作废" if voided else ""
            self._note(edition.id, "postponed", times + words, now)
        return ""

    def cancel(self, edition: EditionRow, now: datetime, reason: str = "") -> str:
        """Stop what has not gone out yet and take back what waits for a person, where the platform
        can; in words why not, or ''."""
        with self._store.transaction():
            edition = self._now(edition)
            rows = self._store.deliveries.of(edition.id)
            stopped = [row for row in rows if row.state == "queued"]
            waiting = [row for row in rows if can_be_withdrawn(row, self._senders)]
            going = edition.state in ("awaiting_approval", "approved")
            # A withdrawal that did not succeed may be asked for again.
            if not (going and stopped) and not waiting:
                return "这一期没有还没发的群，取消不了"
            if going:
                self._stop(edition, stopped, f"已取消：{reason}" if reason else "已取消", now)
            detail = "；".join(filter(None, (f"{len(stopped)} 个群", reason)))
            self._note(edition.id, "cancelled", detail, now)
        # Outside the transaction: nobody else could write while a platform is slow to answer.
        texts = self._store.editions.texts(edition.id)
        for row, move in withdrawn(waiting, edition, texts, self._book, self._senders):
            self.move(row, move, now)
        return ""

    def send_back(self, edition: EditionRow, reason: str, now: datetime) -> str:
        """The approver wants it changed; in words why not, or ''.

        It is offered again under the same id once plan, text or groups have been changed.
        """
        with self._store.transaction():
            seen, edition = edition.hash, self._now(edition)
            if edition.state != "awaiting_approval" or edition.hash != seen:
                return "这一期刚刚变了，请再看一遍"
            if not reason.strip():
                return "请写明为什么退回"
            rows = self._store.deliveries.of(edition.id)
            stopped = [row for row in rows if row.state == "queued"]
            self._stop(edition, stopped, f"{SENT_BACK}：{reason.strip()}", now)
            self._note(edition.id, "sent_back", reason.strip(), now)
        return ""

    def _stop(
        self, edition: EditionRow, rows: Iterable[DeliveryRow], words: str, now: datetime
    ) -> None:
        self._store.editions.change_state(edition.id, edition.state, "cancelled", words)
        for row in rows:
            self.move(row, Move("cancelled", "", words), now)

    def resend(self, edition: EditionRow, now: datetime) -> str:
        """Queue again what was refused, and nothing else; in words why not, or ''."""
        with self._store.transaction():
            if edition.state != "approved":
                return "这一期没有在发，不能补发"
            if edition.scheduled_at > now:
                return "这一期还没到时间，没有可以补发的"
            requeued = self._store.deliveries.requeue_refused(edition.id, now)
            if not requeued:
                return "没有可以补发的群（只补发被拒绝的；文字超长的要重新编一期）"
            self._note(edition.id, "resent", f"{requeued} 个群", now)
        return ""

    def resolve(self, row: DeliveryRow, state: DeliveryState, now: datetime) -> str:
        """Record what a person saw of an unknown or waiting delivery; in words why not, or ''."""
        if row.state not in ("unknown", "awaiting_person"):
            return f"这个群现在是 {row.state}，只有 unknown 和 awaiting_person 能登记结果"
        with self._store.transaction():
            if not self.move(row, Move(state, "by_person", f"由 {self._actor} 登记"), now):
                return "状态刚刚变了，请再看一眼 status"
        return ""

    def move(self, row: DeliveryRow, move: Move, now: datetime) -> bool:
        """Make one legal move without an attempt, with its audit line."""
        with self._store.transaction():
            if not self._store.deliveries.move(row, checked(row.state, move), now):
                return False
            detail = " ".join(filter(None, (move.code, move.detail)))
            self._note(f"{row.edition}/{row.group}", move.to, detail, now)
        return True

    def current_hash(self, edition: EditionRow) -> str:
        """The hash of what the store holds now for this edition."""
        return edition_hash(
            edition.scheduled_at,
            self._store.editions.texts(edition.id).values(),
            self._store.deliveries.of(edition.id),
        )

    def _now(self, edition: EditionRow) -> EditionRow:
        """The edition as it is within this transaction; another may have decided meanwhile."""
        return self._store.editions.get(edition.id) or edition

    def _let_go(self, edition: EditionRow, by_hand: bool, now: datetime) -> None:
        """What waited may go: at once, or at its time where that is still to come."""
        after = replace(edition, state="approved", detail="")
        self._store.editions.update(edition, after)
        self._store.deliveries.release(edition.id, by_hand, max(now, edition.scheduled_at))

    def _mark_urgent(self, name: str, reason: str, by: str, now: datetime) -> None:
        edition = self._store.editions.get(name)
        if edition is not None:
            self._store.editions.update(edition, replace(edition, urgent=reason.strip()))
            self._store.audit.note(by, "urgent", name, reason.strip(), now)

    def _note(self, subject: str, action: str, detail: str, now: datetime) -> None:
        self._store.audit.note(self._actor, action, subject, detail, now)
