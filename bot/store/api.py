"""What the rest of the program asks of the store, by subject. Engines implement these.

Every method is one atomic step unless the caller opens ``transaction()``, inside which several
become one. Moments are aware datetimes; they are stored as UTC ISO text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, Protocol

from bot.store.api_editing import Editing
from bot.store.api_reception import Chats, Paces, Promises
from bot.store.api_sightings import Sightings
from bot.store.asked import AnswerLog, Questions
from bot.types import Answer, DeliveryState, Message, OutcomeKind, VerdictName

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

    def finish(
        self, message: Message, reply: str | None, now: datetime, keep: Callable[[], None]
    ) -> str | None:
        """Record the reply, and in the same step what ``keep`` writes; from now on ``claim``
        answers ``done``.

        The reply that stands: another worker's where the claim had lapsed, and then nothing is
        kept."""

    def look(self, message: Message, now: datetime) -> Claim:
        """What is known of a message without taking it; ``new`` where nobody works on it."""

    def last_answered(self, channel: str) -> datetime | None:
        """When a message of a channel was last answered, of those that are still kept."""


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """The stored state of one talk: opaque JSON text and when it was last touched."""

    state: str
    touched_at: datetime


class Conversations(Protocol):
    """State of talks, per person and chat (pseudonyms)."""

    def get(self, channel: str, chat: str, sender: str) -> ConversationRow | None: ...

    def put(self, channel: str, chat: str, sender: str, state: str, now: datetime) -> None: ...


class Answers(Protocol):
    """The log of what was answered, by whom judged (knowledge revision), texts scrubbed."""

    def record(self, message: Message, scrubbed: str, answer: Answer, now: datetime) -> None: ...

    def forget_person(self, channel: str, sender: str) -> None:
        """Delete the words of a person's questions and of the replies; the counts stay."""

    def tally(self, since: datetime) -> Mapping[VerdictName, int]:
        """How many answers of each verdict were given since then, silence not counted."""


class Feedback(Protocol):
    """What residents think of answers, one opinion per answered message and person."""

    def give(
        self, channel: str, message: str, sender: str, useful: bool | None, now: datetime
    ) -> None:
        """Record or change an opinion; None takes it back."""

    def of(self, channel: str, message: str) -> tuple[int, int]:
        """How many found the answer to this message useful, and how many did not."""


class CoolDowns(Protocol):
    """When something was last said that is not to be said again soon."""

    def take(
        self, channel: str, chat: str, topic: str, cool_down: timedelta, now: datetime
    ) -> bool:
        """True, and noted as said now, unless it was said less than ``cool_down`` ago."""


@dataclass(frozen=True, slots=True)
class LeaseRow:
    """Who holds a lease, without a break since ``since``; whoever is alive prolongs it early."""

    holder: str
    since: datetime
    ends_at: datetime


class Leases(Protocol):
    """Who may do a job that must run in one place (design §7)."""

    def take(self, name: str, holder: str, seconds: float, now: datetime) -> bool:
        """Take or prolong the lease; False while another holder's has not run out."""

    def release(self, name: str, holder: str) -> None: ...

    def held(self, name: str) -> LeaseRow | None:
        """The lease as it was last taken, also where it has run out; None once it was released."""


@dataclass(frozen=True, slots=True)
class UnansweredRow:
    """A question the judge could make nothing of; personal data already scrubbed."""

    channel: str
    scrubbed: str
    asked_at: datetime


class Unanswered(Protocol):
    """Questions of verdict ``unknown``, kept for those who write the knowledge base."""

    def unanswered(self, limit: int) -> tuple[UnansweredRow, ...]:
        """The latest ones, newest first."""

    def count(self) -> int:
        """How many nobody has decided about yet."""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """Who did what to what. ``actor`` is a person's name or a process.

    ``before`` and ``after`` are the changed thing as text, both '' where nothing is to be compared.
    """

    happened_at: datetime
    actor: str
    action: str
    subject: str
    detail: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class AuditSearch:
    """Which lines are wanted. ``subject`` also finds what lies below it (``subject/…``).

    ``since`` is included, ``until`` is not.
    """

    actor: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


class Audit(Protocol):
    """Lines that are only ever added."""

    def note(
        self,
        actor: str,
        action: str,
        subject: str,
        detail: str,
        now: datetime,
        before: str = "",
        after: str = "",
    ) -> None: ...

    def about(self, subject: str) -> tuple[AuditRow, ...]:
        """All lines about an edition (its id) or a delivery (``edition/group``), oldest first."""

    def find(self, search: AuditSearch, limit: int, offset: int = 0) -> tuple[AuditRow, ...]:
        """Newest first."""

    def actors(self) -> tuple[str, ...]:
        """Everyone who has a line, sorted."""


class Revisions(Protocol):
    """Revisions of the knowledge base that gave answers."""

    def note(self, revision: str, now: datetime) -> None:
        """Record the first use of a revision; later calls change nothing."""

    def used_since(self, revision: str) -> datetime | None: ...


class Tokens(Protocol):
    """Access tokens, shared between processes. ``name`` must not contain a secret."""

    def get(self, name: str, now: datetime) -> str | None:
        """The token, or None where there is none or it has ended."""

    def put(self, name: str, token: str, ends_at: datetime) -> None: ...

    def drop(self, name: str, token: str) -> None:
        """Forget a token the platform refused, unless another took its place meanwhile."""

    def begin_refresh(self, name: str, holder: str, now: datetime) -> bool:
        """True for the one process that may fetch a new token; for 15 s or until end_refresh."""

    def end_refresh(self, name: str, holder: str) -> None: ...


EditionState = Literal["awaiting_approval", "approved", "expired", "cancelled"]
Origin = Literal["plan", "hand", "text"]
"""What an edition was made for: a plan's own moment, a plan sent by hand, a text on its own."""


@dataclass(frozen=True, slots=True)
class EditionRow:
    """One plan at one time, frozen (design §6). ``code`` is None where nothing was rendered.

    ``slot`` is the moment of the plan it stands for, which postponing leaves as it is (None: the
    time it is scheduled for). ``alike`` says in words which earlier text it resembles, ``urgent``
    why it may pass the weekly limit; both are '' where there is nothing to say.
    """

    id: str
    plan: str
    title: str
    author: str
    scheduled_at: datetime
    created_at: datetime
    state: EditionState
    approval_required: bool
    category: str | None
    code: str | None
    hash: str
    detail: str = ""
    slot: datetime | None = None
    origin: Origin = "plan"
    alike: str = ""
    urgent: str = ""


@dataclass(frozen=True, slots=True)
class TextRow:
    """A rendered text of an edition; several deliveries may share it. ``digest`` is its SHA-256.

    ``extra`` is what its format needs besides (a link, a picture's name and hash) as JSON, or ''.
    ``text_id`` is the text of the library it was made of, '' or ``own:…`` where of none.
    """

    digest: str
    title: str
    format: str
    body: str
    extra: str = ""
    text_id: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """One person's approval of an edition as it was when its hash was ``hash``."""

    approver: str
    hash: str
    approved_at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One edition to one group.

    ``channel_hash`` is of the group's channel as it was frozen, secrets unresolved. ``tries``
    counts attempts since it was last released, ``attempts`` all of them. ``by_hand`` deliveries
    were started by a person and pass the quiet hours. ``not_before`` is when it may go (again),
    or for ``awaiting_person`` when the platform may be asked again.
    """

    edition: str
    group: str
    position: int
    channel_type: str
    channel_hash: str
    digest: str
    owner: str
    state: DeliveryState
    code: str
    detail: str
    reference: str
    by_hand: bool
    released_at: datetime
    not_before: datetime
    attempts: int = 0
    tries: int = 0
    attempted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a delivery stands, without what was said about it."""

    edition: str
    group: str
    channel_type: str
    state: DeliveryState


@dataclass(frozen=True, slots=True)
class Move:
    """Where a delivery goes, and why. ``outcome`` is None where no attempt was made."""

    to: DeliveryState
    code: str = ""
    detail: str = ""
    reference: str = ""
    not_before: datetime | None = None
    outcome: OutcomeKind | None = None


class Editions(Protocol):
    """Editions with their texts and approvals."""

    def add(
        self, edition: EditionRow, texts: Iterable[TextRow], deliveries: Iterable[DeliveryRow]
    ) -> bool:
        """Store an edition whole; False (and nothing stored) where its plan has one at that time."""

    def get(self, edition: str) -> EditionRow | None: ...

    def by_code(self, code: str) -> EditionRow | None:
        """The edition whose 预警码 has these six digits."""

    def newest(self, plan: str | None = None, limit: int = 100) -> tuple[EditionRow, ...]:
        """Last created first, of one plan or of all."""

    def in_state(self, state: EditionState) -> tuple[EditionRow, ...]: ...

    def between(self, since: datetime, until: datetime) -> tuple[EditionRow, ...]:
        """Those scheduled from ``since`` on and before ``until``, earliest first."""

    def at(self, plan: str, scheduled_at: datetime) -> EditionRow | None:
        """The plan's edition that is scheduled for this moment."""

    def published_since(self, since: datetime) -> tuple[EditionRow, ...]:
        """Approved and cancelled editions scheduled since then of which something was handed to a
        platform or a person, latest first."""

    def last_slot(self, plan: str, until: datetime) -> datetime | None:
        """The latest moment of the plan, not after ``until``, for which there is an edition,
        whatever became of it."""

    def last_warned(self, plan: str) -> Mapping[str, datetime]:
        """Per category, when this plan last warned of it (expired and cancelled do not count)."""

    def texts(self, edition: str) -> Mapping[str, TextRow]:
        """By digest."""

    def texts_last_sent(self) -> Mapping[str, datetime]:
        """Text of the library -> when the last edition was due that brought it to some group, or
        may have."""

    def approve(self, edition: str, approver: str, digest: str, now: datetime) -> None:
        """Record an approval of the edition's hash ``digest``."""

    def approvals(self, edition: str) -> tuple[ApprovalRow, ...]: ...

    def change_state(
        self, edition: str, before: EditionState, after: EditionState, detail: str = ""
    ) -> bool:
        """False where the edition is not in ``before``."""

    def replace(
        self,
        before: EditionRow,
        after: EditionRow,
        texts: Iterable[TextRow],
        deliveries: Iterable[DeliveryRow],
    ) -> bool:
        """Freeze an edition anew under its id; False (and nothing changed) where it is no longer
        as in ``before`` or an attempt was made at one of its deliveries."""

    def update(self, before: EditionRow, after: EditionRow) -> bool:
        """Change an edition's own fields; False where it is no longer as in ``before``."""

    def plan_since(self, plan: str, schedule: str, now: datetime) -> datetime:
        """Since when this plan has been known with this schedule (now, if it is new)."""


@dataclass(frozen=True, slots=True)
class UserRow:
    """A member of staff. ``password`` is an argon2 hash, ``totp`` an encrypted secret or ''.

    ``must_change`` is set while the password is one that somebody else knows. ``totp_step`` is the
    time step of the last code used, so that none is used twice.
    """

    name: str
    roles: tuple[str, ...]
    password: str
    created_at: datetime
    must_change: bool = False
    disabled: bool = False
    totp: str = ""
    totp_step: int = 0
    signed_in_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A signed-in browser. ``token`` is the SHA-256 of what the browser holds."""

    token: str
    name: str
    started_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class TriesRow:
    """Wrong tries to sign in, of one account or from one address, since the count began anew."""

    wrong: int
    last_at: datetime


class Users(Protocol):
    """Staff accounts, their sessions, and wrong tries to sign in."""

    def add(self, user: UserRow) -> bool:
        """False (and nothing changed) where the name is taken."""

    def get(self, name: str) -> UserRow | None: ...

    def all(self) -> tuple[UserRow, ...]:
        """By name."""

    def save(self, user: UserRow) -> bool:
        """Replace everything of a known user but ``totp_step``; False where there is none."""

    def use_step(self, name: str, step: int) -> bool:
        """Mark a time step as used; False where it or a later one was used before."""

    def begin_session(self, session: SessionRow) -> None: ...

    def session(self, token: str) -> SessionRow | None: ...

    def touch_session(self, token: str, now: datetime) -> None: ...

    def end_session(self, token: str) -> None: ...

    def end_sessions(self, name: str, but: str = "") -> None:
        """End all sessions of a person except the one with token ``but``."""

    def tries(self, subject: str) -> TriesRow | None: ...

    def count_try(self, subject: str, anew_before: datetime, now: datetime) -> None:
        """One more wrong try; counted from 1 where the last was before ``anew_before``."""

    def take_back_try(self, subject: str) -> None:
        """The try just counted was right after all."""

    def clear_tries(self, subject: str) -> None: ...


class Deliveries(Protocol):
    """Deliveries and the attempts made at them. Every change is conditional on the state before."""

    def of(self, edition: str) -> tuple[DeliveryRow, ...]:
        """All deliveries of an edition in the order of the group book."""

    def one(self, edition: str, group: str) -> DeliveryRow | None: ...

    def queued(self) -> tuple[DeliveryRow, ...]:
        """All queued ones, whatever the state of their edition; oldest edition first."""

    def sending(self) -> tuple[DeliveryRow, ...]: ...

    def awaiting_person(self) -> tuple[DeliveryRow, ...]:
        """All that wait for a person to paste, read out or confirm; oldest edition first."""

    def tally(self, since: datetime, until: datetime) -> Mapping[str, Mapping[DeliveryState, int]]:
        """Per edition scheduled from ``since`` on and before ``until``, how many deliveries are in
        each state."""

    def standings(self, since: datetime, until: datetime) -> tuple[Standing, ...]:
        """Of all deliveries whose editions are scheduled from ``since`` on and before ``until``."""

    def waiting(self) -> Mapping[tuple[DeliveryState, str], int]:
        """How many wait for a person, per state (unknown, awaiting_person) and channel type."""

    def unknown_in(self) -> Mapping[str, int]:
        """Editions with deliveries of which nobody knows whether they arrived, and how many."""

    def to_follow_up(self, unknown_since: datetime, now: datetime) -> tuple[DeliveryRow, ...]:
        """Those whose platform may be asked again what came of them: awaiting a person, or
        unknown with a reference by which a platform can look and attempted after that moment."""

    def claim(
        self, delivery: DeliveryRow, pace_key: str, lease: str, holder: str, now: datetime
    ) -> bool:
        """Write the intention to send: state ``sending`` and an attempt row, in one step.

        False where the delivery is no longer as it was read, its edition is not approved, or the
        lease is not this holder's."""

    def settle(self, delivery: DeliveryRow, move: Move, now: datetime) -> bool:
        """Write what came of the attempt that ``claim`` began for this row.

        A sure outcome that comes late still replaces ``unknown``. False where nothing changed."""

    def move(self, delivery: DeliveryRow, move: Move, now: datetime) -> bool:
        """Change the state without an attempt; False where it is no longer ``delivery.state``.

        An empty reference leaves the old one."""

    def release(self, edition: str, by_hand: bool, now: datetime) -> int:
        """Start the clock of an edition's queued deliveries anew (approved, or taken in hand)."""

    def postpone(self, edition: str, to: datetime) -> int:
        """Let an edition's queued deliveries wait for another moment, and not by hand."""

    def requeue_refused(self, edition: str, now: datetime) -> int:
        """Queue an edition's refused deliveries again, by hand; how many."""

    def handed_over_since(self, since: datetime, edition: str) -> Mapping[str, int]:
        """Per group, how many other editions reached it or may have since then."""

    def handed_over(self, edition: str) -> tuple[tuple[str, str], ...]:
        """Digest and group of all that was handed to a platform or a person, or may have been."""

    def texts_received_since(self, since: datetime, edition: str) -> tuple[tuple[str, str], ...]:
        """Edition and digest of each text that reached a group or may have, of other editions."""

    def receivers(self, since: datetime, edition: str, digest: str) -> tuple[str, ...]:
        """The groups that an edition's text reached, or may have, since then."""

    def attempts_since(self, since: datetime) -> tuple[tuple[str, datetime], ...]:
        """Pace key and end (else start) of every attempt begun since then, oldest first."""


RecipientState = Literal["sending", "sent", "refused", "unknown"]


class Recipients(Protocol):
    """The people behind one delivery to many, each written to at most once.

    ``delivery`` is its idempotency key, ``recipient`` a pseudonym. A row that stays ``sending``
    belongs to an attempt that was killed: nobody knows whether that person got it.
    """

    def begin(self, delivery: str, recipient: str, now: datetime) -> bool:
        """Write the intention; False where an earlier attempt reached them or may have."""

    def end(
        self, delivery: str, recipient: str, state: RecipientState, code: str, now: datetime
    ) -> None: ...

    def give_back(self, delivery: str, recipient: str) -> None:
        """The message surely did not leave: as if ``begin`` had not been."""

    def counts(self, delivery: str) -> Mapping[RecipientState, int]: ...


REACHABLE_FOR = timedelta(hours=47)
"""How long somebody who wrote may be written to, and is remembered: the platform's 48 h less an
hour, in which the daily work comes round to deleting them (protocol-push §4.3)."""


@dataclass(frozen=True, slots=True)
class ReachableRow:
    """Someone who may be written to: ``sealed`` is the encrypted platform id."""

    person: str
    sealed: str
    last_at: datetime


class Reachable(Protocol):
    """Who wrote to an official account lately, kept only as long as they may be answered."""

    def touch(self, account: str, person: str, sealed: str, at: datetime, kept: datetime) -> None:
        """They wrote at that moment, which opens a new window; an older moment changes nothing.

        Everybody who last wrote before ``kept`` is forgotten."""

    def since(self, account: str, since: datetime, most: int) -> tuple[ReachableRow, ...]:
        """Who wrote since then and got fewer than ``most`` messages after that."""

    def take(self, account: str, person: str, since: datetime, most: int) -> bool:
        """Count one more message to them before it goes; False (and nothing counted) where they
        did not write since then or had ``most`` already, whoever sent those."""

    def give_back(self, account: str, person: str) -> None:
        """The message just counted surely did not go."""

    def use_up(self, account: str, person: str, most: int) -> None:
        """The platform says that they had all of them."""

    def drop(self, account: str, person: str) -> None: ...


class OptOuts(Protocol):
    """Who asked not to be written to unasked, per channel (``mp:front``) and pseudonym."""

    def add(self, channel: str, person: str, now: datetime) -> None: ...

    def take_back(self, channel: str, person: str) -> None: ...

    def has(self, channel: str, person: str) -> bool: ...


Arrival = Literal["followed", "scanned"]
"""A new follower, or somebody who follows already and scanned a code again."""


@dataclass(frozen=True, slots=True)
class ArrivalRow:
    """How many came; ``place`` is a group of the group book, '' where no known code brought them."""

    channel: str
    place: str
    followed: int
    scanned: int


@dataclass(frozen=True, slots=True)
class ArrivalDay:
    """How many came to a place on one day of the station's calendar."""

    place: str
    day: date
    followed: int
    scanned: int


class Arrivals(Protocol):
    """How many residents each community's QR code brought. Nobody is named."""

    def count(self, channel: str, place: str, how: Arrival, day: date) -> None: ...

    def since(self, day: date) -> tuple[ArrivalRow, ...]:
        """Per channel and place, most new followers first."""

    def by_day(self, since: date, place: str | None = None) -> tuple[ArrivalDay, ...]:
        """Over all channels, earliest day first; of one place or of all."""

    def code(self, channel: str, place: str) -> str:
        """What the place's QR code holds (an address of the platform), '' where none was made."""

    def keep_code(self, channel: str, place: str, content: str, now: datetime) -> None:
        """Remember what the platform gave; the later one counts."""

    def coded(self) -> frozenset[str]:
        """The places that have a QR code."""


@dataclass(frozen=True, slots=True)
class MassJobRow:
    """One mass send of an official account. ``status`` is the platform's, '' until it tells;
    the counts (people) come with it."""

    job: str
    tag: str
    accepted_at: datetime
    status: str = ""
    total: int = 0
    filtered: int = 0
    sent: int = 0
    failed: int = 0


class MassJobs(Protocol):
    """Mass sends the platform took, and how they ended."""

    def add(self, account: str, job: str, tag: str, now: datetime) -> None:
        """Taken; again the same changes nothing."""

    def finish(self, account: str, row: MassJobRow) -> None:
        """The platform told how it ended; that may come before ``add``."""

    def one(self, account: str, job: str) -> MassJobRow | None: ...

    def taken_since(self, account: str, since: datetime) -> Mapping[str, int]:
        """How many were taken since then, per tag."""


class Store(Protocol):
    """One open store; safe to use from several threads."""

    inbox: Inbox
    conversations: Conversations
    answers: Answers
    unanswered: Unanswered
    feedback: Feedback
    cool_downs: CoolDowns
    answer_log: AnswerLog
    questions: Questions
    leases: Leases
    tokens: Tokens
    audit: Audit
    revisions: Revisions
    editions: Editions
    deliveries: Deliveries
    users: Users
    recipients: Recipients
    reachable: Reachable
    mass_jobs: MassJobs
    editing: Editing
    opt_outs: OptOuts
    arrivals: Arrivals
    promises: Promises
    paces: Paces
    chats: Chats
    sightings: Sightings

    def forget_person(self, channel: str, person: str) -> None:
        """Delete all that is kept of a person (pseudonym), or cut its link to them, as the
        platform demands of whoever leaves (protocol-callbacks §2.4)."""

    def forget(self, before: datetime, now: datetime) -> None:
        """Delete messages, talks, answers, questions and recipients older than ``before``, and
        whoever may no longer be written to (privacy)."""

    def transaction(self) -> AbstractContextManager[None]:
        """Several steps as one; nested use joins the outer one."""

    def close(self) -> None: ...
