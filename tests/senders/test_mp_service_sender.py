"""Customer-service messages: only whoever wrote lately, five each, ids encrypted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from bot.clock import FixedClock
from bot.privacy import REACHABLE, Seal
from bot.senders.base import Noted, Sender
from bot.senders.http import Http
from bot.senders.mp_personal import CODES
from bot.store.api import REACHABLE_FOR
from bot.store.sqlstore import SqlStore
from tests.senders.misbehaving import Handler, Misbehaving, answer, drop
from tests.senders.outgoing_kit import NOW, PATHS, TARGETS, TOKEN, outgoing_for, senders_of, writes

SEND = PATHS["mp_service"]
OK = answer({"errcode": 0, "errmsg": "ok"})


@pytest.fixture
def service(server: Misbehaving, http: Http, store: SqlStore, clock: FixedClock) -> Sender:
    server.will("/cgi-bin/stable_token", answer({"access_token": TOKEN, "expires_in": 7200}))
    server.will(SEND, OK)
    return senders_of(server.base, http, store, clock)["mp_service"]


def send(service: Sender, server: Misbehaving, key: str = "d1") -> Mapping[str, str]:
    outcome = service.send(outgoing_for(service, server.base, idempotency_key=key))
    return {"kind": outcome.kind, "code": outcome.code, "detail": outcome.detail}


def test_everybody_who_wrote_lately_gets_it_once(
    server: Misbehaving, service: Sender, store: SqlStore
) -> None:
    for openid in ("oAnna", "oBert"):
        writes(store, openid)
    writes(store, "oCarl", NOW - timedelta(hours=47, minutes=1))
    assert send(service, server)["detail"] == "一共 2 人：收下 2 人。"
    assert sorted(seen.document["touser"] for seen in server.at(SEND)) == ["oAnna", "oBert"]
    assert send(service, server)["kind"] == "sent"
    assert len(server.at(SEND)) == 2


def test_nobody_gets_more_than_five_after_writing(
    server: Misbehaving, service: Sender, store: SqlStore
) -> None:
    writes(store, "oAnna")
    kinds = [send(service, server, f"d{number}")["kind"] for number in range(6)]
    assert kinds == ["sent"] * 5 + ["refused"]
    assert len(server.at(SEND)) == 5
    sealed = Seal("hash-key-of-the-tests-0123456789abcdef", REACHABLE).close("oAnna")
    later = NOW + timedelta(minutes=1)
    store.reachable.touch("front", "oAnna", sealed, later, later - REACHABLE_FOR)
    assert send(service, server, "d6")["kind"] == "sent"


def test_somebody_who_left_does_not_stop_the_others(
    server: Misbehaving, service: Sender, store: SqlStore
) -> None:
    for openid in ("oAnna", "oBert"):
        writes(store, openid)
    server.will(SEND, answer({"errcode": 45015}), OK)
    told = send(service, server)
    assert told["kind"] == "sent"
    assert told["detail"].startswith("一共 2 人：收下 1 人，没发成 1 人。")


def test_an_account_that_may_not_send_asks_once(
    server: Misbehaving, service: Sender, store: SqlStore
) -> None:
    for openid in ("oAnna", "oBert"):
        writes(store, openid)
    server.will(SEND, answer({"errcode": 48001}))
    told = send(service, server)
    assert (told["kind"], told["code"]) == ("refused", "48001")
    assert len(server.at(SEND)) == 1


def test_a_lost_message_is_not_repeated_and_counts_as_one_of_the_five(
    server: Misbehaving, service: Sender, store: SqlStore
) -> None:
    writes(store, "oAnna")
    server.will(SEND, drop, OK)
    assert send(service, server)["kind"] == "unknown"
    assert send(service, server)["kind"] == "unknown"
    assert len(server.at(SEND)) == 1
    for number in range(4):
        assert send(service, server, f"e{number}")["kind"] == "sent"
    assert send(service, server, "e4")["code"] == "nobody"


def test_nobody_to_write_to_is_told_in_plain_words(server: Misbehaving, service: Sender) -> None:
    told = send(service, server)
    assert (told["kind"], told["code"]) == ("refused", "nobody")
    assert "没有人可发" in told["detail"]
    assert server.at(SEND) == []


def test_the_preview_says_how_many_it_reaches(service: Sender, store: SqlStore) -> None:
    writes(store, "oAnna")
    assert isinstance(service, Noted)
    assert "现在有 1 人" in service.notes(TARGETS["mp_service"])[0]


def test_under_another_key_nobody_is_recognised(
    server: Misbehaving, service: Sender, store: SqlStore
) -> None:
    sealed = Seal("another key", REACHABLE).close("oAnna")
    store.reachable.touch("front", "anna", sealed, NOW, NOW - REACHABLE_FOR)
    assert send(service, server)["kind"] == "refused"
    assert server.at(SEND) == []
    assert store.reachable.since("front", NOW - REACHABLE_FOR, 5) == ()


def test_an_id_cannot_be_read_in_the_store(store: SqlStore) -> None:
    writes(store, "oAnnaTheResident")
    rows = store.reachable.since("front", NOW - REACHABLE_FOR, 5)
    assert "oAnnaTheResident" not in rows[0].sealed


def test_a_token_refused_in_the_middle_is_renewed_and_the_message_repeated(
    server: Misbehaving, service: Sender, store: SqlStore
) -> None:
    writes(store, "oAnna")
    refusals = iter([42001])

    def expired_once(handler: Handler) -> None:
        answer({"errcode": next(refusals, 0)})(handler)

    server.will(SEND, expired_once)
    assert send(service, server)["kind"] == "sent"
    assert len(server.at(SEND)) == 2


@pytest.mark.parametrize("number", [40003, 43004, 43019, 45015, 45047, 48002])
def test_codes_of_one_person_are_told_in_plain_words(number: int) -> None:
    assert CODES[number].kind == "refused"
    assert CODES[number].detail.endswith("。")


def test_whoever_asked_to_be_left_alone_is_left_alone(
    server: Misbehaving, service: Sender, store: SqlStore
) -> None:
    for openid in ("oAnna", "oBert"):
        writes(store, openid)
    (anna, _) = store.reachable.since("front", NOW - REACHABLE_FOR, 5)
    store.opt_outs.add("mp:front", anna.person, NOW)
    assert send(service, server)["detail"] == "一共 1 人：收下 1 人。"
    assert [seen.document["touser"] for seen in server.at(SEND)] == ["oBert"]
    store.opt_outs.take_back("mp:front", anna.person)
    assert send(service, server, "d2")["detail"] == "一共 2 人：收下 2 人。"


def test_who_says_stop_while_a_warning_goes_out_does_not_get_it(
    server: Misbehaving, service: Sender, store: SqlStore
) -> None:
    for openid in ("oAnna", "oBert"):
        writes(store, openid)
    people = store.reachable.since("front", NOW - REACHABLE_FOR, 5)

    def meanwhile(handler: Handler) -> None:
        store.opt_outs.add("mp:front", people[1].person, NOW)
        OK(handler)

    server.will(SEND, meanwhile)
    told = send(service, server)
    assert told["kind"] == "sent"
    assert "不要再发" in told["detail"]
    assert len(server.at(SEND)) == 1


@pytest.mark.parametrize(
    ("number", "kept", "asked_again"),
    [(45015, False, False), (45047, False, False), (43004, False, False), (48002, True, True)],
)
def test_quota_and_departure_are_told_apart_and_not_tried_in_vain(
    server: Misbehaving,
    service: Sender,
    store: SqlStore,
    number: int,
    kept: bool,
    asked_again: bool,
) -> None:
    writes(store, "oAnna")
    server.will(SEND, answer({"errcode": number}))
    told = send(service, server)
    assert told["kind"] == "refused"
    assert CODES[number].detail in told["detail"]
    assert bool(store.reachable.since("front", NOW - REACHABLE_FOR, 5)) is kept
    send(service, server, "d2")
    assert len(server.at(SEND)) == 1 + asked_again


def test_after_its_quota_a_new_message_of_theirs_opens_the_window_again(
    server: Misbehaving, service: Sender, store: SqlStore
) -> None:
    writes(store, "oAnna")
    server.will(SEND, answer({"errcode": 45047}), OK)
    assert send(service, server)["kind"] == "refused"
    writes(store, "oAnna", NOW + timedelta(minutes=1))
    assert send(service, server, "d2")["kind"] == "sent"


def test_a_refused_message_is_none_of_the_five(
    server: Misbehaving, service: Sender, store: SqlStore
) -> None:
    writes(store, "oAnna")
    server.will(SEND, answer({"errcode": 45011}), OK)
    assert send(service, server)["kind"] == "later"
    kinds = [send(service, server, f"d{number}")["kind"] for number in range(2, 8)]
    assert kinds == ["sent"] * 5 + ["refused"]


def test_somebody_elses_message_meanwhile_counts_as_well(
    server: Misbehaving, service: Sender, store: SqlStore
) -> None:
    writes(store, "oAnna")
    writes(store, "oBert")
    people = store.reachable.since("front", NOW - REACHABLE_FOR, 5)

    def meanwhile(handler: Handler) -> None:
        for _ in range(5):
            assert store.reachable.take("front", people[1].person, NOW - REACHABLE_FOR, 5)
        OK(handler)

    server.will(SEND, meanwhile)
    send(service, server)
    assert len(server.at(SEND)) == 1
