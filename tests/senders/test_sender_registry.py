from __future__ import annotations

import pytest

from bot.clock import FixedClock
from bot.senders.http import Http
from bot.store.api import Tokens
from tests.senders.outgoing_kit import WARNING, outgoing_for, senders_of

ALL = {
    "wecom_robot", "wecom_app", "wecom_external", "mp_mass", "mp_service", "sms", "webhook",
    "paste", "loudspeaker",
}  # fmt: skip
"""Channel types of design §6."""


def test_every_channel_type_has_its_sender(http: Http, tokens: Tokens, clock: FixedClock) -> None:
    senders = senders_of("http://127.0.0.1:9", http, tokens, clock)
    assert senders.keys() == ALL
    assert all(name == sender.type for name, sender in senders.items())
    for sender in senders.values():
        assert sender.render(WARNING).fits
        assert "预警码 123456\n示范社区派出所" in sender.render(WARNING).text


@pytest.mark.parametrize("name", ["mp_mass", "mp_service", "sms"])
def test_a_channel_that_is_not_connected_refuses_in_plain_words(
    http: Http, tokens: Tokens, clock: FixedClock, name: str
) -> None:
    sender = senders_of("http://127.0.0.1:9", http, tokens, clock)[name]
    outcome = sender.send(outgoing_for(sender, ""))
    assert outcome.kind == "refused"
    assert "这种发送方式还没有接通" in outcome.detail
    assert sender.missing({}) == "这种发送方式还没有接通"
    assert sender.follow_up(outgoing_for(sender, ""), "") is None
