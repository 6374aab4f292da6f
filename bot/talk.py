"""The message flow over the store: the talk so far, the answer, what is kept of both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import partial

from bot import conversation
from bot.answer.local import NOWHERE
from bot.clock import Clock
from bot.conversation import State
from bot.inbox import Judged
from bot.privacy import scrub
from bot.respond import Base, respond
from bot.store.api import Store
from bot.surroundings import Surroundings
from bot.types import Answer, Message, Reply, Verdict
from bot.warnings import Finding
from bot.wishes import Wish, wish_of

_FORGETTING_EVENTS = frozenset({"unsubscribe"})
_OPINIONS: Mapping[str, bool | None] = {"useful": True, "useless": False, "withdrawn": None}
NOTHING = Reply(None)
MOST_GROUPS = 10_000
"""Remembered at once as noted today."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How the bot behaves in groups where nobody asked it (config ``groups``).

    ``silent`` are the groups (pseudonyms) in which it never speaks unasked, unless staff said
    otherwise in the console; ``cool_down`` is how long it then keeps quiet about the same tactic in
    the same group. ``zone`` is where its days begin.
    """

    speak_unasked: bool = False
    silent: frozenset[str] = frozenset()
    cool_down: timedelta = timedelta(minutes=30)
    zone: tzinfo = UTC


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
        manners: Manners = Manners(),  # frozen
        surroundings: Surroundings | None = None,
    ) -> None:
        self._current = current
        self._find_warning = find_warning
        self._store = store
        self._clock = clock
        self._manners = manners
        self._surroundings = surroundings
        self._heard: dict[tuple[str, str], date] = {}

    def __call__(self, message: Message) -> Judged:
        """What is answered and kept. What the platform sent is stored only scrubbed."""
        now = self._clock.now()
        if message.event in _FORGETTING_EVENTS:
            forget = self._store.forget_person
            return Judged(NOTHING, partial(forget, message.channel, message.sender))
        if message.event == "feedback":
            return Judged(NOTHING, partial(self._hear, message, now))
        wish = self._wish(message)
        if wish is not None:
            return self._grant(wish, message, now)
        row = self._store.conversations.get(message.channel, message.chat, message.sender)
        state = conversation.from_json(row.state, row.touched_at, now) if row else State()
        unasked = not message.mentioned and self._may_speak(message)
        around = self._surroundings(message) if self._surroundings else NOWHERE
        warning = self._find_warning(message.text)
        answer, following = respond(message, state, self._current(), warning, unasked, around)
        if unasked and answer.reply is not None and not self._first_time(message, answer, now):
            answer = replace(answer, reply=None)
        following = replace(following, text=scrub(following.text))
        # What neighbours tell each other is no question to the bot and is not kept.
        scrubbed = scrub(message.text) if message.mentioned else ""

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
                if self._surroundings:
                    self._surroundings.note(message, around, now)
                if message.kind != "event":
                    self._store.answers.record(message, scrubbed, answer, now)
                self._note_group(message, now)

        return Judged(Reply(answer.reply, answer.verdict.name, answer.choices), keep)

    def _may_speak(self, message: Message) -> bool:
        manners = self._manners
        known = self._store.chats.one(message.channel, message.chat)
        if known is not None and known.unasked:
            return known.unasked == "on"
        return manners.speak_unasked and message.chat not in manners.silent

    def _note_group(self, message: Message, now: datetime) -> None:
        """Once a day is enough for staff to see which groups there are."""
        place, day = (message.channel, message.chat), now.astimezone(self._manners.zone).date()
        if message.chat_type != "group" or self._heard.get(place) == day:
            return
        if len(self._heard) >= MOST_GROUPS:
            self._heard.clear()
        self._heard[place] = day
        self._store.chats.seen(*place, day)

    def _first_time(self, message: Message, answer: Answer, now: datetime) -> bool:
        topic = f"warned:{answer.verdict.category}"
        cool_down = self._manners.cool_down
        return self._store.cool_downs.take(message.channel, message.chat, topic, cool_down, now)

    def _wish(self, message: Message) -> Wish | None:
        """What somebody wants of what we send unasked; nobody takes back what they never said."""
        if message.chat_type != "private" or message.kind not in ("text", "voice"):
            return None
        wish = wish_of(message.text)
        if wish == "resume" and not self._store.opt_outs.has(message.channel, message.sender):
            return None
        return wish

    def _grant(self, wish: Wish, message: Message, now: datetime) -> Judged:
        base = self._current()
        verdict = Verdict("info", subject=f"wish:{wish}")
        answer = Answer(verdict, base.lexicon.say(f"wishes.{wish}"), base.revision)

        def keep() -> None:
            with self._store.transaction():
                if wish == "stop":
                    self._store.opt_outs.add(message.channel, message.sender, now)
                else:
                    self._store.opt_outs.take_back(message.channel, message.sender)
                self._store.answers.record(message, "", answer, now)

        return Judged(Reply(answer.reply, verdict.name), keep)

    def _hear(self, message: Message, now: datetime) -> None:
        """What a resident thinks of an answer."""
        if message.text in _OPINIONS and message.event_key:
            self._store.feedback.give(
                message.channel,
                message.event_key,
                message.sender,
                _OPINIONS[message.text],
                now,
            )
