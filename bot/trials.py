"""The trial questions of the knowledge base put to the judge: ``must`` and ``must_not``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from bot.kb.model import Entry, Guide, Knowledge
from bot.problems import Problem
from bot.types import Verdict

NEAREST = 3
"""How far down, among the entries of its own category, a trial's entry may stand."""

_Field = Literal["must", "must_not"]


def run_trials(judge: Callable[[str], Verdict], knowledge: Knowledge) -> list[Problem]:
    """A problem for every trial that does not come out as it has to, sorted.

    A scam entry is reached where the verdict is positive, or offers choices, and the entry is
    among the first three of its category that it names: chosen, offered or next best. A guide is
    reached where it is the answer (``info`` or ``off_topic``).
    """
    return sorted(_Trials(judge, knowledge).problems())


class _Trials:
    def __init__(self, judge: Callable[[str], Verdict], knowledge: Knowledge) -> None:
        self._judge = judge
        self._knowledge = knowledge
        self._categories = {entry.id: entry.category for entry in knowledge.entries}
        self._lines = {
            (passage.owner, passage.field, passage.text): passage.line
            for passage in knowledge.passages
            if passage.field.startswith("tests.")
        }

    def problems(self) -> Iterator[Problem]:
        for entry in self._knowledge.entries:
            for question in entry.trials.must:
                verdict = self._judge(question)
                if not self._reached(entry, verdict):
                    yield self._missed(entry, question, verdict)
            for question in entry.trials.must_not:
                verdict = self._judge(question)
                if verdict.positive and verdict.entry == entry.id:
                    yield self._mistaken(entry, question, verdict)
        for guide in self._knowledge.guides:
            for question in guide.trials.must:
                verdict = self._judge(question)
                if not _answers(guide, verdict):
                    yield self._missed(guide, question, verdict)
            for question in guide.trials.must_not:
                verdict = self._judge(question)
                if _answers(guide, verdict):
                    yield self._mistaken(guide, question, verdict)

    def _reached(self, entry: Entry, verdict: Verdict) -> bool:
        if not verdict.positive and not (verdict.name == "unknown" and verdict.choices):
            return False
        named = (
            verdict.entry,
            *verdict.siblings,
            *verdict.choices,
            *(other.entry for other in verdict.alternatives),
        )
        akin = [
            name
            for name in dict.fromkeys(named)
            if name is not None and self._categories.get(name) == entry.category
        ]
        return entry.id in akin[:NEAREST]

    def _missed(self, item: Entry | Guide, question: str, verdict: Verdict) -> Problem:
        return self._problem(
            item,
            "must",
            question,
            f"“{question}”应该找到 {item.id}，现在判成{_words(verdict)}",
            f"给 {item.id} 补几句相近的问法，或改这道试题",
        )

    def _mistaken(self, item: Entry | Guide, question: str, verdict: Verdict) -> Problem:
        return self._problem(
            item,
            "must_not",
            question,
            f"“{question}”不该找到 {item.id}，现在判成{_words(verdict)}",
            f"把它这类平常话写进 {item.id} 的 looks_like 或 ordinary/"
            if isinstance(item, Entry)
            else "给该答它的那一条补几句相近的问法",
        )

    def _problem(
        self, item: Entry | Guide, field: _Field, question: str, what: str, mend: str
    ) -> Problem:
        line = self._lines.get((item.id, f"tests.{field}", question), item.line)
        return Problem(item.file, line, what, mend)


def _answers(guide: Guide, verdict: Verdict) -> bool:
    return verdict.name in ("info", "off_topic") and verdict.entry == guide.id


def _words(verdict: Verdict) -> str:
    named = verdict.entry or verdict.subject
    return f" {verdict.name}（{named}）" if named else f" {verdict.name}"
