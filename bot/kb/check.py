"""Faults of content that is well-formed: wording, repetitions, dates. Pure; see load.py for form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

from bot.kb.model import Entry, Guide, Knowledge, Passage
from bot.kb.templates import REPLIES, check_templates
from bot.problems import Problem

_READ_BY_RESIDENTS = frozenset(
    {
        "title", "why", "do.not_trust", "do.not_disclose", "do.not_transfer", "report", "script",
        "answer", "group", "habit", "tell", "question", "explain",
    }
)  # fmt: skip
_PHRASINGS = frozenset({"says", "asks", "looks_like", "phrasings"})
_TRIALS = frozenset({"tests.must", "tests.must_not"})
_UNSEEN_REPLIES = "picked."
"""Stands for what the resident meant by a number; never sent."""

_CHINESE = r"[\u3400-\u9fff“”《》（），。：；？！、]"
_HALF_WIDTH = re.compile(rf"{_CHINESE} ?([,;:?!.()\"']) ?(?={_CHINESE})")


def check_knowledge(
    knowledge: Knowledge, find_assurance: Callable[[str], str | None]
) -> list[Problem]:
    """Every fault found, sorted. ``find_assurance`` names the assurance of safety in a text."""
    return sorted(
        {
            *_wording(knowledge, find_assurance),
            *_repetitions(knowledge),
            *_dates(knowledge),
            *check_templates(knowledge),
        }
    )


def _wording(
    knowledge: Knowledge, find_assurance: Callable[[str], str | None]
) -> Iterator[Problem]:
    for passage in knowledge.passages:
        if not _read_by_residents(passage):
            continue
        assurance = find_assurance(passage.text)
        if assurance:
            yield _problem(
                passage,
                f"{passage.field} 里写了“{assurance}”，回复不能替谁打包票",
                "换个说法：看到了什么、去哪里核实",
            )
        mark = _HALF_WIDTH.search(passage.text)
        if mark:
            yield _problem(
                passage, f"{passage.field} 里的 {mark[1]} 是半角标点", "请换成中文的全角标点"
            )


def _read_by_residents(passage: Passage) -> bool:
    if passage.owner == REPLIES:
        return not passage.field.startswith(_UNSEEN_REPLIES)
    return passage.field in _READ_BY_RESIDENTS


def _repetitions(knowledge: Knowledge) -> Iterator[Problem]:
    """A wording that stands twice teaches the judge two answers; in a trial it proves nothing."""
    first: dict[str, Passage] = {}
    for passage in knowledge.passages:
        if passage.field not in _PHRASINGS:
            continue
        before = first.setdefault(_key(passage.text), passage)
        if before is not passage:
            yield _problem(
                passage, f"这句话在 {_place(before)} 也有", "请删掉一处，或换个真正不同的说法"
            )
    for passage in knowledge.passages:
        stands = first.get(_key(passage.text)) if passage.field in _TRIALS else None
        if stands:
            yield _problem(
                passage,
                f"这道试题就是 {_place(stands)} 的原话，试不出什么",
                "请换成别人会用的说法",
            )


def _dates(knowledge: Knowledge) -> Iterator[Problem]:
    lines = {
        (passage.owner, passage.field): passage.line
        for passage in knowledge.passages
        if passage.field == "review_by"
    }
    dated: tuple[Entry | Guide, ...] = (*knowledge.entries, *knowledge.guides)
    for item in dated:
        if item.review_by <= item.reviewed:
            yield Problem(
                item.file,
                lines.get((item.id, "review_by"), item.line),
                f"review_by（{item.review_by}）不在 reviewed（{item.reviewed}）之后",
                "请写下次该复核的日期",
            )


def _key(text: str) -> str:
    """What makes two wordings the same: letters and numbers, not marks, spaces or width."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(filter(str.isalnum, folded)) or folded


def _place(passage: Passage) -> str:
    return f"{passage.file}:{passage.line}（{passage.owner} 的 {passage.field}）"


def _problem(passage: Passage, what: str, mend: str) -> Problem:
    return Problem(passage.file, passage.line, what, mend)
