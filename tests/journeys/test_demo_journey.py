"""Questions and the weekly warning through the whole program."""

from __future__ import annotations

import time

import pytest

from tests.journeys.program import Program, wait_for

FINANCE, RESIDENTS = "hengda-finance", "jinxiu-garden"
ROBOT = "demo-robot-hengda"
WAITING = {FINANCE: "sent", RESIDENTS: "awaiting_person"}
DONE = {FINANCE: "sent", RESIDENTS: "sent"}


def test_a_question_in_private_is_answered_in_time(demo: Program) -> None:
    started = time.monotonic()
    answer = demo.ask("有人让我点赞刷单，先给我发了几块钱")
    assert time.monotonic() - started < 5
    assert answer["fault"] == ""
    assert answer["text"].startswith("这是诈骗")
    assert [attempt["status"] for attempt in answer["attempts"]] == [200]


def test_what_is_typed_on_the_phone_gets_its_answer_there(demo: Program) -> None:
    lines = demo.phone_says("private", "96110 是什么电话")
    assert [line["kind"] for line in lines] == ["bot"]
    assert "反诈" in lines[0]["text"]


def test_in_the_company_group_the_bot_answers_who_mentions_it(demo: Program) -> None:
    lines = demo.phone_says(FINANCE, "@反诈助手 老板在 QQ 群里叫我马上转 20 万货款", "小李")
    assert [line["kind"] for line in lines] == ["bot"]
    text = lines[0]["text"]
    assert len(text) <= 120
    assert "小李" not in text


def test_in_the_company_group_nobody_else_is_answered(demo: Program) -> None:
    lines = demo.phone_says(FINANCE, "今天的报销单谁还没交")
    assert [line["kind"] for line in lines] == ["notice"]


@pytest.mark.parametrize("text", ["有人冒充物业上门收钱", "@反诈助手 这个短信是真的吗"])
def test_in_the_residents_group_no_robot_answers(demo: Program, text: str) -> None:
    lines = demo.phone_says(RESIDENTS, text)
    assert [line["kind"] for line in lines] == ["notice"]


def test_the_weekly_warning_reaches_one_group_at_once_and_the_other_by_its_owner(
    demo: Program,
) -> None:
    before, seen = demo.received(), demo.phone()["lines"]
    edition = demo.fire()
    demo.settled(WAITING)
    assert demo.received() == {**before, FINANCE: before.get(FINANCE, 0) + 1}
    assert [(task["chat"], task["owner"]) for task in demo.tasks()] == [(RESIDENTS, "zhang")]
    demo.tap()
    demo.settled(DONE, 5)
    assert demo.tasks() == []
    assert demo.received()[RESIDENTS] == before.get(RESIDENTS, 0) + 1
    last = seen[-1]["number"] if seen else 0
    warnings = [line for line in demo.phone(last)["lines"] if line["kind"] == "warning"]
    assert [line["chat"] for line in warnings] == [FINANCE, RESIDENTS]
    assert all("预警码" in line["text"] for line in warnings)
    assert demo.status(edition)["counts"]["sent"] == 2


def test_a_robot_that_was_removed_is_refused_in_words_and_the_other_group_is_served(
    demo: Program,
) -> None:
    demo.robot(ROBOT, "removed")
    try:
        edition = demo.fire()
        demo.settled({FINANCE: "refused", RESIDENTS: "awaiting_person"})
        demo.tap()
        demo.settled({FINANCE: "refused", RESIDENTS: "sent"}, 5)
        rows = {row["group"]: row for row in demo.status(edition)["deliveries"]}
        assert rows[FINANCE]["code"] == "93000"
        assert "机器人" in rows[FINANCE]["detail"]
        words = demo.run("broadcast", "status", edition).stdout
        assert "恒达公司财务群" in words or FINANCE in words
        assert "被拒" in words
    finally:
        demo.robot(ROBOT, "working")
    assert demo.run("broadcast", "resend", edition).returncode == 0
    demo.settled(DONE)


def test_a_started_send_is_finished_by_the_running_worker(demo: Program) -> None:
    before = demo.received().get(FINANCE, 0)
    sent = demo.run("broadcast", "send", "weekly", "--now", "--again", "--json")
    assert sent.returncode == 0, sent.stderr
    assert demo.received()[FINANCE] == before + 1
    demo.tap()
    demo.settled(DONE, 5)


def test_a_plan_that_does_not_exist_is_not_sent(demo: Program) -> None:
    sent = demo.run("broadcast", "send", "nosuch", "--now")
    assert sent.returncode == 1
    assert "nosuch" in sent.stderr + sent.stdout
    assert "Traceback" not in sent.stderr


def test_a_key_that_is_not_set_shows_and_stops_nobody(demo: Program) -> None:
    ready = demo.ready()
    assert ready["ready"] is True
    assert any("nanhu-college" in line and "ROBOT_KEY_NANHU" in line for line in ready["problems"])
    sent = demo.run("broadcast", "send", "school", "--now", "--again", "--json")
    assert sent.returncode == 0, sent.stderr
    assert '"refused": 1' in sent.stdout
    assert "ROBOT_KEY_NANHU" in sent.stdout


def test_a_saved_edit_is_in_use_at_once_and_a_broken_one_leaves_the_last_good_base(
    demo: Program,
) -> None:
    question = "96110 是什么电话"
    guide, scam = demo.knowledge / "guides/hotlines.yaml", demo.knowledge / "scams/brushing.yaml"
    before, sound = guide.read_text("utf-8"), scam.read_text("utf-8")
    old = demo.ask(question)["text"].splitlines()[0]
    new = old.replace("反诈", "防诈反诈", 1)
    assert old in before
    assert new != old
    line = sound.split("severity: high")[0].count("\n") + 1
    place = f"brushing.yaml:{line}:"
    try:
        guide.write_text(before.replace(old, new), "utf-8")
        wait_for(lambda: demo.ask(question)["text"].startswith(new), 5, "the edited answer")
        scam.write_text(sound.replace("severity: high", "severity: enormous", 1), "utf-8")
        wait_for(lambda: any(place in row for row in demo.ready()["problems"]), 5, place)
        assert demo.ready()["ready"] is True
        assert demo.ask(question)["text"].startswith(new)
    finally:
        guide.write_text(before, "utf-8")
        scam.write_text(sound, "utf-8")


def test_readyz_can_be_read_in_a_terminal(demo: Program) -> None:
    assert "缺少环境变量" in demo.http.get(f"{demo.url}/readyz").text
