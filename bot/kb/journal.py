"""Several files of a content folder changed as one, also over a crash.

What is to be written is first laid down whole in a hidden folder, which one rename turns into the
journal: before that moment everything is old, after it the new state is certain. Whoever finds a
journal writes it out (again) to the end. Readers hold a shared lock, writers an exclusive one; a
crash lets go of both. While a journal lies there the loader refuses the folder.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

JOURNAL = ".publishing"
_LOCK = ".publishing.lock"
_MANIFEST = "files.json"


class FolderChanged(Exception):
    """The folder is no longer as it was when the change was decided; nothing was written."""


@contextmanager
def reading(folder: Path) -> Iterator[bool]:
    """Keep writers out; True where no unfinished change lies in the folder."""
    lock = folder / _LOCK
    if not lock.exists():
        yield True
        return
    with lock.open("rb") as handle:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield not (folder / JOURNAL).exists()


def digest_of(folder: Path) -> str:
    """A hash over names and bytes of every YAML file."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.yaml")):
        name = path.relative_to(folder).as_posix()
        if not any(part.startswith(".") for part in Path(name).parts):
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def write_all(folder: Path, files: Mapping[str, bytes | None], expected: str) -> None:
    """Write (None: delete) all the files, or none. Names are paths below ``folder``.

    ``expected`` is what ``digest_of`` said when the change was decided.

    Raises:
        FolderChanged: somebody else was faster.
        OSError: the disk refused before the change was certain; nothing was written.
    """
    with _writing(folder):
        _finish(folder)
        if digest_of(folder) != expected:
            raise FolderChanged
        staged = folder / f".staged-{uuid.uuid4().hex}"
        try:
            _stage(staged, files)
            staged.rename(folder / JOURNAL)
        except BaseException:
            shutil.rmtree(staged, ignore_errors=True)
            raise
        _sync(folder)
        _finish(folder)


def finish(folder: Path) -> None:
    """Write out what a crash left undone, where there is something."""
    if (folder / JOURNAL).exists():
        with _writing(folder):
            _finish(folder)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    with (folder / _LOCK).open("ab") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _stage(staged: Path, files: Mapping[str, bytes | None]) -> None:
    staged.mkdir()
    manifest: dict[str, str | None] = {}
    for number, (name, content) in enumerate(sorted(files.items())):
        manifest[name] = None if content is None else str(number)
        if content is not None:
            _write(staged / str(number), content)
    _write(staged / _MANIFEST, json.dumps(manifest).encode())
    _sync(staged)


def _finish(folder: Path) -> None:
    journal = folder / JOURNAL
    if not journal.exists():
        return
    manifest: dict[str, str | None] = json.loads((journal / _MANIFEST).read_bytes())
    for name, stored in manifest.items():
        target = folder / name
        if stored is None:
            target.unlink(missing_ok=True)
        else:
            hidden = target.with_name(f".{target.name}.new")
            _write(hidden, (journal / stored).read_bytes())
            os.replace(hidden, target)
        _sync(target.parent)
    # Renamed first, so that a journal half removed is never taken for one.
    spent = folder / f".spent-{uuid.uuid4().hex}"
    journal.rename(spent)
    _sync(folder)
    shutil.rmtree(spent, ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
