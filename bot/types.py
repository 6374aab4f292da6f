"""Plain data that crosses borders between packages. No behaviour beyond small derived values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ChatType = Literal["private", "group"]
Kind = Literal[
    "text", "voice", "image", "video", "location", "file", "card", "record", "event", "other"
]
"""``card`` is a forwarded mini program, ``record`` a forwarded piece of chat."""
VerdictName = Literal["emergency", "scam", "suspicious", "unknown", "info", "off_topic"]

POSITIVE: frozenset[VerdictName] = frozenset({"emergency", "scam", "suspicious"})


@dataclass(frozen=True, slots=True)
class Message:
    """One thing a resident sent, the same whichever platform brought it.

    ``key`` identifies it for duplicates (the platform's message id, or the event key of
    protocol-callbacks §2.6). ``sender`` and ``chat`` are pseudonyms (keyed hashes): the
    platform's own ids never travel past the channel. ``trouble`` says why the words of its
    pictures are not known (pictures/seen.py, and ``no_words``), '' where they are.
    """

    key: str
    channel: str
    sender: str
    chat: str
    chat_type: ChatType
    kind: Kind
    text: str = ""
    event: str = ""
    event_key: str = ""
    mentioned: bool = True
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Alternative:
    """A near miss of the judge: an entry or guide with its score (0..1)."""

    entry: str
    category: str | None
    score: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the judge decided about one text (design §2).

    ``entry`` is a scam entry's or guide's id, ``quotes`` are the resident's own words (slices of
    the original text) that show a sign, ``signs`` their ids in knowledge/signals.yaml. ``stage``
    is how far an emergency has gone, ``subject`` which reply is meant within a verdict, ``choices``
    the entries offered, ``siblings`` the next best entries of the chosen one's category, ``looks`` what the official list says: (kind, as written, owner's name).
    """

    name: VerdictName
    category: str | None = None
    entry: str | None = None
    score: float = 0.0
    alternatives: tuple[Alternative, ...] = ()
    signs: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    stage: str | None = None
    subject: str | None = None
    choices: tuple[str, ...] = ()
    siblings: tuple[str, ...] = ()
    looks: tuple[tuple[str, str, str], ...] = ()

    @property
    def positive(self) -> bool:
        return self.name in POSITIVE


@dataclass(frozen=True, slots=True)
class Choice:
    """What a resident may tap where a channel has buttons; ``key`` comes back when it is."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict and the words for it. ``reply`` is None where the bot stays silent."""

    verdict: Verdict
    reply: str | None
    kb: str
    choices: tuple[Choice, ...] = ()

    @property
    def silent(self) -> bool:
        return self.reply is None


@dataclass(frozen=True, slots=True)
class Reply:
    """What the flow hands back for a message, and what every repetition of it gets again.

    ``text`` is None for silence, ``choices`` may be shown as buttons. ``unfinished``: these words
    hold the line, the answer follows when the platform asks again.
    """

    text: str | None
    verdict: VerdictName = "unknown"
    choices: tuple[Choice, ...] = ()
    unfinished: bool = False


DeliveryState = Literal[
    "queued",
    "sending",
    "sent",
    "refused",
    "unknown",
    "awaiting_person",
    "expired",
    "cancelled",
]

OutcomeKind = Literal["sent", "refused", "later", "not_sent", "unknown", "awaiting_person"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt to hand a text to a platform (protocol-push §0).

    sent             the platform took it; ``reference`` is its id where it gives one
    awaiting_person  a task exists, a person must confirm or paste; ``reference`` names the task
    refused          surely not delivered, repeating it unchanged will not help
    later            surely not delivered, may go again after ``retry_after`` seconds (rate, busy)
    not_sent         the request never left this machine (connection refused, DNS): may go again
    unknown          the request left and no answer came back: only a person decides
    """

    kind: OutcomeKind
    code: str = ""
    detail: str = ""
    reference: str = ""
    retry_after: float = 0.0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One rendered text for one group, ready for a sender.

    ``target`` is the group's channel with its secrets resolved (design §6 channel types);
    ``owner`` is who must act when a person is needed; ``format`` is what the sender rendered.
    """

    group: str
    target: Mapping[str, object]
    owner: str
    title: str
    text: str
    format: str = "text"
    idempotency_key: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)
