"""What people and the worker start: editions that are due, frozen ahead, or sent by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from bot.broadcasting.ahead import freeze_from
from bot.broadcasting.approval import overdue
from bot.broadcasting.calendar import Once, next_due
from bot.broadcasting.decisions import Decisions
from bot.broadcasting.due import Accounted, DueEdition, decide
from bot.broadcasting.edition import edition_id
from bot.broadcasting.model import Plan
from bot.broadcasting.report import unfinished
from bot.broadcasting.services import BroadcastServices
from bot.broadcasting.sweep import Sweeper
from bot.store.api import EditionRow, Origin

AGAIN_AFTER = timedelta(hours=24)
"""Within this time another edition of a plan by hand needs ``--again`` (design §8)."""

TICK_LATE = timedelta(minutes=1)
"""How late is never too late, whatever the configuration says: ticks come every few seconds."""

FOLLOWS_APPROVAL = timedelta(hours=1)
"""How long after its approval a repeated ``send --now`` means the edition that was approved."""

_LOOK_BACK = 20
"""How many editions of a plan are looked through for one that is not finished."""


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


class Desk(Decisions):
    """Starts editions, and takes every decision about them."""

    def __init__(self, services: BroadcastServices, actor: str) -> None:
        super().__init__(services, actor)
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
        plans = tuple(plan for plan in plans if not self.anticipated(plan, now))
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
            if moment is None or freeze_from(moment, ahead, zone, self._workday) > now:
                continue
            if self.anticipated(plan, now):
                continue
            known = self._store.editions.get(edition_id(plan.id, moment, zone))
            if known is None or known.state == "cancelled":
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
            planned = self.coming(plan, now) if isinstance(plan.when, Once) else None
            if planned is not None:
                self.cancel(planned, now, "改为现在发")
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

    def anticipated(self, plan: Plan, now: datetime) -> bool:
        """Whether a warning meant for one single moment was sent before it by hand: at its moment
        the groups would get it a second time."""
        if not isinstance(plan.when, Once):
            return False
        since = self._store.editions.plan_since(plan.id, str(plan.when), now)
        return any(
            edition.origin == "hand"
            and edition.state in ("awaiting_approval", "approved")
            and edition.created_at >= since
            for edition in self._store.editions.newest(plan.id, _LOOK_BACK)
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
