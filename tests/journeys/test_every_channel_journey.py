"""One warning over every way out: what the ledger says is what the platform really delivered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.every_channel import CHANNELS, FOLLOWERS, SECRETS, WROTE, Town, wait_for

NUMBERS = SECRETS["SMS_RECIPIENTS"].split(",")
MACHINES = {"robot": "sent", "app": "sent", "service": "sent", "sms": "sent", "hook": "sent"}
PEOPLE = {"external": "awaiting_person", "paste": "awaiting_person", "speaker": "awaiting_person"}
ONE_EACH = dict.fromkeys(
    ("robot", "zhang", "li", "external", "hook", *FOLLOWERS, *WROTE, *NUMBERS), 1
)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with Town(tmp_path) as running:
        for openid in WROTE:
            running.writes(openid)
        yield running


def confirm(town: Town) -> None:
    for task in town.platform.mass.waiting():
        town.platform.mass.confirm(task.msgid)


def test_the_ledger_says_what_the_platform_delivered(town: Town) -> None:
    states = town.start()
    assert {name: state for name, state in states.items() if name in MACHINES} == MACHINES
    assert {name: state for name, state in states.items() if name in PEOPLE} == PEOPLE
    assert states["mass"] in ("awaiting_person", "sent")
    assert "external" not in town.received()

    confirm(town)
    for group in ("paste", "speaker"):
        town.resolve(group, "sent")
    assert town.tick(61) == dict.fromkeys(CHANNELS, "sent")
    assert town.received() == ONE_EACH
    counts = town.report()["counts"]
    assert (counts["sent"], sum(counts.values())) == (len(CHANNELS), len(CHANNELS))
    assert "有 1 人没有收到：nobody" in town.detail("app")
    assert town.detail("service") == "一共 2 人：收下 2 人。"
    assert town.detail("sms") == "一共 3 人：收下 3 人。"
    assert town.platform.tokens.fetches == {"gettoken": 1, "stable_token": 1}

    code = town.store.editions.get(town.edition).code  # type: ignore[union-attr]
    for row in town.platform.ledger.since():
        assert code is not None
        assert code in row.text, f"{row.group} got no 预警码"
    for _ in range(3):
        town.tick(3600)
    assert town.received() == ONE_EACH


def test_the_end_of_a_mass_send_is_told_by_its_event(town: Town) -> None:
    town.platform.sends.job_seconds = 30
    assert town.start()["mass"] == "awaiting_person"
    town.clock.advance(30)
    town.platform.sends.run_due()
    job = town.platform.sends.jobs()[0].id

    def told() -> bool:
        row = town.store.mass_jobs.one("front", str(job))
        return row is not None and bool(row.status)

    wait_for(told)
    assert town.tick(61)["mass"] == "sent"
    assert town.detail("mass") == "符合条件 3 人，发到 3 人，没发到 0 人。"


ADDRESSES = {
    "robot": "/cgi-bin/webhook/send",
    "app": "/cgi-bin/message/send",
    "external": "/cgi-bin/externalcontact/add_msg_template",
    "mass": "/cgi-bin/message/mass/sendall",
    "service": "/cgi-bin/message/custom/send",
    "sms": "/sms/send",
    "hook": "/hook/hook",
}


def test_what_was_taken_but_not_answered_is_unknown_and_arrives_once(town: Town) -> None:
    for address in ADDRESSES.values():
        town.fault(address, times=2 if "custom" in address else 1)
    states = town.start()
    assert {states[name] for name in ("robot", "app", "mass", "service", "sms", "hook")} == {
        "unknown"
    }
    # 企业群发 can be looked for: its task is found and waits for its owner.
    assert states["external"] == "awaiting_person"
    town.platform.sends.run_due()
    confirm(town)
    for _ in range(5):
        town.tick(120)
    assert town.received() == ONE_EACH


def test_what_was_not_taken_is_found_out_by_a_person_and_then_arrives_once(town: Town) -> None:
    for address in ADDRESSES.values():
        town.fault(address, "reset", times=2 if "custom" in address else 1)
    states = town.start()
    lost = [name for name in ADDRESSES if states[name] == "unknown"]
    assert lost == list(ADDRESSES)
    assert town.received() == {}
    # The platform is asked for the task for ten minutes before it is called absent.
    states = town.tick(660)
    assert {states[name] for name in ADDRESSES} == {"unknown"}
    for name in lost:
        town.resolve(name, "refused")
    town.resend()
    states = town.tick()
    confirm(town)
    town.tick(61)
    # Of people written to one by one nobody looks whether each got it: they are not asked again.
    kept = {*WROTE, *NUMBERS}
    assert town.received() == {name: n for name, n in ONE_EACH.items() if name not in kept}
    assert "不知道到没到" in town.detail("service")


def test_a_mass_send_repeated_after_a_lost_answer_is_known_again(town: Town) -> None:
    town.fault(ADDRESSES["mass"])
    assert town.start()["mass"] == "unknown"
    town.resolve("mass", "refused")
    town.resend()
    assert town.tick()["mass"] == "queued"
    assert town.tick(61)["mass"] in ("awaiting_person", "sent")
    assert town.tick(61)["mass"] == "sent"
    assert len(town.platform.sends.jobs()) == 1
    assert {town.received()[name] for name in FOLLOWERS} == {1}


def test_one_slow_channel_delays_no_other(town: Town) -> None:
    town.fault(ADDRESSES["robot"], "hang")
    states = town.start()
    assert states["robot"] == "unknown"
    assert {states[name] for name in MACHINES if name != "robot"} == {"sent"}


def test_tokens_voided_at_any_time_are_fetched_once_more(town: Town) -> None:
    town.start()
    town.platform.tokens.revoke_all()
    confirm(town)
    assert town.tick(61)["external"] == "sent"
    assert town.platform.tokens.fetches["gettoken"] == 2


def test_cancelling_takes_the_owners_task_back(town: Town) -> None:
    town.start()
    edition = town.store.editions.get(town.edition)
    assert edition is not None
    assert town.desk.cancel(edition, town.clock.now()) == ""
    states = town.tick(61)
    assert states["external"] == "cancelled"
    assert town.platform.mass.waiting() == ()
    assert "external" not in town.received()


def test_the_owner_is_reminded_on_the_platform_once(town: Town) -> None:
    town.start()
    for _ in range(6):
        town.tick(3600)
    (task,) = town.platform.mass.waiting()
    assert len(task.reminders) == 1


def test_nobody_is_remembered_longer_than_they_may_be_written_to(town: Town) -> None:
    from bot.store.api import REACHABLE_FOR

    assert len(town.store.reachable.since("front", town.clock.now() - REACHABLE_FOR, 5)) == 2
    town.start()
    town.tick(REACHABLE_FOR.total_seconds() + 3600)
    assert town.store.reachable.since("front", town.clock.now() - 10 * REACHABLE_FOR, 5) == ()
