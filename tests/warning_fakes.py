"""A small town for the warning flow: groups, a plan, texts, and senders that do as they are told."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from pathlib import Path

from bot.broadcasting.calendar import Weekly
from bot.broadcasting.model import Book, Fixed, Group, LibraryText, Plan, Selection, Topic
from bot.broadcasting.services import BroadcastServices
from bot.clock import Clock, FixedClock
from bot.config import Broadcast, Config
from bot.senders.base import Pace, Rendered, Warning_
from bot.store.api import Store
from bot.types import Outcome, Outgoing

MONDAY_NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""Monday 2026-11-23, 09:00 in Shanghai."""

SENT = Outcome("sent")
Answer = Callable[[Outgoing], Outcome]


class FakeSender:
    """Keeps what it was given; answers ``sent`` unless told otherwise."""

    def __init__(
        self,
        type: str = "wecom_robot",  # noqa: A002  # the contract's name
        answer: Answer = lambda outgoing: SENT,
        pace: Pace | None = None,
        limit: int = 2048,
    ) -> None:
        self.type = type
        self.pace = pace
        self.answer = answer
        self.limit = limit
        self.arrived: list[Outgoing] = []
        self.asked: list[str] = []
        self.told: Outcome | None = None
        self._lock = threading.Lock()

    @property
    def counts(self) -> Counter[str]:
        return Counter(outgoing.group for outgoing in self.arrived)

    def missing(self, target: Mapping[str, object]) -> str:
        return "没有账号" if target.get("account") == "nobody" else ""

    def pace_key(self, target: Mapping[str, object]) -> str:
        return str(target.get("key", target.get("account", "")))

    def render(self, warning: Warning_) -> Rendered:
        text = f"{warning.title}\n{warning.body}\n预警码 {warning.code} {warning.station}"
        return Rendered("text", text, len(text.encode()), self.limit)

    def send(self, outgoing: Outgoing) -> Outcome:
        with self._lock:
            self.arrived.append(outgoing)
        return self.answer(outgoing)

    def follow_up(self, outgoing: Outgoing, reference: str) -> Outcome | None:
        with self._lock:
            self.asked.append(reference)
        return self.told


def group(name: str, channel_type: str = "wecom_robot", **fields: object) -> Group:
    known: dict[str, object] = {
        "name": name,
        "kind": "enterprise",
        "audience": ("finance",),
        "channel": {"type": channel_type, "key": f"key-{name}"},
        "owner": "zhang",
    }
    return Group(id=name, **(known | fields))  # type: ignore[arg-type]


def plan(name: str = "weekly", **fields: object) -> Plan:
    known: dict[str, object] = {
        "title": "每周预警",
        "when": Weekly(0, time(9)),
        "groups": Selection(kinds=frozenset({"enterprise"})),
        "content": Topic(None),
        "author": "zhang",
    }
    return Plan(id=name, **(known | fields))  # type: ignore[arg-type]


def text(
    name: str, category: str = "brushing", audience: str = "all", body: str = ""
) -> LibraryText:
    return LibraryText(name, category, (audience,), f"标题 {name}", body or f"正文 {name}")


def book(*groups: Group, plans: tuple[Plan, ...] = (), **secrets: str) -> Book:
    library = [text("brushing-all"), text("loan-all", "loan")]
    return Book(
        {one.id: one for one in groups},
        {one.id: one for one in plans or (plan(),)},
        {one.id: one for one in library},
        secrets,
    )


def fixed(text_id: str) -> Fixed:
    return Fixed({"all": text_id})


def services(
    store: Store,
    the_book: Book,
    *senders: FakeSender,
    clock: Clock | None = None,
    broadcast: Broadcast | None = None,
) -> BroadcastServices:
    config = Config(root=Path("/nowhere"), broadcast=broadcast or Broadcast(approval=False))
    by_type = {sender.type: sender for sender in senders or (FakeSender(),)}
    return BroadcastServices(the_book, store, by_type, config, clock or FixedClock(MONDAY_NINE))
