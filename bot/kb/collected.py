"""What one reading of the base collects beside its items: ids in use, and where each text stands."""

from __future__ import annotations

import re
from collections.abc import Set

from bot.kb.model import Passage
from bot.yamlread import Reader

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Collected:
    """One per reading; every reader of a file adds to it."""

    def __init__(self) -> None:
        self.passages: list[Passage] = []
        self._places: dict[tuple[str, str], str] = {}

    def once(self, kind: str, reader: Reader, value: str) -> str:
        """``value``, noting where the same one stands already."""
        if value:
            here = f"{reader.file}:{reader.line}"
            before = self._places.setdefault((kind, value), here)
            if before != here:
                reader.fault(f"{kind} {value} 和 {before} 重复", f"请换一个 {kind}")
        return value

    def identifier(self, reader: Reader) -> str:
        """An id: kebab-case and unique in the whole base (design §3)."""
        value = reader.text(60)
        if value and not _ID.fullmatch(value):
            reader.fault(f"id {value!r} 只能用小写字母、数字和短横线", "例如 brushing-join-group")
        return self.once("id", reader, value)

    def keep(self, reader: Reader, owner: str) -> None:
        """Remember every text below ``reader`` with its place."""
        for path, leaf in reader.leaves():
            self.passages.append(
                Passage(owner, ".".join(path), leaf.scalar(), leaf.file, leaf.line)
            )


def fields_of(
    item: Reader, wanted: Set[str], optional: Set[str] = frozenset()
) -> dict[str, Reader]:
    """All wanted fields: one that is missing is noted once and then reads as empty."""
    found = item.mapping(wanted, optional)
    return {**{name: item.absent() for name in wanted - found.keys()}, **found}
