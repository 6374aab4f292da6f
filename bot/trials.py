"""The trial questions of the knowledge base put to the judge: ``must`` and ``must_not``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from bot.kb.model import Entry, Guide, Knowledge
from bot.problems import Problem
from bot.types import Verdict

NEAREST = 3
"""How far down, among the entries of its own category, a trial's entry may stand."""

_Field = Literal["must", "must_not"]


@dataclass(frozen=True, slots=True)
class Tried:
    """The trials of one entry or guide: how many questions, and those that came out wrong."""

    item: str
    questions: int
    problems: tuple[Problem, ...]
    failed: tuple[str, ...]
    """The questions of ``problems``, in the same order."""


def run_trials(judge: Callable[[str], Verdict], knowledge: Knowledge) -> list[Problem]:
    """A problem for every trial that does not come out as it has to, sorted.

    A scam entry is reached where the verdict is positive, or offers choices, and the entry is
    among the first three of its category that it names: chosen, offered or next best. A guide is
    reached where it is the answer (``info`` or ``off_topic``).
    """
    items: tuple[Entry | Guide, ...] = (*knowledge.entries, *knowledge.guides)
    return sorted(
        problem
        for tried in each_trial(judge, knowledge, [item.id for item in items])
        for problem in tried.problems
    )


def each_trial(
    judge: Callable[[str], Verdict], knowledge: Knowledge, wanted: Iterable[str]
) -> Iterator[Tried]:
    """The trials of these entries and guides, one after the other, in their order."""
    trials = _Trials(judge, knowledge)
    both: tuple[Entry | Guide, ...] = (*knowledge.entries, *knowledge.guides)
    items = {item.id: item for item in both}
    for name in wanted:
        item = items[name]
        found = tuple(trials.of(item))
        yield Tried(
            name,
            len(item.trials.must) + len(item.trials.must_not),
            tuple(problem for _, problem in found),
            tuple(question for question, _ in found),
        )


class _Trials:
    def __init__(self, judge: Callable[[str], Verdict], knowledge: Knowledge) -> None:
        self._judge = judge
        self._categories = {entry.id: entry.category for entry in knowledge.entries}
        self._lines = {
            (passage.owner, passage.field, passage.text): passage.line
            for passage in knowledge.passages
            if passage.field.startswith("tests.")
        }

    def of(self, item: Entry | Guide) -> Iterator[tuple[str, Problem]]:
        """Every question that comes out wrong, with its problem."""
        for question in item.trials.must:
            verdict = self._judge(question)
            if not self._found(item, verdict):
                yield question, self._missed(item, question, verdict)
        for question in item.trials.must_not:
            verdict = self._judge(question)
            if _mistaken_for(item, verdict):
                yield question, self._mistaken(item, question, verdict)

    def _found(self, item: Entry | Guide, verdict: Verdict) -> bool:
        return self._reached(item, verdict) if isinstance(item, Entry) else _answers(item, verdict)

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


def _mistaken_for(item: Entry | Guide, verdict: Verdict) -> bool:
    if isinstance(item, Entry):
        return verdict.positive and verdict.entry == item.id
    return _answers(item, verdict)


def _answers(guide: Guide, verdict: Verdict) -> bool:
    return verdict.name in ("info", "off_topic") and verdict.entry == guide.id


def _words(verdict: Verdict) -> str:
    named = verdict.entry or verdict.subject
    return f" {verdict.name}（{named}）" if named else f" {verdict.name}"
