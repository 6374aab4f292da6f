"""Everything between a verified message and its reply: duplicates, limits, pictures, the talk."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from threading import BoundedSemaphore, Thread

from bot.channels.base import Incoming
from bot.clock import Clock
from bot.inbox import SILENCE, Judged, from_stored, receive
from bot.promises import Promises
from bot.store.api import Store
from bot.store.api_reception import PACE_SECONDS
from bot.types import Message, Reply

ANSWER_SECONDS = 4.5
"""The platforms give up after 5 s (protocol-callbacks §2.6, §3.2)."""

LOOKING_SECONDS = 9.0
"""Where the platform asks again: less than an inbox's claim lasts (10 s), so that no second worker
takes the message, and long enough for the slowest honest picture."""

HOLD_SECONDS = 2.0
"""How long a smart bot's resident sees nothing before she reads that the picture is looked at."""

MOST_AT_ONCE = 8

_log = logging.getLogger("bot.reception")


@dataclass(frozen=True, slots=True)
class Steps:
    """What a message goes through. ``say`` gives a template's words in the current base; ``most``
    messages of one sender are judged in a minute, 0 sets no limit."""

    look: Callable[[Incoming, float], Message]
    talk: Callable[[Message], Judged]
    say: Callable[..., str]
    promises: Promises
    most: int = 0


def _nothing() -> None:
    """There is nothing to keep of a message that was not judged."""


class Reception:
    """Answers each message once, in time; safe from several threads."""

    def __init__(
        self,
        store: Store,
        steps: Steps,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._steps = steps
        self._clock = clock
        self._monotonic = monotonic
        self._room = BoundedSemaphore(MOST_AT_ONCE)

    def __call__(self, incoming: Incoming) -> Reply:
        """The reply to a verified message.

        Raises:
            Refused: see ``inbox.receive``.
        """
        if incoming.refresh:
            return self._follow(incoming.message)
        if incoming.pictures and incoming.asks_again:
            return self._begin(incoming)
        return self._receive(incoming, ANSWER_SECONDS)

    def _receive(self, incoming: Incoming, seconds: float) -> Reply:
        ends = self._monotonic() + seconds

        def work(message: Message) -> Judged:
            if not self._admits(message):
                return Judged(self._too_many(message), _nothing)
            # What neighbours show each other is not looked at.
            if message.mentioned and (message.kind == "image" or incoming.pictures):
                message = self._steps.look(incoming, ends - self._monotonic())
                if message.trouble == "too_slow" and not incoming.asks_again:
                    promised = self._steps.promises.make(incoming)
                    if promised is not None:
                        return promised
            return self._steps.promises.with_owed(message, self._steps.talk(message))

        return receive(self._store.inbox, incoming, work, self._clock)

    def _admits(self, message: Message) -> bool:
        most = self._steps.most
        if not most or message.kind == "event":
            return True
        paces, now = self._store.paces, self._clock.now()
        return paces.admits(message.channel, message.sender, most, now)

    def _too_many(self, message: Message) -> Reply:
        """One kind sentence, from whichever process comes first, then silence for a minute."""
        first = self._store.cool_downs.take(
            message.channel,
            message.sender,
            "too_many",
            timedelta(seconds=PACE_SECONDS),
            self._clock.now(),
        )
        if not first:
            return SILENCE
        _log.warning("%s: 一个人一分钟里发得太多，先不看了", message.channel)
        # Nobody in a group needs to read what one of them is told.
        return Reply(self._steps.say("limits.too_many")) if message.mentioned else SILENCE

    def _begin(self, incoming: Incoming) -> Reply:
        """Look at pictures while the platform's question is answered with "looking"."""
        if not self._room.acquire(blocking=False):
            return self._receive(incoming, ANSWER_SECONDS)
        answered: Future[Reply] = Future()

        def work() -> None:
            try:
                answered.set_result(self._receive(incoming, LOOKING_SECONDS))
            except Exception as error:  # noqa: BLE001  # raised again where the answer is awaited
                answered.set_exception(error)
            finally:
                self._room.release()

        Thread(target=work, name="looking", daemon=True).start()
        try:
            return answered.result(timeout=HOLD_SECONDS)
        except TimeoutError:
            return self._hold()

    def _hold(self) -> Reply:
        return Reply(self._steps.say("pictures.looking"), unfinished=True)

    def _follow(self, message: Message) -> Reply:
        """The answer that was promised, whichever worker prepares it."""
        claim = self._store.inbox.look(message, self._clock.now())
        if claim.kind == "done":
            reply = from_stored(claim.reply)
            return reply if reply.text else Reply(self._steps.say("pictures.too_slow"))
        if claim.kind == "busy":
            return self._hold()
        # Its worker died; the picture's address came with the message only.
        return Reply(self._steps.say("pictures.too_slow"))
