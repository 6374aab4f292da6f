"""What the rest of the program asks of the store, by subject. Engines implement these.

Every method is one atomic step unless the caller opens ``transaction()``, inside which several
become one. Moments are aware datetimes; they are stored as UTC ISO text.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from bot.types import Answer, Message

ClaimKind = Literal["new", "done", "busy", "forged"]


@dataclass(frozen=True, slots=True)
class Claim:
    """What the inbox knows of a message.

    new     ours to judge (first time, or an earlier attempt died before it was answered)
    done    judged before; ``reply`` (None = silence) is what was answered
    busy    another worker is judging it right now
    forged  its signature came before with another message
    """

    kind: ClaimKind
    reply: str | None = None


class Inbox(Protocol):
    """Messages received, each judged once, also across workers and restarts."""

    def claim(self, message: Message, signature: str, fingerprint: str, now: datetime) -> Claim:
        """Take a message for judging, or learn that it is being or was judged.

        A claim left unanswered for 10 seconds is given out again."""

    def finish(self, message: Message, reply: str | None, now: datetime) -> None:
        """Record the reply; from now on ``claim`` answers ``done``."""


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """The stored state of one talk: opaque JSON text and when it was last touched."""

    state: str
    touched_at: datetime


class Conversations(Protocol):
    """State of talks, per person and chat (pseudonyms)."""

    def get(self, channel: str, chat: str, sender: str) -> ConversationRow | None: ...

    def put(self, channel: str, chat: str, sender: str, state: str, now: datetime) -> None: ...

    def forget_person(self, channel: str, sender: str) -> None:
        """Delete what is kept of a person (unsubscribe; protocol-callbacks §2.4)."""


class Answers(Protocol):
    """The log of what was answered, by whom judged (knowledge revision), text scrubbed."""

    def record(self, message: Message, scrubbed: str, answer: Answer, now: datetime) -> None: ...


class Leases(Protocol):
    """Who may do a job that must run in one place (design §7)."""

    def take(self, name: str, holder: str, seconds: float, now: datetime) -> bool:
        """Take or prolong the lease; False while another holder's has not run out."""

    def release(self, name: str, holder: str) -> None: ...


class Store(Protocol):
    """One open store; safe to use from several threads."""

    inbox: Inbox
    conversations: Conversations
    answers: Answers
    leases: Leases

    def transaction(self) -> AbstractContextManager[None]:
        """Several steps as one; nested use joins the outer one."""

    def close(self) -> None: ...
