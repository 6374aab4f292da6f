"""One suite over every sender that uses the network: what happened -> which kind of outcome."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

import pytest

from bot.clock import FixedClock
from bot.senders.base import Sender
from bot.senders.http import Http
from bot.store.sqlstore import SqlStore
from bot.types import Outcome
from tests.senders.misbehaving import (
    Misbehaving,
    Step,
    answer,
    closed_port,
    cut,
    drop,
    hang,
    raw,
    reset,
    trickle,
)
from tests.senders.outgoing_kit import (
    NUMBER,
    PATHS,
    SECRETS,
    TOKEN,
    outgoing_for,
    senders_of,
    writes,
)

NETWORK = (
    "wecom_robot", "wecom_app", "wecom_external", "mp_mass", "mp_service", "sms", "webhook",
)  # fmt: skip
QUEUES = ("wecom_external", "mp_mass")
"""Where the platform takes a task and tells later what came of it."""
GOOD: Mapping[str, Step] = {
    "wecom_robot": answer({"errcode": 0, "errmsg": "ok"}),
    "wecom_app": answer({"errcode": 0, "errmsg": "ok", "invaliduser": "", "msgid": "m1"}),
    "wecom_external": answer({"errcode": 0, "errmsg": "ok", "fail_list": [], "msgid": "msgG1"}),
    "mp_mass": answer({"errcode": 0, "errmsg": "send job submission success", "msg_id": 34182}),
    "mp_service": answer({"errcode": 0, "errmsg": "ok"}),
    "sms": answer({"results": [{"number": NUMBER, "code": "ok", "id": "s1"}]}),
    "webhook": answer({"ok": True}),
}
REFUSED: Mapping[str, Step] = {
    "wecom_robot": answer({"errcode": 93000, "errmsg": "invalid webhook url"}),
    "wecom_app": answer({"errcode": 60020, "errmsg": "not allow to access from your ip"}),
    "wecom_external": answer({"errcode": 84074, "errmsg": "no permission"}),
    "mp_mass": answer({"errcode": 45028, "errmsg": "has no masssend quota"}),
    "mp_service": answer({"errcode": 45015, "errmsg": "response out of time limit"}),
    "sms": answer({"code": "balance"}),
    "webhook": answer({"ok": False, "error": "no"}),
}
TOO_FAST = answer({"errcode": 45009, "errmsg": "api freq out of limit"})
TOO_FAST_OF: Mapping[str, Step] = {
    "mp_mass": answer({"errcode": 45011, "errmsg": "api minute-quota reach limit"}),
    "mp_service": answer({"errcode": 45011, "errmsg": "api minute-quota reach limit"}),
    "sms": answer({"code": "rate"}),
    "webhook": answer({"ok": False}, 429),
}


_DELIVERIES = count(1)


@dataclass(frozen=True)
class Bench:
    """One sender before a server that can misbehave."""

    sender: Sender
    server: Misbehaving
    base: str
    store: SqlStore

    def send_when(self, *steps: Step) -> Outcome:
        self.server.will(PATHS[self.sender.type], *steps)
        return self.send_over(self.sender, self.base)

    def send_over(self, sender: Sender, base: str) -> Outcome:
        """Each a delivery of its own: people behind one are written to only once."""
        writes(self.store)
        key = f"delivery-{next(_DELIVERIES)}"
        return sender.send(outgoing_for(sender, base, idempotency_key=key))

    @property
    def arrived(self) -> int:
        return len(self.server.at(PATHS[self.sender.type]))


@pytest.fixture(params=NETWORK)
def bench(
    request: pytest.FixtureRequest,
    server: Misbehaving,
    http: Http,
    store: SqlStore,
    clock: FixedClock,
) -> Bench:
    server.will(
        "/cgi-bin/gettoken",
        answer({"errcode": 0, "errmsg": "ok", "access_token": TOKEN, "expires_in": 7200}),
    )
    server.will("/cgi-bin/stable_token", answer({"access_token": TOKEN, "expires_in": 7200}))
    sender = senders_of(server.base, http, store, clock)[request.param]
    return Bench(sender, server, server.base, store)


def kind_without_secrets(outcome: Outcome) -> str:
    said = repr(outcome)
    assert not [secret for secret in SECRETS if secret in said]
    assert outcome.kind == "sent" or outcome.detail.endswith("。")
    return outcome.kind


def test_an_accepted_message_is_sent_or_awaits_its_owner(bench: Bench) -> None:
    expected = "awaiting_person" if bench.sender.type in QUEUES else "sent"
    assert kind_without_secrets(bench.send_when(GOOD[bench.sender.type])) == expected
    assert bench.arrived == 1


def test_a_refusal_is_refused(bench: Bench) -> None:
    assert kind_without_secrets(bench.send_when(REFUSED[bench.sender.type])) == "refused"
    assert bench.arrived == 1


def test_a_rate_limit_waits_a_minute(bench: Bench) -> None:
    outcome = bench.send_when(TOO_FAST_OF.get(bench.sender.type, TOO_FAST))
    assert (kind_without_secrets(outcome), outcome.retry_after) == ("later", 60.0)
    assert bench.arrived == 1


@pytest.mark.parametrize("fault", [hang, drop, reset, cut, trickle], ids=lambda step: step.__name__)
def test_silence_after_the_request_left_is_unknown_and_never_repeated(
    bench: Bench, fault: Step
) -> None:
    assert kind_without_secrets(bench.send_when(fault)) == "unknown"
    assert bench.arrived == 1


@pytest.mark.parametrize(
    "strange",
    [
        raw(b"<html>hello</html>"),
        raw(b""),
        raw(b"\xff\xfe\x00"),
        raw(b"[" * 100_000),
        raw(b"null"),
        answer([]),
        answer({"errmsg": "ok"}),
        answer({"errcode": "0", "ok": "true"}),
        answer({"errcode": False, "ok": 1}),
        answer({"errcode": 0, "ok": True}, 502),
        raw(b"<html>502 Bad Gateway</html>", 502),
        raw(b"", 302, Location="http://127.0.0.1:9/"),
    ],
    ids=[
        "html", "empty", "bytes", "deep", "null", "list", "no code", "text code", "false code",
        "502 with a good body", "502", "redirect",
    ],
)  # fmt: skip
def test_a_strange_answer_is_unknown(bench: Bench, strange: Step) -> None:
    assert kind_without_secrets(bench.send_when(strange)) == "unknown"
    assert bench.arrived == 1


def test_a_refused_connection_is_not_sent(
    bench: Bench, http: Http, store: SqlStore, clock: FixedClock
) -> None:
    bench.send_when(GOOD[bench.sender.type])  # so that a token is at hand
    nobody = closed_port()
    sender = senders_of(nobody, http, store, clock)[bench.sender.type]
    assert kind_without_secrets(bench.send_over(sender, nobody)) == "not_sent"


def test_a_name_that_does_not_resolve_is_not_sent(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.send_when(GOOD[bench.sender.type])

    def unknown_name(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown_name)
    outcome = bench.send_over(bench.sender, "http://station.example")
    assert kind_without_secrets(outcome) == "not_sent"


def test_a_channel_with_nothing_filled_in_is_refused_without_a_request(bench: Bench) -> None:
    empty = outgoing_for(bench.sender, bench.base, target={"type": bench.sender.type})
    assert bench.sender.missing(empty.target)
    assert kind_without_secrets(bench.sender.send(empty)) == "refused"
    assert bench.arrived == 0


def test_each_push_uses_a_fresh_connection(bench: Bench) -> None:
    for _ in range(3):
        bench.send_when(GOOD[bench.sender.type])
    assert len({seen.port for seen in bench.server.at(PATHS[bench.sender.type])}) == 3


def test_chinese_goes_out_unescaped(bench: Bench) -> None:
    bench.send_when(GOOD[bench.sender.type])
    assert "都是刷单诈骗".encode() in bench.server.at(PATHS[bench.sender.type])[0].body


def test_the_pace_key_tells_nothing(bench: Bench) -> None:
    target = outgoing_for(bench.sender, bench.base).target
    key = bench.sender.pace_key(target)
    assert key == bench.sender.pace_key(dict(target))
    assert not [secret for secret in SECRETS if secret in key]


def test_a_proxy_of_the_environment_is_not_used(
    bench: Bench, store: SqlStore, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.send_when(GOOD[bench.sender.type])
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, closed_port())
    http = Http(connect_seconds=1.0, read_seconds=1.0)
    sender = senders_of(bench.base, http, store, clock)[bench.sender.type]
    outcome = bench.send_over(sender, bench.base)
    http.close()
    assert outcome.kind in ("sent", "awaiting_person")
