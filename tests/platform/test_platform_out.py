"""What goes out over app, official account, SMS and web hook, and who really got it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.platform.settings import PERSON, CorpSettings, OfficialAccountSettings, SmsSettings

CORP, MP = CorpSettings(), OfficialAccountSettings()
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def running(start: Callable[..., Any]) -> Any:
    account = replace(MP, followers={2: ("oA", "oB", "oC")})
    sms = SmsSettings("sms-secret", {"T1": ("title", "code")})
    return start(mp=account, sms=sms, hook_secret="hook-secret")


@pytest.fixture
def corp(running: Any) -> Ask:
    """Send an app message; the answer."""

    def ask(**changes: Any) -> dict[str, Any]:
        token = running.platform.tokens.corp_token(CORP.corp_id, CORP.secret).token
        body = {
            "touser": "zhang|li",
            "msgtype": "text",
            "agentid": CORP.agent_id,
            "text": {"content": "预警"},
        }
        address = f"/cgi-bin/message/send?access_token={token}"
        return running.client.post(address, json=body | changes).json()

    return ask


@pytest.fixture
def mp(running: Any) -> Ask:
    """Call an address of the official account with a valid token."""

    def ask(path: str, **body: Any) -> dict[str, Any]:
        token = running.platform.tokens.stable_token(MP.app_id, MP.app_secret, False).token
        return running.client.post(f"/cgi-bin/{path}?access_token={token}", json=body).json()

    return ask


def received(running: Any) -> dict[str, int]:
    return dict(running.platform.ledger.counts())


# App messages


def test_members_receive_and_those_who_cannot_are_named(corp: Ask, running: Any) -> None:
    answer = corp(touser="zhang|Nobody|li")
    assert (answer["errcode"], answer["invaliduser"]) == (0, "nobody")
    assert received(running) == {"zhang": 1, "li": 1}
    assert corp(touser="@all")["errcode"] == 0
    assert received(running) == {"zhang": 2, "li": 2, "chen": 1}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"touser": "nobody"}, 81013),
        ({"touser": ""}, 82001),
        ({"touser": "|".join(f"u{n}" for n in range(1001))}, 40032),
        ({"agentid": 7}, 40056),
        ({"msgtype": "poem"}, 40008),
        ({"text": {"content": " "}}, 44004),
        ({"text": {"content": "字" * 683}}, 45002),
        ({"text": {}}, 40058),
    ],
)
def test_an_app_message_is_refused_with_its_code(
    corp: Ask, running: Any, changes: Any, code: int
) -> None:
    assert corp(**changes)["errcode"] == code
    assert received(running) == {}


def test_the_duplicate_check_answers_well_and_delivers_once(
    corp: Ask, running: Any, clock: Any
) -> None:
    checked = {"enable_duplicate_check": 1, "duplicate_check_interval": 1800}
    assert [corp(**checked)["errcode"] for _ in range(3)] == [0, 0, 0]
    assert received(running) == {"zhang": 1, "li": 1}
    clock.advance(1800)
    corp(**checked)
    assert received(running) == {"zhang": 2, "li": 2}
    corp()
    corp()
    assert received(running) == {"zhang": 4, "li": 4}


def test_what_is_too_much_for_a_member_is_dropped_without_a_word(corp: Ask, running: Any) -> None:
    assert {corp(touser="zhang")["errcode"] for _ in range(31)} == {0}
    assert received(running) == {"zhang": 30}
    assert running.platform.app_messages.dropped == {"zhang": 1}


# Mass sends


def send_all(mp: Ask, client: str = "", **changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "filter": {"is_to_all": False, "tag_id": 2},
        "msgtype": "text",
        "text": {"content": "预警"},
    }
    if client:
        body["clientmsgid"] = client
    return mp("message/mass/sendall", **(body | changes))


def status(mp: Ask, job: int) -> str:
    return str(mp("message/mass/get", msg_id=str(job))["msg_status"])


def test_a_job_is_queued_and_reaches_its_followers_later(mp: Ask, running: Any, clock: Any) -> None:
    running.platform.sends.job_seconds = 30
    job = send_all(mp)["msg_id"]
    assert (status(mp, job), received(running)) == ("SENDING", {})
    clock.advance(30)
    assert status(mp, job) == "SEND_SUCCESS"
    assert received(running) == {"oA": 1, "oB": 1, "oC": 1}
    assert status(mp, job) == "SEND_SUCCESS"
    assert received(running) == {"oA": 1, "oB": 1, "oC": 1}


def test_the_same_clientmsgid_is_one_job(mp: Ask, running: Any, clock: Any) -> None:
    job = send_all(mp, "week-48")["msg_id"]
    assert send_all(mp, "week-48")["errcode"] == 45066
    clock.advance(60)
    again = send_all(mp, "week-48")
    assert (again["errcode"], again["msg_id"]) == (45065, job)
    clock.advance(24 * 3600)
    assert send_all(mp, "week-48")["errcode"] == 0
    assert len(running.platform.sends.jobs()) == 2


def test_each_follower_gets_four_a_month(mp: Ask, running: Any, clock: Any) -> None:
    for number in range(5):
        job = send_all(mp, f"c{number}")["msg_id"]
        status(mp, job)
    last = running.platform.sends.jobs()[-1]
    assert (last.total, last.filtered, last.sent, last.failed) == (3, 3, 0, 3)
    assert received(running) == {"oA": 4, "oB": 4, "oC": 4}
    # 00:00 on 1 December in Shanghai, still November in UTC.
    clock.set(datetime(2026, 11, 30, 16, 0, tzinfo=UTC))
    status(mp, send_all(mp, "december")["msg_id"])
    assert received(running) == {"oA": 5, "oB": 5, "oC": 5}


def test_a_subscription_account_has_one_call_a_day(start: Any, clock: Any) -> None:
    running = start(mp=replace(MP, kind="subscription", followers={2: ("oA",)}))

    def send(client: str) -> int:
        token = running.platform.tokens.stable_token(MP.app_id, MP.app_secret, False).token
        body = {
            "filter": {"is_to_all": False, "tag_id": 2},
            "msgtype": "text",
            "text": {"content": "预警"},
            "clientmsgid": client,
        }
        address = f"/cgi-bin/message/mass/sendall?access_token={token}"
        return int(running.client.post(address, json=body).json()["errcode"])

    assert [send("a"), send("b")] == [0, 45028]
    clock.advance(24 * 3600)
    assert send("b") == 0


@pytest.mark.parametrize(("decision", "end"), [(True, "send success"), (False, "err(40001)")])
def test_under_protection_a_job_waits_for_its_admin(
    mp: Ask, running: Any, decision: bool, end: str
) -> None:
    running.client.post("/_control/mass_sends/switches", json={"admin_confirm": True})
    job = send_all(mp)["msg_id"]
    assert (status(mp, job), received(running)) == ("SENDING", {})
    running.client.post(f"/_control/mass_sends/{job}/admin", json={"allow": decision})
    assert running.platform.sends.jobs()[0].status == end
    assert received(running) == ({"oA": 1, "oB": 1, "oC": 1} if decision else {})


def test_an_admin_who_does_not_answer_ends_it(mp: Ask, running: Any, clock: Any) -> None:
    running.platform.sends.admin_confirm = True
    job = send_all(mp)["msg_id"]
    clock.advance(30 * 60)
    assert status(mp, job) == "SEND_FAIL"
    assert running.platform.sends.jobs()[0].status == "err(40002)"
    assert (
        running.client.post(f"/_control/mass_sends/{job}/admin", json={"allow": True}).status_code
        == 409
    )


def test_the_bot_is_told_how_a_job_ended(mp: Ask, running: Any, echo: Any) -> None:
    body = {"openids": ["oA", "oB"], "refusing": ["oB"]}
    running.client.post("/_control/tags/5", json=body)
    job = send_all(mp, filter={"is_to_all": False, "tag_id": 5})["msg_id"]
    shown = running.client.get("/_control/mass_sends").json()["jobs"][0]
    assert (shown["total"], shown["filtered"], shown["sent"]) == (2, 1, 1)
    running.platform.stop()
    (event,) = echo.plain
    for part in (
        "MASSSENDJOBFINISH", f"<MsgID>{job}</MsgID>", "send success", "<TotalCount>2<",
        "<FilterCount>1<", "<SentCount>1<", "<ErrorCount>0<",
    ):  # fmt: skip
        assert part in event


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"filter": {"is_to_all": False, "tag_id": 9}}, 45159),
        ({"filter": {"is_to_all": True}}, 40035),
        ({"filter": {"is_to_all": False, "group_id": 2}}, 40035),
        ({"msgtype": "poem"}, 40008),
        ({"text": {"content": ""}}, 44004),
        ({"msgtype": "mpnews", "mpnews": {"media_id": "nothing"}}, 40007),
        ({"clientmsgid": "x" * 65}, 45067),
    ],
)
def test_a_mass_send_is_refused_with_its_code(
    mp: Ask, running: Any, changes: Any, code: int
) -> None:
    assert send_all(mp, **changes)["errcode"] == code
    assert running.platform.sends.jobs() == ()


def upload(running: Any, content: bytes, kind: str = "image") -> dict[str, Any]:
    token = running.platform.tokens.stable_token(MP.app_id, MP.app_secret, False).token
    query = {"access_token": token, "type": kind}
    files = {"media": ("cover.png", content, "image/png")}
    return dict(
        running.client.post("/cgi-bin/material/add_material", params=query, files=files).json()
    )


def test_a_draft_needs_a_cover_and_goes_out_once(mp: Ask, running: Any) -> None:
    cover = upload(running, PNG)["media_id"]
    article = {"title": "题", "content": "<p>文</p>", "thumb_media_id": cover}
    assert mp("draft/add", articles=[article | {"thumb_media_id": "x"}])["errcode"] == 40007
    assert mp("draft/add", articles=[article | {"title": "长" * 33}])["errcode"] == 45003
    assert mp("draft/add", articles=[article | {"content": "长" * 20_000}])["errcode"] == 45002
    assert mp("draft/add", articles=[])["errcode"] == 45008
    draft = mp("draft/add", articles=[article])["media_id"]
    news = {"msgtype": "mpnews", "mpnews": {"media_id": draft}}
    assert send_all(mp, **news)["errcode"] == 0
    assert send_all(mp, **news)["errcode"] == 40007
    running.platform.sends.run_due()
    assert running.platform.ledger.texts("oA") == ("题\n文",)


def test_only_pictures_are_covers(running: Any) -> None:
    assert upload(running, b"GIF89a")["errcode"] == 40007
    assert upload(running, PNG, "poem")["errcode"] == 40004


# Customer-service messages


def custom(mp: Ask, openid: str = "oA", content: str = "预警") -> int:
    body = {"touser": openid, "msgtype": "text", "text": {"content": content}}
    return int(mp("message/custom/send", **body)["errcode"])


def test_five_messages_within_two_days_of_writing(mp: Ask, running: Any, clock: Any) -> None:
    assert custom(mp) == 45015
    running.client.post("/_control/followers/oA/wrote")
    assert [custom(mp) for _ in range(6)] == [0, 0, 0, 0, 0, 45047]
    running.client.post("/_control/followers/oA/wrote")
    assert custom(mp) == 0
    clock.advance(48 * 3600)
    assert custom(mp) == 45015
    assert received(running) == {"oA": 6}


def test_a_menu_key_opens_a_minute_for_three(mp: Ask, running: Any, clock: Any) -> None:
    running.platform.account.event("oA", "CLICK", "menu")
    assert [custom(mp) for _ in range(4)] == [0, 0, 0, 45047]
    running.platform.account.event("oB", "subscribe")
    clock.advance(60)
    assert custom(mp, "oB") == 45015


def test_who_left_cannot_be_written_to(mp: Ask, running: Any) -> None:
    running.client.post("/_control/followers/oA/wrote")
    running.client.post("/_control/followers/oA/leave")
    assert custom(mp) == 43004
    assert custom(mp, "") == 40003
    assert received(running) == {}


def test_a_message_to_the_bot_opens_the_window(mp: Ask, running: Any, echo: Any) -> None:
    running.client.post("/_control/say/mp", json={"openid": "oA", "text": "您好"})
    assert custom(mp) == 0


@pytest.mark.parametrize("path", ["message/custom/send", "message/mass/sendall", "draft/add"])
def test_every_address_demands_a_token(running: Any, path: str) -> None:
    assert running.client.post(f"/cgi-bin/{path}", json={}).json()["errcode"] == 41001


# SMS and web hook


def signed(running: Any, path: str, body: object, secret: str) -> Any:
    content = json.dumps(body, ensure_ascii=False).encode()
    text = b"1790000000\nn1\n" + content
    headers = {
        "X-Timestamp": "1790000000",
        "X-Nonce": "n1",
        "X-Signature": hmac.new(secret.encode(), text, hashlib.sha256).hexdigest(),
    }
    return running.client.post(path, content=content, headers=headers)


def sms(running: Any, secret: str = "sms-secret", **changes: Any) -> dict[str, Any]:
    body = {
        "id": "d1",
        "template": "T1",
        "numbers": ["13800000001", "13800000002"],
        "values": {"title": "题", "code": "123456"},
    }
    return dict(signed(running, "/sms/send", body | changes, secret).json())


def test_each_number_has_a_code_of_its_own(running: Any, clock: Any) -> None:
    running.client.post("/_control/numbers/13800000002/refuse")
    rows = sms(running)["results"]
    assert [(row["number"], row["code"]) for row in rows] == [
        ("13800000001", "ok"),
        ("13800000002", "number"),
    ]
    assert sms(running)["results"][0]["code"] == "number_limit"
    clock.advance(60)
    assert sms(running)["results"][0]["code"] == "ok"
    assert received(running) == {"13800000001": 2}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"template": "T2"}, "template"),
        ({"values": {"title": "题"}}, "template"),
        ({"values": {"title": "看 http://a.example", "code": "1"}}, "content"),
        ({"values": {"title": "长" * 36, "code": "1"}}, "content"),
        ({"numbers": ["13800000001"] * 101}, "number_count"),
    ],
)
def test_a_text_message_is_refused_whole(running: Any, changes: Any, code: str) -> None:
    assert sms(running, **changes) == {"code": code}
    assert received(running) == {}


def test_who_signs_wrongly_sends_nothing(running: Any) -> None:
    assert sms(running, secret="guessed") == {"code": "signature"}
    assert signed(running, "/hook/village", {"text": "预警"}, "guessed").status_code == 401
    assert running.client.post("/hook/village", json={"text": "预警"}).status_code == 401
    assert received(running) == {}


def test_a_hook_takes_a_warning(running: Any) -> None:
    answer = signed(running, "/hook/village", {"id": "d1", "text": "预警"}, "hook-secret")
    assert answer.json() == {"ok": True}
    assert received(running) == {"village": 1}


@pytest.mark.parametrize("path", ["/sms/send", "/hook/village"])
def test_faults_meet_partners_too(running: Any, path: str) -> None:
    fault = {"kind": "bad_gateway", "address": path}
    running.client.post("/_control/faults", json=fault)
    assert running.client.post(path, json={}).status_code == 502


def test_the_phone_shows_its_person_what_the_account_sends_to_followers(
    mp: Ask, running: Any
) -> None:
    running.client.post("/_control/tags/3", json={"openids": [PERSON, "oSomebodyElse"]})
    send_all(mp, filter={"is_to_all": False, "tag_id": 3})
    running.platform.sends.run_due()
    running.client.post(f"/_control/followers/{PERSON}/wrote")
    custom(mp, PERSON, "第二条")
    lines = running.client.get("/phone/state").json()["lines"]
    assert [(line["chat"], line["text"]) for line in lines] == [
        ("private", "预警"),
        ("private", "第二条"),
    ]
