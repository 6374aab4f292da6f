"""企业群发: a call creates a task, nothing arrives before the group's owner confirms it
(protocol-push §3, §7.5)."""

from __future__ import annotations

import calendar
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.platform.answers import Refusal
from bot.platform.ledger import Ledger
from bot.platform.settings import CustomerGroup

_TEXT_BYTES = 4000
_ATTACHMENTS = 9
_CHATS = 2000
_REMINDERS_PER_DAY = 3
_DAY = timedelta(days=1)

NOT_SENT, SENT, OVER_LIMIT = 0, 1, 3
"""Results of one chat (protocol-push §3.5); 2, "not a friend", exists for single chats only."""


@dataclass(slots=True)
class Task:
    """One 企业群发 of one owner. ``results`` holds each chat's status and, once sent, when."""

    msgid: str
    owner: str
    text: str
    attachments: list[object]
    created_at: datetime
    results: dict[str, tuple[int, datetime | None]]
    confirmed_at: datetime | None = None
    ignored: bool = False
    cancelled: bool = False
    reminders: list[datetime] = field(default_factory=list)

    @property
    def waiting(self) -> bool:
        """Whether the owner's phone still shows it."""
        return self.confirmed_at is None and not self.ignored and not self.cancelled


class MassConfirm:
    """The tasks. ``dispatch_seconds`` is a switch: how long a new task answers 41063."""

    def __init__(
        self,
        chats: Mapping[str, CustomerGroup],
        clock: Clock,
        ledger: Ledger,
        zone: ZoneInfo,
        dispatch_seconds: float,
    ) -> None:
        self.dispatch_seconds = dispatch_seconds
        self._chats = dict(chats)
        self._clock = clock
        self._ledger = ledger
        self._zone = zone
        self._tasks: dict[str, Task] = {}
        self._monthly: Counter[tuple[str, int, int]] = Counter()
        self._lock = Lock()

    def add_chats(self, chats: Mapping[str, CustomerGroup]) -> None:
        """Further customer groups: chat_id -> group and owner."""
        with self._lock:
            self._chats.update(chats)

    def group_of(self, chat_id: str) -> str:
        """The group behind a chat_id."""
        return self._chats[chat_id].group

    def add(self, payload: Mapping[str, object]) -> tuple[str, list[str]]:
        """add_msg_template: the new task's msgid and the chats nothing can be sent to.

        Raises:
            Refusal: 40058 form; 40063 empty; 41048 nobody; 41064, 45002 too much.
        """
        text = _text_of(payload)
        attachments = _list_of(payload, "attachments")
        if not text and not attachments:
            raise Refusal(40063, "text and attachments are both empty")
        if len(text.encode()) > _TEXT_BYTES:
            raise Refusal(45002)
        if len(attachments) > _ATTACHMENTS:
            raise Refusal(41064)
        if payload.get("chat_type", "single") != "group":
            # This platform has customer groups but no customers to write to one by one.
            raise Refusal(41048)
        sender = payload.get("sender")
        if not isinstance(sender, str) or not sender:
            raise Refusal(40058, "sender missing")
        wanted = [str(chat) for chat in _list_of(payload, "chat_id_list")]
        if len(wanted) > _CHATS:
            raise Refusal(40058, f"chat_id_list exceed max length {_CHATS}")
        with self._lock:
            owned = [chat for chat, group in self._chats.items() if group.owner == sender]
            failed = [chat for chat in wanted if chat not in owned]
            targets = [chat for chat in dict.fromkeys(wanted) if chat in owned] or (
                [] if wanted else owned
            )
            if not targets:
                raise Refusal(41048)
            task = Task(
                msgid=f"msgG{secrets.token_urlsafe(12)}",
                owner=sender,
                text=text,
                attachments=attachments,
                created_at=self._clock.now(),
                results=dict.fromkeys(targets, (NOT_SENT, None)),
            )
            self._tasks[task.msgid] = task
            return task.msgid, failed

    def task(self, msgid: object) -> Task:
        """A task by its msgid.

        Raises:
            Refusal: 41046 missing, 41047 unknown, 41063 still being dispatched.
        """
        with self._lock:
            task = self._find(msgid)
            self._refuse_fresh(task)
            return task

    def between(self, start: datetime, end: datetime, creator: str) -> list[Task]:
        """Tasks created in a span, oldest first; ``creator`` '' means anybody's.

        Raises:
            Refusal: 41063 while one of them is being dispatched.
        """
        with self._lock:
            found = [
                task
                for task in self._tasks.values()
                if start <= task.created_at <= end and creator in ("", task.owner)
            ]
            for task in found:
                self._refuse_fresh(task)
            return found

    def remind(self, msgid: object) -> None:
        """Remind the owner.

        Raises:
            Refusal: as ``task``; 41093 cancelled; 41094 more than 3 in 24 hours.
        """
        with self._lock:
            task = self._find(msgid)
            if task.cancelled:
                raise Refusal(41093)
            now = self._clock.now()
            if sum(now - moment < _DAY for moment in task.reminders) >= _REMINDERS_PER_DAY:
                raise Refusal(41094)
            task.reminders.append(now)

    def cancel(self, msgid: object) -> None:
        """Stop what is not yet sent.

        Raises:
            Refusal: as ``task``; 41093 cancelled before.
        """
        with self._lock:
            task = self._find(msgid)
            if task.cancelled:
                raise Refusal(41093)
            task.cancelled = True

    def confirm(self, msgid: str, chats: tuple[str, ...] | None = None) -> int:
        """The owner's tap: to all chats of the task or some; how many received it.

        A second tap changes nothing. A chat that has had as many 群发 this month as the month has
        days gets result 3 instead (protocol-push §3.2).

        Raises:
            Refusal: 41047 unknown, 41093 cancelled.
        """
        with self._lock:
            task = self._find(msgid)
            if task.cancelled:
                raise Refusal(41093)
            if task.confirmed_at is not None:
                return 0
            now = self._clock.now()
            task.confirmed_at = now
            chosen = task.results.keys() if chats is None else task.results.keys() & set(chats)
            return sum(self._deliver(task, chat, now) for chat in sorted(chosen))

    def _deliver(self, task: Task, chat: str, now: datetime) -> bool:
        local = now.astimezone(self._zone)
        month = (chat, local.year, local.month)
        if self._monthly[month] >= calendar.monthrange(local.year, local.month)[1]:
            task.results[chat] = (OVER_LIMIT, None)
            return False
        self._monthly[month] += 1
        task.results[chat] = (SENT, now)
        self._ledger.receive(
            now, self._chats[chat].group, "mass", "text", task.text, reference=task.msgid
        )
        return True

    def ignore(self, msgid: str) -> None:
        """The owner swipes the task away: it stays unsent.

        Raises:
            Refusal: 41047 unknown.
        """
        with self._lock:
            self._find(msgid).ignored = True

    def waiting(self) -> tuple[Task, ...]:
        """What owners' phones show, oldest first."""
        with self._lock:
            return tuple(task for task in self._tasks.values() if task.waiting)

    def _find(self, msgid: object) -> Task:
        if not msgid:
            raise Refusal(41046)
        task = self._tasks.get(msgid) if isinstance(msgid, str) else None
        if task is None:
            raise Refusal(41047)
        return task

    def _refuse_fresh(self, task: Task) -> None:
        age = (self._clock.now() - task.created_at).total_seconds()
        if age < self.dispatch_seconds:
            raise Refusal(41063)


def _text_of(payload: Mapping[str, object]) -> str:
    text = payload.get("text", {})
    content = text.get("content", "") if isinstance(text, dict) else None
    if not isinstance(content, str):
        raise Refusal(40058, "text.content is not a string")
    return content


def _list_of(payload: Mapping[str, object], name: str) -> list[object]:
    value = payload.get(name) or []
    if not isinstance(value, list):
        raise Refusal(40058, f"{name} is not a list")
    return value
