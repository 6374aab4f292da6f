"""What is wrong with a draft, with its lines and in the words of the form."""

from __future__ import annotations

from dataclasses import dataclass

from bot.console.knowledge.room import Room
from bot.problems import Problem
from bot.publishing.candidate import check_file
from bot.store.api_editing import DraftRow

FIELD_WORDS = {
    "title": "标题",
    "why": "一句话说破",
    "do": "三不",
    "report": "及时报警",
    "script": "转给家人的话",
    "says": "骗子会说",
    "asks": "居民会怎么问",
    "looks_like": "像它但平常的消息",
    "signs": "信号",
    "audience": "说给谁听",
    "severity": "危害",
    "reviewed": "这次复核",
    "review_by": "下次复核",
    "sources": "依据",
    "tests": "试题",
    "answer": "私聊里的回答",
    "group": "群里的回答",
    "name": "叫什么",
    "habit": "该留的习惯",
    "phrasings": "平常的说法",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem with its line in the item's own text (0: none) besides that in the file.

    ``field`` is what a form calls the field it stands in, '' where there is none."""

    line: int
    problem: Problem
    field: str = ""


def faults(room: Room, draft: DraftRow) -> list[Fault]:
    """What is wrong with a draft, as far as its own file shows."""
    merged = room.desk.merged([draft])
    problems = list(merged.problems)
    text = merged.files.get(draft.file)
    folder = room.desk.folder.name
    if not problems and text:
        signs = frozenset(sign.id for sign in room.base.judge.knowledge.signs)
        problems = check_file(folder, draft.file, text, signs)
    first = merged.lines.get((draft.kind, draft.name), 0)
    last = first + draft.text.count("\n") + 1
    found = []
    for problem in problems:
        line = problem.line - first if first < problem.line <= last else 0
        found.append(Fault(line, problem, _field(draft.text, line)))
    return found


def _field(text: str, line: int) -> str:
    """What a form calls the field that a line belongs to."""
    for above in reversed(text.split("\n")[:line]):
        name = above.partition(":")[0]
        if name and not above.startswith((" ", "#", "-")):
            return FIELD_WORDS.get(name, "")
    return ""
