"""A whole knowledge base of little content, as real files in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.kb.model import CATEGORIES
from bot.kb.templates import SLOTS
from bot.problems import Problem


@dataclass(frozen=True)
class KnowledgeFolder:
    """The files of a small base, and ways to change them as a person would."""

    path: Path

    def write(self, name: str, text: str) -> None:
        self.path.joinpath(name).write_text(text, "utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace the only place where ``old`` stands in a file."""
        text = self.path.joinpath(name).read_text("utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        self.write(name, text.replace(old, new))

    def line(self, name: str, words: str) -> int:
        """The first line that holds ``words``."""
        lines = self.path.joinpath(name).read_text("utf-8").splitlines()
        return next(number for number, line in enumerate(lines, 1) if words in line)

    def shown(self, name: str) -> str:
        """How problems name a file."""
        return f"{self.path.name}/{name}"


def _phrasings(word: str, count: int = 6) -> list[str]:
    return [f"{word}第{number}种说法" for number in range(1, count + 1)]


def _entry(category: str) -> dict[str, Any]:
    name = category.replace("_", "-")
    return {
        "id": f"{name}-one",
        "title": f"手法{name}"[:16],
        "audience": ["all"],
        "severity": "high",
        "says": _phrasings(f"{name}骗子"),
        "asks": _phrasings(f"{name}居民"),
        "looks_like": _phrasings(f"{name}平常", 2),
        "signs": ["ask_code"],
        "why": "先给钱的都是骗。",
        "do": {
            "not_trust": "直接挂断",
            "not_disclose": "验证码不给人",
            "not_transfer": "一分不转",
        },
        "report": "留好截图，打 96110。",
        "script": "妈，有事先打给我。",
        "sources": ["国家反诈中心防范提示"],
        "reviewed": date(2026, 11, 20),
        "review_by": date(2027, 5, 20),
        "tests": {"must": [f"{name}试题"], "must_not": [f"{name}反例"]},
    }


def _contents() -> dict[str, Any]:
    contents: dict[str, Any] = {
        f"scams/{category}.yaml": {
            "category": category,
            "name": name,
            "entries": [_entry(category)],
        }
        for category, name in CATEGORIES.items()
    }
    contents["guides/hotlines.yaml"] = {
        "topic": "hotlines",
        "name": "打哪个电话",
        "guides": [
            {
                "id": "hotline-one",
                "title": "打哪个电话",
                "asks": _phrasings("热线"),
                "answer": "打 96110 问一问。",
                "group": "打 96110。",
                "sources": ["公安部公布"],
                "reviewed": date(2026, 11, 20),
                "review_by": date(2027, 5, 20),
                "tests": {"must": ["热线试题"], "must_not": ["热线反例"]},
            }
        ],
    }
    contents["ordinary/bank.yaml"] = {
        "subject": "bank",
        "name": "银行通知",
        "habit": "只认银行自己的电话。",
        "phrasings": _phrasings("通知"),
    }
    contents["signals.yaml"] = {
        "signs": [
            {"id": "ask_code", "name": "要验证码", "tell": "要验证码", "patterns": ["要 … 验证码"]}
        ],
        "cues": [{"id": "paid", "stage": "paid", "patterns": ["已经转了"]}],
        "contexts": [{"id": "prevention", "patterns": ["谨防"]}],
    }
    contents["redlines.yaml"] = {
        "redlines": [
            {
                "id": "code",
                "sign": "ask_code",
                "category": "phishing",
                "patterns": ["报 … 验证码"],
            }
        ]
    }
    contents["aliases.yaml"] = {"aliases": {"微信": ["v信", "薇信"]}}
    contents["official.yaml"] = {
        "numbers": [
            {"number": "96110", "name": "反诈专线", "owner": "公安机关", "source": "公安部公布"}
        ],
        "domains": [{"domain": "12321.cn", "name": "举报中心", "source": "12321.cn"}],
        "senders": [{"prefix": "12381", "note": "防骗预警短信"}],
    }
    contents["quiz.yaml"] = {
        "questions": [
            {
                "id": "quiz-one",
                "question": "要垫钱怎么办？",
                "options": ["不垫", "垫一半"],
                "answer": 1,
                "explain": "要垫钱的是骗。",
                "category": "brushing",
            }
        ]
    }
    replies: dict[str, Any] = {}
    for path, slots in SLOTS.items():
        *groups, last = path.split(".")
        place = replies
        for group in groups:
            place = place.setdefault(group, {})
        # A menu's labels have room for four characters.
        words = "先停停" if path.startswith("menu.") else "先别动钱。"
        place[last] = words + "".join(f"{{{slot}}}" for slot in sorted(slots))
    contents["replies.yaml"] = replies
    return contents


@pytest.fixture(scope="session")
def knowledge_texts() -> dict[str, str]:
    """The files of the small base by name; written anew for every test."""
    return {
        name: yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=10_000)
        for name, content in _contents().items()
    }


@pytest.fixture
def knowledge_folder(tmp_path: Path, knowledge_texts: dict[str, str]) -> KnowledgeFolder:
    folder = KnowledgeFolder(tmp_path / "knowledge")
    for name in ("scams", "guides", "ordinary"):
        (folder.path / name).mkdir(parents=True)
    for name, text in knowledge_texts.items():
        folder.write(name, text)
    return folder


@pytest.fixture
def says() -> Callable[[list[Problem], str, int, str], Problem]:
    """Finds the problem at a place that holds some words, and that says how to mend it."""

    def find(problems: list[Problem], file: str, line: int, words: str) -> Problem:
        shown = "\n".join(map(str, problems))
        here = [p for p in problems if (p.file, p.line) == (file, line) and words in p.what]
        assert here, f"{file}:{line} {words!r} is not among\n{shown}"
        assert here[0].mend, f"no way to mend: {here[0]}"
        return here[0]

    return find
