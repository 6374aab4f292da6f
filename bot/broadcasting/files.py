"""Writing below broadcasts/: checked by the loader first, whole or not at all, nothing overwritten.

Several processes may write; a lock in the folder keeps them apart.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bot.broadcasting.book import load_book
from bot.broadcasting.text_yaml import ids
from bot.yamlread import yaml_files


class Stale(Exception):
    """The file is no longer as the writer saw it. ``current`` is its text, None where it is gone."""

    def __init__(self, current: str | None) -> None:
        super().__init__("changed since it was read")
        self.current = current


def fingerprint(text: str | None) -> str:
    """SHA-256 of a file's text, '' for a file that is not there."""
    return "" if text is None else hashlib.sha256(text.encode()).hexdigest()


class BookFiles:
    """The files of one broadcasts/ folder. Names are relative: ``plans/weekly.yaml``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: str) -> str | None:
        """A file's text; None where there is none."""
        try:
            return (self._folder / name).read_text("utf-8")
        except FileNotFoundError:
            return None

    def plan_file(self, plan: str) -> str:
        """The name of the file that holds a plan; for a new plan the one it would get."""
        for path in yaml_files(self._folder / "plans"):
            if _plan_of(path.read_text("utf-8")) == plan:
                return f"plans/{path.name}"
        return f"plans/{plan}.yaml"

    def text_file(self, text: str, category: str) -> str:
        """The name of the file that holds a text of the library; for a new one the file of its
        category."""
        for path in yaml_files(self._folder / "library"):
            if text in ids(path.read_text("utf-8")):
                return f"library/{path.name}"
        return f"library/{category}.yaml"

    def write(
        self,
        name: str,
        change: Callable[[str | None], str | None],
        secrets: Mapping[str, str],
        before_replacing: Callable[[str, str], None],
    ) -> None:
        """Replace a file, or remove it.

        ``change`` makes the new text of the old one, None meaning no file; it may raise ``Stale``.
        ``before_replacing`` is given both when all is checked; where it raises, nothing happens.

        Raises:
            Invalid: the folder would not be read any more; with every problem.
        """
        with self._locked():
            current = self.read(name)
            text = change(current)
            if text == current:
                return
            self._check(name, text, secrets)
            before_replacing(current or "", text or "")
            self._replace(self._folder / name, text)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _check(self, name: str, text: str | None, secrets: Mapping[str, str]) -> None:
        """Read the folder as it would be with the change made."""
        with tempfile.TemporaryDirectory() as place:
            copy = Path(place) / "broadcasts"
            # Links, for pictures are large. What is written must not go through one.
            shutil.copytree(
                self._folder.resolve(),
                copy,
                ignore=shutil.ignore_patterns(".*"),
                copy_function=os.symlink,
            )
            (copy / name).unlink(missing_ok=True)
            if text is not None:
                (copy / name).parent.mkdir(exist_ok=True)
                (copy / name).write_text(text, "utf-8")
            load_book(copy, secrets)

    def _replace(self, path: Path, text: str | None) -> None:
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(exist_ok=True)
            # Hidden, so that nobody reads it before it is whole.
            draft = path.with_name(f".{path.name}.new")
            with draft.open("w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _plan_of(text: str) -> str:
    """The id a plan's file gives, '' where it gives none."""
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon and name == "plan":
            return value.partition("#")[0].strip().strip("\"'")
    return ""
