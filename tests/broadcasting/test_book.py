from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.broadcasting.book import load_book
from bot.broadcasting.calendar import Monthly, Once, Weekly, next_due
from bot.broadcasting.model import Fixed, Topic
from bot.problems import Invalid

GROUPS = """\
groups:
  - id: hengda-finance
    name: 恒达公司财务群
    kind: enterprise
    audience: [finance]
    channel: {type: wecom_robot, key: "${ROBOT_KEY_HENGDA}"}
    owner: zhang
    quiet_hours: ["20:00", "07:30"]
  - id: jinxiu-garden
    name: 锦绣花园业主群
    kind: community
    audience: [elderly, parent]
    channel: {type: wecom_external, account: station, chat_ids: [wrJinxiu]}
    owner: zhang
"""
PLAN = """\
plan: weekly
title: 每周预警
when: {weekly: mon, at: "09:00"}
groups: {ids: [jinxiu-garden]}
content: {topic: next}
author: zhang
"""
LIBRARY = """\
texts:
  - {id: brushing-all, category: brushing, audience: [all], title: 题, body: 文, led: 屏, spoken: 说, source: 据, review_by: 2027-05-01}
  - {id: brushing-old, category: brushing, audience: [elderly], title: 题, body: 文, led: 屏, spoken: 说, source: 据, review_by: 2027-05-01}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    content = tmp_path / "broadcasts"
    (content / "plans").mkdir(parents=True)
    (content / "library").mkdir()
    (content / "README.md").write_text("怎么写")
    (content / "groups.yaml").write_text(GROUPS)
    (content / "plans" / "weekly.yaml").write_text(PLAN)
    (content / "library" / "brushing.yaml").write_text(LIBRARY)
    return content


def problems(folder: Path) -> str:
    with pytest.raises(Invalid) as caught:
        load_book(folder, {})
    return str(caught.value)


def change(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    source = path.read_text()
    assert old in source
    path.write_text(source.replace(old, new, 1))


def test_a_good_folder_becomes_a_book(folder: Path) -> None:
    book = load_book(folder, {})
    assert list(book.groups) == ["hengda-finance", "jinxiu-garden"]
    assert book.groups["hengda-finance"].quiet_hours == (time(20), time(7, 30))
    assert book.plans["weekly"].when == Weekly(0, time(9))
    assert [group.id for group in book.selected(book.plans["weekly"])] == ["jinxiu-garden"]
    assert book.library["brushing-old"].audience == ("elderly",)


def test_a_secret_is_looked_up_late_and_an_unset_one_is_no_fault(folder: Path) -> None:
    book = load_book(folder, {})
    target = book.target(book.groups["hengda-finance"])
    assert target.unset == ("ROBOT_KEY_HENGDA",)
    assert book.unset() == {"hengda-finance": ("ROBOT_KEY_HENGDA",)}
    secrets = {"ROBOT_KEY_HENGDA": "s3cret"}
    filled = load_book(folder, secrets)
    target = filled.target(filled.groups["hengda-finance"])
    assert target.values == {"type": "wecom_robot", "key": "s3cret"}
    assert "s3cret" not in repr(filled) + repr(target)
    external = filled.target(filled.groups["jinxiu-garden"])
    assert external.values["chat_ids"] == ["wrJinxiu"]


FAULTS = [
    ("groups.yaml", "    owner: zhang\n    quiet", "    owner: zhang\n    quite", "groups.yaml:8: 不认识的字段 quite"),
    ("groups.yaml", "id: jinxiu-garden", "id: hengda-finance", "hengda-finance 写了两次"),
    ("groups.yaml", "id: hengda-finance", "id: 恒达 财务", "groups.yaml:2: '恒达 财务' 不能当代号"),
    ("groups.yaml", "type: wecom_robot", "type: pigeon", "groups.yaml:6: “pigeon”不在可选"),
    ("groups.yaml", ', key: "${ROBOT_KEY_HENGDA}"', "", "groups.yaml:6: 缺少字段 key"),
    ("groups.yaml", "{type: wecom_robot, ", "{", "groups.yaml:6: 缺少字段 type"),
    ("groups.yaml", "account: station, ", "acount: station, ", "groups.yaml:13: 不认识的字段 acount"),
    ("groups.yaml", "chat_ids: [wrJinxiu]", "chat_ids: []", "groups.yaml:13: 列表是空的"),
    ("groups.yaml", "audience: [finance]", "audience: [money]", "groups.yaml:5: “money”不在可选"),
    ("groups.yaml", "kind: enterprise", "kind: no", "groups.yaml:4: “no”不在可选"),
    ("groups.yaml", '["20:00", "07:30"]', '["25:00", "07:30"]', "groups.yaml:8: '25:00' 不是钟点"),
    ("groups.yaml", "    owner: zhang\n    quiet", "    quiet", None),
    ("plans/weekly.yaml", "jinxiu-garden", "jinxiu", "weekly.yaml:4: 群名册里没有 jinxiu"),
    ("plans/weekly.yaml", "{ids: [jinxiu-garden]}", "{kinds: [bank]}", "weekly.yaml:4: 一个群也没有选中"),
    ("plans/weekly.yaml", "{ids: [jinxiu-garden]}", "{}", "weekly.yaml:4: 没有写发给哪些群"),
    ("plans/weekly.yaml", "{topic: next}", "{topic: lottery}", "weekly.yaml:5: library/ 里没有类别 lottery"),
    ("plans/weekly.yaml", "{topic: next}", "{text: nothing}", "weekly.yaml:5: library/ 里没有文字 nothing"),
    ("plans/weekly.yaml", "{topic: next}", "{texts: {finance: brushing-all}}", "没有给群 jinxiu-garden 的文字"),
    ("plans/weekly.yaml", "{topic: next}", "{texts: {kids: brushing-all}}", "没有 kids 这种对象"),
    ("plans/weekly.yaml", "{topic: next}", "{topic: next, text: brushing-all}", "四选一"),
    ("plans/weekly.yaml", "weekly: mon", "weekly: monday", "weekly.yaml:3: “monday”不在可选"),
    ("plans/weekly.yaml", '"09:00"', '"9点"', "weekly.yaml:3: '9点' 不是钟点"),
    ("plans/weekly.yaml", '{weekly: mon, at: "09:00"}', "{daily: 1}", "weekly.yaml:3: 没有写什么时候"),
    ("plans/weekly.yaml", '{weekly: mon, at: "09:00"}', "{once: 2026-13-01T09:00}", "weekly.yaml:3: '2026-13-01T09:00' 不是日期"),
    ("plans/weekly.yaml", '{weekly: mon, at: "09:00"}', '{monthly: 32, at: "09:00"}', "weekly.yaml:3: 32 不在范围里"),
    ("plans/weekly.yaml", '{weekly: mon, at: "09:00"}', '{weekly: mon, at: "09:00", on_holiday: move}', "weekly.yaml:3: “move”不在可选"),
    ("plans/weekly.yaml", '{weekly: mon, at: "09:00"}', "{once: 2026-12-01T09:00, on_holiday: skip}", "weekly.yaml:3: once 是写死的一天"),
    ("plans/weekly.yaml", "author: zhang\n", "author: zhang\nrepeats: maybe\n", "weekly.yaml:7: 这里要 true 或 false"),
    ("plans/weekly.yaml", "author: zhang\n", "", "weekly.yaml:1: 缺少字段 author"),
    ("library/brushing.yaml", "audience: [all]", "audience: [women]", "brushing.yaml:2: 类别 brushing 没有一条"),
    ("library/brushing.yaml", "brushing-old", "brushing-all", "文字 brushing-all 写了两次"),
    ("library/brushing.yaml", "category: brushing, audience: [elderly]", "category: brush, audience: [elderly]", "brushing.yaml:3: “brush”不在可选"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "expected"), FAULTS)
def test_every_fault_is_told_with_file_and_line(
    folder: Path, name: str, old: str, new: str, expected: str | None
) -> None:
    change(folder, name, old, new)
    if expected is None:
        load_book(folder, {})
    else:
        assert expected in problems(folder)


def test_groups_where_a_person_must_act_need_an_owner(folder: Path) -> None:
    path = folder / "groups.yaml"
    path.write_text(path.read_text().rstrip().removesuffix("owner: zhang"))
    assert "groups.yaml:9: wecom_external 要有人动手，缺少 owner" in problems(folder)


def test_all_faults_are_told_at_once(folder: Path) -> None:
    change(folder, "groups.yaml", "kind: enterprise", "kind: shop")
    change(folder, "plans/weekly.yaml", "weekly: mon", "weekly: fun")
    told = problems(folder)
    assert "groups.yaml:4" in told
    assert "weekly.yaml:3" in told


def test_a_plan_id_in_two_files_is_a_fault(folder: Path) -> None:
    (folder / "plans" / "other.yaml").write_text(PLAN)
    assert "计划 weekly 写了两次" in problems(folder)


@pytest.mark.parametrize("name", ["plans/weekly.yml", "library/brushing.yaml.bak", "group.yaml"])
def test_a_file_that_nobody_reads_is_a_fault(folder: Path, name: str) -> None:
    (folder / name).write_text("x: 1")
    assert f"broadcasts/{name}: 没有人读这个文件" in problems(folder)


def test_a_missing_group_book_is_a_fault_not_a_crash(folder: Path) -> None:
    (folder / "groups.yaml").unlink()
    assert "broadcasts/groups.yaml: 没有这个文件" in problems(folder)


def test_other_schedules_and_contents(folder: Path) -> None:
    (folder / "plans" / "monthly.yaml").write_text(
        PLAN.replace("plan: weekly", "plan: monthly")
        .replace('{weekly: mon, at: "09:00"}', "{monthly: 1, at: 17:30}")
        .replace("{topic: next}", "{topic: brushing}")
    )
    (folder / "plans" / "once.yaml").write_text(
        PLAN.replace("plan: weekly", "plan: once")
        .replace('{weekly: mon, at: "09:00"}', "{once: 2026-12-01T09:00}")
        .replace("{topic: next}", "{texts: {elderly: brushing-old, all: brushing-all}}")
        .replace("{ids: [jinxiu-garden]}", "{kinds: [community], audience: [elderly]}")
    )
    plans = load_book(folder, {}).plans
    assert plans["monthly"].when == Monthly(1, time(17, 30))
    assert plans["monthly"].content == Topic("brushing")
    assert plans["once"].when == Once(datetime.fromisoformat("2026-12-01T09:00"))
    assert plans["once"].content == Fixed({"elderly": "brushing-old", "all": "brushing-all"})


def test_the_projects_own_book_is_sound() -> None:
    book = load_book(Path(__file__).parents[2] / "broadcasts", {})
    weekly = [group.id for group in book.selected(book.plans["weekly"])]
    assert weekly == ["hengda-finance", "jinxiu-garden"]


def test_a_plan_may_heed_holidays_and_may_repeat_itself(folder: Path) -> None:
    change(folder, "plans/weekly.yaml", '"09:00"}', '"09:00", on_holiday: next_workday}')
    change(folder, "plans/weekly.yaml", "author: zhang", "author: zhang\nrepeats: true")
    weekly = load_book(folder, {}).plans["weekly"]
    assert weekly.when == Weekly(0, time(9), "next_workday")
    assert weekly.repeats


def test_a_single_date_may_be_written_for_another_zone(folder: Path) -> None:
    change(
        folder, "plans/weekly.yaml", '{weekly: mon, at: "09:00"}', "{once: 2026-12-01T10:00+09:00}"
    )
    when = load_book(folder, {}).plans["weekly"].when
    assert when == Once(datetime.fromisoformat("2026-12-01T10:00+09:00"))
    assert next_due(when, datetime(2026, 11, 1, tzinfo=UTC), ZoneInfo("Asia/Shanghai")) == datetime(
        2026, 12, 1, 1, 0, tzinfo=UTC
    )
