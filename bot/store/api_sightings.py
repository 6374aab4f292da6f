"""What was last seen of channels and processes: rows and what the program asks of the store.

Only what no other table tells is kept here: messages stand in the inbox, leases among the leases.
Nothing personal: subjects are accounts, keys as fingerprints, and groups of the group book.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

SightingKind = Literal[
    "verified",
    "heard",
    "refused",
    "stray",
    "failed",
    "reached",
    "unreached",
    "tried",
    "retention",
    "left",
]
"""verified   a platform checked the address of a callback and got its answer
heard      a callback that needs no answer and so is in no inbox
refused    a callback that was turned away (wrong signature, cannot be decrypted, malformed)
stray      the same, but nothing that a platform would send: somebody looks around
failed     a callback that was left unanswered by a fault of ours
reached    a platform took what was sent
unreached  it did not, or nobody knows
tried      a person tried an account out; ``outcome`` says what came of it
retention  old data were deleted
left       whoever sends ended in good order
"""


@dataclass(frozen=True, slots=True)
class Sighting:
    """The latest of its kind. ``subject`` is a channel in (``mp:front``), an account tried out, or
    a channel out with what its pace is counted by; ``place`` a group of the group book, or ''.

    ``count`` is how many there were since ``since``; a day without one begins a new series.
    """

    kind: SightingKind
    subject: str
    at: datetime
    place: str = ""
    outcome: str = ""
    code: str = ""
    words: str = ""
    count: int = 1
    since: datetime | None = None


class Sightings(Protocol):
    """One row for each kind, subject and place."""

    def note(self, sightings: Iterable[Sighting]) -> None:
        """Keep them, in one step; of the same kind, subject and place the latest is told and all
        are counted."""

    def of(self, *kinds: SightingKind) -> tuple[Sighting, ...]:
        """All of these kinds, latest first."""
