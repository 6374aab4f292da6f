"""A progress line on standard error while long work runs; silent where nobody watches."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
_STEPS = 50


class Progress(Generic[T]):
    """Iterates over ``items`` and shows how far it is, on a terminal only."""

    def __init__(self, items: Sequence[T], label: str) -> None:
        self._items = items
        self._label = label

    def __iter__(self) -> Iterator[T]:
        watched = sys.stderr.isatty()
        every = max(len(self._items) // _STEPS, 1)
        for number, item in enumerate(self._items, 1):
            yield item
            if watched and (number % every == 0 or number == len(self._items)):
                sys.stderr.write(f"\r{self._label} {number}/{len(self._items)}")
        if watched and self._items:
            sys.stderr.write("\n")


class Bar:
    """A bar for work that somebody else does: told how much is done, on a terminal only."""

    def __init__(self, total: int, label: str) -> None:
        self._total = total
        self._label = label
        self.watched = sys.stderr.isatty()
        self._shown = -1

    def show(self, done: int) -> None:
        """Draw it anew where something has changed."""
        if not self.watched or done == self._shown:
            return
        self._shown = done
        filled = _STEPS * done // max(self._total, 1)
        bar = "█" * filled + "░" * (_STEPS - filled)
        sys.stderr.write(f"\r{self._label} {bar} {done}/{self._total}")
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the bar's line, where there is one."""
        if self._shown >= 0:
            sys.stderr.write("\n")
