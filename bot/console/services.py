"""What the pages of the console work with, joined by the wiring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.accounts.desk import Accounts
from bot.accounts.door import Door
from bot.broadcasting.model import Book
from bot.broadcasting.services import BroadcastServices
from bot.clock import Clock
from bot.config import Config
from bot.health.state import Health
from bot.kb.live import LiveBase
from bot.respond import Base
from bot.senders.mp_menu import MpMenu
from bot.senders.trial import Trial
from bot.store.api import Store


@dataclass(frozen=True, slots=True)
class ConsoleServices:
    """``problems`` is what ``/readyz`` tells an operator to mend, in plain words.

    Pages ask ``live.current()`` and ``warnings()`` anew at every request, since both change when
    the files are edited.
    """

    store: Store
    clock: Clock
    config: Config
    accounts: Accounts
    door: Door
    live: LiveBase[Base]
    book: LiveBase[Book]
    broadcasts: BroadcastServices
    trial: Trial
    codes: MpMenu
    health: Health
    problems: Callable[[], tuple[str, ...]]

    def warnings(self) -> BroadcastServices:
        """The warning flow over the book as it is now."""
        return replace(self.broadcasts, book=self.book.current())
