from __future__ import annotations

from dataclasses import replace

import pytest

from bot.clock import FixedClock
from bot.senders.http import Http
from bot.senders.wecom_app import AppSender
from bot.senders.wecom_tokens import WecomApi
from bot.store.api import Tokens
from tests.senders.misbehaving import Misbehaving, answer, drop
from tests.senders.outgoing_kit import PATHS, STATION, TOKEN, WARNING, outgoing_for

PATH = PATHS["wecom_app"]
OK = {"errcode": 0, "errmsg": "ok", "msgid": "m1"}


@pytest.fixture
def app(server: Misbehaving, http: Http, tokens: Tokens, clock: FixedClock) -> AppSender:
    server.will(
        "/cgi-bin/gettoken", answer({"errcode": 0, "access_token": TOKEN, "expires_in": 7200})
    )
    accounts = {
        "station": STATION,
        "mute": replace(STATION, secret=""),
        "nameless": replace(STATION, agent_id=""),
    }
    return AppSender(accounts, WecomApi(server.base, http, tokens, clock, "test"))


def test_it_sends_text_with_the_duplicate_check_on(server: Misbehaving, app: AppSender) -> None:
    server.will(PATH, answer(OK))
    outcome = app.send(outgoing_for(app, server.base))
    assert (outcome.kind, outcome.reference, outcome.detail) == ("sent", "m1", "")
    assert server.at(PATH)[0].query == {"access_token": TOKEN}
    assert server.at(PATH)[0].document == {
        "touser": "zhang|li",
        "msgtype": "text",
        "agentid": 1000002,
        "text": {"content": app.render(WARNING).text},
        "enable_duplicate_check": 1,
        "duplicate_check_interval": 1800,
    }


def test_those_the_platform_left_out_are_named(server: Misbehaving, app: AppSender) -> None:
    server.will(PATH, answer({**OK, "invaliduser": "u9", "unlicenseduser": "u7|<b>|u8"}))
    outcome = app.send(outgoing_for(app, server.base))
    assert outcome.kind == "sent"
    assert "3 人没有收到：u9、u7、u8" in outcome.detail


def test_a_lost_message_says_that_the_same_text_may_go_again(
    server: Misbehaving, app: AppSender
) -> None:
    server.will(PATH, drop)
    outcome = app.send(outgoing_for(app, server.base))
    assert outcome.kind == "unknown"
    assert "半小时" in outcome.detail


@pytest.mark.parametrize(
    ("number", "words"), [(81013, "可见范围"), (60111, "没有这个人"), (40056, "agent_id")]
)
def test_codes_of_recipients_say_what_to_mend(
    server: Misbehaving, app: AppSender, number: int, words: str
) -> None:
    server.will(PATH, answer({"errcode": number}))
    outcome = app.send(outgoing_for(app, server.base))
    assert (outcome.kind, outcome.code) == ("refused", str(number))
    assert words in outcome.detail


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ({"account": "other", "to": "zhang"}, "other"),
        ({"account": "mute", "to": "zhang"}, "secret"),
        ({"account": "nameless", "to": "zhang"}, "agent_id"),
        ({"account": "station", "to": " | "}, "收信人"),
        ({"account": "station", "to": [str(n) for n in range(1001)]}, "1000"),
    ],
)
def test_what_is_missing_is_said_before_anything_is_sent(
    server: Misbehaving, app: AppSender, target: dict[str, object], words: str
) -> None:
    assert words in app.missing(target)
    assert app.send(outgoing_for(app, server.base, target=target)).code == "config"
    assert server.seen == []


def test_the_text_may_have_2048_bytes(app: AppSender) -> None:
    rendered = app.render(replace(WARNING, body="长" * 683))
    assert (rendered.limit, rendered.fits) == (2048, False)
    assert app.render(replace(WARNING, body="长" * 600)).fits
