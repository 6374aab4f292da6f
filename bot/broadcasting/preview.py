"""What the next edition of a plan will look like, and what stands in its way. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.broadcasting.calendar import next_due
from bot.broadcasting.desk import Desk
from bot.broadcasting.edition import GroupText, draft, edition_hash, render
from bot.broadcasting.model import Plan
from bot.broadcasting.notes import channel_notes
from bot.broadcasting.repetition import Repetition
from bot.broadcasting.rules import WEEK
from bot.broadcasting.services import BroadcastServices
from bot.broadcasting.similarity import Told, core
from bot.senders.base import Rendered
from bot.store.api import EditionRow

NO_CODE = "000000"
"""Stands where an edition's 预警码 will be; it is drawn when the edition is frozen."""


@dataclass(frozen=True, slots=True)
class GroupState:
    """``obstacle`` says why the group would be refused as things stand, '' where it would not;
    ``notes`` are what else to know of its channel."""

    text: GroupText
    obstacle: str
    notes: tuple[str, ...]
    sent_this_week: int
    over_limit: bool


@dataclass(frozen=True, slots=True)
class Form:
    """One text on one channel. ``cut`` is as much of a text that is too long as the channel takes,
    None where it fits or where that cannot be told by the text alone."""

    channel: str
    text_id: str
    title: str
    audience: tuple[str, ...]
    rendered: Rendered | None
    cut: str | None
    groups: tuple[GroupState, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """``edition`` is the plan's next one where it is frozen already; ``changed`` says that the
    files have moved on since."""

    plan: Plan
    category: str | None
    code: str
    edition: EditionRow | None
    changed: bool
    scheduled_at: datetime | None
    alike: str
    weekly_limit: int
    groups: tuple[GroupState, ...]

    @property
    def forms(self) -> tuple[Form, ...]:
        """The groups by what they get and how, in the order of the group book."""
        by_form: dict[tuple[str, str], list[GroupState]] = {}
        for state in self.groups:
            key = (state.text.group.channel_type, state.text.text_id)
            by_form.setdefault(key, []).append(state)
        return tuple(_form(states) for states in by_form.values())


def preview(plan: Plan, services: BroadcastServices, desk: Desk, now: datetime) -> Preview:
    """Look at a plan's next edition."""
    config, store = services.config, services.store
    edition = desk.coming(plan, now)
    if edition is not None and edition.state not in ("awaiting_approval", "approved"):
        edition = None
    due = next_due(plan.when, now, config.timezone, services.workday)
    moment = edition.scheduled_at if edition else due
    category = edition.category if edition else desk.category_for(plan)
    code = (edition.code if edition else None) or NO_CODE
    texts = render(plan, category, code, config.station.name, services.book, services.senders)
    name = edition.id if edition else ""
    week = store.deliveries.handed_over_since((moment or now) - WEEK, name)
    limit = config.broadcast.weekly_limit
    return Preview(
        plan=plan,
        category=category,
        code=code,
        edition=edition,
        changed=edition is not None and _hash(edition, texts, now) != edition.hash,
        scheduled_at=moment,
        alike="" if plan.repeats else _alike(edition, texts, code, services, now),
        weekly_limit=limit,
        groups=tuple(
            GroupState(
                text,
                obstacle(text, services),
                channel_notes(text, services.book, services.senders),
                week.get(text.group.id, 0),
                week.get(text.group.id, 0) >= limit,
            )
            for text in texts
        ),
    )


def obstacle(text: GroupText, services: BroadcastServices) -> str:
    """Why this group would be refused as things stand, or ''."""
    if text.problem:
        return text.problem
    target = services.book.target(text.group)
    if target.unset:
        return f"环境变量 {'、'.join(target.unset)} 没有设置"
    return services.senders[text.group.channel_type].missing(target.values)


def cut(rendered: Rendered) -> str | None:
    """As much of a text as its channel takes, where the limit counts the whole text."""
    if rendered.size <= rendered.limit:
        return None
    raw = rendered.text.encode()
    if rendered.size == len(raw):
        return raw[: rendered.limit].decode(errors="ignore")
    if rendered.size == len(rendered.text):
        return rendered.text[: rendered.limit]
    return None


def _form(states: list[GroupState]) -> Form:
    first = states[0].text
    audience: Mapping[str, None] = {
        word: None for state in states for word in state.text.group.audience
    }
    return Form(
        channel=first.group.channel_type,
        text_id=first.text_id,
        title=first.title,
        audience=tuple(audience),
        rendered=first.rendered,
        cut=cut(first.rendered) if first.rendered else None,
        groups=tuple(states),
    )


def _hash(edition: EditionRow, texts: Iterable[GroupText], now: datetime) -> str:
    rows = draft(edition.id, texts, False, now)
    return edition_hash(edition.scheduled_at, rows.texts, rows.deliveries)


def _alike(
    edition: EditionRow | None,
    texts: Iterable[GroupText],
    code: str,
    services: BroadcastServices,
    now: datetime,
) -> str:
    station = services.config.station.name
    cores: dict[str, str] = {}  # a thousand groups share a few texts
    told: list[Told] = []
    for text in texts:
        if text.rendered and not text.problem:
            words = text.rendered.text
            if words not in cores:
                cores[words] = core(words, code, station)
            told.append(Told(text.group.id, cores[words]))
    return Repetition(services).alike(edition.id if edition else "", told, now)
