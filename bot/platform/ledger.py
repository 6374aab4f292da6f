"""What each group really received: the key assertion of every fault test (protocol-push §7.8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Literal

Road = Literal["robot", "mass", "app", "mass_send", "service", "sms", "webhook"]


@dataclass(frozen=True, slots=True)
class Received:
    """One message that appeared in a group, or reached a person (``group`` is then a member's id,
    an openid or a phone number, for a web hook the name it was called by).

    ``number`` counts from 1 over all groups; ``form`` is the platform's msgtype; ``reference`` is
    the 企业群发 msgid, the mass send's job, the text message's serial number or the id a web hook
    was given (a robot's messages have none).
    """

    number: int
    at: datetime
    group: str
    road: Road
    form: str
    text: str
    mentioned: tuple[str, ...] = ()
    reference: str = ""


class Ledger:
    """Only ever added to; safe from several threads."""

    def __init__(self) -> None:
        self._received: list[Received] = []
        self._lock = Lock()

    def receive(
        self,
        at: datetime,
        group: str,
        road: Road,
        form: str,
        text: str,
        mentioned: tuple[str, ...] = (),
        reference: str = "",
    ) -> Received:
        """A message appears in a group."""
        with self._lock:
            number = len(self._received) + 1
            row = Received(number, at, group, road, form, text, mentioned, reference)
            self._received.append(row)
            return row

    def since(self, number: int = 0, group: str | None = None) -> tuple[Received, ...]:
        """Messages after that number, of one group or of all, in order."""
        with self._lock:
            rows = self._received[max(number, 0) :]
        return tuple(row for row in rows if group in (None, row.group))

    def texts(self, group: str) -> tuple[str, ...]:
        """What a group has read, in order."""
        return tuple(row.text for row in self.since(group=group))

    def counts(self) -> Mapping[str, int]:
        """Messages per group; groups that received nothing are absent."""
        return Counter(row.group for row in self.since())
