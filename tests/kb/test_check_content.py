"""Content that is well-formed and still wrong: assurances, repetitions, dates, templates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.answer.assurance import ASSURANCES, find_assurance
from bot.kb.check import check_knowledge
from bot.kb.load import load_knowledge
from bot.problems import Problem

if TYPE_CHECKING:
    from tests.kb.conftest import KnowledgeFolder

Says = Callable[[list[Problem], str, int, str], Problem]
BRUSHING = "scams/brushing.yaml"
LOAN = "scams/loan.yaml"
REAL = Path(__file__).resolve().parents[2] / "knowledge"


def found(path: Path) -> list[Problem]:
    return check_knowledge(load_knowledge(path), find_assurance)


def test_the_small_base_has_no_faults(knowledge_folder: KnowledgeFolder) -> None:
    assert found(knowledge_folder.path) == []


def test_the_base_that_ships_has_no_faults() -> None:
    assert list(map(str, found(REAL))) == []


@pytest.mark.parametrize("phrase", ASSURANCES)
def test_each_assurance_is_found_inside_a_sentence(phrase: str) -> None:
    assert find_assurance(f"这个平台我看{phrase}，你去吧。") is not None


@pytest.mark.parametrize(
    "text",
    [
        "没 问 题",
        "沒問題",
        "可以放\u200b心",
        "可以转",
        "是 安全 的",
        "不是詐騙",
        "不是騙子",
        "放心 吧",
    ],
)
def test_an_assurance_is_found_however_it_is_spelt(text: str) -> None:
    assert find_assurance(text) is not None


@pytest.mark.parametrize(
    "text",
    ["没有安全账户", "所谓“安全账户”是假的", "在“安全中心”里看", "钱留在自己卡里最稳", "这是诈骗"],
)
def test_official_and_warning_words_are_no_assurance(text: str) -> None:
    assert find_assurance(text) is None


READ_BY_RESIDENTS = [
    (BRUSHING, "why: 先给钱的都是骗。", "why: 这家没问题。"),
    (BRUSHING, "not_trust: 直接挂断", "not_trust: 可以放心接听"),
    (BRUSHING, "not_disclose: 验证码不给人", "not_disclose: 卡号是安全的"),
    (BRUSHING, "not_transfer: 一分不转", "not_transfer: 小钱可以转"),
    (BRUSHING, "report: 留好截图，打 96110。", "report: 放心吧，打 96110。"),
    (BRUSHING, "script: 妈，有事先打给我。", "script: 妈，他不是骗子。"),
    ("guides/hotlines.yaml", "answer: 打 96110 问一问。", "answer: 96110 打来的可以放心。"),
    ("guides/hotlines.yaml", "group: 打 96110。", "group: 96110 不是诈骗。"),
    ("ordinary/bank.yaml", "habit: 只认银行自己的电话。", "habit: 银行短信没问题。"),
    ("signals.yaml", "tell: 要验证码", "tell: 说没问题"),
    ("quiz.yaml", "explain: 要垫钱的是骗。", "explain: 不垫就没问题。"),
    (
        "replies.yaml",
        "off_topic:\n  private: 先别动钱。",
        "off_topic:\n  private: 没问题。",
    ),
]


@pytest.mark.parametrize(("name", "old", "new"), READ_BY_RESIDENTS)
def test_no_text_that_a_resident_reads_assures_safety(
    knowledge_folder: KnowledgeFolder, says: Says, name: str, old: str, new: str
) -> None:
    knowledge_folder.edit(name, old, new)
    problems = found(knowledge_folder.path)
    line = knowledge_folder.line(name, new.splitlines()[-1].strip())
    says(problems, knowledge_folder.shown(name), line, "打包票")
    assert len(problems) == 1


def test_scammers_and_residents_may_assure_what_they_like(
    knowledge_folder: KnowledgeFolder,
) -> None:
    knowledge_folder.edit(BRUSHING, "brushing骗子第1种说法", "放心吧，我们平台是安全的")
    knowledge_folder.edit(BRUSHING, "brushing居民第1种说法", "他说没问题，可以转吗")
    knowledge_folder.edit("replies.yaml", "'1': 先别动钱。", "'1': 他说没问题，让我转钱")
    assert found(knowledge_folder.path) == []


@pytest.mark.parametrize(
    ("text", "mark"),
    [("先挂断,再报警", ","), ("真的?先挂断", "?"), ('说"止付"两个字', '"'), ("注意:先挂断", ":")],
)
def test_half_width_marks_between_chinese_characters_are_told(
    knowledge_folder: KnowledgeFolder, says: Says, text: str, mark: str
) -> None:
    knowledge_folder.edit(BRUSHING, "script: 妈，有事先打给我。", f"script: '{text}'")
    line = knowledge_folder.line(BRUSHING, "script:")
    problem = says(found(knowledge_folder.path), knowledge_folder.shown(BRUSHING), line, "半角标点")
    assert f" {mark} " in problem.what


@pytest.mark.parametrize("text", ["打 110, 再打 96110", "App.下载", "12:30 前", "见 12321.cn"])
def test_half_width_marks_beside_letters_and_numbers_are_left_alone(
    knowledge_folder: KnowledgeFolder, text: str
) -> None:
    knowledge_folder.edit(BRUSHING, "script: 妈，有事先打给我。", f"script: '{text}'")
    assert found(knowledge_folder.path) == []


@pytest.mark.parametrize(
    ("name", "old"),
    [
        (LOAN, "loan骗子第2种说法"),
        (LOAN, "loan居民第2种说法"),
        (LOAN, "loan平常第2种说法"),
        ("ordinary/bank.yaml", "通知第2种说法"),
        ("guides/hotlines.yaml", "热线第2种说法"),
    ],
)
def test_a_phrasing_that_stands_twice_names_both_places(
    knowledge_folder: KnowledgeFolder, name: str, old: str
) -> None:
    """Also where only marks, spaces or width differ."""
    knowledge_folder.edit(name, old, "Brushing 居民，第３种说法！")
    problems = found(knowledge_folder.path)
    assert len(problems) == 1
    places = str(problems[0])
    for file, words in ((BRUSHING, "brushing居民第3种说法"), (name, "第３种说法")):
        assert f"{knowledge_folder.shown(file)}:{knowledge_folder.line(file, words)}" in places
    assert "brushing-one" in places or name == "guides/hotlines.yaml"


@pytest.mark.parametrize("trial", ["loan试题", "loan反例"])
@pytest.mark.parametrize(
    ("name", "stands"),
    [
        (LOAN, "loan居民第3种说法"),
        (LOAN, "loan骗子第3种说法"),
        ("ordinary/bank.yaml", "通知第3种说法"),
        ("guides/hotlines.yaml", "热线第3种说法"),
    ],
)
def test_a_trial_that_is_also_a_phrasing_proves_nothing(
    knowledge_folder: KnowledgeFolder, says: Says, trial: str, name: str, stands: str
) -> None:
    line = knowledge_folder.line(LOAN, trial)
    knowledge_folder.edit(LOAN, trial, f"{stands}？")
    problems = found(knowledge_folder.path)
    place = f"{knowledge_folder.shown(name)}:{knowledge_folder.line(name, stands)}"
    problem = says(problems, knowledge_folder.shown(LOAN), line, "试题")
    assert place in problem.what


@pytest.mark.parametrize("name", [BRUSHING, "guides/hotlines.yaml"])
@pytest.mark.parametrize("day", ["2026-11-20", "2025-11-21"])
def test_review_by_must_lie_after_reviewed(
    knowledge_folder: KnowledgeFolder, says: Says, name: str, day: str
) -> None:
    knowledge_folder.edit(name, "review_by: 2027-05-20", f"review_by: {day}")
    line = knowledge_folder.line(name, "review_by")
    says(found(knowledge_folder.path), knowledge_folder.shown(name), line, "review_by")


@pytest.mark.parametrize(
    ("old", "path"),
    [
        ("  life:\n    private: 先别动钱。{saw}\n", "emergency.life.private"),
        ("    group: 先别动钱。{found}\n", "unknown.lookup.group"),
        ("  private_no_tactic: 先别动钱。{saw}\n", "suspicious.private_no_tactic"),
        ("  menu_other: 先别动钱。\n", "events.menu_other"),
        ("  voice: 先别动钱。\n", "kinds.voice"),
        ("  lookalike_domain: 先别动钱。{name}{what}\n", "found.lookalike_domain"),
    ],
)
def test_a_template_that_is_said_must_be_there(
    knowledge_folder: KnowledgeFolder, says: Says, old: str, path: str
) -> None:
    new = "  life:\n" if old.startswith("  life") else ""
    knowledge_folder.edit("replies.yaml", old, new)
    problems = found(knowledge_folder.path)
    says(problems, knowledge_folder.shown("replies.yaml"), 1, f"缺少模板 {path}")
    assert len(problems) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("'{who}，先别动钱'", "空位 {who}"),
        ("'{why}先别动钱'", "空位 {why}"),
        ("'{saw!r}先别动钱'", "空位 {saw}"),
        ("'{saw:>9}先别动钱'", "空位 {saw}"),
        ("'{saw.x}先别动钱'", "空位 {saw.x}"),
        ("'{}先别动钱'", "空位 {}"),
        ("'{saw先别动钱'", "不成对"),
        ("'saw}先别动钱'", "不成对"),
    ],
)
def test_a_template_holds_only_the_slots_that_are_filled_when_it_is_said(
    knowledge_folder: KnowledgeFolder, says: Says, text: str, words: str
) -> None:
    old = "  private_no_tactic: 先别动钱。{saw}"
    line = knowledge_folder.line("replies.yaml", old)
    knowledge_folder.edit("replies.yaml", old, f"  private_no_tactic: {text}")
    says(found(knowledge_folder.path), knowledge_folder.shown("replies.yaml"), line, words)


def test_a_private_scam_reply_must_fit_200_characters(
    knowledge_folder: KnowledgeFolder, says: Says
) -> None:
    slots = "手法brushing先给钱的都是骗。直接挂断验证码不给人一分不转留好截图，打 96110。"
    padding = "字" * (200 - len(slots) - 20)
    knowledge_folder.edit(
        "replies.yaml", "scam:\n  private: 先别动钱。", f"scam:\n  private: {padding}"
    )
    shown = knowledge_folder.shown(BRUSHING)
    assert shown not in {problem.file for problem in found(knowledge_folder.path)}
    knowledge_folder.edit(BRUSHING, "why: 先给钱的都是骗。", "why: 先给钱的都是骗啊。")
    line = knowledge_folder.line(BRUSHING, "- id:")
    says(found(knowledge_folder.path), shown, line, "201 个字")


def test_a_group_scam_reply_must_fit_120_characters(
    knowledge_folder: KnowledgeFolder, says: Says
) -> None:
    text = (knowledge_folder.path / "replies.yaml").read_text("utf-8")
    start = text.index("scam:\n")
    group = text.index("  group: ", start)
    end = text.index("\n", group)
    knowledge_folder.write(
        "replies.yaml", f"{text[:group]}  group: {'字' * 113}{{why}}{text[end:]}"
    )
    line = knowledge_folder.line(BRUSHING, "- id:")
    says(found(knowledge_folder.path), knowledge_folder.shown(BRUSHING), line, "121 个字")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "  life:\n    private: 先别动钱。{saw}",
            f"  life:\n    private: '{{saw}}{'字' * 181}'",
            "emergency.life.private 填好有 201",
        ),
        (
            "off_topic:\n  private: 先别动钱。\n  group: 先别动钱。",
            f"off_topic:\n  private: 先别动钱。\n  group: {'字' * 121}",
            "off_topic.group 填好有 121",
        ),
    ],
)
def test_other_verdict_replies_must_fit_too(
    knowledge_folder: KnowledgeFolder, says: Says, old: str, new: str, words: str
) -> None:
    knowledge_folder.edit("replies.yaml", old, new)
    line = knowledge_folder.line("replies.yaml", new.splitlines()[-1])
    says(found(knowledge_folder.path), knowledge_folder.shown("replies.yaml"), line, words)


def test_a_habit_must_fit_the_reply_in_a_group(
    knowledge_folder: KnowledgeFolder, says: Says
) -> None:
    knowledge_folder.edit(
        "replies.yaml",
        "ordinary:\n  private: 先别动钱。{habit}\n  group: 先别动钱。{habit}",
        f"ordinary:\n  private: 先别动钱。{{habit}}\n  group: '{'字' * 111}{{habit}}'",
    )
    line = knowledge_folder.line("ordinary/bank.yaml", "habit")
    says(
        found(knowledge_folder.path),
        knowledge_folder.shown("ordinary/bank.yaml"),
        line,
        "121 个字",
    )
