"""Take back what waits for a person, where the platform can: on a person's word, or in the end.

Without it an owner's late tap would send a warning that the ledger calls cancelled or expired.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

from bot.broadcasting.errands import Errand, errand_for
from bot.broadcasting.model import Book
from bot.senders.base import WITHDRAWN, Sender, Withdrawable
from bot.store.api import DeliveryRow, EditionRow, Move, TextRow
from bot.types import DeliveryState, Outcome

_log = logging.getLogger("bot.broadcasting")


def can_be_withdrawn(row: DeliveryRow, senders: Mapping[str, Sender]) -> bool:
    """Whether a platform holds a task of this delivery that it could stop."""
    sender = senders.get(row.channel_type)
    return (
        row.state == "awaiting_person" and bool(row.reference) and isinstance(sender, Withdrawable)
    )


def withdrawn(
    rows: Iterable[DeliveryRow],
    edition: EditionRow,
    texts: Mapping[str, TextRow],
    book: Book,
    senders: Mapping[str, Sender],
) -> Iterable[tuple[DeliveryRow, Move]]:
    """Withdraw each and say where that takes it; a call over the network for each. What could not
    be withdrawn goes on waiting, with the reason."""
    for row in rows:
        if can_be_withdrawn(row, senders):
            errand = errand_for(row, edition, texts, book, senders)
            outcome = withdraw(errand, row) if isinstance(errand, Errand) else None
            yield row, move_after(row, outcome, "cancelled")


def withdraw(errand: Errand, row: DeliveryRow) -> Outcome | None:
    """One call; None where the sender broke."""
    sender = errand.sender
    if not isinstance(sender, Withdrawable):
        return None
    try:
        return sender.withdraw(errand.outgoing, row.reference)
    except Exception as error:  # noqa: BLE001  # whatever broke, it goes on waiting
        kind = type(error).__name__
        _log.warning("withdrawal of %s/%s raised %s", row.edition, row.group, kind)
        return None


def move_after(row: DeliveryRow, outcome: Outcome | None, ended: DeliveryState) -> Move:
    """Where a withdrawal takes a waiting delivery: to ``ended`` once it is sure that nobody got it
    and nobody will. Pure."""
    if outcome is not None and outcome.code == WITHDRAWN:
        return Move(ended, outcome.code, outcome.detail)
    if outcome is not None and outcome.kind == "sent":
        return Move("sent", outcome.code, outcome.detail)
    why = outcome.detail if outcome is not None else "撤回时程序出错。"
    detail = f"想撤回，没有成功，负责人仍可能点发送。{why}"
    return Move(row.state, row.code, detail)
