"""The knowledge base of a running bot: the last good one, renewed when its files change."""

from __future__ import annotations

import logging
import os
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Generic, TypeVar

from bot.clock import Clock
from bot.kb.journal import JOURNAL
from bot.problems import Invalid, Problem

T = TypeVar("T")
_Look = frozenset[tuple[str, int, int, int]]
_log = logging.getLogger("bot.kb")


@dataclass(frozen=True, slots=True)
class _State(Generic[T]):
    """What readers see; swapped whole, so that base, problems and moment belong together."""

    base: T
    loaded_at: datetime
    problems: tuple[Problem, ...] = ()
    since: datetime | None = None


class LiveBase(Generic[T]):
    """Holds what ``build`` made of ``folder`` and builds anew after an edit (design §3).

    An edit is taken up once the files have been still from one look to the next, so that a half
    written file or half a copied folder is not read: within two intervals and the time to build.
    Where the new base is refused, the last good one stays and ``problems`` says why.
    """

    def __init__(
        self,
        folder: Path,
        build: Callable[[Path], T],
        interval_seconds: float = 1.0,
        *,
        clock: Clock,
    ) -> None:
        """Build the first base.

        Raises:
            Invalid: the folder's content is refused; there is nothing good to keep yet.
        """
        self._folder = folder
        self._build = build
        self._interval = interval_seconds
        self._clock = clock
        # Looked at before it is read: what changes meanwhile is seen by the next look.
        self._tried = self._look()
        self._moving: _Look | None = None
        self._state = _State(build(folder), clock.now())
        self._refreshing = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def current(self) -> T:
        """The last good base."""
        return self._state.base

    def build(self, folder: Path) -> T:
        """A base of another folder, made the same way.

        Raises:
            Invalid: with every problem.
        """
        return self._build(folder)

    @property
    def loaded_at(self) -> datetime:
        """When the base in use was read."""
        return self._state.loaded_at

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why the files on disk are not in use; empty where they are."""
        return self._state.problems

    @property
    def since(self) -> datetime | None:
        """Since when there have been problems."""
        return self._state.since

    def start(self) -> None:
        """Look after the files from now on, in a thread that does not outlive the process."""
        if self._thread is None:
            self._ended.clear()
            self._thread = threading.Thread(target=self._watch, name="kb-watch", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the looking; returns once a build that is under way is done."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def refresh(self) -> bool:
        """Look once; True where a new base came into use."""
        with self._refreshing:
            seen = self._look()
            if seen == self._tried:
                self._moving = None
                return False
            if seen != self._moving:
                self._moving = seen
                return False
            self._tried, self._moving = seen, None
            return self._renew()

    def _watch(self) -> None:
        while not self._ended.wait(self._interval):
            self.refresh()

    def _renew(self) -> bool:
        try:
            base = self._build(self._folder)
        except Invalid as invalid:
            self._keep_old(invalid.problems)
            _log.error(
                "知识库有 %d 处问题，还在用原来的。第一处 %s",
                len(invalid.problems),
                next(iter(invalid.problems), self._folder),
            )
            return False
        except Exception as error:  # noqa: BLE001 - whatever it is, residents still get answers
            frame = traceback.extract_tb(error.__traceback__)[-1]
            what = f"读知识库时程序出错（{type(error).__name__}）"
            self._keep_old(
                (Problem(self._folder.name, 0, what, "请撤回刚才的改动，并告诉开发的人"),)
            )
            _log.error("%s，还在用原来的（%s:%d）", what, Path(frame.filename).name, frame.lineno)
            return False
        self._state = _State(base, self._clock.now())
        _log.info("%s 换成新的了", self._folder.name)
        return True

    def _keep_old(self, problems: tuple[Problem, ...]) -> None:
        before = self._state
        self._state = replace(before, problems=problems, since=before.since or self._clock.now())

    def _look(self) -> _Look:
        """Names, sizes, times and inodes of all files that are not an editor's hidden own.

        The inode tells a file apart that was moved over another with its size and time kept.
        Other files than YAML count: a stray one is a problem, and its removal mends it.
        """
        found = set()
        for place, folders, names in os.walk(self._folder):
            if JOURNAL in folders:
                # A change that was cut short: to be written out, then read.
                found.add((os.path.join(place, JOURNAL), 0, 0, 0))
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in names:
                if name.startswith("."):
                    continue
                path = os.path.join(place, name)
                try:
                    status = os.stat(path)
                except OSError:
                    # Gone since the folder was listed: the next look differs and tells.
                    continue
                found.add((path, status.st_size, status.st_mtime_ns, status.st_ino))
        return frozenset(found)
