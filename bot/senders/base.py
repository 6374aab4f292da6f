"""The contract of a channel out: render a warning, hand it to a platform, tell what came of it.

A sender knows its platform's limits, forms and error codes. It does not know the ledger, the
scheduler or who calls it. Each sender is one file; ``registry.py`` lists them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from bot.types import Outcome, Outgoing


@dataclass(frozen=True, slots=True)
class Warning_:
    """A warning before it is fitted to a channel. ``code`` is the six digits of its 预警码.

    ``format`` is what its author asked for (``layout.FORMATS``), '' for what suits the channel
    best. ``picture`` names a file among the pictures, ``picture_hash`` is the file's SHA-256.
    """

    title: str
    body: str
    led: str
    spoken: str
    code: str
    station: str
    format: str = ""
    url: str = ""
    picture: str = ""
    picture_hash: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A warning fitted to one channel. ``size`` and ``limit`` count ``unit`` (bytes or characters).

    ``extra`` is what ``send`` needs besides the text, frozen with it; ``notes`` tell whoever looks
    at the preview where this channel cannot do what the author asked for.
    """

    format: str
    text: str
    size: int
    limit: int
    unit: str = "字节"
    extra: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        return 0 < self.size <= self.limit


@dataclass(frozen=True, slots=True)
class Pace:
    """A platform's rate limit per key: ``count`` messages in ``seconds``, ``in_flight`` at once."""

    count: int
    seconds: float
    in_flight: int


class Sender(Protocol):
    """One channel type of design §6."""

    type: str
    pace: Pace | None

    def missing(self, target: Mapping[str, object]) -> str:
        """In plain words what this group's channel lacks (a key not set, no account), or ''."""

    def pace_key(self, target: Mapping[str, object]) -> str:
        """What the pace is counted by (a hash of the robot's key, never the key itself)."""

    def render(self, warning: Warning_) -> Rendered:
        """Pure: the text as the group will see it. Never cuts; the caller checks ``fits``."""

    def send(self, outgoing: Outgoing) -> Outcome:
        """Hand it over once. Never retries, never raises for anything the network does."""

    def follow_up(self, outgoing: Outgoing, reference: str) -> Outcome | None:
        """For ``awaiting_person``: ask the platform what came of it; None where nothing is new
        or nobody can be asked (hand-pasted texts)."""


@runtime_checkable
class Noted(Protocol):
    """A sender that has something to say about a group's channel before anything is sent."""

    def notes(self, target: Mapping[str, object]) -> tuple[str, ...]:
        """In plain words, for the preview: limits used up so far, who is reached. No network."""


@dataclass(frozen=True, slots=True)
class Quota:
    """How much of a platform's limit this program has used up; what people send by hand in the
    platform's own pages counts too, but cannot be seen from here."""

    account: str
    whose: str
    span: str
    used: int
    most: int


@runtime_checkable
class Metered(Protocol):
    """A sender that knows limits of its platform over days or months."""

    def quotas(self, target: Mapping[str, object]) -> tuple[Quota, ...]:
        """What a group's channel has used and may use. No network."""


@runtime_checkable
class Particular(Protocol):
    """A sender of whose error codes some concern the one group, however well the account works."""

    own_codes: frozenset[str]


@runtime_checkable
class Remindable(Protocol):
    """A sender whose platform can remind the person a delivery waits for."""

    def remind(self, outgoing: Outgoing, reference: str) -> Outcome:
        """``sent`` once the platform took it. Never repeated by itself."""


@runtime_checkable
class Withdrawable(Protocol):
    """A sender whose platform can stop what waits for a person."""

    def withdraw(self, outgoing: Outgoing, reference: str) -> Outcome:
        """``refused`` with code ``withdrawn``: stopped, nobody got it, nobody will. ``sent``: some
        or all had it before. Anything else: nothing is sure, it still waits."""


WITHDRAWN = "withdrawn"
