from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.channels.base import Incoming, Refused
from bot.clock import FixedClock
from bot.inbox import WAIT_SECONDS, Judged, receive
from bot.store.api import Claim
from bot.types import Choice, Message, Reply

START = datetime(2026, 11, 24, 1, tzinfo=UTC)
INCOMING = Incoming(
    Message("7", "mp:demo", "sender", "sender", "private", "text", "对方让我转账"), "sig", "print"
)


def nothing() -> None:
    """Nothing is kept beside the reply."""


@dataclass
class MemoryInbox:
    """The promises of ``store.api.Inbox`` in two dictionaries."""

    prints: dict[str, str] = field(default_factory=dict)
    claims: dict[str, tuple[datetime, Claim | None]] = field(default_factory=dict)

    def claim(self, message: Message, signature: str, fingerprint: str, now: datetime) -> Claim:
        if self.prints.setdefault(signature, fingerprint) != fingerprint:
            return Claim("forged")
        claimed_at, done = self.claims.get(message.key, (None, None))
        if done:
            return done
        if claimed_at and now - claimed_at < timedelta(seconds=10):
            return Claim("busy")
        self.claims[message.key] = (now, None)
        return Claim("new")

    def look(self, message: Message, now: datetime) -> Claim:
        raise NotImplementedError("nobody looks here")

    def finish(
        self, message: Message, reply: str | None, now: datetime, keep: Callable[[], None]
    ) -> str | None:
        keep()
        self.claims[message.key] = (now, Claim("done", reply))
        return reply


class CountingWork:
    def __init__(self, reply: str | None = "别转账") -> None:
        self.reply = Reply(reply)
        self.calls = 0

    def __call__(self, message: Message) -> Judged:
        self.calls += 1
        return Judged(self.reply, nothing)


class HookedClock(FixedClock):
    """Runs something the first time somebody waits."""

    hook = staticmethod(lambda: None)

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.hook()


@pytest.fixture
def clock() -> HookedClock:
    return HookedClock(START)


@pytest.mark.parametrize(
    "reply",
    [
        Reply("别转账", "scam"),
        Reply(None, "off_topic"),
        Reply("像哪一种？", "unknown", (Choice("1:a", "第 1 种"), Choice("2:a", "第 2 种"))),
        Reply("[别转]", "info"),
    ],
)
def test_a_retry_gets_the_same_reply_without_new_work(clock: HookedClock, reply: Reply) -> None:
    inbox, work = MemoryInbox(), CountingWork()
    work.reply = reply
    signed_anew = replace(INCOMING, signature="other")

    replies = [receive(inbox, each, work, clock) for each in (INCOMING, INCOMING, signed_anew)]

    assert replies == [reply] * 3
    assert work.calls == 1


def test_the_same_signature_with_another_message_is_refused(clock: HookedClock) -> None:
    inbox, work = MemoryInbox(), CountingWork()
    receive(inbox, INCOMING, work, clock)
    forged = replace(INCOMING, fingerprint="other", message=replace(INCOMING.message, key="8"))

    with pytest.raises(Refused) as refusal:
        receive(inbox, forged, work, clock)
    assert refusal.value.status == 403
    assert work.calls == 1


def test_a_duplicate_waits_for_the_worker_that_has_the_message(clock: HookedClock) -> None:
    inbox, work = MemoryInbox(), CountingWork("又判了一次")
    inbox.claim(INCOMING.message, "sig", "print", START)
    clock.hook = lambda: inbox.finish(INCOMING.message, "先判的", clock.now(), nothing)  # type: ignore[assignment]

    # The bare words of an older release, which may still be the one that judges.
    assert receive(inbox, INCOMING, work, clock) == Reply("先判的")
    assert work.calls == 0


def test_a_duplicate_waits_longer_than_the_platform_and_then_stays_silent(
    clock: HookedClock,
) -> None:
    """Answering before the platform's 5 s are over would end its retries."""
    inbox = MemoryInbox()
    inbox.claim(INCOMING.message, "sig", "print", START)

    assert receive(inbox, INCOMING, CountingWork(), clock) == Reply(None)
    waited = (clock.now() - START).total_seconds()
    assert 5 < waited <= WAIT_SECONDS + 0.2


def test_a_dead_workers_message_is_judged_by_a_retry(clock: HookedClock) -> None:
    inbox, work = MemoryInbox(), CountingWork()
    inbox.claim(INCOMING.message, "sig", "print", START)
    clock.advance(5)

    assert receive(inbox, INCOMING, work, clock) == Reply("别转账")


def test_failed_work_is_logged_without_the_text_and_judged_again(
    clock: HookedClock, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = MemoryInbox()

    def broken(message: Message) -> Judged:
        raise KeyError(message.text)

    with caplog.at_level(logging.INFO), pytest.raises(KeyError):
        receive(inbox, INCOMING, broken, clock)

    assert [record.getMessage() for record in caplog.records] == [
        "mp:demo: 消息没有处理成（KeyError）"
    ]
    clock.advance(10)
    assert receive(inbox, INCOMING, CountingWork(), clock) == Reply("别转账")
