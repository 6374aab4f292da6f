from __future__ import annotations

from datetime import timedelta

from bot.broadcasting.pace import Pacer
from bot.senders.base import Pace
from tests.warning_fakes import MONDAY_NINE as NOW

PACE = Pace(count=3, seconds=60, in_flight=2)


def test_only_so_many_are_in_flight_at_once() -> None:
    pacer = Pacer()
    pacer.begin("a")
    assert pacer.opens_at("a", PACE, NOW) == NOW
    pacer.begin("a")
    assert pacer.opens_at("a", PACE, NOW) is None
    pacer.end("a", NOW)
    assert pacer.opens_at("a", PACE, NOW) == NOW


def test_a_full_window_opens_when_its_oldest_leaves() -> None:
    pacer = Pacer()
    for second in range(3):
        pacer.begin("a")
        pacer.end("a", NOW + timedelta(seconds=second))
    assert pacer.opens_at("a", PACE, NOW + timedelta(seconds=5)) == NOW + timedelta(seconds=60)
    later = NOW + timedelta(seconds=60)
    assert pacer.opens_at("a", PACE, later) == later


def test_what_is_in_flight_counts_in_the_window() -> None:
    pacer = Pacer([("a", NOW), ("a", NOW + timedelta(seconds=10))])
    pacer.begin("a")
    assert pacer.opens_at("a", PACE, NOW + timedelta(seconds=20)) == NOW + timedelta(seconds=60)


def test_keys_do_not_count_for_each_other_and_earlier_runs_do() -> None:
    pacer = Pacer([("a", NOW)] * 3)
    assert pacer.opens_at("b", PACE, NOW) == NOW
    assert pacer.opens_at("a", PACE, NOW) == NOW + timedelta(seconds=60)
    assert pacer.opens_at("a", None, NOW) == NOW
