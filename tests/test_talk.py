"""Talks over a real store: remembered, forgotten, and nothing personal in the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.clock import FixedClock
from bot.privacy import Pseudonyms
from bot.respond import Base
from bot.store.sqlite import open_sqlite
from bot.store.sqlstore import SqlStore
from bot.talk import Talk
from bot.types import Message

OPENID = "oABCdef0123456789openid"
PSEUDONYM = Pseudonyms("k" * 32)
LOAN = "客服说卡号填错了，要交解冻费才放款"
PAID = "我刚把三千块转给他了，怎么办"
Say = Callable[..., str | None]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 20, 4, 0, tzinfo=UTC))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    opened = open_sqlite(path)
    yield opened
    opened.close()


def talker(store: SqlStore, base: Base, clock: FixedClock) -> Say:
    talk = Talk(lambda: base, store, clock)
    number = 0

    def say(text: str, who: str = OPENID, **fields: str) -> str | None:
        nonlocal number
        number += 1
        message = {
            "key": f"{who[-4:]}-{number}",
            "channel": "mp:demo",
            "sender": PSEUDONYM(who),
            "chat": PSEUDONYM("chat"),
            "chat_type": "private",
            "kind": "text",
        }
        judged = talk(Message(**{**message, **fields}, text=text))  # type: ignore[arg-type]
        judged.keep()
        return judged.reply

    return say


@pytest.fixture
def say(store: SqlStore, spelling_base: Base, clock: FixedClock) -> Say:
    return talker(store, spelling_base, clock)


def first_line(reply: str | None) -> str:
    assert reply is not None
    return reply.splitlines()[0]


def test_a_talk_goes_on_in_another_process(
    path: Path, spelling_base: Base, clock: FixedClock
) -> None:
    store = open_sqlite(path)
    asked = talker(store, spelling_base, clock)("123456")
    store.close()
    assert asked is not None
    assert "1 " in asked
    reopened = open_sqlite(path)
    try:
        reply = talker(reopened, spelling_base, clock)("1")
    finally:
        reopened.close()
    assert reply is not None
    assert "看不出来" not in reply
    assert "110" in reply


def test_an_emergency_is_heard_in_the_third_turn(say: Say) -> None:
    say("我想在网上贷款")
    say(LOAN)
    assert "110" in first_line(say(PAID))


def test_after_half_an_hour_the_question_is_forgotten(say: Say, clock: FixedClock) -> None:
    say("123456")
    clock.advance(31 * 60)
    assert "看不出来" in first_line(say("1"))


def test_within_half_an_hour_it_is_not(say: Say, clock: FixedClock) -> None:
    say("123456")
    clock.advance(29 * 60)
    assert "看不出来" not in first_line(say("1"))


def test_two_people_in_one_chat_do_not_answer_for_each_other(say: Say) -> None:
    say("123456", who="oFirst0001")
    assert "看不出来" in first_line(say("1", who="oSecond002"))


def test_one_person_in_two_chats_has_two_talks(say: Say) -> None:
    say("123456", chat="one")
    assert "看不出来" in first_line(say("1", chat="two"))


def test_who_leaves_is_forgotten_and_not_answered(say: Say, store: SqlStore) -> None:
    say(LOAN)
    sender = PSEUDONYM(OPENID)
    assert store.conversations.get("mp:demo", PSEUDONYM("chat"), sender) is not None
    assert say("", kind="event", event="unsubscribe") is None
    assert store.conversations.get("mp:demo", PSEUDONYM("chat"), sender) is None


def test_a_leaving_neighbour_does_not_take_my_talk_along(say: Say, store: SqlStore) -> None:
    say(LOAN)
    say("", who="oOther00001", kind="event", event="unsubscribe")
    assert store.conversations.get("mp:demo", PSEUDONYM("chat"), PSEUDONYM(OPENID)) is not None


def test_what_nobody_could_answer_is_kept_scrubbed(say: Say, store: SqlStore) -> None:
    say("13812345678是骗子吗")
    (row,) = store.answers.unanswered(5)
    assert "13812345678" not in row.scrubbed
    assert "骗子" in row.scrubbed


def file_bytes(path: Path) -> bytes:
    return b"".join(part.read_bytes() for part in path.parent.glob(path.name + "*"))


def test_nothing_personal_stands_in_the_file(
    path: Path, spelling_base: Base, clock: FixedClock
) -> None:
    store = open_sqlite(path)
    say = talker(store, spelling_base, clock)
    say("13987654321是骗子吗")
    say("客服13987654321让我把6222021234567890123里的钱转到安全账户，微信号zhangsan_1988")
    say("他身份证330106199001011234，邮箱zhang.san@example.com，还让我点http://a-b.top/pay?u=77001")
    say("96110是什么")
    say("", kind="event", event="subscribe")
    found = file_bytes(path)
    store.close()
    found += file_bytes(path)
    for secret in (
        OPENID,
        "13987654321",
        "6222021234567890123",
        "330106199001011234",
        "zhangsan_1988",
        "zhang.san@example.com",
        "u=77001",
    ):
        assert secret.encode() not in found, secret


def test_after_leaving_the_words_are_no_longer_in_the_file(
    path: Path, spelling_base: Base, clock: FixedClock
) -> None:
    store = open_sqlite(path)
    say = talker(store, spelling_base, clock)
    say("村口王师傅的木偶戏班让我先交解冻费才放款")
    say("", kind="event", event="unsubscribe")
    store.close()
    assert "木偶戏班".encode() not in file_bytes(path)


def test_a_text_that_is_no_longer_talked_about_is_not_kept_with_its_answer(
    path: Path, spelling_base: Base, clock: FixedClock
) -> None:
    store = open_sqlite(path)
    say = talker(store, spelling_base, clock)
    say("谢谢木偶戏班")
    store.close()
    assert "木偶戏班".encode() not in file_bytes(path)
