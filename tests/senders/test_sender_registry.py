from __future__ import annotations

from bot.clock import FixedClock
from bot.senders.http import Http
from bot.store.sqlstore import SqlStore
from tests.senders.outgoing_kit import WARNING, senders_of

ALL = {
    "wecom_robot", "wecom_app", "wecom_external", "mp_mass", "mp_service", "sms", "webhook",
    "paste", "loudspeaker",
}  # fmt: skip
"""Channel types of design §6."""


def test_every_channel_type_has_its_sender(http: Http, store: SqlStore, clock: FixedClock) -> None:
    senders = senders_of("http://127.0.0.1:9", http, store, clock)
    assert senders.keys() == ALL
    assert all(name == sender.type for name, sender in senders.items())
    for sender in senders.values():
        assert sender.render(WARNING).fits
        assert "预警码 123456\n示范社区派出所" in sender.render(WARNING).text
