"""What an official account's menu and QR codes are set up with, joined by the wiring."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.answer.menu import Button
from bot.config import MpAccount
from bot.senders.mp_menu import MpMenu
from bot.store.api import Store


@dataclass(frozen=True, slots=True)
class MenuServices:
    """``groups`` are names by id, as in the group book."""

    accounts: Mapping[str, MpAccount]
    menu: Sequence[Button]
    setup: MpMenu
    groups: Mapping[str, str]
    store: Store
    zone: ZoneInfo
    now: Callable[[], datetime]
