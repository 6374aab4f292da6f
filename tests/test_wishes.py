"""Asking to be left alone: understood where it is the whole message, kept, taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.answer.assurance import find_assurance
from bot.clock import FixedClock
from bot.respond import Base
from bot.store.sqlite import open_sqlite
from bot.store.sqlstore import SqlStore
from bot.talk import Talk
from bot.types import Message
from bot.wishes import wish_of

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
Say = Callable[..., str | None]


@pytest.mark.parametrize(
    "text",
    ["不要再发了", "退订", "别再发了！", "请不要再给我发消息了", "不想收了", "TD", "取消订阅", "别给我发了", "我不想再收到预警了。"],
)  # fmt: skip
def test_a_plain_wish_to_stop_is_understood(text: str) -> None:
    assert wish_of(text) == "stop"


@pytest.mark.parametrize("text", ["恢复", "恢复吧", "我要恢复订阅", "重新订阅", "恢复预警"])
def test_a_plain_wish_to_go_on_is_understood(text: str) -> None:
    assert wish_of(text) == "resume"


@pytest.mark.parametrize(
    "text",
    ["他说退订要先交钱", "短信说回T退订，能回吗", "别发验证码", "我让他不要再发了他还发", "恢复出厂设置", "恢复征信要交钱吗", "", "你好"],
)  # fmt: skip
def test_the_same_words_in_a_story_are_no_wish(text: str) -> None:
    assert wish_of(text) is None


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = open_sqlite(tmp_path / "bot.db")
    yield opened
    opened.close()


@pytest.fixture
def say(store: SqlStore, spelling_base: Base) -> Say:
    talk = Talk(lambda: spelling_base, store, FixedClock(NOW))
    number = 0

    def speak(text: str, chat_type: str = "private") -> str | None:
        nonlocal number
        number += 1
        message = Message(
            key=str(number), channel="mp:demo", sender="anna", chat="anna",
            chat_type=chat_type, kind="text", text=text,  # type: ignore[arg-type]
        )  # fmt: skip
        judged = talk(message)
        judged.keep()
        return judged.reply.text

    return speak


def test_stop_is_confirmed_in_one_sentence_and_kept(say: Say, store: SqlStore) -> None:
    reply = say("不要再发了")
    assert reply is not None
    assert "恢复" in reply
    assert reply.count("。") == 1
    assert find_assurance(reply) is None
    assert store.opt_outs.has("mp:demo", "anna")
    assert not store.opt_outs.has("mp:demo", "bert")


def test_it_is_taken_back_and_questions_are_answered_meanwhile(say: Say, store: SqlStore) -> None:
    say("退订")
    asked = say("群里让我先垫付300做任务，做完返本金和佣金")
    assert asked is not None
    assert "诈骗" in asked
    reply = say("恢复")
    assert reply is not None
    assert "恢复" in reply
    assert not store.opt_outs.has("mp:demo", "anna")


def test_nobody_takes_back_what_they_never_said(say: Say, spelling_base: Base) -> None:
    assert say("恢复") != spelling_base.lexicon.say("wishes.resume")


def test_in_a_group_nobody_speaks_for_the_others(say: Say, store: SqlStore) -> None:
    say("不要再发了", chat_type="group")
    assert not store.opt_outs.has("mp:demo", "anna")
