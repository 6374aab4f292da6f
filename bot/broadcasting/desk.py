"""What people and the worker do with editions: freeze, approve, continue, cancel, resend, resolve.

Each action is one transaction with its audit line. Words returned are for the operator.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import count

from bot.broadcasting.approval import may_approve, overdue
from bot.broadcasting.calendar import next_due
from bot.broadcasting.due import Accounted, DueEdition, decide
from bot.broadcasting.edition import (
    draft,
    edition_hash,
    edition_id,
    expired,
    render,
    warning_code,
)
from bot.broadcasting.ledger import checked
from bot.broadcasting.model import Plan, Topic
from bot.broadcasting.report import unfinished
from bot.broadcasting.services import BroadcastServices
from bot.broadcasting.topics import next_category
from bot.store.api import DeliveryRow, EditionRow, Move
from bot.types import DeliveryState

AGAIN_AFTER = timedelta(hours=24)
"""Within this time another edition of a plan by hand needs ``--again`` (design §8)."""

TICK_LATE = timedelta(minutes=1)
"""How late is never too late, whatever the configuration says: ticks come every few seconds."""

_LOOK_BACK = 20
"""How many editions of a plan are looked through for one that is not finished."""

_log = logging.getLogger("bot.broadcasting")


@dataclass(frozen=True, slots=True)
class Started:
    """What starting came to. ``problem`` in words where nothing goes out now."""

    edition: EditionRow | None
    problem: str = ""


class Desk:
    """The actions. ``actor`` is who is named in the audit lines."""

    def __init__(self, services: BroadcastServices, actor: str) -> None:
        self._book = services.book
        self._store = services.store
        self._senders = services.senders
        self._config = services.config
        self._actor = actor

    def category_for(self, plan: Plan) -> str | None:
        """The category of the plan's next edition; None where its texts are fixed."""
        if not isinstance(plan.content, Topic):
            return None
        return plan.content.category or next_category(
            self._book.library, self._store.editions.last_warned(plan.id)
        )

    def start(self, due: DueEdition, by_hand: bool, now: datetime) -> EditionRow:
        """Freeze the edition of a due plan, or record it as expired; twice changes nothing."""
        if due.expired:
            return self._expire(due, now)
        return self._freeze(due.plan, due.scheduled_at, by_hand, now)

    def due(
        self, plans: Iterable[Plan], now: datetime, quiet_hours: tuple[time, time] | None
    ) -> tuple[DueEdition, ...]:
        """What of these plans is due by the store's knowledge (see ``due.decide``)."""
        plans = tuple(plans)
        accounted = {
            plan.id: Accounted(
                self._store.editions.plan_since(plan.id, str(plan.when), now),
                self._store.editions.last_scheduled(plan.id),
            )
            for plan in plans
        }
        late_ok = max(timedelta(minutes=self._config.broadcast.late_ok_minutes), TICK_LATE)
        return decide(plans, accounted, now, late_ok, quiet_hours, self._config.timezone)

    def start_now(self, plan: Plan, again: bool, now: datetime) -> Started:
        """Continue the plan's unfinished edition, else freeze one for this moment (design §8)."""
        with self._store.transaction():
            recent = self._store.editions.newest(plan.id, _LOOK_BACK)
            going_on = self._take_in_hand(recent, now)
            if going_on is not None:
                return going_on
            for edition in recent:
                fresh = now - edition.created_at < AGAIN_AFTER
                if edition.state == "approved" and fresh and not again:
                    return Started(
                        edition, f"24 小时内已经发过 {edition.id}，确实要再发一期请加 --again"
                    )
            return _started(self._freeze(plan, now, True, now))

    def start_if_due(self, plan: Plan, now: datetime) -> Started:
        """Continue the plan's unfinished edition, else start the one that is due by its plan."""
        with self._store.transaction():
            recent = self._store.editions.newest(plan.id, _LOOK_BACK)
            going_on = self._take_in_hand(recent, now)
            if going_on is not None:
                return going_on
            for due in self.due([plan], now, None):
                return _started(self.start(due, True, now))
        following = next_due(plan.when, now, self._config.timezone)
        words = f"下一次是 {following:%Y-%m-%d %H:%M}" if following else "以后也不会再到点"
        return Started(None, f"计划 {plan.id} 现在没有到点的一期（{words}）；要马上发请加 --now")

    def approve(self, edition: EditionRow, approver: str, now: datetime) -> str:
        """Approve and release an edition; in words why not, or ''."""
        with self._store.transaction():
            problem = may_approve(edition, self.current_hash(edition), approver, now)
            if problem:
                return problem
            self._store.editions.approve(edition.id, approver.strip(), edition.hash, now)
            self._store.editions.change_state(edition.id, "awaiting_approval", "approved")
            self._store.deliveries.release(edition.id, False, now)
            self._store.audit.note(approver.strip(), "approved", edition.id, edition.hash, now)
        return ""

    def cancel(self, edition: EditionRow, now: datetime) -> str:
        """Stop what has not gone out yet; in words why not, or ''."""
        with self._store.transaction():
            rows = self._store.deliveries.of(edition.id)
            stopped = [row for row in rows if row.state == "queued"]
            if edition.state not in ("awaiting_approval", "approved") or not stopped:
                return "这一期没有还没发的群，取消不了"
            self._store.editions.change_state(edition.id, edition.state, "cancelled")
            for row in stopped:
                self.move(row, Move("cancelled", "", "已取消"), now)
            self._note(edition.id, "cancelled", f"{len(stopped)} 个群", now)
        return ""

    def resend(self, edition: EditionRow, now: datetime) -> str:
        """Queue again what was refused, and nothing else; in words why not, or ''."""
        with self._store.transaction():
            if edition.state != "approved":
                return "这一期没有在发，不能补发"
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

    def sweep(self, now: datetime) -> None:
        """End editions whose approval did not come, and queued deliveries of ended editions."""
        for waiting in self._store.editions.in_state("awaiting_approval"):
            if overdue(waiting, now):
                self._store.editions.change_state(
                    waiting.id, "awaiting_approval", "expired", "超过 7 天没有审批"
                )
                _log.warning("edition %s expired: nobody approved it", waiting.id)
        queued = self._store.deliveries.queued()
        editions = {
            name: self._store.editions.get(name) for name in {row.edition for row in queued}
        }
        for row in queued:
            edition = editions[row.edition]
            if edition is not None and edition.state == "cancelled":
                self.move(row, Move("cancelled", "", "已取消"), now)
            elif edition is not None and edition.state == "expired":
                self.move(row, Move("expired", "", edition.detail), now)

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

    def _freeze(
        self, plan: Plan, scheduled_at: datetime, by_hand: bool, now: datetime
    ) -> EditionRow:
        moment = scheduled_at.replace(microsecond=0)
        name = edition_id(plan.id, moment, self._config.timezone)
        with self._store.transaction():
            known = self._store.editions.get(name)
            if known is not None:
                return known
            code = self._free_code(name)
            category = self.category_for(plan)
            rendered = render(
                plan, category, code, self._config.station.name, self._book, self._senders
            )
            rows = draft(name, rendered, by_hand, now)
            required = self._config.broadcast.approval
            edition = EditionRow(
                id=name,
                plan=plan.id,
                title=plan.title,
                author=plan.author,
                scheduled_at=moment,
                created_at=now,
                state="awaiting_approval" if required else "approved",
                approval_required=required,
                category=category,
                code=code,
                hash=edition_hash(moment, rows.texts, rows.deliveries),
            )
            self._store.editions.add(edition, rows.texts, rows.deliveries)
            self._note(name, "frozen", edition.hash, now)
        _log.info("edition %s frozen for %d groups", name, len(rows.deliveries))
        return edition

    def _expire(self, due: DueEdition, now: datetime) -> EditionRow:
        moment = due.scheduled_at.replace(microsecond=0)
        name = edition_id(due.plan.id, moment, self._config.timezone)
        rows = expired(name, self._book.selected(due.plan), due.expired, now)
        edition = EditionRow(
            id=name,
            plan=due.plan.id,
            title=due.plan.title,
            author=due.plan.author,
            scheduled_at=moment,
            created_at=now,
            state="expired",
            approval_required=False,
            category=None,
            code=None,
            hash=edition_hash(moment, (), rows.deliveries),
            detail=due.expired,
        )
        with self._store.transaction():
            if self._store.editions.add(edition, (), rows.deliveries):
                self._note(name, "expired", due.expired, now)
                _log.warning("edition %s expired: %s", name, due.expired)
        return edition

    def _free_code(self, edition: str) -> str:
        codes = (warning_code(edition, attempt) for attempt in count(1))
        return next(code for code in codes if self._store.editions.by_code(code) is None)

    def _take_in_hand(self, recent: Iterable[EditionRow], now: datetime) -> Started | None:
        """The edition that waits for approval or is not finished; the latter goes on by hand."""
        for edition in recent:
            if edition.state == "awaiting_approval" and not overdue(edition, now):
                return _started(edition)
            if edition.state == "approved" and unfinished(self._store.deliveries.of(edition.id)):
                self._store.deliveries.release(edition.id, True, now)
                self._note(edition.id, "continued", "", now)
                return _started(edition)
        return None

    def _note(self, subject: str, action: str, detail: str, now: datetime) -> None:
        self._store.audit.note(self._actor, action, subject, detail, now)


def _started(edition: EditionRow) -> Started:
    """An edition that goes out now, or the words why it does not."""
    if edition.state == "awaiting_approval":
        words = f"请另一个人运行：broadcast approve {edition.id} --by 姓名"
        return Started(edition, f"{edition.id} 还没有审批。{words}")
    return Started(edition, edition.detail if edition.state == "expired" else "")
