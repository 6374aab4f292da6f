"""Writing down what a process sees: never on the way of a request, once a minute at most."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest

from bot.health.notebook import EVERY_SECONDS, Notebook
from bot.store.api_sightings import Sighting
from tests.warning_fakes import MONDAY_NINE as NOW


class Desk:
    """A notebook whose waiting and time are the test's."""

    def __init__(self) -> None:
        self.written: list[tuple[Sighting, ...]] = []
        self.due: list[tuple[float, Callable[[], None]]] = []
        self.seconds = 1000.0
        self.broken = False
        self.note = Notebook(self._write, self._later, lambda: self.seconds)

    def _write(self, sightings: Iterable[Sighting]) -> None:
        if self.broken:
            raise RuntimeError("居民的话")
        self.written.append(tuple(sightings))

    def _later(self, seconds: float, work: Callable[[], None]) -> None:
        self.due.append((seconds, work))

    def turn(self) -> float:
        """Let what waits be written; how long it would have waited."""
        ((seconds, work),) = self.due
        self.due.clear()
        self.seconds += seconds
        work()
        return seconds


def refused(seconds: int = 0, subject: str = "mp:front", words: str = "签名不对") -> Sighting:
    return Sighting("refused", subject, NOW + timedelta(seconds=seconds), words=words)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_the_first_is_written_at_once_but_not_by_whoever_noticed_it(desk: Desk) -> None:
    desk.note(refused())
    assert desk.written == []
    assert desk.turn() == 0
    assert desk.written == [(refused(),)]


def test_a_flood_is_one_write_a_minute_that_counts_all_and_tells_the_last(desk: Desk) -> None:
    desk.note(refused())
    desk.turn()
    for second in range(1, 1001):
        desk.note(refused(second, words=f"第 {second} 次"))
    assert desk.turn() == pytest.approx(EVERY_SECONDS)
    ((told,),) = desk.written[1:]
    assert (told.count, told.words) == (1000, "第 1000 次")
    assert (told.since, told.at) == (
        NOW + timedelta(seconds=1),
        NOW + timedelta(seconds=1000),
    )


def test_all_that_is_noted_of_an_account_shares_its_write(desk: Desk) -> None:
    desk.note(refused())
    desk.note(Sighting("heard", "mp:front", NOW))
    desk.turn()
    assert [one.kind for one in desk.written[0]] == ["refused", "heard"]


def test_a_checked_address_is_written_at_once_for_somebody_waits_to_see_it(desk: Desk) -> None:
    desk.note(refused())
    desk.turn()
    desk.note(Sighting("verified", "mp:front", NOW))
    assert desk.turn() == 0
    assert [one.kind for one in desk.written[1]] == ["verified"]


def test_accounts_do_not_wait_for_each_other(desk: Desk) -> None:
    desk.note(refused())
    desk.turn()
    desk.note(refused(subject="aibot:front"))
    assert desk.turn() == 0


def test_a_store_that_refuses_is_logged_without_its_words_and_tried_again_later(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.broken = True
    desk.note(refused())
    with caplog.at_level(logging.WARNING):
        desk.turn()
    assert "mp:front" in caplog.text
    assert "居民的话" not in caplog.text
    desk.broken = False
    desk.note(refused(70))
    desk.turn()
    assert desk.written == [(refused(70),)]


def test_by_itself_it_writes_in_a_thread_of_its_own() -> None:
    threads: list[str] = []
    written = threading.Event()

    def write(sightings: Iterable[Sighting]) -> None:
        threads.append(threading.current_thread().name)
        written.set()

    Notebook(write)(refused())
    assert written.wait(5)
    assert threads == ["notebook"]
