"""One delivery to many people: each at most once, and the counts add up."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.clock import FixedClock
from bot.senders.many import to_each
from bot.store.sqlstore import SqlStore
from bot.types import Outcome

SENT = Outcome("sent")
BAD_NUMBER = Outcome("refused", "number", "号码不对。")
NO_MONEY = Outcome("refused", "balance", "余额不足。")
LOST = Outcome("unknown", "timeout", "没有回音。")
BUSY = Outcome("later", "busy", "平台正忙。", retry_after=5.0)
PEOPLE = {name: name for name in "abcdef"}


class Vendor:
    """Answers each person as told, ``sent`` where nothing was told."""

    def __init__(self, **told: Outcome) -> None:
        self.told = told
        self.calls: list[list[str]] = []

    def __call__(self, people: Sequence[str]) -> Sequence[Outcome]:
        self.calls.append(list(people))
        return [self.told.get(person, SENT) for person in people]

    @property
    def written_to(self) -> list[str]:
        return [person for call in self.calls for person in call]


def go(store: SqlStore, clock: FixedClock, vendor: Vendor, at_once: int = 1) -> Outcome:
    return to_each(store.recipients, clock, "d1", PEOPLE, at_once, {"number"}, vendor)


def test_everybody_gets_it_once_and_is_counted(store: SqlStore, clock: FixedClock) -> None:
    vendor = Vendor(b=BAD_NUMBER)
    outcome = go(store, clock, vendor, at_once=4)
    assert vendor.calls == [["a", "b", "c", "d"], ["e", "f"]]
    assert (outcome.kind, outcome.detail) == (
        "sent",
        "一共 6 人：收下 5 人，没发成 1 人。号码不对。",
    )
    assert store.recipients.counts("d1") == {"sent": 5, "refused": 1}


def test_a_second_run_writes_to_nobody_who_got_it(store: SqlStore, clock: FixedClock) -> None:
    go(store, clock, Vendor(b=BAD_NUMBER, c=LOST))
    again = Vendor()
    outcome = go(store, clock, again)
    assert again.written_to == ["b"]
    assert outcome.detail == "一共 6 人：收下 5 人，不知道到没到 1 人。"


def test_a_killed_run_is_taken_up_after_the_one_that_was_under_way(
    store: SqlStore, clock: FixedClock
) -> None:
    class Killed(Vendor):
        def __call__(self, people: Sequence[str]) -> Sequence[Outcome]:
            if people == ["c"]:
                raise KeyboardInterrupt
            return super().__call__(people)

    with pytest.raises(KeyboardInterrupt):
        go(store, clock, Killed())
    again = Vendor()
    outcome = go(store, clock, again)
    assert again.written_to == ["d", "e", "f"]
    assert outcome.detail == "一共 6 人：收下 5 人，不知道到没到 1 人。"


def test_a_busy_platform_is_tried_again_with_the_rest(store: SqlStore, clock: FixedClock) -> None:
    first = Vendor(c=BUSY)
    outcome = go(store, clock, first)
    assert (outcome.kind, outcome.retry_after) == ("later", 5.0)
    assert outcome.detail == "平台正忙。到现在：收下 2 人，还没发 4 人。"
    assert first.written_to == ["a", "b", "c"]
    second = Vendor()
    assert go(store, clock, second).kind == "sent"
    assert second.written_to == ["c", "d", "e", "f"]


def test_what_befalls_all_of_them_ends_it(store: SqlStore, clock: FixedClock) -> None:
    vendor = Vendor(a=NO_MONEY)
    outcome = go(store, clock, vendor)
    assert (outcome.kind, outcome.code) == ("refused", "balance")
    assert vendor.written_to == ["a"]
    assert go(store, clock, Vendor()).detail == "一共 6 人：收下 6 人。"


def test_a_platform_that_went_silent_is_left_to_a_person(
    store: SqlStore, clock: FixedClock
) -> None:
    vendor = Vendor(b=LOST, c=LOST, d=LOST)
    outcome = go(store, clock, vendor)
    assert vendor.written_to == ["a", "b", "c", "d"]
    assert outcome.kind == "unknown"
    assert "收下 1 人，不知道到没到 3 人，还没发 2 人" in outcome.detail
    rest = Vendor()
    go(store, clock, rest)
    assert rest.written_to == ["e", "f"]


@pytest.mark.parametrize(("told", "kind"), [(BAD_NUMBER, "refused"), (LOST, "unknown")])
def test_where_nobody_got_it_the_delivery_says_so(
    store: SqlStore, clock: FixedClock, told: Outcome, kind: str
) -> None:
    assert go(store, clock, Vendor(**dict.fromkeys(PEOPLE, told)), at_once=6).kind == kind


def test_an_empty_list_is_nobody(store: SqlStore, clock: FixedClock) -> None:
    outcome = to_each(store.recipients, clock, "d1", {}, 1, set(), Vendor())
    assert (outcome.kind, outcome.code) == ("refused", "nobody")
