"""The message flow over the store: the talk so far, the answer, what is kept of both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from bot import conversation
from bot.clock import Clock
from bot.conversation import State
from bot.inbox import Judged
from bot.privacy import scrub
from bot.respond import Base, respond
from bot.store.api import Store
from bot.types import Message
from bot.warnings import Finding

_FORGETTING_EVENTS = frozenset({"unsubscribe"})


def _no_warnings(text: str) -> Finding | None:
    return None


class Talk:
    """Answers messages with the base that is current when each one comes.

    ``find_warning`` tells what is known of the warning in a text, None where it holds none.
    """

    def __init__(
        self,
        current: Callable[[], Base],
        store: Store,
        clock: Clock,
        find_warning: Callable[[str], Finding | None] = _no_warnings,
    ) -> None:
        self._current = current
        self._find_warning = find_warning
        self._store = store
        self._clock = clock

    def __call__(self, message: Message) -> Judged:
        """What is answered and kept. What the platform sent is stored only scrubbed."""
        now = self._clock.now()
        if message.event in _FORGETTING_EVENTS:
            forget = self._store.conversations.forget_person
            return Judged(None, partial(forget, message.channel, message.sender))
        row = self._store.conversations.get(message.channel, message.chat, message.sender)
        state = conversation.from_json(row.state, row.touched_at, now) if row else State()
        answer, following = respond(
            message, state, self._current(), self._find_warning(message.text)
        )
        following = replace(following, text=scrub(following.text))
        scrubbed = scrub(message.text)

        def keep() -> None:
            with self._store.transaction():
                if following != state:
                    self._store.conversations.put(
                        message.channel,
                        message.chat,
                        message.sender,
                        conversation.to_json(following),
                        now,
                    )
                if message.kind != "event":
                    self._store.answers.record(message, scrubbed, answer, now)

        return Judged(answer.reply, keep)
