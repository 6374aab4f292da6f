"""The contract of a channel out: render a warning, hand it to a platform, tell what came of it.

A sender knows its platform's limits, forms and error codes. It does not know the ledger, the
scheduler or who calls it. Each sender is one file; ``registry.py`` lists them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.types import Outcome, Outgoing


@dataclass(frozen=True, slots=True)
class Warning_:
    """A warning before it is fitted to a channel. ``code`` is the six digits of its 预警码."""

    title: str
    body: str
    led: str
    spoken: str
    code: str
    station: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A warning fitted to one channel. ``size`` and ``limit`` count ``unit`` (bytes or characters)."""

    format: str
    text: str
    size: int
    limit: int
    unit: str = "字节"

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
