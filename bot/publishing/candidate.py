"""A base that is not published yet: laid out in a folder of its own, checked, compiled."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.answer.assurance import find_assurance
from bot.kb.check import check_knowledge
from bot.kb.load import load_file, load_knowledge
from bot.kb.model import Knowledge
from bot.problems import Invalid, Problem
from bot.respond import Base

Changed = Mapping[str, str | None]
"""New texts of files by their path below knowledge/; None takes a file away."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The YAML files of a base as they were at one moment."""

    files: Mapping[str, str]


def snapshot(folder: Path) -> Snapshot:
    """Every YAML file that is read, as text; what is no UTF-8 is left out (the loader tells)."""
    files: dict[str, str] = {}
    for path in sorted(folder.rglob("*.yaml")):
        name = path.relative_to(folder)
        if any(part.startswith(".") for part in name.parts):
            continue
        try:
            files[name.as_posix()] = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            continue
    return Snapshot(files)


@contextmanager
def laid_out(folder: Path, changed: Changed) -> Iterator[Path]:
    """A folder of the same name with the changes in it, for as long as it is used."""
    with tempfile.TemporaryDirectory(prefix="kb-") as room:
        place = Path(room) / folder.name
        shutil.copytree(folder, place, ignore=shutil.ignore_patterns(".*"))
        for name, text in changed.items():
            path = place / name
            if text is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(text.encode())
        yield place


def check_file(folder: str, name: str, source: str, signs: frozenset[str]) -> list[Problem]:
    """What can be seen wrong with one file alone, in some milliseconds; sorted."""
    try:
        knowledge = load_file(folder, name, source, signs)
    except Invalid as invalid:
        return list(invalid.problems)
    shown = f"{folder}/{name}"
    found = check_knowledge(knowledge, find_assurance)
    return [problem for problem in found if problem.file == shown]


def examine(folder: Path, changed: Changed) -> tuple[list[Problem], Knowledge | None]:
    """Every fault of the whole base with the changes that the base of now does not have.

    Faults of form are all told, whose ever they are: such a base cannot be loaded at all.
    """
    with laid_out(folder, changed) as place:
        try:
            knowledge = load_knowledge(place)
        except Invalid as invalid:
            return list(invalid.problems), None
    found = check_knowledge(knowledge, find_assurance)
    if not found:
        return [], knowledge
    try:
        before = check_knowledge(load_knowledge(folder), find_assurance)
    except Invalid:
        return found, knowledge
    known = {(problem.file, problem.what) for problem in before}
    return [problem for problem in found if (problem.file, problem.what) not in known], knowledge


class Bench:
    """Compiles candidates, and keeps the last one (a base takes some ten megabytes)."""

    def __init__(self, folder: Path, build: Callable[[Path], Base]) -> None:
        self._folder = folder
        self._build = build
        self._lock = threading.Lock()
        self._kept: tuple[str, Base] | None = None

    def ready(self, changed: Changed) -> Base | None:
        """The compiled candidate, where it is still at hand."""
        kept = self._kept
        return kept[1] if kept and kept[0] == self._key(changed) else None

    def compiled(self, changed: Changed) -> Base:
        """The compiled candidate; takes seconds where it is not at hand.

        Raises:
            Invalid: it cannot be loaded.
        """
        with self._lock:
            key = self._key(changed)
            if self._kept is None or self._kept[0] != key:
                with laid_out(self._folder, changed) as place:
                    self._kept = (key, self._build(place))
            return self._kept[1]

    def _key(self, changed: Changed) -> str:
        digest = hashlib.sha256()
        files: dict[str, str | None] = {**snapshot(self._folder).files, **changed}
        for name, text in sorted(files.items()):
            digest.update(f"{name}\0{len(text or '')}\0{text}\0".encode())
        return digest.hexdigest()
