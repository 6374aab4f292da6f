"""What is wrong with a draft, with its lines and in the words of the form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.console.knowledge.field_words import FIELD_WORDS
from bot.console.knowledge.room import Room
from bot.kb import form
from bot.problems import Problem
from bot.publishing.candidate import check_file
from bot.publishing.merge import Change, Files, merge
from bot.store.api_editing import DraftRow

_TOP = re.compile(r"([a-z_]+):")
_NESTED = re.compile(r"  ([a-z_]+):")


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem with its line in the item's own text (0: none) besides that in the file.

    ``path`` is the field of the form it stands in, '' where there is none; ``empty`` says that
    nothing is wrong with it but that it has not been filled in yet."""

    line: int
    problem: Problem
    path: str = ""
    empty: bool = False


def faults(room: Room, draft: DraftRow, files: Files) -> Sequence[Fault]:
    """What is wrong with a draft over these files, as far as its own file shows."""
    signs = frozenset(sign.id for sign in room.base.judge.knowledge.signs)
    return _found(draft, files.get(draft.file, ""), room.desk.folder.name, signs)


@lru_cache(maxsize=64)
def _found(draft: DraftRow, source: str, folder: str, signs: frozenset[str]) -> Sequence[Fault]:
    """Looked for once per draft and file: it takes ten milliseconds."""
    change = Change(draft.kind, draft.name, draft.file, draft.base, draft.text)
    merged = merge({draft.file: source}, [change], folder)
    problems = list(merged.problems)
    text = merged.files.get(draft.file)
    if not problems and text:
        problems = check_file(folder, draft.file, text, signs)
    first = merged.lines.get((draft.kind, draft.name), 0)
    last = first + draft.text.count("\n") + 1
    fields = _fields(draft)
    found = []
    for problem in problems:
        line = problem.line - first if first < problem.line <= last else 0
        path = _path(draft.text, line) if fields else ""
        found.append(Fault(line, problem, path, fields.get(path) == ""))
    return tuple(found)


def _fields(draft: DraftRow) -> Mapping[str, str]:
    try:
        return form.read_fields(draft.kind, draft.text) if draft.kind in form.TEXTS else {}
    except form.NoForm:
        return {}


def _path(text: str, line: int) -> str:
    """The field of the form that a line belongs to."""
    nested = ""
    for above in reversed(text.split("\n")[:line]):
        if not nested and (inner := _NESTED.match(above)):
            nested = inner[1]
        if top := _TOP.match(above):
            whole = f"{top[1]}.{nested}"
            return whole if whole in FIELD_WORDS else top[1] if top[1] in FIELD_WORDS else ""
    return ""
