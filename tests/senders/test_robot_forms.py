"""What an author may ask a group robot for: text, markdown, news, a card, a picture."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from bot.senders.http import Http
from bot.senders.manual import LoudspeakerSender, PasteSender
from bot.senders.pictures import Pictures
from bot.senders.robot import RobotSender
from bot.types import Outcome
from tests.senders.misbehaving import Misbehaving, Step, answer, drop
from tests.senders.outgoing_kit import PATHS, WARNING, outgoing_for

PATH = PATHS["wecom_robot"]
PNG = b"\x89PNG\r\n\x1a\n" + b"poster"
OK = answer({"errcode": 0})
LINKED = replace(WARNING, url="https://police.example/a")
POSTER = replace(
    WARNING, format="image", picture="p.png", picture_hash=hashlib.sha256(PNG).hexdigest()
)


@pytest.fixture
def robot(server: Misbehaving, http: Http, tmp_path: Path) -> RobotSender:
    (tmp_path / "p.png").write_bytes(PNG)
    server.will(PATH, OK)
    return RobotSender(server.base, http, Pictures(tmp_path))


def send(robot: RobotSender, server: Misbehaving, warning: object) -> Outcome:
    rendered = robot.render(warning)  # type: ignore[arg-type]
    return robot.send(
        outgoing_for(
            robot, server.base, text=rendered.text, format=rendered.format, extra=rendered.extra
        )
    )


def test_an_author_who_wants_plain_text_gets_it_and_no_other_form_when_it_is_too_long(
    robot: RobotSender,
) -> None:
    assert robot.render(replace(WARNING, format="text")).format == "text"
    long = robot.render(replace(WARNING, format="text", body="长" * 700))
    assert (long.format, long.limit, long.fits) == ("text", 2048, False)


def test_markdown_keeps_the_authors_marks_and_its_own_limit(robot: RobotSender) -> None:
    marked = replace(WARNING, format="markdown", body="**别转账**，看[说明](https://a.example)")
    rendered = robot.render(marked)
    assert rendered.format == "markdown"
    assert "**别转账**" in rendered.text
    too_long = robot.render(replace(marked, body="长" * 1400))
    assert (too_long.format, too_long.limit, too_long.fits) == ("markdown", 4096, False)


def test_news_are_one_article_with_link_code_and_station(
    server: Misbehaving, robot: RobotSender
) -> None:
    assert send(robot, server, replace(LINKED, format="news")).kind == "sent"
    assert server.seen[0].document == {
        "msgtype": "news",
        "news": {
            "articles": [
                {
                    "title": WARNING.title,
                    "description": f"{WARNING.body}\n预警码 123456\n示范社区派出所",
                    "url": "https://police.example/a",
                }
            ]
        },
    }


def test_a_card_is_a_text_notice_that_opens_the_link(
    server: Misbehaving, robot: RobotSender
) -> None:
    assert send(robot, server, replace(LINKED, format="card")).kind == "sent"
    assert server.seen[0].document == {
        "msgtype": "template_card",
        "template_card": {
            "card_type": "text_notice",
            "main_title": {"title": WARNING.title},
            "sub_title_text": f"{WARNING.body}\n预警码 123456\n示范社区派出所",
            "card_action": {"type": 1, "url": "https://police.example/a"},
        },
    }


@pytest.mark.parametrize(
    ("form", "changes", "limit", "unit"),
    [
        ("news", {"title": "长" * 43}, 128, "字节（标题）"),
        ("news", {"body": "长" * 171}, 512, "字节"),
        ("card", {"title": "长" * 37}, 36, "字（标题）"),
        ("card", {"body": "长" * 161}, 160, "字"),
    ],
)
def test_what_the_platform_would_cut_silently_is_refused_at_preview(
    robot: RobotSender, form: str, changes: dict[str, str], limit: int, unit: str
) -> None:
    rendered = robot.render(replace(LINKED, format=form, **changes))
    assert (rendered.limit, rendered.unit, rendered.fits) == (limit, unit, False)


def test_a_picture_follows_the_text_that_carries_the_code(
    server: Misbehaving, robot: RobotSender
) -> None:
    assert send(robot, server, POSTER) == Outcome("sent")
    text, image = (seen.document for seen in server.at(PATH))
    assert "预警码 123456" in text["text"]["content"]
    assert image == {
        "msgtype": "image",
        "image": {
            "base64": base64.b64encode(PNG).decode(),
            "md5": hashlib.md5(PNG).hexdigest(),
        },
    }


@pytest.mark.parametrize(
    ("second", "words"), [(answer({"errcode": 45009}), "没有发出去"), (drop, "不知道到没到")]
)
def test_a_picture_that_did_not_arrive_is_told_and_the_text_is_not_sent_again(
    server: Misbehaving, robot: RobotSender, second: Step, words: str
) -> None:
    server.will(PATH, OK, second)
    outcome = send(robot, server, POSTER)
    assert outcome.kind == "sent"
    assert words in outcome.detail
    assert len(server.at(PATH)) == 2


def test_without_its_text_no_picture_is_sent(server: Misbehaving, robot: RobotSender) -> None:
    server.will(PATH, answer({"errcode": 93000}))
    assert send(robot, server, POSTER).code == "93000"
    assert len(server.at(PATH)) == 1


def test_a_picture_other_than_the_approved_one_is_refused(
    server: Misbehaving, robot: RobotSender, tmp_path: Path
) -> None:
    (tmp_path / "p.png").write_bytes(PNG + b"!")
    assert send(robot, server, POSTER).code == "picture"
    (tmp_path / "p.png").unlink()
    assert "读不出来" in send(robot, server, POSTER).detail
    assert server.seen == []


def test_a_channel_that_shows_no_marks_gets_the_words_and_says_so() -> None:
    marked = replace(
        WARNING,
        format="markdown",
        body='## 三条\n> **别转账**，看[说明](https://a.example)\n<font color="warning">快</font>报警',
    )
    rendered = PasteSender().render(marked)
    assert "三条\n别转账，看说明 https://a.example\n快报警" in rendered.text
    assert rendered.notes == ("这个渠道不能发markdown，改发纯文字",)
    assert PasteSender().render(WARNING).notes == ()
    read_out = LoudspeakerSender().render(replace(marked, spoken=""))
    assert "**" not in read_out.text
