"""The process for pictures: one at a time, bounded in time and memory.

A reader of pictures can hang on a hostile file and never gives memory back. So it lives in a
process of its own, which ends itself when it hangs or has grown, and is started again.
"""

from __future__ import annotations

import logging
import os
import resource
import threading
from collections.abc import Callable
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener
from pathlib import Path

from bot.pictures.recognise import MOST_BYTES
from bot.pictures.seen import Seen, to_bytes

HANGS_SECONDS = 15.0
"""Three times what the slowest honest picture took."""

MOST_MEGABYTES = 1200
"""Resident; it settles at 450 to 700 MB (tools/bench_pictures.py)."""

MOST_PICTURES = 500
HUNG = 3

_log = logging.getLogger("bot.pictures")


def serve_pictures(
    address: str, key: bytes, recognise: Callable[[bytes], Seen], stop: threading.Event
) -> None:
    """Answer until ``stop`` is set, or until this process has grown old and should be renewed."""
    Path(address).unlink(missing_ok=True)
    with Listener(address, "AF_UNIX", backlog=16, authkey=key) as listener:
        os.chmod(address, 0o600)
        closer = threading.Thread(target=_close_when, args=(stop, address, key), daemon=True)
        closer.start()
        for _ in range(MOST_PICTURES):
            if stop.is_set() or _megabytes() > MOST_MEGABYTES:
                break
            try:
                connection = listener.accept()
            except (AuthenticationError, OSError, EOFError) as error:
                _log.warning("a caller was refused: %s", type(error).__name__)
                continue
            with connection:
                _answer(connection, recognise)
    Path(address).unlink(missing_ok=True)


def _answer(connection: Connection, recognise: Callable[[bytes], Seen]) -> None:
    watchdog = threading.Timer(HANGS_SECONDS, _give_up)
    watchdog.daemon = True
    watchdog.start()
    try:
        picture = connection.recv_bytes(MOST_BYTES)
        # Whoever still waits sends nothing more; what can be heard is that the caller left, and a
        # picture nobody waits for would only make the next one late.
        if picture and not connection.poll():
            connection.send_bytes(to_bytes(recognise(picture)))
    except (EOFError, OSError) as error:
        # The caller's time ran out, or it sent more than any picture may have.
        _log.info("a caller left: %s", type(error).__name__)
    finally:
        watchdog.cancel()


def _give_up() -> None:
    _log.error("看一张图超过 %d 秒，进程重新启动", HANGS_SECONDS)
    os._exit(HUNG)


def _close_when(stop: threading.Event, address: str, key: bytes) -> None:
    """``accept`` cannot be interrupted: call once, with nothing to read."""
    from multiprocessing.connection import Client

    stop.wait()
    try:
        with Client(address, "AF_UNIX", authkey=key) as connection:
            connection.send_bytes(b"")
    except (OSError, EOFError, AuthenticationError):
        _log.debug("it had ended already")


def _megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1024 / 1024
