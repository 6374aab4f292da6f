"""What residents asked, as staff look at it: rows and what the console asks of the store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from bot.types import Alternative, ChatType, VerdictName

Should = Literal["entry", "ordinary", "other"]
"""What a wrong answer should have been: an entry or guide, an ordinary message, something else."""

Reason = Literal["unknown", "marked", "useless"]
"""Why a question waits: the judge could make nothing of it, staff found its answer wrong, or the
resident found it useless."""

Decision = Literal["", "asks", "new", "ordinary", "not_ours", "done"]
"""What became of a group of questions; '' while it is open."""

Field = Literal["asks", "phrasings", "looks_like"]
"""The list of an entry, guide or ordinary subject a phrasing is meant for."""

AdditionState = Literal["pending", "taken", "dropped"]


@dataclass(frozen=True, slots=True)
class MarkRow:
    """Somebody of the staff found an answer wrong. ``item`` is the right entry, guide or subject."""

    actor: str
    marked_at: datetime
    should: Should
    item: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One answer as it was given. ``scrubbed`` and ``reply`` are without personal data, and ''
    once the person asked to be forgotten.

    ``signs`` and ``alternatives`` are what the judge saw then; ``marked`` whether staff found it
    wrong, ``useless`` whether a resident said that it did not help.
    """

    channel: str
    message: str
    chat_type: ChatType
    verdict: VerdictName
    category: str | None
    entry: str | None
    score: float
    silent: bool
    revision: str
    answered_at: datetime
    scrubbed: str
    reply: str = ""
    signs: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    stage: str = ""
    marked: bool = False
    useless: bool = False


@dataclass(frozen=True, slots=True)
class AnswerSearch:
    """Which answers are wanted; '' and None for all. ``since`` is included, ``until`` is not."""

    verdict: str = ""
    category: str = ""
    text: str = ""
    marked: bool = False
    useless: bool = False
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many answers of one verdict and category; silent ones are not counted."""

    verdict: VerdictName
    category: str | None
    count: int


class AnswerLog(Protocol):
    """The answers given, as long as they are kept."""

    def find(self, search: AnswerSearch, limit: int, offset: int = 0) -> tuple[AnswerRow, ...]:
        """Newest first."""

    def one(self, channel: str, message: str) -> AnswerRow | None: ...

    def mark_of(self, channel: str, message: str) -> MarkRow | None: ...

    def mark(self, answer: AnswerRow, mark: MarkRow) -> None:
        """Note that an answer was wrong, and put its question among those that wait."""

    def counts(self, since: datetime, until: datetime) -> tuple[Count, ...]:
        """Of the answers given from ``since`` until before ``until``."""


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question that waits, or waited, for somebody who writes the knowledge base."""

    channel: str
    message: str
    scrubbed: str
    asked_at: datetime
    reason: Reason = "unknown"


@dataclass(frozen=True, slots=True)
class GroupRow:
    """Questions that ask the same. ``example`` is the oldest that is still kept, ``marked`` how
    many of them staff found wrongly answered. ``decided_at`` is None while it is open."""

    id: str
    example: str
    size: int
    marked: int
    first_at: datetime
    last_at: datetime
    decision: Decision = ""
    item: str = ""
    actor: str = ""
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Addition:
    """A phrasing that staff want in the knowledge base; whoever edits it takes it into a draft or
    drops it.

    ``item`` is the id of an entry, guide or ordinary subject, '' for an entry not yet written.
    ``id`` is made of item, field and text: the same wish twice is one.
    """

    id: str
    item: str
    field: Field
    text: str
    actor: str
    added_at: datetime
    state: AdditionState = "pending"
    group: str = ""


class Questions(Protocol):
    """Questions that wait, in groups of like ones, and what was decided of them."""

    def ungrouped(self, limit: int) -> tuple[QuestionRow, ...]:
        """Those not yet in a group, oldest first."""

    def growing(self, limit: int) -> tuple[GroupRow, ...]:
        """The groups that new questions may join: open ones and ``not_ours``, latest first."""

    def put(self, group: str, questions: Sequence[QuestionRow]) -> None:
        """Put questions into a group, which is made if it is not there, and opened again if what
        was decided of it does not hold for later questions."""

    def groups(
        self, open_only: bool, limit: int, offset: int = 0, text: str = ""
    ) -> tuple[GroupRow, ...]:
        """Open ones, the largest first; or decided ones, latest decision first; with ``text``
        only those in whose example it occurs."""

    def open_groups(self, text: str = "") -> int:
        """How many groups are open; with ``text`` those in whose example it occurs."""

    def group(self, group: str) -> GroupRow | None: ...

    def in_group(self, group: str, limit: int) -> tuple[QuestionRow, ...]:
        """Newest first."""

    def decide(
        self, group: GroupRow, decision: Decision, item: str, actor: str, now: datetime
    ) -> bool:
        """Close a group (or open it again with ''); False where somebody decided meanwhile."""

    def add(self, additions: Iterable[Addition]) -> int:
        """Keep those that are not there yet, and offer those again that were taken (into a draft
        that may be gone) or dropped; how many are pending because of this."""

    def additions(self, state: AdditionState, limit: int) -> tuple[Addition, ...]:
        """Newest first."""

    def move_addition(self, addition: str, state: AdditionState) -> bool:
        """From ``pending`` to another state; False where it is not pending."""
