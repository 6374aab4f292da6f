"""``check``: config.yaml, knowledge/ and broadcasts/, every fault with file and line (design §8).

Needs no environment variable. Exit codes: 0 nothing found, 1 a problem was found.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bot.answer.assurance import find_assurance
from bot.broadcasting.book import load_book
from bot.config import Config
from bot.config_file import load_config
from bot.kb.check import check_knowledge
from bot.kb.load import load_knowledge
from bot.kb.model import Entry, Guide, Knowledge
from bot.problems import Invalid, Problem
from bot.trials import run_trials
from bot.types import Verdict

MakeJudge = Callable[[Knowledge], Callable[[str], Verdict]]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``check`` to the program's commands."""
    parser = subparsers.add_parser("check", help="检查配置、知识库和预警文字，指出哪一行怎么改")
    parser.add_argument("--json", action="store_true", help="只输出一个 JSON 文档")


def stored_judge(knowledge: Knowledge) -> Callable[[str], Verdict]:
    """The judge as it will run on this machine, over this base."""
    # Imported here: NumPy, model and encoder are not needed where the content is refused.
    from bot.wiring import Compiler

    return Compiler().compile(knowledge).judge


def run(
    args: argparse.Namespace,
    config_path: Path,
    env: Mapping[str, str],
    make_judge: MakeJudge = stored_judge,
) -> int:
    """Print what was found; the exit code."""
    found = inspect(config_path, env, make_judge)
    if args.json:
        document = {
            "problems": [asdict(problem) for problem in found.problems],
            "counts": found.counts,
        }
        print(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        for problem in found.problems:
            print(problem)
        counts = "，".join(f"{word} {number}" for word, number in found.counts.items())
        print(f"有 {len(found.problems)} 处要改" if found.problems else f"没有问题：{counts}")
    return 1 if found.problems else 0


@dataclass(slots=True)
class Findings:
    """Everything found wrong, sorted, and how much was looked at."""

    problems: list[Problem] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


def inspect(config_path: Path, env: Mapping[str, str], make_judge: MakeJudge) -> Findings:
    """Look at all three; a fault in one does not hide the faults of the others.

    Without a readable configuration, content is looked for where it lies by default.
    """
    found = Findings()
    try:
        config = load_config(config_path, env, secrets_needed=False)
    except Invalid as invalid:
        found.problems += invalid.problems
        root = config_path.resolve().parent
        config = Config(root, knowledge=root / "knowledge", broadcasts=root / "broadcasts")
    _inspect_knowledge(config.knowledge, make_judge, found)
    _inspect_broadcasts(config.broadcasts, found)
    found.problems = sorted(set(found.problems))
    return found


def _inspect_knowledge(folder: Path, make_judge: MakeJudge, found: Findings) -> None:
    try:
        knowledge = load_knowledge(folder)
    except Invalid as invalid:
        found.problems += invalid.problems
        return
    found.problems += check_knowledge(knowledge, find_assurance)
    found.problems += run_trials(make_judge(knowledge), knowledge)
    tried: tuple[Entry | Guide, ...] = (*knowledge.entries, *knowledge.guides)
    found.counts |= {
        "手法": len(knowledge.entries),
        "解答": len(knowledge.guides),
        "平常消息": sum(len(subject.phrasings) for subject in knowledge.ordinary),
        "试题": sum(len(item.trials.must) + len(item.trials.must_not) for item in tried),
    }


def _inspect_broadcasts(folder: Path, found: Findings) -> None:
    try:
        book = load_book(folder, {}, folder.name)
    except Invalid as invalid:
        found.problems += invalid.problems
        return
    found.counts |= {"群": len(book.groups), "计划": len(book.plans), "预警文字": len(book.library)}
