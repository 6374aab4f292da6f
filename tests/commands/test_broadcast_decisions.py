"""At the command line: previews, another time, urgency, texts that repeat themselves."""

from __future__ import annotations

import argparse
import json
import shlex
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.broadcasting.model import Book
from bot.clock import FixedClock
from bot.commands.broadcast import add_parser, run
from bot.config import Broadcast
from bot.store.sqlstore import SqlStore
from bot.worker import Worker
from tests.warning_fakes import (
    MONDAY_NINE,
    FakeSender,
    book,
    fixed,
    group,
    plan,
    services,
    text,
)

EVENING = MONDAY_NINE + timedelta(hours=9)
TOWN = book(group("a"), group("b"))


class Desktop:
    """Somebody at the command line."""

    def __init__(
        self,
        store: SqlStore,
        capsys: pytest.CaptureFixture[str],
        town: Book = TOWN,
        approval: bool = False,
        weekly_limit: int = 3,
    ) -> None:
        self.clock = FixedClock(EVENING)
        self.sender = FakeSender()
        self.services = services(
            store,
            town,
            self.sender,
            FakeSender("paste", limit=30),
            clock=self.clock,
            broadcast=Broadcast(approval=approval, weekly_limit=weekly_limit),
        )
        self._capsys = capsys
        self.errors = ""

    def type(self, line: str) -> tuple[int, Any]:
        parser = argparse.ArgumentParser()
        add_parser(parser.add_subparsers(required=True))
        code = run(parser.parse_args(["broadcast", *shlex.split(line)]), self.services)
        output, self.errors = self._capsys.readouterr()
        return code, json.loads(output) if line.endswith("--json") else output


@pytest.fixture
def desktop(store: SqlStore, capsys: pytest.CaptureFixture[str]) -> Desktop:
    return Desktop(store, capsys)


@pytest.fixture
def strict(store: SqlStore, capsys: pytest.CaptureFixture[str]) -> Desktop:
    return Desktop(store, capsys, approval=True)


def test_another_time_is_given_and_needs_another_approval(strict: Desktop) -> None:
    edition = strict.type("send weekly --now --json")[1]["edition"]
    strict.type(f"approve {edition} --by li --json")
    line = f"postpone {edition} --to 2026-12-01T03:00+00:00 --by wang --json"
    code, document = strict.type(line)
    assert (code, document["state"]) == (0, "awaiting_approval")
    assert document["scheduled_at"] == "2026-12-01T11:00:00+08:00"
    strict.clock.advance(2 * 24 * 3600)
    assert strict.type(f"approve {edition} --by li --json")[0] == 0
    code, document = strict.type(f"send {edition} --json")
    assert (code, document["state"]) == (1, "sending")
    assert "定在 2026-12-01 11:00" in document["problem"]
    assert strict.sender.arrived == []
    strict.clock.set(MONDAY_NINE + timedelta(days=8, hours=2))
    code, document = strict.type(f"send {edition} --json")
    assert (code, document["counts"]["sent"]) == (0, 2)


def test_an_approval_that_ran_out_ends_the_command_in_words(strict: Desktop) -> None:
    edition = strict.type("send weekly --now --json")[1]["edition"]
    strict.type(f"approve {edition} --by li --json")
    strict.type(f"postpone {edition} --to 2026-12-02T09:00 --json")
    strict.type(f"approve {edition} --by li --json")
    strict.clock.set(MONDAY_NINE + timedelta(days=9, minutes=1))
    code, document = strict.type(f"send {edition} --json")
    assert (code, document["state"]) == (1, "awaiting_approval")
    assert "审批超过 7 天" in document["problem"]
    assert strict.sender.arrived == []


@pytest.mark.parametrize(
    ("to", "code", "words"),
    [
        ("2026-11-01T09:00", 1, "已经过去了"),
        ("2026-12-01T23:00", 1, "安静时段"),
        ("tomorrow", 2, "看不懂时间 tomorrow"),
    ],
)
def test_a_time_that_cannot_be_is_refused_in_words(
    strict: Desktop, to: str, code: int, words: str
) -> None:
    edition = strict.type("send weekly --now --json")[1]["edition"]
    found, document = strict.type(f"postpone {edition} --to {to} --json")
    assert found == code
    assert words in document["problem"]


def test_a_second_approval_is_refused(strict: Desktop) -> None:
    edition = strict.type("send weekly --now --json")[1]["edition"]
    strict.type(f"approve {edition} --by li --json")
    code, document = strict.type(f"approve {edition} --by wang --json")
    assert code == 1
    assert "已经审批过了" in document["problem"]


def test_a_text_that_repeats_itself_asks_the_author(
    store: SqlStore, capsys: pytest.CaptureFixture[str]
) -> None:
    desktop = Desktop(
        store, capsys, replace(TOWN, plans={"weekly": plan(content=fixed("loan-all"))})
    )
    desktop.type("send weekly --now")
    desktop.clock.advance(2 * 24 * 3600)
    assert "很像（100% 相同）" in desktop.type("preview weekly --json")[1]["alike"]
    code, document = desktop.type("send weekly --now --json")
    assert (code, document["state"]) == (1, "awaiting_approval")
    assert "很像" in document["reason"]
    assert "--similar-ok" in document["problem"]
    code, document = desktop.type("send weekly --now --similar-ok --by li --json")
    assert code == 1
    assert "要由撰写人 zhang" in document["problem"]
    code, document = desktop.type("send weekly --now --similar-ok --by zhang --json")
    assert (code, document["counts"]["sent"]) == (0, 2)
    assert len(store.editions.newest()) == 2


def test_who_says_again_within_a_day_is_not_asked_twice(
    store: SqlStore, capsys: pytest.CaptureFixture[str]
) -> None:
    desktop = Desktop(
        store, capsys, replace(TOWN, plans={"weekly": plan(content=fixed("loan-all"))})
    )
    for _ in range(3):
        desktop.clock.advance(60)
        assert desktop.type("send weekly --now --again --json")[0] == 0


def test_an_urgent_warning_needs_reason_and_name_and_passes_the_limit(
    store: SqlStore, capsys: pytest.CaptureFixture[str]
) -> None:
    desktop = Desktop(store, capsys, weekly_limit=1)
    desktop.type("send weekly --now")
    desktop.clock.advance(1)
    assert desktop.type("send weekly --now --again --urgent --json")[0] == 2
    assert desktop.type("send weekly --urgent --reason 三起 --by li --json")[0] == 2
    assert desktop.type("send weekly --now --reason 三起 --json")[0] == 2
    line = "send weekly --now --again --urgent --reason 今天三起 --by li --json"
    code, document = desktop.type(line)
    assert (code, document["counts"]["sent"]) == (0, 2)
    assert store.audit.about(document["edition"])[-1].action != ""
    assert store.editions.newest()[0].urgent == "今天三起"


def test_a_text_of_its_own_goes_to_the_groups_named(desktop: Desktop) -> None:
    line = "send --body 有人冒充社区上门收医保，别开门。打96110问。 --title 紧急提醒 --groups b --now --by li --json"
    code, document = desktop.type(line)
    assert (code, document["counts"]["sent"]) == (0, 1)
    assert document["plan"].startswith("once-")
    (outgoing,) = desktop.sender.arrived
    assert outgoing.group == "b"
    assert "冒充社区上门" in outgoing.text
    assert "预警码" in outgoing.text
    desktop.clock.advance(1)
    assert "--again" in desktop.type(line)[1]["problem"]


def test_a_text_of_its_own_is_approved_by_another_person_too(strict: Desktop) -> None:
    line = "send --text loan-all --kinds enterprise --now --by zhang --json"
    code, document = strict.type(line)
    edition = document["edition"]
    assert (code, document["state"]) == (1, "awaiting_approval")
    assert strict.type(f"approve {edition} --by zhang --json")[0] == 1
    assert strict.type(f"approve {edition} --by li --urgent --json")[0] == 2
    assert strict.type(f"approve {edition} --by li --urgent --reason 三起 --json")[0] == 0
    code, document = strict.type(f"send {edition} --json")
    assert (code, document["counts"]["sent"]) == (0, 2)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("send --text loan-all --now --by li", "发给谁"),
        ("send --text nothing --groups a --now --by li", "没有文字 nothing"),
        ("send --body ' ' --groups a --now --by li", "文字是空的"),
        ("send --body 话 --groups z --now --by li", "--groups 里的 z 没有，可选：a、b"),
        ("send --body 话 --kinds bank --now --by li", "一个群也没有选中"),
        ("send --body 话 --groups a --now", "谁写的"),
    ],
)
def test_what_makes_no_warning_is_wrong_use_in_words(
    desktop: Desktop, store: SqlStore, line: str, words: str
) -> None:
    assert desktop.type(line)[0] == 2
    assert words in desktop.errors
    assert store.editions.newest() == ()


def test_preview_shows_forms_with_size_limit_and_where_to_cut(
    store: SqlStore, capsys: pytest.CaptureFixture[str]
) -> None:
    town = book(group("a"), group("p", "paste", audience=("elderly",)))
    desktop = Desktop(store, capsys, town)
    document = desktop.type("preview weekly --json")[1]
    robot, paste = document["forms"]
    assert (robot["channel"], robot["groups"], robot["fits"]) == ("wecom_robot", ["a"], True)
    assert robot["size"] == len(robot["text"].encode())
    assert (paste["audience"], paste["fits"], paste["limit"]) == (["elderly"], False, 30)
    assert paste["text"].startswith(paste["cut"])
    assert 27 <= len(paste["cut"].encode()) <= 30
    words = desktop.type("preview weekly")[1]
    assert f"给老人，人来粘贴，{paste['size']} 字节，最多 30" in words
    assert "到这里就满了" in words
    assert "什么时候发：2026-11-30 09:00" in words


def test_preview_counts_the_week_and_names_what_is_missing(
    store: SqlStore, capsys: pytest.CaptureFixture[str]
) -> None:
    locked = group("k", channel={"type": "wecom_robot", "key": "${ROBOT_KEY_K}"})
    desktop = Desktop(store, capsys, book(group("a"), locked), weekly_limit=1)
    desktop.type("send weekly --now")
    states = {one["group"]: one for one in desktop.type("preview weekly --json")[1]["groups"]}
    assert (states["a"]["sent_this_week"], states["a"]["over_limit"]) == (1, True)
    assert "ROBOT_KEY_K" in states["k"]["problem"]
    words = desktop.type("preview weekly")[1]
    assert "7 天内已经发过 1 次，最多 1 次" in words
    assert "环境变量 ROBOT_KEY_K 没有设置" in words


def test_a_frozen_edition_is_previewed_as_it_will_go_out(strict: Desktop, store: SqlStore) -> None:
    strict.clock.set(MONDAY_NINE + timedelta(days=5))
    Worker(strict.services, "one").tick(strict.clock.now())
    name = "weekly-20261130-090000"
    by_plan = strict.type("preview weekly --json")[1]
    assert (by_plan["edition"], by_plan["state"]) == (name, "awaiting_approval")
    assert not by_plan["changed"]
    frozen = strict.type(f"preview {name} --json")[1]
    (form,) = frozen["forms"]
    assert (form["groups"], form["text"]) == (["a", "b"], by_plan["forms"][0]["text"])
    assert frozen["hash"] == by_plan["hash"]
    assert frozen["code"] in form["text"]
    assert f"预警码 {frozen['code']}" in strict.type(f"preview {name}")[1]
    library = {**TOWN.library, "brushing-all": text("brushing-all", body="改过的话")}
    strict.services = replace(strict.services, book=replace(TOWN, library=library))
    assert strict.type("preview weekly --json")[1]["changed"]
    assert "要重新审批" in strict.type("preview weekly")[1]
