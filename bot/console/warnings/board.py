"""What becomes of an edition, group by group, renewed while it goes out."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

from flask import Blueprint, render_template, request

from bot.broadcasting.approval import same_person
from bot.broadcasting.calendar import in_hours
from bot.broadcasting.report import STATES, unfinished
from bot.broadcasting.week import BY_PERSON, shown_state
from bot.broadcasting.withdraw import can_be_withdrawn
from bot.broadcasting.words import CHANNEL_WORDS, STATE_WORDS
from bot.console.guard import needs, person
from bot.console.services import ConsoleServices
from bot.console.views import PAGE_SIZE, cut, is_htmx, page_number
from bot.console.warnings.shared import SHORT_HASH, STATE_TAGS, edition_or_404, group_name
from bot.store.api import DeliveryRow, EditionRow
from bot.types import DeliveryState

_ORDER: tuple[DeliveryState, ...] = (
    "unknown",
    "refused",
    "awaiting_person",
    "sending",
    "queued",
    "expired",
    "cancelled",
    "sent",
)
"""What a person must look at comes first."""

_EVERY, _EVERY_IDLE = "2s", "15s"
"""How often a board renews itself: while something goes out, and while it waits for its time."""


def add(pages: Blueprint, services: ConsoleServices) -> None:
    """``/console/warnings/editions/<edition>?state=…&page=…``"""

    @pages.get("/editions/<name>")
    @needs("warnings.see")
    def board(name: str) -> str | tuple[str, int]:
        edition = edition_or_404(services, name)
        flow, now = services.warnings(), services.clock.now()
        rows = services.store.deliveries.of(name)
        counts = Counter(row.state for row in rows)
        wanted = request.args.get("state", "")
        chosen = [row for row in rows if not wanted or row.state == wanted]
        chosen.sort(key=lambda row: _ORDER.index(row.state))
        number = page_number()
        begin = (number - 1) * PAGE_SIZE
        # A fragment that did not change is not swapped, so that the keyboard stays where it is.
        seen = _fingerprint(edition, rows)
        if is_htmx() and request.args.get("seen") == seen:
            return "", 204
        live = edition.state == "approved" and unfinished(rows)
        started = any(row.attempts for row in rows)
        usual, zone = services.config.broadcast.quiet_hours, services.config.timezone

        def held(row: DeliveryRow) -> bool:
            """Whether quiet hours, or a pause after a failure, keep a delivery from going out."""
            group = flow.book.groups.get(row.group)
            quiet = (group.quiet_hours if group else None) or usual
            asleep = not row.by_hand and in_hours(now, quiet, zone)
            return row.state == "queued" and (asleep or row.not_before > now)

        return render_template(
            "console/board_live.html" if is_htmx() else "console/board.html",
            edition=edition,
            short=edition.hash[:SHORT_HASH],
            state=shown_state(edition, counts, now),
            counts=[(state, counts[state]) for state in STATES if counts[state]],
            total=len(rows),
            sent=counts["sent"],
            settled=len(rows) - counts["queued"] - counts["sending"],
            by_person=sum(counts[one] for one in BY_PERSON),
            started=started,
            own=same_person(person().name, edition.author),
            rows=cut(chosen[begin : begin + PAGE_SIZE + 1], number),
            wanted=wanted if wanted in STATES else "",
            names={row.group: group_name(flow.book, row.group) for row in rows},
            approvals=services.store.editions.approvals(name),
            live=live,
            every=_EVERY if live and edition.scheduled_at <= now else _EVERY_IDLE,
            waits=live or edition.state == "awaiting_approval",
            seen=seen,
            may={
                "cancel": (edition.state in ("approved", "awaiting_approval") and counts["queued"])
                or any(can_be_withdrawn(row, flow.senders) for row in rows),
                "postpone": edition.state in ("approved", "awaiting_approval")
                and counts["queued"]
                and not started,
                "resend": edition.state == "approved"
                and edition.scheduled_at <= now
                and any(row.state == "refused" and row.digest for row in rows),
                "go_on": edition.scheduled_at <= now and any(held(row) for row in rows),
                "urge": edition.state == "approved" and not edition.urgent and counts["queued"],
                "say_again": edition.state == "awaiting_approval"
                and edition.alike
                and not edition.approval_required
                and same_person(person().name, edition.author),
            },
            words=STATE_WORDS,
            tags=STATE_TAGS,
            channels=CHANNEL_WORDS,
        )


def _fingerprint(edition: EditionRow, rows: Iterable[DeliveryRow]) -> str:
    form = repr([edition, *((row.group, row.state, row.code, row.detail) for row in rows)])
    return hashlib.sha256(form.encode()).hexdigest()[:16]
