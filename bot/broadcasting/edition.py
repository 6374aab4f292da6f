"""A plan at one time, rendered for each of its groups and frozen by its hash. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.broadcasting.model import Book, Group, LibraryText, Plan
from bot.broadcasting.topics import text_for
from bot.senders.base import Rendered, Sender, Warning_
from bot.store.api import DeliveryRow, TextRow

_REFUSED_DIGEST = ""
"""The digest of a delivery for which there is no text that could be sent."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An edition's texts and deliveries before they are stored."""

    texts: tuple[TextRow, ...]
    deliveries: tuple[DeliveryRow, ...]


@dataclass(frozen=True, slots=True)
class GroupText:
    """What one group would get. ``problem`` says in words why it cannot be sent."""

    group: Group
    title: str
    rendered: Rendered | None
    problem: str = ""
    code: str = ""
    text_id: str = ""


def edition_id(plan: str, scheduled_at: datetime, zone: ZoneInfo) -> str:
    """An id that people can read and type: the plan and its local time."""
    return f"{plan}-{scheduled_at.astimezone(zone):%Y%m%d-%H%M%S}"


def warning_code(edition: str, attempt: int) -> str:
    """Six digits derived from the edition; ``attempt`` 1, 2, … where a code is taken."""
    digest = hashlib.sha256(f"{edition}#{attempt}".encode()).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06d}"


def render(
    plan: Plan, category: str | None, code: str, station: str, book: Book,
    senders: Mapping[str, Sender],
) -> tuple[GroupText, ...]:  # fmt: skip
    """The text of every group of the plan, fitted to its channel."""
    done: dict[tuple[str, str], Rendered] = {}
    found: list[GroupText] = []
    for group in book.selected(plan):
        text = text_for(plan.content, category, group, book.library)
        sender = senders.get(group.channel_type)
        if text is None:
            found.append(GroupText(group, "", None, "没有给这个群的文字", "no_text"))
        elif sender is None:
            problem = f"渠道 {group.channel_type} 还没有接通"
            found.append(GroupText(group, text.title, None, problem, "no_sender", text.id))
        else:
            key = (group.channel_type, text.id)
            if key not in done:
                done[key] = sender.render(_warning(text, code, station))
            found.append(_fitted(group, text, done[key]))
    return tuple(found)


def draft(edition: str, texts: Iterable[GroupText], by_hand: bool, released_at: datetime) -> Draft:
    """The rows of an edition. A group whose text cannot be sent is refused from the start."""
    rows: dict[str, TextRow] = {}
    deliveries: list[DeliveryRow] = []
    for position, item in enumerate(texts):
        digest = _REFUSED_DIGEST
        if item.rendered is not None and not item.problem:
            row = _text_row(item.title, item.rendered, item.text_id)
            rows[row.digest] = row
            digest = row.digest
        deliveries.append(
            DeliveryRow(
                edition=edition,
                group=item.group.id,
                position=position,
                channel_type=item.group.channel_type,
                channel_hash=item.group.channel_hash,
                digest=digest,
                owner=item.group.owner,
                state="refused" if item.problem else "queued",
                code=item.code,
                detail=item.problem,
                reference="",
                by_hand=by_hand,
                released_at=released_at,
                not_before=released_at,
            )
        )
    return Draft(tuple(rows.values()), tuple(deliveries))


def expired(edition: str, groups: Iterable[Group], reason: str, moment: datetime) -> Draft:
    """The rows of an edition that came too late: one expired delivery per group, no texts."""
    return Draft(
        (),
        tuple(
            DeliveryRow(
                edition=edition,
                group=group.id,
                position=position,
                channel_type=group.channel_type,
                channel_hash=group.channel_hash,
                digest=_REFUSED_DIGEST,
                owner=group.owner,
                state="expired",
                code="too_late",
                detail=reason,
                reference="",
                by_hand=False,
                released_at=moment,
                not_before=moment,
            )
            for position, group in enumerate(groups)
        ),
    )


def edition_hash(
    scheduled_at: datetime, texts: Iterable[TextRow], deliveries: Iterable[DeliveryRow]
) -> str:
    """SHA-256 over texts, groups with their channels, and time: what an approver approves.

    Computed from the stored rows, so that a change in the store does not go unnoticed; what
    became of the deliveries does not enter.
    """
    form = json.dumps(
        {
            "scheduled_at": int(scheduled_at.timestamp()),
            "texts": sorted([_digest(row.title, row.format, row.body, row.extra) for row in texts]),
            "groups": sorted(
                [row.group, row.channel_type, row.channel_hash, row.owner, row.digest]
                for row in deliveries
            ),
        },
        sort_keys=True,
    )
    return hashlib.sha256(form.encode()).hexdigest()


def _warning(text: LibraryText, code: str, station: str) -> Warning_:
    return Warning_(
        text.title,
        text.body,
        text.led,
        text.spoken,
        code,
        station,
        text.format,
        text.url,
        text.picture,
        text.picture_hash,
    )


def _fitted(group: Group, text: LibraryText, rendered: Rendered) -> GroupText:
    if rendered.fits:
        return GroupText(group, text.title, rendered, text_id=text.id)
    if rendered.size <= 0:
        problem = f"文字 {text.id} 没有这个渠道要用的内容"
        return GroupText(group, text.title, rendered, problem, "no_text", text.id)
    problem = f"文字 {text.id} 有 {rendered.size} {rendered.unit}，这个渠道最多 {rendered.limit}"
    return GroupText(group, text.title, rendered, problem, "too_long", text.id)


def _text_row(title: str, rendered: Rendered, text_id: str) -> TextRow:
    extra = json.dumps(dict(rendered.extra), sort_keys=True) if rendered.extra else ""
    digest = _digest(title, rendered.format, rendered.text, extra)
    return TextRow(digest, title, rendered.format, rendered.text, extra, text_id)


def _digest(title: str, form: str, body: str, extra: str) -> str:
    parts = [title, form, body, extra] if extra else [title, form, body]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
