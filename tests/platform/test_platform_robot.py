"""The group robot's limits and codes, over real HTTP (protocol-push §1)."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
ACTION = {"type": 1, "url": "https://example.com/"}
ARTICLE = {"title": "预警", "url": "https://example.com/a"}


def text(content: object) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": content}}


def card(**fields: Any) -> dict[str, Any]:
    base = {"card_type": "text_notice", "main_title": {"title": "预警"}, "card_action": ACTION}
    return {"msgtype": "template_card", "template_card": base | fields}


def picture(content: bytes, md5: str | None = None) -> dict[str, Any]:
    digest = md5 or hashlib.md5(content).hexdigest()
    fields = {"base64": base64.b64encode(content).decode(), "md5": digest}
    return {"msgtype": "image", "image": fields}


def news(*articles: object) -> dict[str, Any]:
    return {"msgtype": "news", "news": {"articles": list(articles)}}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (text("您好"), 0),
        (text("字" * 682 + "ab"), 0),
        (text("字" * 683), 40058),
        (text(""), 44004),
        (text(" \n"), 44004),
        (text(7), 40058),
        ({"msgtype": "text"}, 40058),
        ({"msgtype": "poem", "poem": {}}, 40008),
        ({}, 40008),
        ({"msgtype": ["text"]}, 40008),
        ([], 40058),
        ({"msgtype": "text", "text": {"content": "a", "mentioned_list": "@all"}}, 40058),
        ({"msgtype": "markdown", "markdown": {"content": "字" * 1365 + "a"}}, 0),
        ({"msgtype": "markdown", "markdown": {"content": "字" * 1366}}, 40058),
        ({"msgtype": "markdown_v2", "markdown_v2": {"content": "| a |"}}, 0),
        ({"msgtype": "markdown_v2", "markdown_v2": {"content": "字" * 1366}}, 40058),
        (picture(PNG), 0),
        (picture(PNG, "0" * 32), 40058),
        (picture(b"GIF89a"), 40058),
        (picture(PNG + b"0" * 2 * 1024 * 1024), 40009),
        ({"msgtype": "image", "image": {"base64": "data:image/png", "md5": "0"}}, 40058),
        (news(ARTICLE), 0),
        (news(), 45008),
        (news(*[ARTICLE] * 9), 45008),
        (news({"title": "预警"}), 40058),
        (news({"title": "预警", "url": "example.com"}), 45034),
        (card(), 0),
        (card(card_action=None), 40058),
        (card(card_action={"type": 2}), 40058),
        (card(card_type="vote_interaction"), 40058),
        (card(main_title={}, sub_title_text=""), 40058),
        (card(main_title={}, sub_title_text="一句话"), 0),
        (card(horizontal_content_list=[{}] * 7), 40058),
        (card(jump_list=[{}] * 4), 40058),
        (card(card_type="news_notice"), 40058),
        (card(card_type="news_notice", card_image={"url": "https://example.com/i"}), 0),
        ({"msgtype": "file", "file": {"media_id": "M"}}, 40007),
    ],
)
def test_a_message_is_taken_or_refused_with_its_code(running: Any, body: Any, code: int) -> None:
    assert running.robot(body) == code
    arrived = running.platform.ledger.counts().get("hengda-finance", 0)
    assert arrived == (1 if code == 0 else 0)


def test_a_broken_body_and_a_get_are_refused(running: Any) -> None:
    address = "/cgi-bin/webhook/send?key=key-hengda"
    assert running.client.post(address, content=b'{"msgtype"').json()["errcode"] == 40058
    assert running.client.get(address).json()["errcode"] == 40058


def test_every_answer_is_http_200_and_its_words_are_never_twice_the_same(running: Any) -> None:
    address = "/cgi-bin/webhook/send?key=nobody"
    first, second = (running.client.post(address, json=text("您好")) for _ in range(2))
    assert (first.status_code, first.json()["errcode"]) == (200, 93000)
    assert first.json()["errmsg"] != second.json()["errmsg"]


@pytest.mark.parametrize(
    ("state", "code"), [("removed", 93000), ("disabled", 93004), ("not_in_group", 93008)]
)
def test_a_robot_that_was_taken_away_says_so_until_it_is_back(
    running: Any, state: Any, code: int
) -> None:
    running.platform.robots.set_state("key-hengda", state)
    assert running.say("您好") == code
    running.platform.robots.set_state("key-hengda", "working")
    assert running.say("您好") == 0


def test_twenty_messages_in_sixty_seconds_per_key(running: Any, clock: Any) -> None:
    for number in range(20):
        assert running.say(f"第 {number} 条") == 0
        clock.advance(1)
    assert running.say("第 21 条") == 45009
    assert running.say("别的群不受影响", key="key-other") == 0
    clock.advance(40)
    assert running.say("第一条已过 60 秒") == 0
    assert running.say("第二条还没有") == 45009
    assert running.platform.ledger.counts() == {"hengda-finance": 21, "other": 1}


def test_a_refused_message_does_not_use_up_the_rate(running: Any) -> None:
    for _ in range(20):
        assert running.say("") == 44004
    assert running.say("您好") == 0


def test_mentions_are_recorded(running: Any) -> None:
    fields = {"content": "请看", "mentioned_list": ["@all"], "mentioned_mobile_list": ["138"]}
    running.robot({"msgtype": "text", "text": fields})
    (row,) = running.platform.ledger.since()
    assert row.mentioned == ("@all", "138")


def test_long_titles_of_articles_are_cut_silently(running: Any) -> None:
    assert running.robot(news({"title": "字" * 60, "url": "https://example.com/a"})) == 0
    assert running.platform.ledger.texts("hengda-finance")[0].startswith("字" * 42 + "\n")
