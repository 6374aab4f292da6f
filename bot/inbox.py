"""Each message judged once; its duplicates get the same reply (design §5)."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import NamedTuple

from bot.channels.base import Incoming, Refused
from bot.clock import Clock
from bot.store.api import Claim, Inbox
from bot.types import Choice, Message, Reply

WAIT_SECONDS = 6.0
"""How long a duplicate waits for the worker that judges its message. Longer than the platform's
5 s on purpose: answering "nothing to say" any earlier would end the retries and lose the reply,
while a connection the platform gives up is followed by the next retry, which finds the reply
stored, or a dead worker's claim lapsed (protocol-callbacks §2.6)."""

STEP_SECONDS = 0.1
SILENCE = Reply(None)

_log = logging.getLogger("bot.inbox")


class Judged(NamedTuple):
    """What came of a message: the reply, and what writes down the rest of it."""

    reply: Reply
    keep: Callable[[], None]


def receive(
    inbox: Inbox, incoming: Incoming, work: Callable[[Message], Judged], clock: Clock
) -> Reply:
    """The reply to a verified message.

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
        raise Refused("同一个签名带了另一条消息", stray=True)
    if claim.kind == "busy":
        _log.warning("%s: 重复的消息等了 %g 秒，仍在处理", message.channel, WAIT_SECONDS)
        return SILENCE
    if claim.kind == "done":
        return from_stored(claim.reply)
    try:
        judged = work(message)
        stored = to_stored(judged.reply)
        return from_stored(inbox.finish(message, stored, clock.now(), judged.keep))
    except Exception as error:
        _log.error("%s: 消息没有处理成（%s）", message.channel, type(error).__name__)
        raise


def to_stored(reply: Reply) -> str:
    """The reply as the store keeps it, an opaque text."""
    choices = [[choice.key, choice.label] for choice in reply.choices]
    return json.dumps([reply.text, reply.verdict, choices], ensure_ascii=False)


def from_stored(stored: str | None) -> Reply:
    """What ``to_stored`` wrote; rows of an older release hold the bare words."""
    if stored is None or not stored.startswith("["):
        return Reply(stored)
    text, verdict, choices = json.loads(stored)
    return Reply(text, verdict, tuple(Choice(key, label) for key, label in choices))


def _claim(inbox: Inbox, incoming: Incoming, clock: Clock) -> Claim:
    started = clock.now()
    while True:
        now = clock.now()
        claim = inbox.claim(incoming.message, incoming.signature, incoming.fingerprint, now)
        if claim.kind != "busy" or (now - started).total_seconds() >= WAIT_SECONDS:
            return claim
        clock.sleep(STEP_SECONDS)
