"""Warnings in the middle of their life, for tests of the console."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.broadcasting.desk import Desk
from bot.store.api import DeliveryRow, EditionRow, Move
from bot.types import DeliveryState
from tests.console_kit import Site

DETAILS: Mapping[DeliveryState, tuple[str, str]] = {
    "refused": ("93000", "机器人的 key 不对，或机器人已被移出群。请群主重新添加群机器人。"),
    "unknown": ("", "发出去了，没有收到回话"),
    "awaiting_person": ("", "请复制下面的文字，发到群里，再点“已经发了”。"),
}


def frozen(
    site: Site, plan: str = "weekly", author: str = "", at: datetime | None = None
) -> EditionRow:
    """The plan's edition of now (or ``at``), frozen by the real desk."""
    services = site.services.warnings()
    found = services.book.plans[plan]
    if author:
        found = replace(found, author=author)
        services = replace(
            services, book=replace(services.book, plans={**services.book.plans, plan: found})
        )
    started = Desk(services, "worker").start_now(found, True, at or site.clock.now())
    assert started.edition is not None
    return started.edition


def approve(site: Site, edition: EditionRow, by: str = "批的人") -> None:
    problem = Desk(site.services.warnings(), by).approve(edition, by, site.clock.now())
    assert problem == ""


def settle(site: Site, edition: str, states: Mapping[str, DeliveryState]) -> None:
    """What a worker would have written, without one."""
    now = site.clock.now()
    for group, state in states.items():
        row = site.store.deliveries.one(edition, group)
        assert row is not None
        code, detail = DETAILS.get(state, ("", ""))
        site.store.leases.take("work", "me", 60, now)
        assert site.store.deliveries.claim(row, "key", "work", "me", now)
        if state != "sending":
            assert site.store.deliveries.settle(row, Move(state, code, detail), now)


def delivery(site: Site, edition: str, group: str) -> DeliveryRow:
    row = site.store.deliveries.one(edition, group)
    assert row is not None
    return row


def later(site: Site, **span: int) -> datetime:
    return site.clock.now() + timedelta(**span)
