"""Each message judged once; its duplicates get the same reply (design §5)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NamedTuple

from bot.channels.base import Incoming, Refused
from bot.clock import Clock
from bot.store.api import Claim, Inbox
from bot.types import Message

WAIT_SECONDS = 6.0
"""How long a duplicate waits for the worker that judges its message. Longer than the platform's
5 s on purpose: answering "nothing to say" any earlier would end the retries and lose the reply,
while a connection the platform gives up is followed by the next retry, which finds the reply
stored, or a dead worker's claim lapsed (protocol-callbacks §2.6)."""

STEP_SECONDS = 0.1

_log = logging.getLogger("bot.inbox")


class Judged(NamedTuple):
    """What came of a message: the reply (None for silence), and what writes down the rest of it."""

    reply: str | None
    keep: Callable[[], None]


def receive(
    inbox: Inbox, incoming: Incoming, work: Callable[[Message], Judged], clock: Clock
) -> str | None:
    """The reply to a verified message, None for silence.

    ``work`` judges a message that is new. When it fails, the claim is left to lapse, so that the
    platform's retry is judged again. Reply and what is kept beside it are written in one step: a
    message is answered whole or not at all.

    Raises:
        Refused: the signature came before with another message.
        Exception: whatever ``work`` or the store raised.
    """
    message = incoming.message
    claim = _claim(inbox, incoming, clock)
    if claim.kind == "forged":
        raise Refused("同一个签名带了另一条消息")
    if claim.kind == "busy":
        _log.warning("%s: 重复的消息等了 %g 秒，仍在处理", message.channel, WAIT_SECONDS)
        return None
    if claim.kind == "done":
        return claim.reply
    try:
        judged = work(message)
        return inbox.finish(message, judged.reply, clock.now(), judged.keep)
    except Exception as error:
        _log.error("%s: 消息没有处理成（%s）", message.channel, type(error).__name__)
        raise


def _claim(inbox: Inbox, incoming: Incoming, clock: Clock) -> Claim:
    started = clock.now()
    while True:
        now = clock.now()
        claim = inbox.claim(incoming.message, incoming.signature, incoming.fingerprint, now)
        if claim.kind != "busy" or (now - started).total_seconds() >= WAIT_SECONDS:
            return claim
        clock.sleep(STEP_SECONDS)
