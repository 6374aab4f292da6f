"""A message with pictures -> the same message with the words in them, within the time there is."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import BoundedSemaphore
from typing import Literal

from bot.channels.base import Incoming, Picture, Refused
from bot.pictures.fetch import NotFetched
from bot.pictures.seen import Seen, Trouble
from bot.types import Message

MOST_PICTURES = 9
AT_ONCE = 2
"""Pictures fetched at the same time; they are read one at a time anyhow."""

MOST_WAITING = min(3, (os.cpu_count() or 1) + 1)
"""Messages that may wait for their pictures in one process. A web process has two threads for each
core and one more (commands/serve.py): the others stay free for those who write."""

Why = Trouble | Literal["no_words"]

_log = logging.getLogger("bot.sight")


class Sight:
    """Safe from several threads."""

    def __init__(
        self,
        fetch: Callable[[str, float], bytes],
        read: Callable[[bytes, float], Seen],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``fetch`` and ``read`` are given the seconds they have (``pictures.fetch.Fetcher``,
        ``pictures.reader.PictureReader.read``)."""
        self._fetch = fetch
        self._read = read
        self._monotonic = monotonic
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="sight")
        self._room = BoundedSemaphore(MOST_WAITING)

    def __call__(self, incoming: Incoming, seconds: float) -> Message:
        """The message with what its pictures say in ``text``, or with ``trouble``."""
        message = incoming.message
        if not incoming.pictures:
            # The platform said that there is one, but not where.
            if message.kind != "image":
                return message
            return replace(message, trouble=message.trouble or "broken")
        if not self._room.acquire(blocking=False):
            _log.warning("同时来的图片太多，有一张没有看")
            return replace(message, trouble="too_slow")
        try:
            ends = self._monotonic() + seconds
            # A look-up of a host's address knows no time limit: so another thread waits for it.
            looking = self._threads.submit(self._look, incoming, ends)
            seen, why = looking.result(timeout=seconds)
        except TimeoutError:
            looking.cancel()
            seen, why = "", "too_slow"
        finally:
            self._room.release()
        words = "\n".join(part for part in (message.text, seen) if part)
        return replace(message, text=words, trouble="" if seen else why)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _look(self, incoming: Incoming, ends: float) -> tuple[str, Why]:
        """All that was seen in time, and why there is no more."""
        texts: list[str] = []
        why: Why = "no_words"
        for picture in incoming.pictures[:MOST_PICTURES]:
            left = ends - self._monotonic()
            if left <= 0:
                why = "too_slow"
                break
            seen = self._one(picture, incoming.unseal, left, ends)
            if seen.text.strip():
                texts.append(seen.text)
            elif seen.trouble:
                why = seen.trouble
        return "\n".join(texts), why

    def _one(
        self, picture: Picture, unseal: Callable[[bytes], bytes], left: float, ends: float
    ) -> Seen:
        try:
            data = picture.data or unseal(self._fetch(picture.url, left))
        except NotFetched as reason:
            return Seen(trouble=reason.trouble)
        except Refused:
            _log.warning("一张图片解不开，请核对 EncodingAESKey")
            return Seen(trouble="broken")
        left = ends - self._monotonic()
        return self._read(data, left) if left > 0 else Seen(trouble="too_slow")
