from __future__ import annotations

import argparse
import json
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.broadcasting.model import Book
from bot.clock import FixedClock, SystemClock
from bot.commands.broadcast import add_parser, run
from bot.config import Broadcast
from bot.store.sqlite import open_sqlite
from bot.store.sqlstore import SqlStore
from bot.types import Outcome, Outgoing
from bot.worker import Worker
from tests.warning_fakes import MONDAY_NINE, FakeSender, book, group, plan, services

EVENING = MONDAY_NINE + timedelta(hours=14)
"""23:00 in Shanghai: quiet hours."""

TOWN = book(group("a"), group("b"), group("c"))


def parse(line: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers(required=True))
    return parser.parse_args(["broadcast", *line.split()])


class Desktop:
    """Somebody at the command line."""

    def __init__(
        self,
        store: SqlStore,
        capsys: pytest.CaptureFixture[str],
        town: Book = TOWN,
        broadcast: Broadcast | None = None,
        answer: Callable[[Outgoing], Outcome] = lambda outgoing: Outcome("sent"),
    ) -> None:
        self.clock = FixedClock(EVENING)
        self.sender = FakeSender(answer=answer)
        self.services = services(store, town, self.sender, clock=self.clock, broadcast=broadcast)
        self._capsys = capsys
        self.errors = ""

    def type(self, line: str) -> tuple[int, Any]:
        """Exit code and the JSON document on standard output (None where there is none)."""
        code = run(parse(line), self.services)
        output, self.errors = self._capsys.readouterr()
        return code, json.loads(output) if line.endswith("--json") else output


@pytest.fixture
def desktop(store: SqlStore, capsys: pytest.CaptureFixture[str]) -> Desktop:
    return Desktop(store, capsys)


def test_send_now_prints_the_report_of_design_8(desktop: Desktop) -> None:
    code, document = desktop.type("send weekly --now --json")
    assert code == 0
    assert set(document) == {"edition", "plan", "scheduled_at", "state", "counts", "deliveries"}
    assert document["plan"] == "weekly"
    assert document["scheduled_at"] == "2026-11-23T23:00:00+08:00"
    assert document["state"] == "done"
    assert document["counts"]["sent"] == 3
    assert sum(document["counts"].values()) == len(document["deliveries"]) == 3
    assert document["deliveries"][0] == {"group": "a", "state": "sent", "code": "", "detail": ""}


def test_send_waits_for_what_the_platform_puts_off(
    store: SqlStore, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter([Outcome("later", "45009", retry_after=60)])
    desktop = Desktop(store, capsys, answer=lambda outgoing: next(answers, Outcome("sent")))
    code, document = desktop.type("send weekly --now --json")
    assert (code, document["counts"]["sent"]) == (0, 3)
    assert desktop.clock.now() >= EVENING + timedelta(seconds=60)


def test_refusals_are_counted_and_are_no_failure_of_the_command(
    store: SqlStore, capsys: pytest.CaptureFixture[str]
) -> None:
    desktop = Desktop(store, capsys, answer=lambda outgoing: Outcome("refused", "93000", "不在群"))
    code, document = desktop.type("send weekly --now --json")
    assert (code, document["counts"]["refused"]) == (0, 3)
    assert document["deliveries"][1]["code"] == "93000"


def test_another_edition_within_a_day_needs_again(desktop: Desktop) -> None:
    desktop.type("send weekly --now")
    code, document = desktop.type("send weekly --now --json")
    assert code == 1
    assert "--again" in document["problem"]
    assert "--again" in desktop.errors
    assert len(desktop.sender.arrived) == 3
    desktop.clock.advance(1)
    assert desktop.type("send weekly --now --again --json")[0] == 0
    assert len(desktop.sender.arrived) == 6


def test_now_continues_what_a_crash_left(desktop: Desktop, store: SqlStore) -> None:
    def crash(outgoing: Outgoing) -> Outcome:
        raise KeyboardInterrupt

    desktop.sender.answer = crash
    with pytest.raises(KeyboardInterrupt):
        desktop.type("send weekly --now")
    desktop.sender.answer = lambda outgoing: Outcome("sent")
    desktop.clock.advance(31)
    code, document = desktop.type("send weekly --now --json")
    assert code == 0
    assert len(store.editions.newest()) == 1
    counts = document["counts"]
    assert counts["unknown"] + counts["sent"] == 3
    assert set(desktop.sender.counts.values()) == {1}


def test_without_now_only_what_is_due_is_sent(desktop: Desktop) -> None:
    code, document = desktop.type("send weekly --json")
    assert code == 1
    assert "没有到点" in document["problem"]
    desktop.clock.set(MONDAY_NINE + timedelta(days=7, minutes=10))
    code, document = desktop.type("send weekly --json")
    assert code == 0
    assert document["scheduled_at"] == "2026-11-30T09:00:00+08:00"


def test_too_late_without_now_is_told_and_is_a_problem(desktop: Desktop) -> None:
    desktop.type("send weekly")
    desktop.clock.set(MONDAY_NINE + timedelta(days=7, hours=3))
    code, document = desktop.type("send weekly --json")
    assert code == 1
    assert (document["state"], document["counts"]["expired"]) == ("expired", 3)


def test_approval_is_asked_given_and_then_it_goes(
    store: SqlStore, capsys: pytest.CaptureFixture[str]
) -> None:
    desktop = Desktop(store, capsys, broadcast=Broadcast(approval=True))
    code, document = desktop.type("send weekly --now --json")
    assert (code, document["state"], document["counts"]["queued"]) == (1, "awaiting_approval", 3)
    edition = document["edition"]
    assert desktop.type(f"approve {edition} --by zhang --json")[0] == 1
    assert "不能自己审批" in desktop.errors
    assert desktop.type(f"approve {edition} --by li --json")[0] == 0
    assert desktop.sender.arrived == []
    code, document = desktop.type("send weekly --now --json")
    assert (code, document["edition"], document["counts"]["sent"]) == (0, edition, 3)


def test_status_lists_the_last_created_first_and_shows_one_at_once(desktop: Desktop) -> None:
    assert desktop.type("status --json") == (0, {"editions": []})
    first = desktop.type("send weekly --now --json")[1]
    desktop.clock.advance(5)
    second = desktop.type("send weekly --now --again --json")[1]
    assert desktop.type("status --json")[1] == {"editions": [second, first]}
    assert desktop.type(f"status {first['edition']} --json") == (0, first)
    assert desktop.type("status nothing --json")[0] == 1


def test_unknown_outcomes_are_resolved_by_a_person(
    store: SqlStore, capsys: pytest.CaptureFixture[str]
) -> None:
    desktop = Desktop(store, capsys, answer=lambda outgoing: Outcome("unknown", "", "超时"))
    edition = desktop.type("send weekly --now --json")[1]["edition"]
    code, document = desktop.type(f"resolve {edition} a --as sent --by li --json")
    assert (code, document["counts"]["sent"], document["counts"]["unknown"]) == (0, 1, 2)
    code, document = desktop.type(f"resolve {edition} b --as refused --json")
    assert document["counts"]["refused"] == 1
    assert desktop.type(f"resolve {edition} a --as refused --json")[0] == 1
    assert desktop.type(f"resolve {edition} nobody --as sent --json")[0] == 1
    assert store.audit.about(f"{edition}/a")[-1].actor == "li"


def test_resend_touches_only_what_was_refused(
    store: SqlStore, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(outgoing: Outgoing) -> Outcome:
        kinds = {"a": Outcome("refused", "93000"), "b": Outcome("unknown")}
        return kinds.get(outgoing.group, Outcome("sent"))

    desktop = Desktop(store, capsys, answer=answer)
    edition = desktop.type("send weekly --now --json")[1]["edition"]
    desktop.sender.answer = lambda outgoing: Outcome("sent")
    code, document = desktop.type(f"resend {edition} --json")
    assert code == 0
    assert {row["group"]: row["state"] for row in document["deliveries"]} == {
        "a": "sent",
        "b": "unknown",
        "c": "sent",
    }
    assert desktop.sender.counts == {"a": 2, "b": 1, "c": 1}
    assert desktop.type(f"resend {edition} --json")[0] == 1


def test_cancel_stops_an_edition_that_waits(
    store: SqlStore, capsys: pytest.CaptureFixture[str]
) -> None:
    desktop = Desktop(store, capsys, broadcast=Broadcast(approval=True))
    edition = desktop.type("send weekly --now --json")[1]["edition"]
    code, document = desktop.type(f"cancel {edition} --json")
    assert (code, document["state"], document["counts"]["cancelled"]) == (0, "cancelled", 3)
    assert desktop.type(f"approve {edition} --by li --json")[0] == 1


def test_list_and_preview_change_nothing(desktop: Desktop, store: SqlStore) -> None:
    code, document = desktop.type("list --json")
    assert (code, [one["plan"] for one in document["plans"]]) == (0, ["weekly"])
    assert document["plans"][0]["next"] == "2026-11-30T09:00:00+08:00"
    code, document = desktop.type("preview weekly --json")
    assert code == 0
    assert [one["group"] for one in document["groups"]] == ["a", "b", "c"]
    assert "正文 brushing-all" in document["groups"][0]["text"]
    assert document["groups"][0]["problem"] == ""
    assert store.editions.newest() == ()
    assert "下一次 2026-11-30 09:00" in desktop.type("list")[1]
    assert "正文 brushing-all" in desktop.type("preview weekly")[1]


def test_preview_says_what_would_be_refused(
    store: SqlStore, capsys: pytest.CaptureFixture[str]
) -> None:
    locked = group("a", channel={"type": "wecom_robot", "key": "${ROBOT_KEY_A}"})
    other = group("b", "sms")
    desktop = Desktop(store, capsys, town=book(locked, other))
    document = desktop.type("preview weekly --json")[1]
    assert [one["problem"] for one in document["groups"]] == [
        "环境变量 ROBOT_KEY_A 没有设置",
        "渠道 sms 还没有接通",
    ]


def test_a_plan_that_does_not_exist_is_a_problem(desktop: Desktop) -> None:
    code, document = desktop.type("send monthly --now --json")
    assert code == 1
    assert "没有计划 monthly，现有：weekly" in document["problem"]
    assert desktop.type("preview monthly --json")[0] == 1


@pytest.mark.parametrize("line", ["", "send", "approve e", "resolve e g --as maybe", "fly"])
def test_wrong_use_exits_with_2(line: str) -> None:
    with pytest.raises(SystemExit) as caught:
        parse(line)
    assert caught.value.code == 2


def test_words_for_people_name_each_group(desktop: Desktop) -> None:
    output = desktop.type("send weekly --now")[1]
    assert "weekly-20261123-230000" in output
    assert "a  已发" in output


def test_send_leaves_the_work_to_the_holder_of_the_lease(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = open_sqlite(tmp_path / "shared.db")
    clock = SystemClock()
    once_a_year = plan()
    theirs, ours = FakeSender(), FakeSender()
    town = book(group("a"), group("b"), plans=(once_a_year,))
    worker = Worker(services(store, town, theirs, clock=clock), "serve")
    store.leases.take("worker", "serve", 30, clock.now())
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            worker.work(clock.now())
            time.sleep(0.01)

    thread = threading.Thread(target=serve)
    thread.start()
    code = run(parse("send weekly --now --json"), services(store, town, ours, clock=clock))
    stop.set()
    thread.join()
    store.close()
    document = json.loads(capsys.readouterr().out)
    assert (code, document["counts"]["sent"]) == (0, 2)
    assert (len(theirs.arrived), len(ours.arrived)) == (2, 0)
