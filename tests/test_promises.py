"""Promised answers: each reaches its person once, whatever dies in between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.channels.base import Incoming, Picture
from bot.clock import FixedClock
from bot.inbox import Judged
from bot.privacy import Seal
from bot.promises import MOST_TRIES, PROMISED, Promises, Work
from bot.reception import Reception, Steps
from bot.store.sqlite import open_sqlite
from bot.store.sqlstore import SqlStore
from bot.types import Message, Outcome, Reply, VerdictName

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)
SENT = Outcome("sent")


@dataclass
class Phone:
    """An account's way to its followers; what arrived, and what the platform says to each call."""

    repeatable: bool = False
    outcomes: list[Outcome] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    opened_for: list[str] = field(default_factory=list)

    def opened(self, person: str, reach: str, at: datetime) -> None:
        self.opened_for.append(reach)

    def send(self, person: str, reach: str, text: str) -> Outcome:
        self.texts.append(f"{reach} {text}")
        return self.outcomes.pop(0) if self.outcomes else SENT


@dataclass
class Process:
    """One web process over the store. Pictures take ``slow`` looks until they are read; what a
    text is answered with is ``谢``: off_topic, else a scam."""

    store: SqlStore
    clock: FixedClock
    phone: Phone | None
    slow: int = 1
    looked: list[tuple[str, ...]] = field(default_factory=list)
    talked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        pushes = {} if self.phone is None else {"mp:demo": self.phone}
        seal = Seal("k" * 32, PROMISED)
        work = Work(self.look, self.talk, self.say)
        self.promises = Promises(self.store, seal, work, pushes, self.clock)
        self.reception = Reception(
            self.store, Steps(self.look, self.talk, self.say, self.promises), self.clock
        )

    def look(self, incoming: Incoming, seconds: float) -> Message:
        names = tuple(picture.url for picture in incoming.pictures)
        self.looked.append(names)
        if len(self.looked) <= self.slow:
            return replace(incoming.message, trouble="too_slow")
        return replace(incoming.message, text="、".join(names))

    def talk(self, message: Message) -> Judged:
        self.talked.append(message.text)
        verdict: VerdictName = "off_topic" if "谢" in message.text else "scam"
        words = message.trouble or message.text
        return Judged(Reply(f"回：{words}", verdict), lambda: None)

    @staticmethod
    def say(path: str, **slots: str) -> str:
        return f"〔{path}〕{slots.get('reply', '')}"

    def gets(self, incoming: Incoming) -> str | None:
        return self.reception(incoming).text

    def work(self) -> None:
        """All that can be done now."""
        while self.promises.look_once() or self.promises.send_once():
            continue


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = open_sqlite(tmp_path / "bot.db")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


def picture(number: int, reach: str = "oAnna") -> Incoming:
    message = Message(f"p{number}", "mp:demo", "anna", "anna", "private", "image")
    pictures = (Picture(url=f"图{number}"),)
    return Incoming(message, f"s{number}", f"f{number}", pictures=pictures, reach=reach)


def text(words: str, sender: str = "anna") -> Incoming:
    message = Message(f"t{words}", "mp:demo", sender, sender, "private", "text", words)
    return Incoming(message, f"s{words}", f"f{words}")


def test_a_slow_picture_is_promised_and_its_answer_sent_once(
    store: SqlStore, clock: FixedClock
) -> None:
    phone = Phone()
    process = Process(store, clock, phone)

    assert process.gets(picture(1)) == "〔pictures.looking〕"
    assert process.gets(picture(1)) == "〔pictures.looking〕", "the platform's retry"
    process.work()
    assert phone.texts == ["oAnna 回：图1"]
    assert phone.opened_for == ["oAnna"]
    clock.advance(3600)
    process.work()
    assert len(phone.texts) == 1
    assert process.gets(text("谢谢")) == "回：谢谢"


def test_pictures_in_a_row_are_answered_as_one_story(store: SqlStore, clock: FixedClock) -> None:
    phone = Phone()
    process = Process(store, clock, phone, slow=3)
    for number in (1, 2, 3):
        process.gets(picture(number))
        clock.advance(1)
    process.work()

    assert process.looked[-1] == ("图1", "图2", "图3")
    assert phone.texts == ["oAnna 回：图1、图2、图3"]


def test_another_process_keeps_the_promise_of_one_that_died(
    store: SqlStore, clock: FixedClock
) -> None:
    phone = Phone()
    Process(store, clock, phone).gets(picture(1))
    # It took the promise in hand and was killed.
    assert store.promises.take(clock.now(), 30.0)
    other = Process(store, clock, phone, slow=0)
    other.work()
    assert phone.texts == []
    clock.advance(31)
    other.work()

    assert phone.texts == ["oAnna 回：图1"]


def test_what_was_on_its_way_when_the_process_died_is_told_at_the_next_message(
    store: SqlStore, clock: FixedClock
) -> None:
    """It may have arrived: sending it again could double it, being silent could lose it."""
    phone = Phone()
    process = Process(store, clock, phone)
    process.gets(picture(1))
    process.promises.look_once()
    assert store.promises.begin_sending(clock.now(), 90.0)
    process.work()
    clock.advance(91)
    process.work()

    assert phone.texts == []
    assert process.gets(text("谢谢")) == "〔pictures.seen〕回：图1"
    assert process.gets(text("谢谢你")) == "回：谢谢你"


def test_where_the_platform_drops_repetitions_it_is_sent_again(
    store: SqlStore, clock: FixedClock
) -> None:
    phone = Phone(repeatable=True, outcomes=[Outcome("unknown")])
    process = Process(store, clock, phone)
    process.gets(picture(1))
    process.work()
    clock.advance(6)
    process.work()

    assert phone.texts == ["oAnna 回：图1"] * 2
    assert process.gets(text("谢谢")) == "回：谢谢"


def test_without_a_way_to_send_it_is_told_at_the_next_message(
    store: SqlStore, clock: FixedClock
) -> None:
    process = Process(store, clock, None)

    assert process.gets(picture(1)) == "〔pictures.looking_later〕"
    assert process.gets(text("谢谢")) == "回：谢谢", "it is not read yet"
    process.work()
    assert process.gets(text("谢谢", "bert")) == "回：谢谢", "it is nobody else's"
    told = process.gets(text("他又催我转钱"))
    assert told == "〔pictures.seen〕回：图1\n\n回：他又催我转钱"
    assert process.gets(text("他又催我转钱")) == told, "the platform's retry"
    clock.advance(60)
    assert process.gets(text("在吗")) == "回：在吗"


def test_what_is_owed_to_two_people_is_told_to_each(store: SqlStore, clock: FixedClock) -> None:
    process = Process(store, clock, None, slow=2)
    other = picture(2)
    process.gets(picture(1))
    process.gets(replace(other, message=replace(other.message, sender="bert", chat="bert")))
    process.work()

    assert process.gets(text("谢谢", "bert")) == "〔pictures.seen〕回：图2"
    assert process.gets(text("谢谢你")) == "〔pictures.seen〕回：图1"


def test_a_teller_that_died_leaves_it_to_the_retry_of_its_message(
    store: SqlStore, clock: FixedClock
) -> None:
    process = Process(store, clock, None)
    process.gets(picture(1))
    process.work()
    question = text("谢谢")
    # A process claimed the message, took what is owed, and was killed before it answered.
    store.inbox.claim(question.message, question.signature, question.fingerprint, clock.now())
    assert store.promises.tell("mp:demo", "anna", question.message.key, clock.now(), 30.0)
    clock.advance(11)

    assert process.gets(question) == "〔pictures.seen〕回：图1"


@pytest.mark.parametrize("code", ["45015", "45047", "48001", "taken"])
def test_what_the_platform_refuses_is_told_at_the_next_message(
    store: SqlStore, clock: FixedClock, code: str
) -> None:
    phone = Phone(outcomes=[Outcome("refused", code)])
    process = Process(store, clock, phone)
    process.gets(picture(1))
    process.work()

    assert process.gets(text("谢谢")) == "〔pictures.seen〕回：图1"
    assert len(phone.texts) == 1


def test_what_surely_did_not_go_is_sent_again_for_a_while(
    store: SqlStore, clock: FixedClock
) -> None:
    phone = Phone(outcomes=[Outcome("later", retry_after=60.0)] + [Outcome("not_sent")] * 500)
    process = Process(store, clock, phone)
    process.gets(picture(1))
    process.work()
    clock.advance(30)
    process.work()
    assert len(phone.texts) == 1
    for _ in range(200):
        clock.advance(5)
        process.work()

    assert 50 < len(phone.texts) < 150
    assert process.gets(text("谢谢")) == "〔pictures.seen〕回：图1"


def test_a_picture_that_cannot_be_had_is_answered_as_such_in_the_end(
    store: SqlStore, clock: FixedClock
) -> None:
    phone = Phone()
    process = Process(store, clock, phone, slow=99)
    process.gets(picture(1))
    for _ in range(6):
        process.work()
        clock.advance(6)

    assert phone.texts == ["oAnna 回：too_slow"]
    assert len(process.looked) == 1 + MOST_TRIES


def test_a_picture_that_kills_each_reader_is_answered_too(
    store: SqlStore, clock: FixedClock
) -> None:
    phone = Phone()
    process = Process(store, clock, phone, slow=0)
    process.slow = 1
    process.gets(picture(1))
    for _ in range(MOST_TRIES):
        assert store.promises.take(clock.now(), 30.0)
        clock.advance(31)
    process.work()

    assert phone.texts == ["oAnna 回：too_slow"]


def test_a_promise_that_can_never_be_answered_ends(store: SqlStore, clock: FixedClock) -> None:
    phone = Phone()
    process = Process(store, clock, phone)
    process.gets(picture(1))
    for _ in range(2 * MOST_TRIES):
        store.promises.take(clock.now(), 30.0)
        clock.advance(31)
    process.work()
    clock.advance(3600)

    assert store.promises.take(clock.now(), 30.0) == ()
    assert phone.texts == []


def test_who_left_gets_nothing_and_leaves_no_trace(store: SqlStore, clock: FixedClock) -> None:
    phone = Phone()
    process = Process(store, clock, phone)
    process.gets(picture(1))
    taken = store.promises.take(clock.now(), 30.0)
    store.forget_person("mp:demo", "anna")

    assert not store.promises.answer(taken, "回", True, clock.now())
    clock.advance(31)
    process.work()
    assert phone.texts == []


def test_in_a_group_and_for_pictures_without_an_address_nothing_is_promised(
    store: SqlStore, clock: FixedClock
) -> None:
    process = Process(store, clock, Phone(), slow=9)
    here = replace(picture(1), pictures=(Picture(data=b"x"),))
    neighbour = replace(picture(2).message, chat_type="group", chat="wr1")

    assert process.gets(here) == "回：too_slow"
    assert process.gets(replace(picture(2), message=neighbour)) == "回：too_slow"


def test_neither_openid_nor_address_can_be_read_in_the_store(
    store: SqlStore, clock: FixedClock, tmp_path: Path
) -> None:
    Process(store, clock, Phone()).gets(picture(1, "oAnnaTheResident"))
    store.close()
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("bot.db*"))

    assert b"oAnnaTheResident" not in kept
    assert "图1".encode() not in kept


def test_an_answer_nobody_came_for_is_forgotten(store: SqlStore, clock: FixedClock) -> None:
    process = Process(store, clock, None)
    process.gets(picture(1))
    process.work()
    clock.advance(48 * 3600)
    store.forget(clock.now(), clock.now())

    assert process.gets(text("谢谢")) == "回：谢谢"
