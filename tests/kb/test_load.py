"""A knowledge base is read whole or refused whole, with every fault's place and remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.kb.load import load_knowledge
from bot.problems import Invalid, Problem

if TYPE_CHECKING:
    from tests.kb.conftest import KnowledgeFolder

Says = Callable[[list[Problem], str, int, str], Problem]
BRUSHING = "scams/brushing.yaml"
LOAN = "scams/loan.yaml"


def refused(path: Path) -> list[Problem]:
    with pytest.raises(Invalid) as caught:
        load_knowledge(path)
    return list(caught.value.problems)


def test_a_sound_folder_is_read_whole(knowledge_folder: KnowledgeFolder) -> None:
    knowledge = load_knowledge(knowledge_folder.path)
    assert len(knowledge.entries) == 31
    assert [guide.id for guide in knowledge.guides] == ["hotline-one"]
    assert knowledge.replies["off_topic.private"] == "先别动钱。"
    assert knowledge.aliases["v信"] == "微信"
    assert knowledge.redlines[0].patterns == ((("报",), ("验证码",)),)


def test_every_text_knows_its_line(knowledge_folder: KnowledgeFolder) -> None:
    knowledge = load_knowledge(knowledge_folder.path)
    places = {(p.owner, p.field, p.text): (p.file, p.line) for p in knowledge.passages}
    line = knowledge_folder.line(BRUSHING, "brushing骗子第3种说法")
    shown = knowledge_folder.shown(BRUSHING)
    assert places["brushing-one", "says", "brushing骗子第3种说法"] == (shown, line)
    line = knowledge_folder.line(BRUSHING, "not_trust")
    assert places["brushing-one", "do.not_trust", "直接挂断"] == (shown, line)


def test_the_revision_follows_every_file(knowledge_folder: KnowledgeFolder) -> None:
    before = load_knowledge(knowledge_folder.path).revision
    assert load_knowledge(knowledge_folder.path).revision == before
    knowledge_folder.edit("aliases.yaml", "薇信", "威信号")
    assert load_knowledge(knowledge_folder.path).revision != before


FAULTS = [
    pytest.param(BRUSHING, "  why:", "\twhy:", "why", "制表符", id="tab"),
    pytest.param(
        BRUSHING,
        "  severity: high",
        "  severity: high\n  severity: low",
        "severity: low",
        "写了两次",
        id="duplicate key",
    ),
    pytest.param(LOAN, "id: loan-one", "id: brushing-one", "brushing-one", "重复", id="duplicate id"),
    pytest.param(BRUSHING, "  script: 妈，有事先打给我。\n", "", "- id:", "script", id="missing field"),
    pytest.param(
        BRUSHING,
        "  severity: high",
        "  severity: high\n  colours:\n  - red",
        "colours",
        "不认识的字段 colours",
        id="unknown field",
    ),
    pytest.param(BRUSHING, "why: 先给钱的都是骗。", "why: no", "why", "真假值", id="no as boolean"),
    pytest.param(
        BRUSHING, "- brushing居民第2种说法", "- 96110", "- 96110", "数字", id="96110 as number"
    ),
    pytest.param(
        BRUSHING, "- brushing居民第2种说法", "- 2026-11-01", "- 2026-11-01", "日期", id="date for text"
    ),
    pytest.param(BRUSHING, "why: 先给钱的都是骗。", "why:", "why", "是空的", id="nothing for text"),
    pytest.param(
        BRUSHING, "reviewed: 2026-11-20", "reviewed: 昨天", "reviewed", "日期", id="text for date"
    ),
    pytest.param(
        BRUSHING,
        "reviewed: 2026-11-20",
        "reviewed: 2026-02-30",
        "reviewed",
        "日期",
        id="a day that is not",
    ),
    pytest.param(
        BRUSHING, "  audience:\n  - all", "  audience: []", "audience", "列表是空的", id="empty list"
    ),
    pytest.param(BRUSHING, "  audience:\n  - all", "  audience: all", "audience", "一个列表", id="no list"),
    pytest.param(BRUSHING, "- ask_code", "- ask_kode", "ask_kode", "没有信号", id="unknown sign"),
    pytest.param(
        BRUSHING, "  - brushing骗子第6种说法\n", "", "brushing骗子第1种", "只有 5 条", id="too few says"
    ),
    pytest.param(
        BRUSHING,
        "- brushing骗子第6种说法",
        "- brushing骗子第1种说法",
        None,
        "写的一样",
        id="same text twice in a list",
    ),
    pytest.param(
        BRUSHING, "report: 留好截图，打 96110。", "report: 留好截图。", "report", "报警电话", id="no number"
    ),
    pytest.param(BRUSHING, "severity: high", "severity: huge", "huge", "可选范围", id="unknown choice"),
    pytest.param(BRUSHING, "category: brushing", "category: loan", "category", "文件名", id="wrong file"),
    pytest.param(
        BRUSHING, "name: 刷单返利", "name: 刷单", "name: 刷单", "名字应是", id="wrong category name"
    ),
    pytest.param("signals.yaml", "id: paid", "id: ask_code", None, "重复", id="duplicate sign"),
    pytest.param("signals.yaml", "要 … 验证码", "要 …", "要 …", "前后都要有词", id="half a pattern"),
    pytest.param("redlines.yaml", "phishing", "fishing", "fishing", "可选范围", id="unknown category"),
    pytest.param("aliases.yaml", "- 薇信", "- v信", None, "已经写在", id="alias twice"),
    pytest.param("official.yaml", "'96110'", "96110", "96110", "数字", id="hotline as number"),
    pytest.param("official.yaml", "  note:", "  owner: x\n  note:", "owner: x", "不认识", id="unknown sender field"),
    pytest.param("quiz.yaml", "answer: 1", "answer: 3", "answer", "不在范围", id="no such option"),
    pytest.param("replies.yaml", "  question: 先", "  question: 2\n  x: 先", "question: 2", "数字", id="reply as number"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "where", "words"), FAULTS)
def test_a_fault_is_told_with_its_line_and_remedy(
    knowledge_folder: KnowledgeFolder,
    says: Says,
    name: str,
    old: str,
    new: str,
    where: str | None,
    words: str,
) -> None:
    knowledge_folder.edit(name, old, new)
    problems = refused(knowledge_folder.path)
    if where is None:
        assert any(words in problem.what and problem.mend for problem in problems)
    else:
        says(problems, knowledge_folder.shown(name), knowledge_folder.line(name, where), words)
    assert len(problems) == 1, "\n".join(map(str, problems))


def test_a_file_that_is_not_utf8_names_the_line(
    knowledge_folder: KnowledgeFolder, says: Says
) -> None:
    path = knowledge_folder.path / BRUSHING
    path.write_bytes(path.read_bytes().replace("先给钱".encode(), "先给钱".encode("gbk")))
    line = next(n for n, raw in enumerate(path.read_bytes().split(b"\n"), 1) if b"why:" in raw)
    says(refused(knowledge_folder.path), knowledge_folder.shown(BRUSHING), line, "UTF-8")


def test_a_byte_order_mark_in_front_does_no_harm(knowledge_folder: KnowledgeFolder) -> None:
    path = knowledge_folder.path / BRUSHING
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(load_knowledge(knowledge_folder.path).entries) == 31


@pytest.mark.parametrize("content", ["", "# 只有一句说明\n"])
def test_an_empty_file_is_refused(
    knowledge_folder: KnowledgeFolder, says: Says, content: str
) -> None:
    knowledge_folder.write(BRUSHING, content)
    says(refused(knowledge_folder.path), knowledge_folder.shown(BRUSHING), 1, "文件是空的")


@pytest.mark.parametrize(
    "name", ["notes.txt", "evil.py", "scams/brushing.yml", "extra.yaml", "scams/old/brushing.yaml"]
)
def test_a_file_that_nobody_reads_is_refused(
    knowledge_folder: KnowledgeFolder, says: Says, name: str
) -> None:
    (knowledge_folder.path / name).parent.mkdir(exist_ok=True)
    knowledge_folder.write(name, "category: brushing\n")
    says(refused(knowledge_folder.path), knowledge_folder.shown(name), 1, "没有人读")


def test_readme_and_an_editors_hidden_files_do_no_harm(knowledge_folder: KnowledgeFolder) -> None:
    knowledge_folder.write("README.md", "# 怎么写\n")
    knowledge_folder.write("scams/.brushing.yaml.swp", "b0VIM")
    (knowledge_folder.path / "scams/.#loan.yaml").symlink_to("somebody@desk.1234")
    assert len(load_knowledge(knowledge_folder.path).entries) == 31


def test_a_category_without_its_file_is_missed(
    knowledge_folder: KnowledgeFolder, says: Says
) -> None:
    (knowledge_folder.path / LOAN).unlink()
    problems = refused(knowledge_folder.path)
    says(problems, knowledge_folder.shown(LOAN), 0, "缺少类别 loan")
    assert len(problems) == 1


def test_a_missing_folder_is_one_problem(tmp_path: Path) -> None:
    problems = refused(tmp_path / "nowhere")
    assert [problem.what for problem in problems] == ["没有这个文件夹"]


def test_one_broken_file_does_not_make_others_look_broken(
    knowledge_folder: KnowledgeFolder,
) -> None:
    knowledge_folder.write("signals.yaml", "signs: [\n")
    problems = refused(knowledge_folder.path)
    assert {problem.file for problem in problems} == {knowledge_folder.shown("signals.yaml")}


def test_all_faults_of_all_files_are_told_at_once(
    knowledge_folder: KnowledgeFolder, says: Says
) -> None:
    knowledge_folder.edit(BRUSHING, "  script: 妈，有事先打给我。\n", "")
    knowledge_folder.edit(BRUSHING, "severity: high", "severity: no")
    knowledge_folder.edit(LOAN, "  why:", "\twhy:")
    knowledge_folder.edit("guides/hotlines.yaml", "group: 打 96110。", "group: 96110")
    knowledge_folder.edit("quiz.yaml", "id: quiz-one", "name: quiz-one")
    problems = refused(knowledge_folder.path)
    wanted = [
        (BRUSHING, "- id:", "缺少字段 script"),
        (BRUSHING, "severity: no", "可选范围"),
        (LOAN, "\twhy:", "制表符"),
        ("guides/hotlines.yaml", "group: 96110", "数字"),
        ("quiz.yaml", "name: quiz-one", "缺少字段 id"),
        ("quiz.yaml", "name: quiz-one", "不认识的字段 name"),
    ]
    for name, where, words in wanted:
        line = knowledge_folder.line(name, where)
        says(problems, knowledge_folder.shown(name), line, words)
    assert len(problems) == len(wanted), "\n".join(map(str, problems))
    assert problems == sorted(problems)
