"""Layout, and the channels where a person does the sending."""

from __future__ import annotations

from dataclasses import replace

from bot.senders import layout
from bot.senders.manual import LoudspeakerSender, PasteSender
from tests.senders.outgoing_kit import WARNING, outgoing_for


def test_a_warning_is_title_body_code_and_station() -> None:
    assert layout.plain(WARNING).splitlines() == [
        WARNING.title,
        WARNING.body,
        "预警码 123456",
        "示范社区派出所",
    ]


def test_no_empty_line_stands_where_a_part_is_missing() -> None:
    bare = replace(WARNING, title="", body="只有正文\n", station="")
    assert layout.plain(bare) == "只有正文\n预警码 123456"
    assert layout.markdown(bare) == "只有正文\n预警码 123456"


def test_a_text_to_paste_waits_for_a_person() -> None:
    paste = PasteSender()
    outcome = paste.send(outgoing_for(paste, ""))
    assert outcome.kind == "awaiting_person"
    assert outcome.detail == "请复制下面的文字，发到群里，再点“已经发了”。"
    assert paste.follow_up(outgoing_for(paste, ""), "") is None
    assert paste.missing({}) == ""
    assert paste.render(WARNING).text == layout.plain(WARNING)


def test_a_text_to_paste_is_counted_in_characters() -> None:
    spare = 2000 - len(layout.plain(replace(WARNING, body="")).strip()) - 1
    full = PasteSender().render(replace(WARNING, body="长" * spare))
    assert (full.size, full.limit, full.unit, full.fits) == (2000, 2000, "字", True)
    assert not PasteSender().render(replace(WARNING, body="长" * (spare + 1))).fits


def test_the_loudspeaker_gets_the_words_to_read_and_the_board_its_line() -> None:
    speaker = LoudspeakerSender()
    rendered = speaker.render(WARNING)
    assert rendered.format == "spoken"
    assert rendered.fits
    assert rendered.text.splitlines() == [
        "广播：乡亲们，凡是让你先垫钱做任务的，都是诈骗。",
        "LED 屏：凡是垫钱做任务，都是诈骗",
        "预警码 123456",
        "示范社区派出所",
    ]
    assert speaker.send(outgoing_for(speaker, "")).kind == "awaiting_person"


def test_without_words_of_its_own_the_loudspeaker_reads_title_and_body() -> None:
    rendered = LoudspeakerSender().render(replace(WARNING, spoken="", led=""))
    assert rendered.text.startswith(f"广播：{WARNING.title}。{WARNING.body}")
    assert "LED" not in rendered.text


def test_the_part_that_is_too_long_is_the_one_measured() -> None:
    speaker = LoudspeakerSender()
    too_long_to_read = speaker.render(replace(WARNING, spoken="长" * 301, led="长" * 61))
    assert (too_long_to_read.size, too_long_to_read.limit) == (301, 300)
    too_long_to_show = speaker.render(replace(WARNING, led="长" * 61))
    assert (too_long_to_show.size, too_long_to_show.limit) == (61, 60)
    assert not too_long_to_show.fits
    assert speaker.render(replace(WARNING, spoken="长" * 300, led="长" * 60)).fits
