"""How everything is, for the console's page, the guide and ``/readyz`` alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.broadcasting.services import BroadcastServices
from bot.broadcasting.words import CHANNEL_WORDS
from bot.clock import Clock
from bot.config import Config
from bot.health import parts
from bot.health.inbound import LOOK_BACK, Inbound, inbound
from bot.health.outbound import Outbound, faults_in, outbound
from bot.health.parts import Loaded, Part
from bot.store.api import Store


@dataclass(frozen=True, slots=True)
class Health:
    """``services`` gives the warning flow over the book as it is now, ``revision`` names the
    knowledge in use, ``pictures`` tells since when the process for pictures listens."""

    store: Store
    config: Config
    clock: Clock
    services: Callable[[], BroadcastServices]
    knowledge: Loaded
    revision: Callable[[], str]
    book: Loaded
    pictures: Callable[[], datetime | None]

    def inbound(self) -> tuple[Inbound, ...]:
        """Accounts that residents write to."""
        return inbound(self.config, self.store)

    def outbound(self) -> tuple[Outbound, ...]:
        """Channels that warnings leave by."""
        return outbound(self.services(), self.clock.now())

    def parts(self) -> tuple[Part, ...]:
        """Processes, content and daily work."""
        now = self.clock.now()
        return (
            parts.worker(self.store, now),
            parts.pictures(self.config.read_pictures, self.pictures),
            parts.retention(self.store, self.config.retention_days, now),
            parts.content("知识库", self.knowledge, self.revision()),
            parts.content("群名册和计划", self.book),
        )

    def problems(self) -> Iterator[str]:
        """What an operator should mend now, one line each. Troubles that are over, that pass by
        themselves, or that are older than ``LOOK_BACK`` are only on the page."""
        now = self.clock.now()
        worker = parts.worker(self.store, now)
        if worker.todo:
            yield worker.todo
        for one in self.inbound():
            for trouble in one.open(now):
                when = f"最近 {self._told(trouble.at)}，{trouble.count} 次"
                yield f"{one.label} {one.account}：{trouble.why}（{when}）。{trouble.advice}"
        for fault in faults_in(self.services()):
            if fault.to_mend and now - fault.at <= LOOK_BACK:
                label = CHANNEL_WORDS.get(fault.channel, fault.channel)
                yield f"{label}：{self._told(fault.at)} 没有发到{fault.whom}。{fault.words}"

    def _told(self, at: datetime) -> str:
        return f"{at.astimezone(self.config.timezone):%m-%d %H:%M}"
