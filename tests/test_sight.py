"""What becomes of a message's pictures, with the reading itself scripted."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from bot.channels.base import Incoming, Picture, Refused
from bot.pictures.fetch import NotFetched
from bot.pictures.seen import Seen
from bot.sight import MOST_WAITING, Sight
from bot.types import Message

MESSAGE = Message("1", "mp:demo", "s", "s", "private", "image")
INCOMING = Incoming(MESSAGE, "sig", "print", pictures=(Picture(url="https://a/1"),))
CHAT = Seen(("先交保证金",), ("http://a.top/x",))


def sight(seen: Seen = CHAT, data: bytes = b"bytes") -> Sight:
    return Sight(lambda url, seconds: data, lambda picture, seconds: seen)


def test_words_and_codes_become_the_text() -> None:
    message = sight()(INCOMING, 2.0)

    assert (message.text, message.trouble) == ("先交保证金\nhttp://a.top/x", "")


def test_what_the_resident_wrote_comes_first() -> None:
    mixed = replace(INCOMING, message=replace(MESSAGE, kind="text", text="这是真的吗"))

    assert sight()(mixed, 2.0).text.splitlines()[0] == "这是真的吗"


def test_a_picture_that_came_along_is_not_fetched() -> None:
    def never(url: str, seconds: float) -> bytes:
        raise AssertionError(url)

    here = replace(INCOMING, pictures=(Picture(data=b"here"),))
    read: list[bytes] = []

    def note(picture: bytes, seconds: float) -> Seen:
        read.append(picture)
        return CHAT

    assert Sight(never, note)(here, 2.0).text
    assert read == [b"here"]


def test_a_sealed_picture_is_opened_first() -> None:
    read: list[bytes] = []

    def note(picture: bytes, seconds: float) -> Seen:
        read.append(picture)
        return CHAT

    sealed = replace(INCOMING, unseal=lambda data: data[::-1])
    Sight(lambda url, seconds: b"abc", note)(sealed, 2.0)
    assert read == [b"cba"]


@pytest.mark.parametrize("trouble", ["broken", "too_large", "too_slow", "not_installed"])
def test_why_nothing_was_read_is_passed_on(trouble: str) -> None:
    assert sight(Seen(trouble=trouble))(INCOMING, 2.0).trouble == trouble  # type: ignore[arg-type]


def test_a_picture_without_words_says_so() -> None:
    message = sight(Seen())(INCOMING, 2.0)

    assert (message.text, message.trouble) == ("", "no_words")


def test_what_cannot_be_fetched_or_opened_is_a_trouble_and_no_error() -> None:
    def refuse(url: str, seconds: float) -> bytes:
        raise NotFetched("too_large")

    def locked(data: bytes) -> bytes:
        raise Refused("密文长度不对")

    assert Sight(refuse, lambda *_: CHAT)(INCOMING, 2.0).trouble == "too_large"
    assert sight()(replace(INCOMING, unseal=locked), 2.0).trouble == "broken"


def test_several_pictures_are_read_together_and_one_failure_hides_nothing() -> None:
    def fetch(url: str, seconds: float) -> bytes:
        if url.endswith("2"):
            raise NotFetched("broken")
        return url.encode()

    three = replace(INCOMING, pictures=tuple(Picture(url=f"https://a/{n}") for n in (1, 2, 3)))
    message = Sight(fetch, lambda picture, seconds: Seen((picture.decode()[-1],)))(three, 2.0)

    assert (message.text, message.trouble) == ("1\n3", "")


def test_a_picture_message_without_an_address_is_broken() -> None:
    assert sight()(replace(INCOMING, pictures=()), 2.0).trouble == "broken"


def test_why_a_picture_was_left_out_stays_as_it_was_told() -> None:
    left_out = replace(MESSAGE, trouble="too_large")

    assert sight()(replace(INCOMING, message=left_out, pictures=()), 2.0).trouble == "too_large"


def test_nobody_waits_longer_than_there_is_time() -> None:
    over = threading.Event()

    def hang(url: str, seconds: float) -> bytes:
        over.wait(5)
        return b""

    began = time.monotonic()
    assert Sight(hang, lambda *_: CHAT)(INCOMING, 0.2).trouble == "too_slow"
    assert time.monotonic() - began < 1.0
    over.set()


def test_more_pictures_than_threads_to_spare_are_turned_away_at_once() -> None:
    over = threading.Event()

    def hang(url: str, seconds: float) -> bytes:
        over.wait(5)
        return b"x"

    looking = Sight(hang, lambda *_: CHAT)
    waiting = [threading.Thread(target=looking, args=(INCOMING, 2.0)) for _ in range(MOST_WAITING)]
    for thread in waiting:
        thread.start()
    time.sleep(0.05)
    began = time.monotonic()

    assert looking(INCOMING, 2.0).trouble == "too_slow"
    assert time.monotonic() - began < 0.5
    over.set()
    for thread in waiting:
        thread.join()
    assert looking(INCOMING, 2.0).text
