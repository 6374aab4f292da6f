"""knowledge/*.yaml -> Knowledge, or every problem found (fails closed; design §3)."""

from __future__ import annotations

import hashlib
from collections.abc import Set
from pathlib import Path

from bot.kb.collected import Collected
from bot.kb.journal import reading
from bot.kb.model import CATEGORIES, Entry, Guide, Knowledge, Ordinary, QuizQuestion, Redline
from bot.kb.read_items import read_guides, read_ordinary, read_scams
from bot.kb.read_signs import Signals, read_redlines, read_signals
from bot.kb.read_tables import Official, read_aliases, read_official, read_quiz, read_replies
from bot.problems import Invalid, Problem
from bot.yamlread import Reader, parse_yaml, read_raw, yaml_files

_FILES = frozenset(
    {
        "signals.yaml", "redlines.yaml", "aliases.yaml", "official.yaml", "replies.yaml",
        "quiz.yaml", "README.md",
    }
)  # fmt: skip
_FOLDERS = frozenset({"scams", "guides", "ordinary"})


def load_knowledge(folder: Path) -> Knowledge:
    """Read the whole base.

    Raises:
        Invalid: with every problem, each with file and line; nothing is half loaded.
    """
    problems: list[Problem] = []
    with reading(folder) as whole:
        if not whole:
            mend = "请重新启动程序，它会接着写完"
            problems.append(Problem(folder.name, 0, "上次发布只写了一半", mend))
        if not folder.is_dir():
            raise Invalid([Problem(str(folder), 0, "没有这个文件夹", "请核对 content.knowledge")])
        problems += _strange_files(folder)
        knowledge = _Loader(folder, problems).knowledge()
    if problems:
        raise Invalid(problems)
    return knowledge


def load_file(folder: str, name: str, source: str, known_signs: Set[str]) -> Knowledge:
    """A base of this one file alone; ``folder`` is what its problems call the base's folder.

    Raises:
        Invalid: with every fault that can be seen without the other files.
    """
    problems: list[Problem] = []
    knowledge = _OneFile(Path(folder), name, source, problems).alone(known_signs)
    if problems:
        raise Invalid(problems)
    return knowledge


def _strange_files(folder: Path) -> list[Problem]:
    """Those that nobody would read."""
    found = []
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        if path.is_dir() or any(part.startswith(".") for part in place.parts):
            continue
        name = place.as_posix()
        listed = place.suffix == ".yaml" and place.parent.as_posix() in _FOLDERS
        if name not in _FILES and not listed:
            mend = f"请移走它；词条放进 {'、'.join(sorted(_FOLDERS))}，扩展名用 .yaml"
            found.append(Problem(f"{folder.name}/{name}", 1, "没有人读这个文件", mend))
    return found


class _Loader:
    """Reads the files of one folder; a file that cannot be read leaves its part empty."""

    def __init__(self, folder: Path, problems: list[Problem]) -> None:
        self._folder = folder
        self._problems = problems
        self._collected = Collected()
        self._raw: dict[str, bytes] = {}

    def knowledge(self) -> Knowledge:
        signals = self._signals()
        official = self._official()
        return Knowledge(
            entries=tuple(self._all_scams(signals.known)),
            guides=tuple(g for name in self._names("guides") for g in self._guides(name)),
            ordinary=tuple(o for name in self._names("ordinary") for o in self._ordinary(name)),
            signs=signals.signs,
            cues=signals.cues,
            contexts=signals.contexts,
            redlines=self._redlines(signals.known),
            aliases=self._aliases(),
            numbers=official.numbers,
            domains=official.domains,
            senders=official.senders,
            quiz=self._quiz(),
            replies=self._replies(),
            revision=self._revision(),
            passages=tuple(self._collected.passages),
        )

    def _all_scams(self, known_signs: Set[str]) -> list[Entry]:
        names = self._names("scams")
        found = [entry for name in names for entry in self._scams(name, known_signs)]
        for category in sorted(CATEGORIES.keys()):
            name = f"scams/{category}.yaml"
            if name not in names:
                what = f"缺少类别 {category}（{CATEGORIES[category]}）"
                self._problems.append(Problem(self._shown(name), 0, what, "请恢复这个文件"))
        return found

    def _revision(self) -> str:
        """A hash of the very bytes this base was read from."""
        digest = hashlib.sha256()
        for name in sorted(self._raw):
            digest.update(name.encode() + b"\0" + self._raw[name] + b"\0")
        return digest.hexdigest()[:12]

    def _names(self, below: str) -> list[str]:
        return [f"{below}/{path.name}" for path in yaml_files(self._folder / below)]

    def _shown(self, name: str) -> str:
        return f"{self._folder.name}/{name}"

    def _read(self, name: str) -> Reader | None:
        raw = read_raw(self._folder / name, self._shown(name), self._problems)
        if raw is None:
            return None
        self._raw[name] = raw
        return parse_yaml(raw, self._shown(name), self._problems)

    def _scams(self, name: str, known_signs: Set[str]) -> list[Entry]:
        root = self._read(name)
        return read_scams(root, Path(name).stem, known_signs, self._collected) if root else []

    def _guides(self, name: str) -> list[Guide]:
        root = self._read(name)
        return read_guides(root, self._collected) if root else []

    def _ordinary(self, name: str) -> list[Ordinary]:
        root = self._read(name)
        return read_ordinary(root, self._collected) if root else []

    def _signals(self) -> Signals:
        root = self._read("signals.yaml")
        return read_signals(root, self._collected) if root else Signals()

    def _redlines(self, known_signs: Set[str]) -> tuple[Redline, ...]:
        root = self._read("redlines.yaml")
        return read_redlines(root, known_signs, self._collected) if root else ()

    def _aliases(self) -> dict[str, str]:
        root = self._read("aliases.yaml")
        return read_aliases(root) if root else {}

    def _official(self) -> Official:
        root = self._read("official.yaml")
        return read_official(root, self._collected) if root else Official()

    def _quiz(self) -> tuple[QuizQuestion, ...]:
        root = self._read("quiz.yaml")
        return read_quiz(root, self._collected) if root else ()

    def _replies(self) -> dict[str, str]:
        root = self._read("replies.yaml")
        return read_replies(root, self._collected) if root else {}


class _OneFile(_Loader):
    """Reads a single file that is already at hand; of the others there is nothing."""

    def __init__(self, folder: Path, name: str, source: str, problems: list[Problem]) -> None:
        super().__init__(folder, problems)
        self._name = name
        self._source = source

    def _read(self, name: str) -> Reader | None:
        if name != self._name:
            return None
        return parse_yaml(self._source.encode(), self._shown(name), self._problems)

    def alone(self, known_signs: Set[str]) -> Knowledge:
        official = self._official()
        file = Path(self._name).name
        return Knowledge(
            revision="",
            entries=tuple(self._scams(f"scams/{file}", known_signs)),
            guides=tuple(self._guides(f"guides/{file}")),
            ordinary=tuple(self._ordinary(f"ordinary/{file}")),
            signs=(),
            cues=(),
            contexts=(),
            redlines=(),
            aliases={},
            numbers=official.numbers,
            domains=official.domains,
            senders=official.senders,
            quiz=self._quiz(),
            replies=self._replies(),
            passages=tuple(self._collected.passages),
        )
