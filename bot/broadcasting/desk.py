"""What people and the worker do with editions: start, approve, postpone, cancel, resend, resolve.

Each action is one transaction with its audit line. Words returned are for the operator.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from bot.broadcasting.ahead import freeze_from
from bot.broadcasting.approval import (
    may_approve,
    may_be_urgent,
    may_say_again,
    overdue,
)
from bot.broadcasting.calendar import is_due_moment, next_due
from bot.broadcasting.due import Accounted, DueEdition, decide
from bot.broadcasting.edition import edition_hash, edition_id
from bot.broadcasting.freezer import Freezer
from bot.broadcasting.ledger import checked
from bot.broadcasting.model import Plan
from bot.broadcasting.postpone import may_postpone
from bot.broadcasting.report import unfinished
from bot.broadcasting.services import BroadcastServices
from bot.broadcasting.sweep import Sweeper
from bot.store.api import DeliveryRow, EditionRow, Move, Origin
from bot.types import DeliveryState

AGAIN_AFTER = timedelta(hours=24)
"""Within this time another edition of a plan by hand needs ``--again`` (design §8)."""

TICK_LATE = timedelta(minutes=1)
"""How late is never too late, whatever the configuration says: ticks come every few seconds."""

FOLLOWS_APPROVAL = timedelta(hours=1)
"""How long after its approval a repeated ``send --now`` means the edition that was approved."""

_LOOK_BACK = 20
"""How many editions of a plan are looked through for one that is not finished."""

_log = logging.getLogger("bot.broadcasting")


@dataclass(frozen=True, slots=True)
class Started:
    """What starting came to. ``problem`` in words where nothing goes out now."""

    edition: EditionRow | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What the person who starts a warning says with it.

    ``again``: another edition within 24 hours is meant. ``alike_ok``: who has seen that the text
    resembles an earlier one and wants it out, '' for nobody. ``urgent``: why it may pass the weekly
    limit, '' where it may not; ``by`` decides that.
    """

    again: bool = False
    alike_ok: str = ""
    urgent: str = ""
    by: str = ""


NOTHING_SAID = Said()


class Desk:
    """The actions. ``actor`` is who is named in the audit lines."""

    def __init__(self, services: BroadcastServices, actor: str) -> None:
        self._book = services.book
        self._store = services.store
        self._config = services.config
        self._workday = services.workday
        self._actor = actor
        self._freezer = Freezer(services, actor)
        self._sweeper = Sweeper(services.store, self._freezer, self.move, actor)
        self.category_for = self._freezer.category_for
        self.sweep = self._sweeper.sweep

    def start(self, due: DueEdition, by_hand: bool, now: datetime) -> EditionRow:
        """Freeze the edition of a due plan, or record it as expired; twice changes nothing."""
        if due.expired:
            return self._freezer.expire(due.plan, due.scheduled_at, due.expired, now)
        return self._freezer.freeze(due.plan, due.scheduled_at, "plan", now, by_hand)

    def due(
        self, plans: Iterable[Plan], now: datetime, quiet_hours: tuple[time, time] | None
    ) -> tuple[DueEdition, ...]:
        """What of these plans is due by the store's knowledge (see ``due.decide``)."""
        plans = tuple(plans)
        accounted = {
            plan.id: Accounted(
                self._store.editions.plan_since(plan.id, str(plan.when), now),
                self._store.editions.last_slot(plan.id, now),
            )
            for plan in plans
        }
        late_ok = max(timedelta(minutes=self._config.broadcast.late_ok_minutes), TICK_LATE)
        zone = self._config.timezone
        return decide(plans, accounted, now, late_ok, quiet_hours, zone, self._workday)

    def freeze_ahead(self, plans: Iterable[Plan], now: datetime) -> None:
        """Where editions need approval, freeze those that are due soon, so that it can be given."""
        if not self._config.broadcast.approval:
            return
        zone = self._config.timezone
        ahead = timedelta(hours=self._config.broadcast.approve_ahead_hours)
        for plan in plans:
            moment = next_due(plan.when, now, zone, self._workday)
            if moment is not None and freeze_from(moment, ahead, zone, self._workday) <= now:
                self._freezer.freeze(plan, moment, "plan", now)

    def coming(self, plan: Plan, now: datetime) -> EditionRow | None:
        """The plan's next edition, where it is frozen already."""
        moment = next_due(plan.when, now, self._config.timezone, self._workday)
        if moment is None:
            return None
        return self._store.editions.get(edition_id(plan.id, moment, self._config.timezone))

    def start_now(
        self,
        plan: Plan,
        again: bool,
        now: datetime,
        said: Said = NOTHING_SAID,
        origin: Origin = "hand",
    ) -> Started:
        """Continue the plan's unfinished edition, else freeze one for this moment (design §8)."""
        said = replace(said, again=again)
        with self._store.transaction():
            recent = self._past(plan, now)
            going_on = self._take_in_hand(recent, said, now)
            if going_on is not None:
                return going_on
            fresh = [edition for edition in recent if now - _went(edition) < AGAIN_AFTER]
            for edition in fresh:
                if edition.state == "approved" and not again:
                    if self._just_approved(edition, now):
                        return Started(edition)
                    return Started(
                        edition, f"24 小时内已经发过 {edition.id}，确实要再发一期请加 --again"
                    )
            # Who says --again has just been told of those editions.
            excused = [edition.id for edition in fresh] if again else []
            edition = self._freezer.freeze(plan, now, origin, now, True, excused)
            return self._started(edition, said, now)

    def start_if_due(self, plan: Plan, now: datetime, said: Said = NOTHING_SAID) -> Started:
        """Continue the plan's unfinished edition, else start the one that is due by its plan."""
        with self._store.transaction():
            going_on = self._take_in_hand(self._past(plan, now), said, now)
            if going_on is not None:
                return going_on
            for due in self.due([plan], now, None):
                return self._started(self.start(due, True, now), said, now)
        following = next_due(plan.when, now, self._config.timezone, self._workday)
        words = f"下一次是 {following:%Y-%m-%d %H:%M}" if following else "以后也不会再到点"
        return Started(None, f"计划 {plan.id} 现在没有到点的一期（{words}）；要马上发请加 --now")

    def go_on(self, edition: EditionRow, now: datetime, said: Said = NOTHING_SAID) -> Started:
        """Continue this very edition, for a person who waits."""
        with self._store.transaction():
            if edition.scheduled_at > now:
                at = edition.scheduled_at.astimezone(self._config.timezone)
                return Started(
                    edition, f"这一期定在 {at:%Y-%m-%d %H:%M}；要改时间用 broadcast postpone"
                )
            going_on = self._take_in_hand([edition], said, now)
        return going_on or Started(edition, "这一期没有还没发的群")

    def approve(self, edition: EditionRow, approver: str, now: datetime, urgent: str = "") -> str:
        """Approve and release an edition as the approver saw it; in words why not, or ''.

        ``urgent`` is the approver's reason to pass the weekly limit. Where the text turns out to
        resemble one that went out since it was frozen, the approver is told first.
        """
        with self._store.transaction():
            seen = edition.hash
            edition = self._freezer.review(self._store.editions.get(edition.id) or edition, now)
            if edition.hash != seen:
                return f"内容刚刚改过，已经重新定稿；请看过 broadcast preview {edition.id} 再批"
            problem = may_approve(edition, self.current_hash(edition), approver, now)
            if not problem and urgent:
                problem = may_be_urgent(edition, approver, urgent)
            if problem:
                return problem
            alike = self._freezer.alike(edition.id, self._freezer.stored_told(edition), now)
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

    def cancel(self, edition: EditionRow, now: datetime) -> str:
        """Stop what has not gone out yet; in words why not, or ''."""
        with self._store.transaction():
            rows = self._store.deliveries.of(edition.id)
            stopped = [row for row in rows if row.state == "queued"]
            if edition.state not in ("awaiting_approval", "approved") or not stopped:
                return "这一期没有还没发的群，取消不了"
            self._store.editions.change_state(edition.id, edition.state, "cancelled", "已取消")
            for row in stopped:
                self.move(row, Move("cancelled", "", "已取消"), now)
            self._note(edition.id, "cancelled", f"{len(stopped)} 个群", now)
        return ""

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

    def _past(self, plan: Plan, now: datetime) -> tuple[EditionRow, ...]:
        """The plan's editions whose time has come, last created first."""
        newest = self._store.editions.newest(plan.id, _LOOK_BACK)
        return tuple(edition for edition in newest if edition.scheduled_at <= now)

    def _take_in_hand(
        self, recent: Iterable[EditionRow], said: Said, now: datetime
    ) -> Started | None:
        """The edition that waits for somebody or is not finished; the latter goes on by hand."""
        for edition in recent:
            if edition.state == "awaiting_approval" and not overdue(edition, now):
                return self._started(self._freezer.review(edition, now), said, now)
            if edition.state == "approved" and unfinished(self._store.deliveries.of(edition.id)):
                self._store.deliveries.release(edition.id, True, now)
                self._note(edition.id, "continued", "", now)
                return self._started(edition, said, now)
        return None

    def _started(self, edition: EditionRow, said: Said, now: datetime) -> Started:
        """An edition that goes out now, or the words why it does not."""
        problem = ""
        waits = edition.state == "awaiting_approval"
        if edition.alike and waits and not edition.approval_required and said.alike_ok:
            problem = self.say_again(edition, said.alike_ok, now)
        if said.urgent and not problem:
            seen = not (waits and edition.alike and edition.approval_required) or said.alike_ok
            problem = (
                self.urge(edition, said.urgent, said.by, now)
                if seen
                else f"{edition.alike}。看过还是要发，就加上 --similar-ok"
            )
        current = self._store.editions.get(edition.id) or edition
        if problem and said.urgent and current.state == "awaiting_approval":
            problem += f"：broadcast approve {current.id} --by 姓名 --urgent --reason 原因"
        return Started(current, problem or _obstacle(current))

    def _just_approved(self, edition: EditionRow, now: datetime) -> bool:
        """Whether this is what the same command was refused for want of an approval: a worker that
        runs all the time sends it as soon as that is given."""
        approvals = self._store.editions.approvals(edition.id)
        return edition.origin != "plan" and any(
            now - approval.approved_at <= FOLLOWS_APPROVAL for approval in approvals
        )

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


def _went(edition: EditionRow) -> datetime:
    """From when on an edition counts as sent."""
    return max(edition.created_at, edition.scheduled_at)


def _obstacle(edition: EditionRow) -> str:
    """Why an edition does not go out now, in words, or ''."""
    if edition.state == "awaiting_approval" and edition.approval_required:
        words = f"请另一个人运行：broadcast approve {edition.id} --by 姓名"
        more = "".join(f"{one}。" for one in (edition.detail, edition.alike) if one)
        return f"{edition.id} 还没有审批。{more}{words}"
    return edition.detail if edition.state != "approved" else ""
