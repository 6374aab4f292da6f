"""What the preview says of a channel, and what an approver sees go out besides the words."""

from __future__ import annotations

import argparse
import json

import pytest

from bot.commands.broadcast import add_parser, run
from bot.senders.base import Rendered, Warning_
from bot.store.sqlstore import SqlStore
from tests.warning_fakes import FakeSender, book, group, plan, services


class LinkSender(FakeSender):
    """Sends a link along, and counts its quota."""

    def render(self, warning: Warning_) -> Rendered:
        extra = {"url": "https://police.example/a", "picture": "p.png"}
        return Rendered("news", warning.title, 1, 10, extra=extra, notes=("改发纯文字",))

    def notes(self, target: object) -> tuple[str, ...]:
        return ("本月发了 3 次",)


def test_notes_link_and_picture_are_shown_before_and_after_freezing(
    store: SqlStore, capsys: pytest.CaptureFixture[str]
) -> None:
    offered = services(store, book(group("a")), LinkSender())

    def typed(line: str) -> str:
        parser = argparse.ArgumentParser()
        add_parser(parser.add_subparsers(required=True))
        assert run(parser.parse_args(["broadcast", *line.split()]), offered) == 0
        return capsys.readouterr()[0]

    (shown,) = json.loads(typed("preview weekly --json"))["groups"]
    assert shown["notes"] == ["改发纯文字", "本月发了 3 次"]
    assert shown["extra"]["url"] == "https://police.example/a"
    words = typed("preview weekly")
    assert "【改发纯文字；本月发了 3 次】" in words
    assert "点开的网页：https://police.example/a\n图片：pictures/p.png" in words

    typed("send weekly --now --json")
    edition = store.editions.newest(plan().id)[0].id
    (form,) = json.loads(typed(f"preview {edition} --json"))["forms"]
    assert form["extra"] == {"picture": "p.png", "url": "https://police.example/a"}
    assert "图片：pictures/p.png" in typed(f"preview {edition}")
