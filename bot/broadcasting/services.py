"""What the warning flow works with, joined by the wiring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.broadcasting.model import Book
from bot.clock import Clock
from bot.config import Config
from bot.senders.base import Sender
from bot.store.api import Store
from bot.workdays import Workday, monday_to_friday


@dataclass(frozen=True, slots=True)
class BroadcastServices:
    """``senders`` by channel type; a type without one refuses its groups in plain words."""

    book: Book
    store: Store
    senders: Mapping[str, Sender]
    config: Config
    clock: Clock
    workday: Workday = monday_to_friday
