"""What is known of a channel that warnings leave by, and when a fault of it is over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.broadcasting.model import Group
from bot.broadcasting.services import BroadcastServices
from bot.health.outbound import Outbound, outbound
from bot.senders.base import Pace, Quota
from bot.senders.mass_confirm import MassConfirmSender
from bot.senders.mp_mass import MpMassSender
from bot.store.api_sightings import Sighting
from bot.store.sqlite import open_sqlite
from bot.store.sqlstore import SqlStore
from tests.warning_fakes import MONDAY_NINE as NOW
from tests.warning_fakes import FakeSender, book, group, services


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = open_sqlite(tmp_path / "bot.db")
    yield opened
    opened.close()


class Office:
    """Some groups of one channel type; ``gets`` and ``lacks`` are what came of attempts."""

    def __init__(self, store: SqlStore, *groups: Group, sender: FakeSender | None = None) -> None:
        self.store = store
        self.sender = sender or FakeSender(groups[0].channel_type)
        self.services: BroadcastServices = services(store, book(*groups), self.sender)

    def gets(self, name: str, minutes: float) -> None:
        self.store.sightings.note([self._seen(name, minutes)])

    def misses(
        self, name: str, minutes: float, code: str = "93000", outcome: str = "refused"
    ) -> None:
        seen = replace(
            self._seen(name, minutes),
            kind="unreached", outcome=outcome, code=code, words=f"错误 {code}",
        )  # fmt: skip
        self.store.sightings.note([seen])

    def look(self) -> Outbound:
        (found,) = outbound(self.services, NOW)
        return found

    def _seen(self, name: str, minutes: float) -> Sighting:
        target = self.services.book.target(self.services.book.groups[name])
        subject = f"{self.sender.type}:{self.sender.pace_key(target.values)}"
        return Sighting("reached", subject, ago(minutes), name)


class Station(FakeSender):
    """Groups of one account, some codes of which concern one group only."""

    own_codes = frozenset({"90501"})


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def robots(*names: str) -> list[Group]:
    return [group(name) for name in names]


def customers(*names: str, channel_type: str = "wecom_external") -> list[Group]:
    channel = {"type": channel_type, "account": "station"}
    return [group(name, channel_type, channel=channel) for name in names]


def test_a_channel_tells_when_its_platform_last_took_something(store: SqlStore) -> None:
    office = Office(store, *robots("a", "b"))
    assert office.look().reached is None
    office.gets("a", 9)
    office.gets("b", 5)
    found = office.look()
    assert (found.reached, found.groups, found.faults, found.past) == (ago(5), 2, (), None)
    assert found.label == "企业微信群机器人"


@pytest.mark.parametrize(
    ("outcome", "weight"),
    [("refused", "sure"), ("queued", "temporary"), ("unknown", "unknown")],
)
def test_a_fault_is_sure_temporary_or_unknown(store: SqlStore, outcome: str, weight: str) -> None:
    office = Office(store, *robots("a"))
    office.misses("a", 5, outcome=outcome)
    (fault,) = office.look().faults
    assert (fault.weight, fault.at, fault.whom, fault.number) == (weight, ago(5), "a", "93000")


def test_the_same_answer_to_many_groups_is_told_once(store: SqlStore) -> None:
    names = ("a", "b", "c", "d")
    office = Office(store, *robots(*names, "e"))
    for minutes, name in enumerate(names):
        office.misses(name, minutes)
    office.misses("e", 9, code="93004")
    first, second = office.look().faults
    assert (first.whom, first.at) == ("a、b、c 等 4 个群", ago(0))
    assert (second.whom, second.number) == ("e", "93004")


def test_a_fault_is_over_once_its_group_got_something(store: SqlStore) -> None:
    office = Office(store, *robots("a"))
    office.misses("a", 5)
    office.gets("a", 4)
    found = office.look()
    assert found.faults == ()
    assert found.past is not None
    assert found.past.over


def test_what_another_robot_sent_ends_nothing(store: SqlStore) -> None:
    office = Office(store, *robots("a", "b"))
    office.misses("a", 5)
    office.gets("b", 4)
    assert len(office.look().faults) == 1


def test_what_the_same_account_sent_ends_a_fault_of_the_account(store: SqlStore) -> None:
    office = Office(store, *customers("a", "b"), sender=Station("wecom_external"))
    office.misses("a", 5, code="48002")
    office.misses("b", 5, code="90501")
    office.gets("b", 9)
    assert len(office.look().faults) == 2
    office.gets("a", 4)
    (left,) = office.look().faults
    assert (left.number, left.groups) == ("90501", ("b",))


def test_the_senders_know_which_codes_concern_one_group_only() -> None:
    assert {"90501", "84061", "fail_list", "status 3"} <= MassConfirmSender.own_codes
    assert "48002" not in MassConfirmSender.own_codes
    assert "45159" in MpMassSender.own_codes


@pytest.mark.parametrize(
    ("code", "outcome", "to_mend"),
    [
        ("93000", "refused", True),
        ("45009", "queued", False),
        ("timeout", "unknown", False),
        ("quota", "refused", False),
        ("nobody", "refused", False),
    ],
)
def test_only_what_somebody_can_mend_is_to_be_mended(
    store: SqlStore, code: str, outcome: str, to_mend: bool
) -> None:
    office = Office(store, *robots("a"))
    office.misses("a", 5, code, outcome)
    assert office.look().faults[0].to_mend is to_mend


def test_an_account_that_is_let_in_again_ends_a_fault_of_its_secret(store: SqlStore) -> None:
    office = Office(store, *customers("a", "b"))
    office.misses("a", 5, code="40001")
    office.misses("b", 5, code="45002")
    store.sightings.note([Sighting("tried", "wecom:station", ago(4), outcome="refused")])
    assert len(office.look().faults) == 2
    store.sightings.note([Sighting("tried", "wecom:station", ago(3), outcome="sent")])
    (left,) = office.look().faults
    assert left.number == "45002"


def test_a_fault_of_a_key_that_was_replaced_says_nothing_of_the_new_one(store: SqlStore) -> None:
    office = Office(store, *robots("a"))
    office.misses("a", 5)
    changed = group("a", channel={"type": "wecom_robot", "key": "another"})
    office.services = services(store, book(changed), office.sender)
    assert office.look().faults == ()


def test_a_group_that_left_the_book_is_not_told_of(store: SqlStore) -> None:
    office = Office(store, *robots("a", "b"))
    office.misses("b", 5)
    office.services = services(store, book(*robots("a")), office.sender)
    assert office.look().faults == ()


@pytest.mark.parametrize("code", ["41093", "withdrawn"])
def test_what_a_person_took_back_is_no_fault(store: SqlStore, code: str) -> None:
    office = Office(store, *customers("a"))
    office.misses("a", 5, code=code)
    assert office.look().faults == ()


def test_a_robot_shows_what_is_left_of_its_minute(store: SqlStore) -> None:
    pace = Pace(20, 60.0, 2)
    office = Office(store, *robots("a"), sender=FakeSender(pace=pace))
    assert "最多 20 条，这一分钟最忙的还剩 20 条" in office.look().quotas[0]


def test_a_customer_group_may_get_as_many_as_the_month_has_days(store: SqlStore) -> None:
    office = Office(store, *customers("a"))
    (line,) = office.look().quotas
    assert "本月最多收 30 次" in line
    assert "还剩 30 次" in line


class Counted(FakeSender):
    """A sender that knows a limit of its platform."""

    def quotas(self, target: object) -> tuple[Quota, ...]:
        return (Quota("front", "标签 2", "本月", 3, 4),)


def test_a_limit_that_a_sender_knows_is_told_once(store: SqlStore) -> None:
    groups = customers("a", "b", channel_type="mp_mass")
    office = Office(store, *groups, sender=Counted("mp_mass"))
    assert office.look().quotas == (
        "front 标签 2：本月还能群发 1 次，共 4 次（在后台手动发的也算，这里数不到）",
    )


def test_only_as_many_quotas_are_told_as_can_be_read(store: SqlStore) -> None:
    class Many(FakeSender):
        def quotas(self, target: object) -> tuple[Quota, ...]:
            return tuple(Quota("front", f"标签 {one}", "本月", 0, 4) for one in range(9))

    office = Office(store, *customers("a", channel_type="mp_mass"), sender=Many("mp_mass"))
    assert office.look().quotas[3:] == ("还有 6 项没有列",)


def test_what_a_group_lacks_is_named(store: SqlStore) -> None:
    lacking = group("a", channel={"type": "wecom_robot", "account": "nobody"})
    assert Office(store, lacking).look().lacks == ("a：没有账号",)
