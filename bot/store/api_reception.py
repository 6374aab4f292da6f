"""What receiving messages asks of the store besides the inbox: pace, promises, chats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal, Protocol

PACE_SECONDS = 60
PROMISE_KEPT = timedelta(hours=47)
"""How long an answer is kept for somebody: as long as they may be written to (REACHABLE_FOR)."""


class Paces(Protocol):
    """How many messages each sender had judged lately, counted by all processes together."""

    def admits(self, channel: str, sender: str, most: int, now: datetime) -> bool:
        """Whether one more is within ``most`` in PACE_SECONDS, and then count it.

        One that is not is not counted: whoever waits a minute is heard again."""


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """A message whose answer was promised. ``sealed`` is what is needed for it, encrypted;
    ``tries`` counts how often somebody took it in hand, this time included."""

    channel: str
    message: str
    sender: str
    sealed: str = field(repr=False)
    promised_at: datetime
    tries: int


@dataclass(frozen=True, slots=True)
class OwedRow:
    """A promised answer that is there. ``reply`` is as the inbox stores replies."""

    channel: str
    message: str
    sender: str
    sealed: str = field(repr=False)
    reply: str = field(repr=False)
    promised_at: datetime


class Promises(Protocol):
    """Answers that take longer than the platform waits, until they have reached their person.

    looking   promised, to be worked out
    ready     worked out, to be sent
    sending   on its way; whoever sends it may have died
    owed      cannot be sent: to be told when the person next writes
    telling   part of the answer to a message that is being answered now
    """

    def add(self, row: PromiseRow) -> None: ...

    def take(self, now: datetime, seconds: float) -> tuple[PromiseRow, ...]:
        """All promises of the person who has waited longest, oldest first; nobody else gets them
        for ``seconds``. Empty where nothing is to be done."""

    def put_off(self, rows: Sequence[PromiseRow], until: datetime) -> None:
        """Try these again later."""

    def answer(self, rows: Sequence[PromiseRow], reply: str, by_push: bool, now: datetime) -> bool:
        """One answer to all of these: to be sent, or to be told. False where it was answered by
        somebody else meanwhile, or its person is to be forgotten."""

    def drop(self, rows: Sequence[PromiseRow]) -> None:
        """There is nothing to say about these."""

    def begin_sending(self, now: datetime, seconds: float) -> OwedRow | None:
        """The oldest answer that may be sent now, marked as on its way for ``seconds``."""

    def sent(self, row: OwedRow) -> None: ...

    def send_again(self, row: OwedRow, at: datetime) -> None:
        """It surely did not arrive, or arriving twice does no harm."""

    def owe(self, row: OwedRow) -> None:
        """It cannot be sent, or nobody knows whether it arrived."""

    def lost(self, now: datetime) -> tuple[OwedRow, ...]:
        """Those on their way for longer than they should be."""

    def tell(
        self, channel: str, sender: str, message: str, now: datetime, seconds: float
    ) -> tuple[OwedRow, ...]:
        """What is owed to the writer of ``message``, for ``seconds`` to this message's answer only."""

    def told(self, channel: str, sender: str, message: str) -> None:
        """The answer to ``message`` stands, with all of that in it."""


ChatSetting = Literal["", "on", "off"]
"""Whether the bot may speak unasked in a chat: '' as the configuration says."""


@dataclass(frozen=True, slots=True)
class ChatRow:
    """A group the bot sits in. ``chat`` is its pseudonym, ``name`` what staff call it, ``seen_on``
    the day of its last message (None: only set up so far)."""

    channel: str
    chat: str
    name: str = ""
    unasked: ChatSetting = ""
    seen_on: date | None = None


class Chats(Protocol):
    """The groups the bot sits in, and what was set for them. Of what is said there: nothing."""

    def seen(self, channel: str, chat: str, day: date) -> None:
        """A message came from there."""

    def all(self) -> tuple[ChatRow, ...]:
        """Those with a name first, then the latest seen."""

    def one(self, channel: str, chat: str) -> ChatRow | None: ...

    def set(self, channel: str, chat: str, name: str, unasked: ChatSetting) -> None:
        """Name and setting; the chat need not have been seen."""
