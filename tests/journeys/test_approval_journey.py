"""A warning from the author's desk over the approver's to the resident who asks about it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.journeys.program import Program, wait_for


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    made = Program(tmp_path_factory.mktemp("office"), own_content=True)
    made.environment["BOT_ENCODER"] = "off"
    made.configure(broadcast={"approval": "required", "weekly_limit": 20})
    try:
        made.serve()
        yield made
    finally:
        made.close()


def broadcast(office: Program, *line: str) -> tuple[int, dict[str, Any]]:
    done = office.run("broadcast", *line, "--json")
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_a_plan_that_changes_after_the_approval_must_be_approved_again(office: Program) -> None:
    code, document = broadcast(office, "send", "school", "--now")
    edition = document["edition"]
    assert (code, document["state"]) == (1, "awaiting_approval")
    day = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT02:00Z")
    assert broadcast(office, "postpone", edition, "--to", day)[0] == 0
    assert broadcast(office, "approve", edition, "--by", "li")[0] == 0

    plan = office.broadcasts / "plans/school.yaml"
    plan.write_text(
        plan.read_text("utf-8").replace("kinds: [school]", "ids: [shiyan-parents]"), "utf-8"
    )
    wait_for(lambda: office.status(edition)["state"] == "awaiting_approval", 15, "it is void")
    assert [row["group"] for row in office.status(edition)["deliveries"]] == ["shiyan-parents"]


def test_what_was_sent_is_recognised_by_code_text_and_page(office: Program) -> None:
    edition = broadcast(office, "send", "weekly", "--now")[1]["edition"]
    assert broadcast(office, "approve", edition, "--by", "li")[0] == 0
    code, document = broadcast(office, "send", "weekly", "--now")
    assert (code, document["counts"]["sent"]) == (0, 1)
    warning = broadcast(office, "preview", edition)[1]
    text, number = warning["forms"][0]["text"].removeprefix("## "), warning["code"]
    assert "是我们的" in office.ask(f"预警码 {number}")["text"]
    assert "一字不差" in office.ask(text)["text"]
    changed = office.ask(text.replace("110", "170"))["text"]
    assert changed.startswith("这条被人改过，先别照做")
    foreign = "999999" if number != "999999" else "999998"
    assert "没有发过这个预警码" in office.ask(f"预警码：{foreign}")["text"]
    assert "看不出来" in office.ask(number)["text"], "bare digits are no code"
    page = office.http.get(f"{office.url}/warning/{number}")
    assert page.status_code == 200
    assert text.splitlines()[1] in page.text
    assert office.http.get(f"{office.url}/warning/{foreign}").status_code == 404
    answer = office.http.post(
        f"{office.url}/warning/{number}", data={"text": text.replace("110", "170")}
    )
    assert "和原文不一样" in answer.text
