"""Mass sends of an official account: jobs, quotas, how they end (protocol-push §4.2, §7.6)."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.platform.answers import Refusal
from bot.platform.ledger import Ledger
from bot.platform.materials import Materials

_REMEMBERED = timedelta(hours=24)
_TOO_FAST = timedelta(minutes=1)
_ADMIN = timedelta(minutes=30)
_PER_MONTH = 4
_CALLS_A_DAY: Mapping[str, int] = {"service": 100, "subscription": 1}
_CLIENT_ID_BYTES = 64
_TEXT_BYTES = 2048


class Repeated(Refusal):
    """45065: this clientmsgid was sent before; the answer names that job."""

    def __init__(self, job: int) -> None:
        super().__init__(45065)
        self.job = job


@dataclass(slots=True)
class Job:
    """One mass send. ``status`` is '' while it is under way, then as in the finish event."""

    id: int
    tag: int
    form: str
    text: str
    created_at: datetime
    needs_admin: bool
    allowed: bool | None = None
    status: str = ""
    total: int = 0
    filtered: int = 0
    sent: int = 0
    failed: int = 0


class MassSends:
    """The jobs. ``job_seconds`` (on the clock) is how long one takes, ``admin_confirm`` is the
    account's API protection: a job waits for its admin. ``ended`` is called with each job that
    ended, outside the lock."""

    def __init__(
        self,
        kind: str,
        followers: Mapping[int, tuple[str, ...]],
        materials: Materials,
        clock: Clock,
        ledger: Ledger,
        zone: ZoneInfo,
        ended: Callable[[Job], None],
    ) -> None:
        self.job_seconds = 0.0
        self.admin_confirm = False
        self._kind = kind
        self._followers = dict(followers)
        self._refusing: set[str] = set()
        self._materials = materials
        self._clock = clock
        self._ledger = ledger
        self._zone = zone
        self._ended = ended
        self._jobs: dict[int, Job] = {}
        self._clients: dict[str, tuple[int, datetime, datetime]] = {}
        self._calls: Counter[str] = Counter()
        self._monthly: Counter[tuple[str, int, int]] = Counter()
        self._lock = Lock()

    def follow(self, tag: int, people: tuple[str, ...]) -> None:
        """These and no others have the tag."""
        with self._lock:
            self._followers[tag] = people

    def refuse_from(self, openid: str) -> None:
        """A follower who does not want mass sends: counted, but filtered out."""
        with self._lock:
            self._refusing.add(openid)

    def send(self, payload: Mapping[str, object]) -> Job:
        """sendall: the job, queued.

        Raises:
            Refusal: 45067, 45066, 45065 (``Repeated``), 45028, 45159, 40008, 40007, 44004, 45002.
        """
        with self._lock:
            now = self._clock.now()
            client = payload.get("clientmsgid")
            if isinstance(client, str):
                self._check_client(client, now)
            tag = _tag(payload)
            if tag not in self._followers:
                raise Refusal(45159)
            form, text = self._content(payload)
            local = now.astimezone(self._zone)
            day = local.date().isoformat()
            if self._calls[day] >= _CALLS_A_DAY[self._kind]:
                raise Refusal(45028, "has no masssend quota")
            if form == "mpnews":
                text = self._materials.take(_inner(payload, "mpnews").get("media_id")).text
            self._calls[day] += 1
            job = Job(10**9 + secrets.randbelow(10**9), tag, form, text, now, self.admin_confirm)
            self._jobs[job.id] = job
            if isinstance(client, str):
                self._clients[client] = (job.id, now, now)
            return job

    def job(self, job_id: object) -> Job:
        """mass/get, after what is due was done.

        Raises:
            Refusal: 40059 no such job.
        """
        self.run_due()
        number = str(job_id)
        with self._lock:
            known = number.isascii() and number.isdigit()
            job = self._jobs.get(int(number)) if known else None
            if job is None:
                raise Refusal(40059)
            return job

    def jobs(self) -> tuple[Job, ...]:
        with self._lock:
            return tuple(self._jobs.values())

    def decide(self, job_id: int, allowed: bool) -> None:
        """The admin's answer on the phone.

        Raises:
            Refusal: 40059 no such job waits for one.
        """
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or not job.needs_admin or job.status or job.allowed is not None:
                raise Refusal(40059)
            job.allowed = allowed
        self.run_due()

    def run_due(self) -> None:
        """End every job whose time has come."""
        with self._lock:
            ended = [job for job in self._jobs.values() if not job.status and self._ends(job)]
        for job in ended:
            self._ended(job)

    def _ends(self, job: Job) -> bool:
        now = self._clock.now()
        age = now - job.created_at
        if job.needs_admin and job.allowed is None:
            job.status = "err(40002)" if age >= _ADMIN else ""
        elif job.allowed is False:
            job.status = "err(40001)"
        elif age >= timedelta(seconds=self.job_seconds):
            self._deliver(job, now)
        return bool(job.status)

    def _deliver(self, job: Job, now: datetime) -> None:
        people = self._followers.get(job.tag, ())
        willing = [person for person in people if person not in self._refusing]
        local = now.astimezone(self._zone)
        for person in willing:
            month = (person, local.year, local.month)
            if self._kind == "service" and self._monthly[month] >= _PER_MONTH:
                job.failed += 1
                continue
            self._monthly[month] += 1
            job.sent += 1
            self._ledger.receive(
                now, person, "mass_send", job.form, job.text, reference=str(job.id)
            )
        job.total, job.filtered, job.status = len(people), len(willing), "send success"

    def _check_client(self, client: str, now: datetime) -> None:
        if len(client.encode()) > _CLIENT_ID_BYTES:
            raise Refusal(45067)
        known = self._clients.get(client)
        if known is None or now - known[1] >= _REMEMBERED:
            return
        job, first, last = known
        self._clients[client] = (job, first, now)
        if now - last < _TOO_FAST:
            raise Refusal(45066)
        raise Repeated(job)

    def _content(self, payload: Mapping[str, object]) -> tuple[str, str]:
        form = payload.get("msgtype")
        if form == "mpnews":
            if not self._materials.has(_inner(payload, "mpnews").get("media_id")):
                raise Refusal(40007)
            return "mpnews", ""
        if form != "text":
            raise Refusal(40008)
        text = _inner(payload, "text").get("content")
        if not isinstance(text, str) or not text.strip():
            raise Refusal(44004)
        if len(text.encode()) > _TEXT_BYTES:
            raise Refusal(45002)
        return "text", text


def _inner(payload: Mapping[str, object], name: str) -> Mapping[str, object]:
    fields = payload.get(name)
    return fields if isinstance(fields, dict) else {}


def _tag(payload: Mapping[str, object]) -> int:
    chosen = _inner(payload, "filter")
    tag = chosen.get("tag_id")
    if chosen.get("is_to_all") is not False or not isinstance(tag, int):
        raise Refusal(40035)
    return tag
