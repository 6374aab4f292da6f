"""Access tokens on the clock (protocol-push §2.1, §4.1)."""

from __future__ import annotations

from typing import Any

import pytest

from bot.platform.answers import Refusal
from bot.platform.settings import CorpSettings, OfficialAccountSettings

CORP, MP = CorpSettings(), OfficialAccountSettings()


def corp(running: Any, **changes: str) -> dict[str, Any]:
    query = {"corpid": CORP.corp_id, "corpsecret": CORP.secret} | changes
    return running.client.get("/cgi-bin/gettoken", params=query).json()


def plain(running: Any, **changes: str) -> dict[str, Any]:
    query = {"grant_type": "client_credential", "appid": MP.app_id, "secret": MP.app_secret}
    return running.client.get("/cgi-bin/token", params=query | changes).json()


def stable(running: Any, **changes: Any) -> dict[str, Any]:
    body = {"grant_type": "client_credential", "appid": MP.app_id, "secret": MP.app_secret}
    return running.client.post("/cgi-bin/stable_token", json=body | changes).json()


def code(check: Any, token: str) -> int:
    try:
        check(token)
    except Refusal as refusal:
        return refusal.code
    return 0


def use(running: Any, token: str | None) -> int:
    """Call something that demands a WeCom token; its errcode (41046: the token was taken)."""
    query = {} if token is None else {"access_token": token}
    address = "/cgi-bin/externalcontact/remind_groupmsg_send"
    return running.client.post(address, params=query, json={}).json()["errcode"]


def test_the_corps_token_stays_the_same_while_it_holds(running: Any, clock: Any) -> None:
    first = corp(running)
    assert (first["errcode"], first["expires_in"]) == (0, 7200)
    clock.advance(7199)
    again = corp(running)
    assert (again["access_token"], again["expires_in"]) == (first["access_token"], 1)
    clock.advance(1)
    assert corp(running)["access_token"] != first["access_token"]
    assert running.platform.tokens.fetches["gettoken"] == 3


def test_a_corps_token_is_taken_expired_unknown_or_missing(running: Any, clock: Any) -> None:
    token = corp(running)["access_token"]
    assert use(running, token) == 41046
    assert use(running, "nonsense") == 40014
    assert use(running, None) == 41001
    clock.advance(7200)
    assert use(running, token) == 42001


def test_revoked_tokens_are_unknown_and_the_next_fetch_gives_another(running: Any) -> None:
    token = corp(running)["access_token"]
    running.platform.tokens.revoke_all()
    assert use(running, token) == 40014
    assert use(running, corp(running)["access_token"]) == 41046


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"corpsecret": "wrong"}, 40001),
        ({"corpid": "wrong"}, 40013),
        ({"corpid": ""}, 41002),
        ({"corpsecret": ""}, 41004),
    ],
)
def test_gettoken_refuses_what_is_wrong(running: Any, changes: Any, errcode: int) -> None:
    assert corp(running, **changes)["errcode"] == errcode


@pytest.mark.parametrize("fetch", [plain, stable])
def test_the_accounts_token_needs_the_right_pair(running: Any, fetch: Any) -> None:
    assert fetch(running, secret="wrong")["errcode"] == 40001
    assert fetch(running, appid="wrong")["errcode"] == 40013
    assert fetch(running, grant_type="wrong")["errcode"] == 40002


def test_each_plain_token_voids_the_one_before_after_five_minutes(running: Any, clock: Any) -> None:
    check = running.platform.tokens.check_mp
    first, second = plain(running), plain(running)
    assert "errcode" not in first
    assert first["access_token"] != second["access_token"]
    clock.advance(299)
    assert code(check, first["access_token"]) == 0
    clock.advance(1)
    assert code(check, first["access_token"]) == 42001
    assert code(check, second["access_token"]) == 0


def test_the_plain_token_has_a_daily_quota(running: Any, clock: Any) -> None:
    desk = running.platform.tokens
    for _ in range(2000):
        desk.mp_token(MP.app_id, MP.app_secret)
    assert plain(running)["errcode"] == 45009
    clock.advance(86_400)
    assert "access_token" in plain(running)


def test_the_stable_token_is_renewed_in_its_last_five_minutes(running: Any, clock: Any) -> None:
    check = running.platform.tokens.check_mp
    first = stable(running)
    clock.advance(6899)
    again = stable(running)
    assert (again["access_token"], again["expires_in"]) == (first["access_token"], 301)
    clock.advance(1)
    renewed = stable(running)["access_token"]
    assert renewed != first["access_token"]
    assert code(check, first["access_token"]) == code(check, renewed) == 0


def test_a_forced_stable_token_voids_the_old_one_and_is_rare(running: Any, clock: Any) -> None:
    first = stable(running)["access_token"]
    forced = stable(running, force_refresh=True)["access_token"]
    assert forced != first
    assert code(running.platform.tokens.check_mp, first) == 40001
    assert stable(running, force_refresh=True)["errcode"] == 45011
    for _ in range(19):
        clock.advance(30)
        assert "access_token" in stable(running, force_refresh=True)
    clock.advance(30)
    assert stable(running, force_refresh=True)["errcode"] == 45009


def test_the_two_kinds_of_token_do_not_void_each_other(running: Any) -> None:
    steady = stable(running)["access_token"]
    plain(running)
    plain(running)
    assert code(running.platform.tokens.check_mp, steady) == 0
