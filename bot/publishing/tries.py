"""A candidate's trials, and whose answers it changes. Pure but for the time it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.answer.compose import compose, finish
from bot.conversation import State
from bot.kb.model import Entry, Guide, Knowledge, Redline
from bot.problems import Problem
from bot.respond import Base, respond
from bot.trials import each_trial
from bot.types import Message

REST_SECONDS = 30.0
"""How long the trials of files that were not touched may take; what does not fit is not tried."""

RECORDED = 100
"""How many of the latest recorded questions are put to a candidate."""

Report = Callable[[int, int], None]
"""Told how much is done, of how much; the latter is an estimate where time decides."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What the trials said. ``blocking`` forbid publishing; ``old`` were red before as well."""

    blocking: tuple[Problem, ...]
    old: tuple[Problem, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What residents read; ``private`` is None where the bot stays silent."""

    verdict: str
    entry: str
    private: str | None
    group: str


@dataclass(frozen=True, slots=True)
class Shift:
    """One question and its replies before and after."""

    question: str
    before: Reply
    after: Reply


def run(
    published: Base,
    candidate: Base,
    touched: frozenset[str],
    files: frozenset[str],
    report: Report,
    seconds: Callable[[], float],
) -> Trial:
    """The trials of everything in ``files`` (as problems name them), then of the rest in time.

    A question blocks where it is red and belongs to a touched item, or was not red before.
    """
    base = candidate.judge.knowledge
    both: tuple[Entry | Guide, ...] = (*base.entries, *base.guides)
    first = [item for item in both if item.file in files or item.id in touched]
    rest = [item for item in both if item not in first]
    sizes = {item.id: len(item.trials.must) + len(item.trials.must_not) for item in both}
    asked = sum(sizes[item.id] for item in first)
    left = sum(sizes.values()) - asked
    blocking: list[Problem] = []
    old: list[Problem] = []
    done = [0, 0]
    weak = _weakened(published, candidate)
    blocking += weak
    for part, items in enumerate((first, rest)):
        began = seconds()
        for tried in each_trial(candidate.judge, base, [item.id for item in items]):
            done[part] += tried.questions
            red = _red_before(published, base, tried.item) if tried.failed else frozenset()
            for question, problem in zip(tried.failed, tried.problems, strict=True):
                known = tried.item not in touched and question in red
                (old if known else blocking).append(problem)
            spent = seconds() - began
            fitting = int(done[part] * REST_SECONDS / spent) if spent else left
            report(sum(done), asked + min(left, max(fitting, done[1])))
            if part and spent > REST_SECONDS:
                break
    every = "全部" if done[1] == left else f"{REST_SECONDS:.0f} 秒内"
    words = f"改到的文件试了全部 {asked} 题，其他文件{every}试了 {done[1]} 题（共 {left} 题）"
    return Trial(tuple(sorted(blocking)), tuple(sorted(old)), words)


def _red_before(published: Base, knowledge: Knowledge, item: str) -> frozenset[str]:
    tried = next(each_trial(published.judge, knowledge, [item]))
    return frozenset(tried.failed)


def _weakened(published: Base, candidate: Base) -> list[Problem]:
    """Red lines that would no longer warn (design §2: no edit of an entry can weaken them)."""
    found: list[Problem] = []
    for redline in published.judge.knowledge.redlines:
        for sentence in _sentences(redline):
            if published.judge(sentence).positive and not candidate.judge(sentence).positive:
                what = f"“{sentence}”碰到红线 {redline.id}，改了以后却不警告了"
                mend = "请看看新写的平常话是不是太像诈骗"
                found.append(Problem("knowledge/redlines.yaml", 0, what, mend))
    return found


def _sentences(redline: Redline) -> Iterable[str]:
    return ("".join(group[0] for group in pattern) for pattern in redline.patterns)


def shifts(
    published: Base, candidate: Base, questions: Sequence[str], report: Report
) -> tuple[Shift, ...]:
    """The questions that are answered differently."""
    found: list[Shift] = []
    for number, question in enumerate(questions, 1):
        shift = ask_both(published, candidate, question)
        if shift.before != shift.after:
            found.append(shift)
        report(number, len(questions))
    return tuple(found)


def ask_both(published: Base, candidate: Base, question: str) -> Shift:
    """One question put to both bases, as the first of a talk."""
    return Shift(question, reply(published, question), reply(candidate, question))


def reply(base: Base, question: str) -> Reply:
    """What a resident reads who asks this first, in private, and the same verdict in a group."""
    asked = Message("try", "console", "try", "try", "private", "text", question)
    private, _ = respond(asked, State(), base)
    verdict = private.verdict
    group = finish(compose(verdict, "group", base.lexicon), "group")
    return Reply(verdict.name, verdict.entry or "", private.reply, group)
