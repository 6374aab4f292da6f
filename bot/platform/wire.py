"""What really went over the wire for one message, for those who want to see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.platform.callbacks import Reply
from bot.platform.envelope import BadEnvelope


@dataclass(frozen=True, slots=True)
class Wire:
    """One signed request and its answer, each as sent and as it reads once opened.

    ``status`` is 0 and ``answer`` empty where no answer came in time. ``tries`` is how often the
    platform sent it.
    """

    address: str
    query: Mapping[str, str]
    body: str
    plain: str
    status: int
    seconds: float
    answer: str
    answer_plain: str
    tries: int


def wire_of(address: str, reply: Reply, opened: Callable[[bytes], str]) -> Wire | None:
    """The last exchange of a callback; None where nothing was sent."""
    if not reply.attempts:
        return None
    last = reply.attempts[-1]
    if last.sent is None:
        return None
    try:
        inside = opened(last.body)
    except BadEnvelope as error:
        inside = f"（解不开：{error}）"
    return Wire(
        address=address,
        query=last.sent.query,
        body=last.sent.body.decode(),
        plain=last.sent.plain,
        status=last.status,
        seconds=round(last.seconds, 3),
        answer=last.body.decode(errors="replace"),
        answer_plain=inside,
        tries=len(reply.attempts),
    )
