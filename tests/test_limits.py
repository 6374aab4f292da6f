from __future__ import annotations

from bot.limits import MOST_SENDERS, SenderLimit


class Moment:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_so_many_in_a_minute_and_then_no_more_until_the_window_moves() -> None:
    moment = Moment()
    limit = SenderLimit(3, moment)
    admitted = []
    for second in (0, 10, 20, 30, 59, 60, 61, 70):
        moment.now = 100.0 + second
        admitted.append(limit.admits("anna"))

    assert admitted == [True, True, True, False, False, True, False, True]


def test_one_senders_flood_is_nobody_elses() -> None:
    limit = SenderLimit(2, Moment())
    assert [limit.admits("anna") for _ in range(10_000)].count(True) == 2
    assert limit.admits("bert")


def test_no_limit_is_no_limit() -> None:
    limit = SenderLimit(0, Moment())
    assert all(limit.admits("anna") for _ in range(1000))


def test_memory_is_bounded_and_the_silent_go_first() -> None:
    moment = Moment()
    limit = SenderLimit(1, moment)
    for number in range(MOST_SENDERS):
        limit.admits(f"old {number}")
    moment.now += 61
    assert limit.admits("anna")
    assert not limit.admits("anna")
    assert len(limit._times) == 1
