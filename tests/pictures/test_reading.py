"""The process for pictures and those who ask it, over a real socket."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Client
from pathlib import Path

import pytest

from bot.pictures.reader import PictureReader
from bot.pictures.reading import serve_pictures
from bot.pictures.recognise import MOST_BYTES
from bot.pictures.seen import Seen, from_bytes, to_bytes
from bot.pictures.wire import key_of, socket_of

KEY = key_of("k" * 32)
SEEN = Seen(("先交三千保证金",), ("http://a.top",))

Serve = Callable[[Callable[[bytes], Seen]], PictureReader]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    address = socket_of(tmp_path / "bot.db")
    stop = threading.Event()
    threads: list[threading.Thread] = []

    def start(recognise: Callable[[bytes], Seen]) -> PictureReader:
        thread = threading.Thread(target=serve_pictures, args=(address, KEY, recognise, stop))
        thread.start()
        threads.append(thread)
        while not Path(address).exists():
            time.sleep(0.005)
        return PictureReader(address, KEY)

    yield start
    stop.set()
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()


def test_a_picture_comes_back_as_words(serve: Serve) -> None:
    reader = serve(lambda picture: SEEN if picture == b"a picture" else Seen())

    assert reader.read(b"a picture", 2.0) == SEEN


def test_nobody_waits_longer_than_told(serve: Serve) -> None:
    def slow(_: bytes) -> Seen:
        time.sleep(0.5)
        return SEEN

    reader = serve(slow)
    began = time.monotonic()

    assert reader.read(b"a picture", 0.2).trouble == "too_slow"
    assert time.monotonic() - began < 0.4


def test_a_caller_that_left_stands_in_nobodys_way(serve: Serve) -> None:
    def slow(_: bytes) -> Seen:
        time.sleep(0.2)
        return SEEN

    reader = serve(slow)
    reader.read(b"first", 0.05)

    assert reader.read(b"second", 2.0) == SEEN


def test_a_picture_nobody_waits_for_any_more_is_not_read(serve: Serve) -> None:
    read: list[bytes] = []

    def slow(picture: bytes) -> Seen:
        read.append(picture)
        time.sleep(0.3)
        return SEEN

    reader = serve(slow)
    first = threading.Thread(target=reader.read, args=(b"first", 2.0))
    first.start()
    while not read:
        time.sleep(0.005)
    assert reader.read(b"given up", 0.05).trouble == "too_slow"

    assert reader.read(b"last", 2.0) == SEEN
    first.join()
    assert read == [b"first", b"last"]


def test_where_nothing_is_installed_it_says_so(tmp_path: Path) -> None:
    reader = PictureReader(socket_of(tmp_path / "other.db"), KEY)

    assert reader.read(b"a picture", 0.0).trouble == "not_installed"


def test_a_caller_without_the_key_learns_nothing(serve: Serve, tmp_path: Path) -> None:
    reader = serve(lambda _: SEEN)
    assert reader.read(b"a picture", 2.0) == SEEN
    stranger = PictureReader(socket_of(tmp_path / "bot.db"), key_of("x" * 32))

    assert stranger.read(b"a picture", 0.0).trouble == "too_slow"
    assert reader.read(b"a picture", 2.0) == SEEN


def test_more_than_any_picture_is_dropped_and_the_process_lives_on(
    serve: Serve, tmp_path: Path
) -> None:
    reader = serve(lambda _: SEEN)
    assert reader.read(bytes(MOST_BYTES + 1), 1.0).trouble == "too_large"
    with Client(socket_of(tmp_path / "bot.db"), "AF_UNIX", authkey=KEY) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.send_bytes(bytes(MOST_BYTES + 1))
        with pytest.raises((ConnectionResetError, EOFError)):
            connection.recv_bytes()

    assert reader.read(b"a picture", 2.0) == SEEN


def test_what_was_seen_survives_the_way() -> None:
    assert from_bytes(to_bytes(SEEN)) == SEEN
    with pytest.raises(ValueError, match="Expecting value"):
        from_bytes(b"")
