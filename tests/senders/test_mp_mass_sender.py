"""Mass send of an official account: one job, its end, its quota."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.clock import FixedClock
from bot.senders.base import Noted
from bot.senders.http import Http
from bot.senders.mp_mass import CODES, MpMassSender
from bot.senders.mp_tokens import MpApi
from bot.senders.pictures import Pictures
from bot.store.api import MassJobRow
from bot.store.sqlstore import SqlStore
from bot.types import Outcome
from tests.senders.misbehaving import Misbehaving, Step, answer, drop
from tests.senders.outgoing_kit import FRONT, NOW, PATHS, TARGETS, TOKEN, WARNING, outgoing_for

SEND, GET, DRAFT = PATHS["mp_mass"], "/cgi-bin/message/mass/get", "/cgi-bin/draft/add"
UPLOAD = "/cgi-bin/material/add_material"
TARGET = TARGETS["mp_mass"]
PNG = b"\x89PNG\r\n\x1a\n" + b"cover"
NEWS = replace(
    WARNING,
    format="news",
    url="https://police.example/a",
    picture="cover.png",
    picture_hash=hashlib.sha256(PNG).hexdigest(),
)


@pytest.fixture
def mass(
    server: Misbehaving, http: Http, store: SqlStore, clock: FixedClock, tmp_path: Path
) -> MpMassSender:
    server.will("/cgi-bin/stable_token", answer({"access_token": TOKEN, "expires_in": 7200}))
    server.will(SEND, answer({"errcode": 0, "msg_id": 34182}))
    (tmp_path / "cover.png").write_bytes(PNG)
    return of_kind("service", server, http, store, clock, tmp_path)


def of_kind(
    kind: str, server: Misbehaving, http: Http, store: SqlStore, clock: FixedClock, folder: Path
) -> MpMassSender:
    account = replace(FRONT, kind=kind)  # type: ignore[arg-type]
    api = MpApi(server.base, http, store.tokens, clock, "test")
    zone = ZoneInfo("Asia/Shanghai")
    return MpMassSender({"front": account}, api, store.mass_jobs, clock, zone, Pictures(folder))


def news_of(mass: MpMassSender, server: Misbehaving) -> Outcome:
    rendered = mass.render(NEWS)
    return mass.send(
        outgoing_for(
            mass, server.base, text=rendered.text, format=rendered.format, extra=rendered.extra
        )
    )


def test_a_text_goes_to_one_tag_under_the_deliverys_own_key(
    server: Misbehaving, mass: MpMassSender
) -> None:
    outgoing = outgoing_for(mass, server.base)
    outcome = mass.send(outgoing)
    assert (outcome.kind, outcome.reference) == ("awaiting_person", "34182")
    seen = server.at(SEND)[0]
    assert seen.query == {"access_token": TOKEN}
    assert seen.document == {
        "filter": {"is_to_all": False, "tag_id": 2},
        "msgtype": "text",
        "text": {"content": outgoing.text},
        "clientmsgid": outgoing.idempotency_key,
        "send_ignore_reprint": 0,
    }


def test_news_are_an_article_with_its_cover(server: Misbehaving, mass: MpMassSender) -> None:
    server.will(UPLOAD, answer({"media_id": "P1", "url": "http://x"}))
    server.will(DRAFT, answer({"media_id": "D1"}))
    assert news_of(mass, server).kind == "awaiting_person"
    upload = server.at(UPLOAD)[0]
    assert upload.query == {"access_token": TOKEN, "type": "image"}
    assert upload.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert b'name="media"; filename="cover.png"' in upload.body
    assert PNG in upload.body
    article = server.at(DRAFT)[0].document["articles"][0]
    assert article["title"] == WARNING.title
    assert article["thumb_media_id"] == "P1"
    assert article["content_source_url"] == "https://police.example/a"
    assert "<p>预警码 123456</p><p>示范社区派出所</p>" in article["content"]
    assert server.at(SEND)[0].document["mpnews"] == {"media_id": "D1"}


def test_a_picture_that_was_changed_since_is_not_sent(
    server: Misbehaving, mass: MpMassSender, tmp_path: Path
) -> None:
    (tmp_path / "cover.png").write_bytes(PNG + b"another")
    outcome = news_of(mass, server)
    assert (outcome.kind, outcome.code) == ("refused", "picture")
    assert "改过" in outcome.detail
    assert server.at(UPLOAD) == []


@pytest.mark.parametrize("path", [UPLOAD, DRAFT])
def test_what_is_lost_before_the_mass_send_was_surely_not_sent(
    server: Misbehaving, mass: MpMassSender, path: str
) -> None:
    server.will(UPLOAD, answer({"media_id": "P1"}))
    server.will(DRAFT, answer({"media_id": "D1"}))
    server.will(path, drop)
    assert news_of(mass, server).kind == "not_sent"
    assert server.at(SEND) == []


def test_news_without_a_cover_are_text_and_the_preview_says_so(mass: MpMassSender) -> None:
    rendered = mass.render(replace(NEWS, picture=""))
    assert rendered.format == "text"
    assert "详情：https://police.example/a" in rendered.text
    assert rendered.notes == ("公众号的图文要有封面图片 picture，没有写，改发纯文字",)
    assert mass.render(replace(WARNING, format="markdown")).notes == (
        "这个渠道不能发markdown，改发纯文字",
    )
    assert not mass.render(replace(NEWS, title="长" * 33)).fits


def test_a_lost_request_is_for_a_person_and_safe_to_repeat(
    server: Misbehaving, mass: MpMassSender, store: SqlStore
) -> None:
    server.will(SEND, drop, answer({"errcode": 45066}), answer({"errcode": 45065, "msg_id": 7}))
    first = mass.send(outgoing_for(mass, server.base))
    assert (first.kind, first.reference) == ("unknown", "")
    assert "不会发两遍" in first.detail
    second = mass.send(outgoing_for(mass, server.base))
    assert (second.kind, second.retry_after) == ("later", 60.0)
    third = mass.send(outgoing_for(mass, server.base))
    assert (third.kind, third.reference) == ("awaiting_person", "7")
    assert len({seen.body for seen in server.at(SEND)}) == 1
    assert store.mass_jobs.one("front", "7") is not None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("SENDING", "awaiting_person"),
        ("SEND_SUCCESS", "sent"),
        ("send success", "sent"),
        ("sendsuccess", "sent"),
        ("SEND_FAIL", "refused"),
        ("DELETE", "refused"),
    ],
)
def test_the_platform_is_asked_how_it_ended(
    server: Misbehaving, mass: MpMassSender, status: str, kind: str
) -> None:
    server.will(GET, answer({"msg_id": 34182, "msg_status": status}))
    outcome = mass.follow_up(outgoing_for(mass, server.base), "34182")
    assert outcome is not None
    assert outcome.kind == kind
    assert server.at(GET)[0].document == {"msg_id": "34182"}


def test_a_question_that_failed_tells_nothing(server: Misbehaving, mass: MpMassSender) -> None:
    server.will(GET, drop)
    assert mass.follow_up(outgoing_for(mass, server.base), "34182") is None
    assert mass.follow_up(outgoing_for(mass, server.base), "") is None


@pytest.mark.parametrize(
    ("status", "sent", "kind", "words"),
    [
        ("send success", 9, "sent", "符合条件 10 人，发到 9 人，没发到 1 人"),
        ("send success", 0, "refused", "本月次数用完"),
        ("send fail", 0, "refused", "失败"),
        ("err(20008)", 0, "refused", "当成了诈骗"),
        ("err(40001)", 0, "refused", "管理员没有同意"),
        ("err(40002)", 0, "refused", "30 分钟"),
    ],
)
def test_the_finish_event_settles_it_with_its_counts(
    server: Misbehaving,
    mass: MpMassSender,
    store: SqlStore,
    status: str,
    sent: int,
    kind: str,
    words: str,
) -> None:
    mass.send(outgoing_for(mass, server.base))
    store.mass_jobs.finish("front", MassJobRow("34182", "", NOW, status, 12, 10, sent, 10 - sent))
    outcome = mass.follow_up(outgoing_for(mass, server.base), "34182")
    assert outcome is not None
    assert outcome.kind == kind
    assert words in outcome.detail
    assert server.at(GET) == []


def test_the_months_quota_is_shown_and_then_kept(
    server: Misbehaving, mass: MpMassSender, store: SqlStore, clock: FixedClock
) -> None:
    assert isinstance(mass, Noted)
    for number in range(4):
        assert f"本月程序向标签 2 发了 {number} 次" in mass.notes(TARGET)[0]
        store.mass_jobs.add("front", str(number), "2", NOW)
    store.mass_jobs.add("front", "9", "3", NOW)
    refused = mass.send(outgoing_for(mass, server.base))
    assert (refused.kind, refused.code) == ("refused", "quota")
    assert server.seen == []
    # 00:00 on 1 December in Shanghai, still November in UTC.
    clock.set(datetime(2026, 11, 30, 16, 0, tzinfo=UTC))
    assert "发了 0 次" in mass.notes(TARGET)[0]
    assert mass.send(outgoing_for(mass, server.base)).kind == "awaiting_person"


def test_a_subscription_account_counts_by_the_day(
    server: Misbehaving, http: Http, store: SqlStore, clock: FixedClock, tmp_path: Path
) -> None:
    mass = of_kind("subscription", server, http, store, clock, tmp_path)
    store.mass_jobs.add("front", "1", "3", NOW)
    assert "订阅号一天只能群发 1 次，今天程序发了 1 次" in mass.notes(TARGET)[0]


@pytest.mark.parametrize("number", [number for number in CODES if number > 0 and number != 45065])
def test_every_code_says_what_is_to_be_done(
    server: Misbehaving, mass: MpMassSender, number: int
) -> None:
    server.will(SEND, answer({"errcode": number, "errmsg": "the text may change"}))
    outcome = mass.send(outgoing_for(mass, server.base))
    assert (outcome.kind, outcome.code) == (CODES[number].kind, str(number))
    assert outcome.detail.endswith("。")


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ({"account": "nobody", "tag": "2"}, "没有名叫“nobody”的公众号"),
        ({"account": "front", "tag": "居民"}, "数字"),
        ({"account": "front"}, "数字"),
    ],
)
def test_what_is_missing_is_named(mass: MpMassSender, target: dict[str, str], words: str) -> None:
    assert words in mass.missing(target)


def steps(*codes: int) -> list[Step]:
    return [answer({"errcode": code, "msg_id": 1}) for code in codes]


def test_a_refused_token_is_renewed_once(server: Misbehaving, mass: MpMassSender) -> None:
    server.will(SEND, *steps(40001, 0))
    assert mass.send(outgoing_for(mass, server.base)).kind == "awaiting_person"
    fetches = server.at("/cgi-bin/stable_token")
    assert len(fetches) == 2
    assert {seen.document["force_refresh"] for seen in fetches} == {False}
