"""From a verified message to its reply: once each, in time, also over two workers and a restart."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import bot.reception
from bot.channels.base import Incoming, Picture
from bot.clock import FixedClock
from bot.inbox import Judged
from bot.privacy import Seal
from bot.promises import PROMISED, Promises, Work
from bot.reception import Reception, Steps
from bot.store.sqlite import open_sqlite
from bot.store.sqlstore import SqlStore
from bot.types import Message, Reply

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)
TEXT = Message("1", "aibot:demo", "anna", "anna", "private", "text", "群里让我垫钱")
PICTURE = Incoming(
    replace(TEXT, kind="image", text=""),
    "sig",
    "print",
    pictures=(Picture(url="https://a/1"),),
    asks_again=True,
)
REFRESH = Incoming(
    replace(TEXT, kind="event", event="refresh", text=""), "sig r", "print r", refresh=True
)


@dataclass
class Worker:
    """One web process over a store; ``look`` and what was talked about can be scripted."""

    store: SqlStore
    clock: FixedClock
    look: Callable[[Incoming, float], Message] = lambda incoming, seconds: replace(
        incoming.message, text="图里的字"
    )
    most: int = 0
    talked: list[Message] = field(default_factory=list)

    def __call__(self, incoming: Incoming) -> Reply:
        return self.reception(incoming)

    def __post_init__(self) -> None:
        def look(incoming: Incoming, seconds: float) -> Message:
            return self.look(incoming, seconds)

        def say(path: str, **slots: str) -> str:
            return f"〔{path}〕"

        seal = Seal("k" * 32, PROMISED)
        promises = Promises(self.store, seal, Work(look, self._talk, say), {}, self.clock)
        steps = Steps(look, self._talk, say, promises, self.most)
        self.reception = Reception(self.store, steps, self.clock)

    def _talk(self, message: Message) -> Judged:
        self.talked.append(message)
        return Judged(Reply(f"回：{message.text}", "scam"), lambda: None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    opened = open_sqlite(path)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def worker(store: SqlStore, clock: FixedClock) -> Worker:
    return Worker(store, clock)


def say(number: int, sender: str = "anna", **changes: object) -> Incoming:
    message = replace(TEXT, key=f"{sender}-{number}", sender=sender, **changes)  # type: ignore[arg-type]
    return Incoming(message, f"sig {sender} {number}", f"print {sender} {number}")


def test_a_repeated_message_gets_the_same_reply_and_verdict_from_another_worker_after_a_restart(
    path: Path, worker: Worker, store: SqlStore, clock: FixedClock
) -> None:
    first = worker(say(1))
    other = Worker(store, clock)
    assert other(replace(say(1), signature="signed anew")) == first
    reopened = open_sqlite(path)
    try:
        third = Worker(reopened, clock)
        assert third(say(1)) == first == Reply("回：群里让我垫钱", "scam")
        assert third.talked == other.talked == []
    finally:
        reopened.close()


def test_a_picture_is_looked_at_before_the_talk(worker: Worker) -> None:
    official_account = replace(PICTURE, asks_again=False)

    assert worker(official_account).text == "回：图里的字"
    assert worker(official_account).text == "回：图里的字"
    assert len(worker.talked) == 1


def test_pictures_that_neighbours_show_each_other_are_not_looked_at(worker: Worker) -> None:
    def never(incoming: Incoming, seconds: float) -> Message:
        raise AssertionError("it was looked at")

    worker.look = never
    shown = replace(PICTURE.message, chat_type="group", mentioned=False)

    worker(replace(PICTURE, message=shown, asks_again=False))
    assert [message.text for message in worker.talked] == [""]


def test_a_quick_picture_is_answered_at_once(worker: Worker) -> None:
    reply = worker(PICTURE)

    assert (reply.text, reply.unfinished) == ("回：图里的字", False)


def test_a_slow_picture_is_promised_and_followed_up_by_any_worker(
    worker: Worker, store: SqlStore, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.reception, "HOLD_SECONDS", 0.05)
    done = threading.Event()

    def slow(incoming: Incoming, seconds: float) -> Message:
        done.wait(5)
        return replace(incoming.message, text="慢慢看出来的")

    worker.look = slow
    other = Worker(store, clock)
    hold = Reply("〔pictures.looking〕", unfinished=True)

    assert worker(PICTURE) == hold
    assert other(REFRESH) == worker(REFRESH) == hold
    done.set()
    ends = time.monotonic() + 2
    while (reply := other(REFRESH)).unfinished and time.monotonic() < ends:
        time.sleep(0.005)
    assert reply == Reply("回：慢慢看出来的", "scam")
    assert len(worker.talked) == 1


def test_a_promise_of_a_worker_that_died_ends_in_a_request_to_type(
    worker: Worker, store: SqlStore, clock: FixedClock
) -> None:
    store.inbox.claim(PICTURE.message, "sig", "print", clock.now())
    assert worker(REFRESH).unfinished
    clock.advance(11)

    assert worker(REFRESH) == Reply("〔pictures.too_slow〕")


def test_a_refresh_of_nothing_is_ended(worker: Worker) -> None:
    assert not worker(REFRESH).unfinished


def test_a_flood_gets_one_kind_sentence_and_then_silence(
    store: SqlStore, clock: FixedClock
) -> None:
    worker = Worker(store, clock, most=3)
    replies = [worker(say(number)) for number in range(6)]

    assert [reply.text for reply in replies] == [
        *["回：群里让我垫钱"] * 3,
        "〔limits.too_many〕",
        None,
        None,
    ]
    assert worker(say(3)) == replies[3], "a retry of it gets it again"
    assert worker(say(1, "bert")).text == "回：群里让我垫钱"


def test_the_limit_and_the_kind_sentence_are_those_of_all_workers_together(
    store: SqlStore, clock: FixedClock
) -> None:
    first, second = (Worker(store, clock, most=4) for _ in range(2))
    replies = [(first, second)[number % 2](say(number)).text for number in range(8)]

    assert replies == ["回：群里让我垫钱"] * 4 + ["〔limits.too_many〕"] + [None] * 3
    clock.advance(120)
    assert second(say(12)).text == "回：群里让我垫钱"


def test_in_a_group_that_did_not_ask_a_flood_is_met_with_silence(
    store: SqlStore, clock: FixedClock
) -> None:
    worker = Worker(store, clock, most=1)
    worker(say(1, mentioned=False, chat_type="group"))

    assert worker(say(2, mentioned=False, chat_type="group")) == Reply(None)


def test_events_are_not_counted(store: SqlStore, clock: FixedClock) -> None:
    worker = Worker(store, clock, most=1)
    for number in range(5):
        assert worker(say(number, kind="event", event="click")).text


def test_ten_thousand_messages_of_one_sender_do_not_starve_another(
    store: SqlStore, clock: FixedClock
) -> None:
    """The flood runs in three threads, as over the web; a tenth of it stands for the whole."""
    worker = Worker(store, clock, most=20)

    def flood(part: int) -> None:
        for number in range(part, 1000, 3):
            worker(say(number, "flood"))

    threads = [threading.Thread(target=flood, args=(part,)) for part in range(3)]
    for thread in threads:
        thread.start()
    waited = []
    for number in range(20):
        began = time.monotonic()
        assert worker(say(number, f"neighbour {number}")).text == "回：群里让我垫钱"
        waited.append(time.monotonic() - began)
    for thread in threads:
        thread.join()

    assert max(waited) < 1.0
    assert sum(message.sender == "flood" for message in worker.talked) == 20
