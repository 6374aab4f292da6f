"""Asks the process for pictures, and waits no longer than the resident does."""

from __future__ import annotations

import logging
import time
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client

from bot.pictures.recognise import MOST_BYTES
from bot.pictures.seen import Seen, from_bytes

_STEP_SECONDS = 0.1

_log = logging.getLogger("bot.pictures")


class PictureReader:
    """Safe from several threads; every question has a connection of its own."""

    def __init__(self, address: str, key: bytes) -> None:
        self._address = address
        self._key = key

    def read(self, picture: bytes, seconds: float) -> Seen:
        """What a picture shows, or why that is not known within ``seconds``."""
        if len(picture) > MOST_BYTES:
            return Seen(trouble="too_large")
        ends = time.monotonic() + seconds
        while True:
            try:
                with Client(self._address, "AF_UNIX", authkey=self._key) as connection:
                    connection.send_bytes(picture)
                    if not connection.poll(max(0.0, ends - time.monotonic())):
                        return Seen(trouble="too_slow")
                    return from_bytes(connection.recv_bytes())
            except FileNotFoundError:
                # Nobody listens: never installed, or just being started again.
                trouble = Seen(trouble="not_installed")
            except (OSError, EOFError, AuthenticationError, ValueError) as error:
                _log.warning("the process for pictures did not answer: %s", type(error).__name__)
                trouble = Seen(trouble="too_slow")
            if time.monotonic() + _STEP_SECONDS > ends:
                return trouble
            time.sleep(_STEP_SECONDS)
