"""Only what was approved and really went out counts as ours."""

from __future__ import annotations

from datetime import timedelta

from bot.broadcasting.desk import Desk
from bot.broadcasting.model import Fixed
from bot.broadcasting.published import Publications
from bot.clock import FixedClock
from bot.config import Broadcast
from bot.store.api import EditionRow
from bot.store.sqlstore import SqlStore
from bot.types import Outcome, Outgoing
from bot.worker import Worker
from tests.warning_fakes import MONDAY_NINE as NOW
from tests.warning_fakes import FakeSender, book, fixed, group, plan, services, text

BODY = "用领导头像加你，先问候，再说急事，让你代转一笔。没听到本人说，一分也别转，打 96110 问。"
TOWN = book(group("a"), group("b", audience=("elderly", "parent")), group("c"))


class Town:
    def __init__(self, store: SqlStore, approval: bool = False) -> None:
        self.store, self.clock, self.sender = store, FixedClock(NOW), FakeSender()
        library = {"own": text("own", body=BODY), "other": text("other", body=BODY[::-1])}
        self.book = book(*TOWN.groups.values(), plans=(plan(content=fixed("own")),))
        self.book = type(self.book)(self.book.groups, self.book.plans, library)
        known = services(
            store, self.book, self.sender, clock=self.clock, broadcast=Broadcast(approval=approval)
        )
        self.desk, self.worker = Desk(known, "test"), Worker(known, "one")
        zone, station = known.config.timezone, known.config.station.name
        self.published = Publications(store, self.clock, station, zone)

    def frozen(self) -> EditionRow:
        edition = self.desk.start_now(self.book.plans["weekly"], False, NOW).edition
        assert edition is not None
        return edition

    def standing(self, words: str) -> str | None:
        self.clock.advance(60)
        found = self.published.find(words)
        return found.standing if found else None


def test_a_warning_is_ours_once_it_went_out_and_not_before(store: SqlStore) -> None:
    town = Town(store, approval=True)
    edition = town.frozen()
    ask = f"预警码 {edition.code}"
    assert town.standing(ask) == "not_ours"
    assert edition.code is not None
    assert town.published.show(edition.code, town.book) is None
    town.desk.approve(edition, "li", town.clock.now())
    assert town.standing(ask) == "not_ours", "approved, and nobody has got it"
    town.worker.tick(town.clock.now())
    assert town.standing(ask) == "known"
    assert town.standing(town.sender.arrived[0].text) == "same"
    assert town.standing(BODY) == "part", "its title is missing"
    assert town.standing(BODY.replace("96110", "13800138000")) == "changed"


def test_what_was_cancelled_is_not_ours_and_what_had_gone_out_is_withdrawn(
    store: SqlStore,
) -> None:
    town = Town(store)
    edition = town.frozen()
    town.desk.cancel(edition, NOW)
    assert town.standing(f"预警码 {edition.code}") == "not_ours"

    def answer(outgoing: Outgoing) -> Outcome:
        return Outcome("sent") if outgoing.group == "a" else Outcome("later", retry_after=900)

    town.sender.answer = answer
    second = town.desk.start_now(town.book.plans["weekly"], True, town.clock.now()).edition
    assert second is not None
    town.worker.tick(town.clock.now())
    town.desk.cancel(second, town.clock.now())
    assert town.standing(f"预警码 {second.code}") == "withdrawn"
    assert town.standing(BODY) == "withdrawn"


def test_its_page_shows_each_text_once_with_whom_it_was_for(store: SqlStore) -> None:
    town = Town(store)
    edition = town.frozen()
    town.worker.tick(NOW)
    assert edition.code is not None
    shown = town.published.show(edition.code, town.book)
    assert shown is not None
    assert (shown.day.isoformat(), shown.withdrawn) == ("2026-11-23", False)
    (form,) = shown.forms
    assert form.audience == "财务、老人、家长"
    assert BODY in form.text
    assert town.published.show("000000", town.book) is None


def test_an_older_warning_is_known_by_its_code_only(store: SqlStore) -> None:
    town = Town(store)
    edition = town.frozen()
    town.worker.tick(NOW)
    town.clock.set(NOW + timedelta(days=200))
    assert town.standing(BODY) is None
    assert town.standing(f"预警码 {edition.code}") == "known"


def test_a_text_with_another_code_is_compared_under_the_pages_own(store: SqlStore) -> None:
    town = Town(store)
    edition = town.frozen()
    town.worker.tick(NOW)
    assert edition.code is not None
    arrived = town.sender.arrived[0].text
    assert town.published.compare("000000", arrived) is None
    same = town.published.compare(edition.code, arrived)
    other = town.published.compare(edition.code, arrived.replace(edition.code, "999999"))
    assert (same and same.standing, other and other.standing) == ("same", "changed")


def test_the_last_warning_is_told_in_its_text_for_everybody_and_not_once_withdrawn(
    store: SqlStore,
) -> None:
    town = Town(store)
    assert town.published.latest(town.book) is None
    own = text("own", body=BODY)
    library = {"own": own, "elders": text("elders", body=BODY[::-1])}
    shares = {"all": "own", "elderly": "elders"}
    groups = tuple(group(name, audience=("elderly",)) for name in "bcd")

    def answer(outgoing: Outgoing) -> Outcome:
        return Outcome("later", retry_after=900) if outgoing.group == "d" else Outcome("sent")

    town.sender.answer = answer
    everybody = group("e", audience=("all",))
    mixed = book(*groups, everybody, plans=(plan(content=Fixed(shares)),))
    town.book = type(mixed)(mixed.groups, mixed.plans, library)
    known = services(
        store, town.book, town.sender, clock=town.clock, broadcast=Broadcast(approval=False)
    )
    town.desk, town.worker = Desk(known, "test"), Worker(known, "one")
    edition = town.frozen()
    assert town.published.latest(town.book) is None, "frozen, and nobody has got it"
    town.worker.tick(town.clock.now())
    last = town.published.latest(town.book)
    assert last is not None
    assert BODY in last.body
    town.desk.cancel(edition, town.clock.now())
    assert town.published.latest(town.book) is None
