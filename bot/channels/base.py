"""The contract of a channel in: raw HTTP in, a Message out; a reply in, raw HTTP out.

A channel knows its platform's signatures, envelopes and message forms. It does not know Flask,
the store, the judge, or who calls it; ``web.py`` mounts it at ``address``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.types import Message, Reply

WINDOW_SECONDS = 300
"""How far a request's timestamp may be from our clock, either way (design §5)."""

BODY_LIMIT = 256 * 1024
"""Largest accepted request body in bytes (design §5)."""


@dataclass(frozen=True, slots=True)
class RawRequest:
    """An HTTP request as plain data. ``query`` keeps repeated parameters, values decoded once."""

    method: str
    query: tuple[tuple[str, str], ...]
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RawResponse:
    """An HTTP answer as plain data."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a message: its bytes, or the address they are to be fetched from."""

    url: str = field(default="", repr=False)
    data: bytes = field(default=b"", repr=False)


def _as_it_is(picture: bytes) -> bytes:
    return picture


@dataclass(frozen=True, slots=True)
class Incoming:
    """A verified message with what the channel needs to answer it.

    ``signature`` and ``fingerprint`` (hash of the decrypted message) are for the replay check:
    the same signature with another fingerprint is an attack, with the same one a retry.
    ``context`` is the channel's own and opaque to everybody else.

    ``unseal`` turns what was fetched of ``pictures`` into pictures (raises ``Refused``). ``asks_again``:
    the platform takes an unfinished reply and asks for the rest. ``refresh``: this is such a
    question, about the message whose key it bears; there is nothing to judge. ``reach`` is the
    platform's id of whoever can be written to later, '' where nobody can.
    """

    message: Message
    signature: str
    fingerprint: str
    context: dict[str, str] = field(default_factory=dict)
    pictures: tuple[Picture, ...] = ()
    unseal: Callable[[bytes], bytes] = _as_it_is
    asks_again: bool = False
    refresh: bool = False
    reach: str = field(default="", repr=False)


class Refused(Exception):
    """A request that must not be processed. ``reason`` is for the log, never for the sender.

    ``status`` is 403 (not authentic) or 400 (authentic address, unusable form); design §5.
    ``stray``: no platform sends this, so it says nothing about how an account is set up.
    ``reason`` holds nothing of what was sent.
    """

    def __init__(self, reason: str, status: int = 403, stray: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.stray = stray


class Channel(Protocol):
    """One account of one platform."""

    name: str
    """Channel and account, e.g. ``mp:demo``; appears in logs and in the store."""

    address: str
    """Where it is mounted, e.g. ``/callback/mp/demo``."""

    def read(self, request: RawRequest, now: datetime) -> Incoming | RawResponse:
        """Verify and parse.

        Returns a RawResponse where the channel answers by itself (address check, silence).

        Raises:
            Refused: the request is forged, stale or malformed.
        """

    def write(self, incoming: Incoming, reply: Reply, now: datetime) -> RawResponse:
        """The platform's form of a reply."""
