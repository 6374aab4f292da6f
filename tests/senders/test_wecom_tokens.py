from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import FixedClock
from bot.config import WecomAccount
from bot.senders.http import Http
from bot.senders.wecom_codes import APP_CODES
from bot.senders.wecom_tokens import WecomApi, token_name
from bot.store.api import Tokens
from bot.store.sqlite import open_sqlite
from bot.types import Outcome
from tests.senders.misbehaving import Handler, Misbehaving, Step, answer, drop
from tests.senders.outgoing_kit import CORP_SECRET, NOW, STATION, TOKEN

FETCH = "/cgi-bin/gettoken"
CALL = "/cgi-bin/some/call"
SECOND = "access-token-number-two"


def fetched(token: str = TOKEN, seconds: int = 7200) -> Step:
    return answer({"errcode": 0, "errmsg": "ok", "access_token": token, "expires_in": seconds})


def only_for(*good: str, code: int = 42001) -> Step:
    """The platform accepts these tokens and no others."""

    def step(handler: Handler) -> None:
        accepted = any(f"access_token={token}" in handler.path for token in good)
        answer({"errcode": 0 if accepted else code})(handler)

    return step


@pytest.fixture
def api(server: Misbehaving, http: Http, tokens: Tokens, clock: FixedClock) -> WecomApi:
    server.will(FETCH, fetched())
    server.will(CALL, answer({"errcode": 0}))
    return WecomApi(server.base, http, tokens, clock, "one")


@pytest.fixture
def other_process(
    server: Misbehaving, http: Http, clock: FixedClock, tmp_path: Path, tokens: Tokens
) -> Iterator[WecomApi]:
    """Another process: only the store's file is shared."""
    store = open_sqlite(tmp_path / "bot.db")
    yield WecomApi(server.base, http, store.tokens, clock, "two")
    store.close()


def called(api: WecomApi, account: WecomAccount = STATION) -> object:
    return api.call(account, CALL, {"text": "好"}, APP_CODES, "test")


def kind(result: object) -> str:
    return result.kind if isinstance(result, Outcome) else "accepted"


def test_a_token_is_fetched_once_and_used_by_all_processes(
    server: Misbehaving, api: WecomApi, other_process: WecomApi
) -> None:
    for caller in (api, api, other_process):
        assert kind(called(caller)) == "accepted"
    assert server.counts() == {FETCH: 1, CALL: 3}
    assert server.at(FETCH)[0].query == {"corpid": "ww0001", "corpsecret": CORP_SECRET}
    assert {seen.query["access_token"] for seen in server.at(CALL)} == {TOKEN}


def test_many_threads_wait_for_one_fetch(server: Misbehaving, api: WecomApi) -> None:
    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(lambda _: kind(called(api)), range(48)))
    assert set(results) == {"accepted"}
    assert server.counts()[FETCH] == 1


def test_a_token_is_renewed_a_few_minutes_before_its_end(
    server: Misbehaving, api: WecomApi, clock: FixedClock
) -> None:
    called(api)
    clock.advance(7200 - 301)
    called(api)
    assert server.counts()[FETCH] == 1
    clock.advance(2)
    called(api)
    assert server.counts()[FETCH] == 2


def test_a_token_with_little_life_left_is_not_fetched_for_every_message(
    server: Misbehaving, api: WecomApi
) -> None:
    server.will(FETCH, fetched(seconds=120))
    for _ in range(5):
        called(api)
    assert server.counts()[FETCH] == 1


@pytest.mark.parametrize("code", [40001, 40014, 41001, 42001])
def test_a_refused_token_is_renewed_once_and_the_same_bytes_sent_again(
    server: Misbehaving, api: WecomApi, code: int
) -> None:
    called(api)
    server.will(FETCH, fetched(SECOND))
    server.will(CALL, only_for(SECOND, code=code))
    assert kind(called(api)) == "accepted"
    assert server.counts() == {FETCH: 2, CALL: 3}
    assert len({seen.body for seen in server.at(CALL)}) == 1


def test_many_refusals_at_once_cause_one_renewal(server: Misbehaving, api: WecomApi) -> None:
    called(api)
    server.will(FETCH, fetched(SECOND))
    server.will(CALL, only_for(SECOND))
    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(lambda _: kind(called(api)), range(32)))
    assert set(results) == {"accepted"}
    assert server.counts()[FETCH] == 2


def test_a_token_that_is_never_accepted_is_not_tried_for_ever(
    server: Misbehaving, api: WecomApi, clock: FixedClock
) -> None:
    server.will(CALL, only_for(code=40014))
    first = called(api)
    assert isinstance(first, Outcome)
    assert (first.kind, first.code) == ("refused", "40014")
    assert server.counts() == {FETCH: 2, CALL: 2}
    for _ in range(20):
        assert called(api) == first
    assert server.counts() == {FETCH: 2, CALL: 2}
    clock.advance(61)
    server.will(CALL, answer({"errcode": 0}))
    assert kind(called(api)) == "accepted"


@pytest.mark.parametrize("code", [40001, 40013, 60020, 50003])
def test_a_wrong_secret_is_refused_in_plain_words_and_not_tried_again_at_once(
    server: Misbehaving, api: WecomApi, code: int
) -> None:
    server.will(FETCH, answer({"errcode": code, "errmsg": f"invalid {CORP_SECRET}"}))
    outcome = called(api)
    assert isinstance(outcome, Outcome)
    assert (outcome.kind, outcome.code) == ("refused", str(code))
    assert "请管理员" in outcome.detail
    for _ in range(20):
        assert called(api) == outcome
    assert server.counts() == {FETCH: 1}


def test_a_corrected_secret_is_tried_at_once(server: Misbehaving, api: WecomApi) -> None:
    server.will(FETCH, answer({"errcode": 40001}), fetched())
    called(api)
    assert kind(called(api, replace(STATION, secret="corrected"))) == "accepted"


@pytest.mark.parametrize(
    "fault",
    [drop, answer({"errcode": 0}, 502), answer({"errcode": 0}), fetched(seconds=0), fetched("")],
)
def test_without_a_token_the_message_was_surely_not_sent(
    server: Misbehaving, api: WecomApi, clock: FixedClock, fault: Step
) -> None:
    server.will(FETCH, fault, fetched())
    assert kind(called(api)) == "not_sent"
    assert kind(called(api)) == "not_sent"
    assert server.counts() == {FETCH: 1}
    clock.advance(6)
    assert kind(called(api)) == "accepted"


def test_it_waits_for_another_process_that_is_fetching(
    server: Misbehaving, tokens: Tokens, http: Http
) -> None:
    server.will(CALL, answer({"errcode": 0}))
    clock, name = _Waiting(), token_name(STATION)
    assert tokens.begin_refresh(name, "two", clock.now())
    clock.on_sleep = lambda: tokens.put(name, SECOND, clock.now().replace(year=2027))
    assert kind(called(WecomApi(server.base, http, tokens, clock, "one"))) == "accepted"
    assert server.at(CALL)[-1].query == {"access_token": SECOND}
    assert server.counts()[FETCH] == 0


class _JustRenewed:
    """The store's tokens, where another process ended its fetch the moment before we may begin."""

    def __init__(self, real: Tokens) -> None:
        self._real = real

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)

    def begin_refresh(self, name: str, holder: str, now: datetime) -> bool:
        self._real.put(name, SECOND, now + timedelta(hours=1))
        return self._real.begin_refresh(name, holder, now)


def test_a_token_that_came_a_moment_ago_is_not_fetched_again(
    server: Misbehaving, tokens: Tokens, http: Http, clock: FixedClock
) -> None:
    server.will(CALL, answer({"errcode": 0}))
    api = WecomApi(server.base, http, _JustRenewed(tokens), clock, "one")
    assert kind(called(api)) == "accepted"
    assert server.counts() == {CALL: 1}


def test_it_takes_over_from_a_process_that_died_while_fetching(
    server: Misbehaving, api: WecomApi, tokens: Tokens, clock: FixedClock
) -> None:
    assert tokens.begin_refresh(token_name(STATION), "two", clock.now())
    assert kind(called(api)) == "accepted"
    assert server.counts()[FETCH] == 1


def test_the_name_of_a_token_tells_no_secret() -> None:
    assert token_name(STATION) != token_name(replace(STATION, secret="another"))
    assert CORP_SECRET not in token_name(STATION)


class _Waiting(FixedClock):
    """A clock that lets something happen while somebody waits."""

    def __init__(self) -> None:
        super().__init__(NOW)
        self.on_sleep = lambda: None

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.on_sleep()


def test_accounts_do_not_wait_for_each_other(server: Misbehaving, api: WecomApi) -> None:
    entered, may_go_on = threading.Event(), threading.Event()

    def slow(handler: Handler) -> None:
        entered.set()
        may_go_on.wait(2)
        fetched()(handler)

    server.will(FETCH, slow, fetched(SECOND))
    waiting = threading.Thread(target=called, args=(api,))
    waiting.start()
    assert entered.wait(2)
    assert kind(called(api, replace(STATION, secret="of another app"))) == "accepted"
    may_go_on.set()
    waiting.join()
