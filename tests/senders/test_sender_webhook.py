from __future__ import annotations

import hashlib
import hmac
from itertools import count

import pytest

from bot.clock import FixedClock
from bot.senders.http import Http
from bot.senders.webhook import WebhookSender
from tests.senders.misbehaving import Misbehaving, Step, answer, raw
from tests.senders.outgoing_kit import HOOK_SECRET, NOW, WARNING, outgoing_for


@pytest.fixture
def webhook(http: Http, clock: FixedClock) -> WebhookSender:
    numbers = count(1)
    return WebhookSender(http, clock, lambda: f"nonce-{next(numbers)}")


def test_it_is_signed_as_the_gateway_in_demands(
    server: Misbehaving, webhook: WebhookSender
) -> None:
    server.will("/hook", answer({"ok": True}))
    for _ in range(2):
        assert webhook.send(outgoing_for(webhook, server.base)).kind == "sent"
    first, second = server.seen
    stamp, nonce = first.headers["X-Timestamp"], first.headers["X-Nonce"]
    signed = f"{stamp}\n{nonce}\n".encode() + first.body
    expected = hmac.new(HOOK_SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert first.headers["X-Signature"] == expected
    assert (stamp, nonce) == (str(int(NOW.timestamp())), "nonce-1")
    assert second.headers["X-Nonce"] == "nonce-2"
    assert first.document == {
        "id": "weekly@2026-11-23/jinxiu-garden",
        "group": "jinxiu-garden",
        "title": WARNING.title,
        "text": webhook.render(WARNING).text,
    }


@pytest.mark.parametrize(
    ("step", "kind", "code"),
    [
        (answer({"ok": True}, 201), "sent", ""),
        (answer({"ok": False}), "refused", "ok false"),
        (raw(b"", 401), "refused", "http 401"),
        (raw(b"no", 404), "refused", "http 404"),
        (answer({"ok": True}, 400), "refused", "http 400"),
        (raw(b"", 408), "unknown", "http 408"),
        (raw(b"", 503), "unknown", "http 503"),
        (raw(b"", 204), "unknown", "http 204"),
    ],
)
def test_what_the_answer_means(
    server: Misbehaving, webhook: WebhookSender, step: Step, kind: str, code: str
) -> None:
    server.will("/hook", step)
    outcome = webhook.send(outgoing_for(webhook, server.base))
    assert (outcome.kind, outcome.code) == (kind, code)


@pytest.mark.parametrize(("said", "seconds"), [("7", 7.0), ("999999", 3600.0), ("0", 60.0)])
def test_it_waits_as_long_as_it_is_told_within_reason(
    server: Misbehaving, webhook: WebhookSender, said: str, seconds: float
) -> None:
    server.will("/hook", answer({"ok": False}, 429, Retry_After=said))
    outcome = webhook.send(outgoing_for(webhook, server.base))
    assert (outcome.kind, outcome.retry_after) == ("later", seconds)


@pytest.mark.parametrize("url", ["ftp://x/y", "x", "http://", "http://[::1/", "http://a..b/"])
def test_an_unusable_address_is_refused(
    server: Misbehaving, webhook: WebhookSender, url: str
) -> None:
    target = {"url": url, "secret": HOOK_SECRET}
    outcome = webhook.send(outgoing_for(webhook, server.base, target=target))
    assert (outcome.kind, outcome.code) == ("refused", "address")


def test_it_says_what_is_missing(webhook: WebhookSender) -> None:
    assert "url" in webhook.missing({"secret": "s"})
    assert "secret" in webhook.missing({"url": "http://x"})
    assert webhook.missing({"url": "http://x", "secret": "s"}) == ""
