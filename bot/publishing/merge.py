"""Drafts joined with the files as they are now. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from bot.kb.items import (
    Item,
    Kind,
    check_alone,
    find,
    is_editable,
    items_of,
    own_name,
    put_back,
    put_new,
)
from bot.problems import Problem

Files = Mapping[str, str]
"""Whole files by their path below knowledge/."""


@dataclass(frozen=True, slots=True)
class Change:
    """A new text for one item. ``base`` is the text it was written over, '' for a new item."""

    kind: str
    name: str
    file: str
    base: str
    text: str


@dataclass(frozen=True, slots=True)
class Clash:
    """A change over a text that is not the one it was written over: ``now`` is what stands there."""

    change: Change
    now: str


@dataclass(slots=True)
class Merged:
    """The files that differ, and what stands against writing them.

    ``lines`` says per change (kind, name) at which line of its file it begins, from 0.
    """

    files: dict[str, str | None] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    lines: dict[tuple[str, str], int] = field(default_factory=dict)


def merge(files: Files, changes: Iterable[Change], folder: str) -> Merged:
    """All changes in their files. ``folder`` is what problems call the base's folder."""
    merged = Merged()
    # Whole files first: single items are put into what they bring.
    for change in sorted(changes, key=lambda one: one.kind != "file"):
        shown = f"{folder}/{change.file}"
        if not is_editable(change.file):
            merged.problems.append(
                Problem(shown, 0, "这个文件不能在后台改", "红线和信号只能由开发的人改")
            )
            continue
        stood = merged.files.get(change.file)
        source = stood if stood is not None else files.get(change.file, "")
        if change.kind == "file":
            _whole(change, source, merged)
            continue
        _one(change, source, shown, merged)
    merged.files = {
        name: text for name, text in merged.files.items() if text != files.get(name, "")
    }
    return merged


def _whole(change: Change, source: str, merged: Merged) -> None:
    if source not in (change.base, change.text):
        merged.clashes.append(Clash(change, source))
    merged.files[change.file] = change.text
    merged.lines[change.kind, change.name] = 0


def _one(change: Change, source: str, shown: str, merged: Merged) -> None:
    kind = cast("Kind", change.kind)
    item = find(change.file, source, kind, change.name)
    if item is None and change.base:
        merged.clashes.append(Clash(change, ""))
        return
    if item is not None and item.text not in (change.base, change.text):
        merged.clashes.append(Clash(change, item.text))
    alone = replace(item or Item(kind, change.name, 0, 0, 0, ""), text=change.text)
    try:
        after = put_back(source, item, change.text) if item else ""
        if item is None:
            after, alone = put_new(change.file, source, change.text)
    except ValueError:
        what = "文件里没有可以接着写的列表"
        merged.problems.append(Problem(shown, 0, what, "请让开发的人看一下这个文件"))
        return
    merged.files[change.file] = after
    merged.lines[change.kind, change.name] = alone.first
    faults = check_alone(alone, shown)
    named = own_name(change.text)
    if not faults and named != change.name:
        line = alone.first + _line_of(change.text, "subject:" if kind == "ordinary" else "id:")
        what = f"名字写成了“{named}”，应是 {change.name}"
        faults.append(Problem(shown, line, what, "名字不能改，要换就新建一条"))
    merged.problems += faults


def _line_of(text: str, start: str) -> int:
    lines = text.split("\n")
    return next((n for n, line in enumerate(lines, 1) if line.startswith(start)), 1)


def current_text(files: Files, file: str, kind: str, name: str) -> str:
    """An item's text as it stands in the files; '' where it is not there."""
    source = files.get(file, "")
    if kind == "file":
        return source
    item = find(file, source, cast("Kind", kind), name)
    return item.text if item else ""


def touched(before: Files, after: Mapping[str, str | None]) -> tuple[str, ...]:
    """The entries, guides and subjects that the changed files add or change; sorted."""
    names: set[str] = set()
    for file, source in after.items():
        old = {item.name: item.text for item in items_of(file, before.get(file, ""))}
        new = {item.name: item.text for item in items_of(file, source or "")}
        names |= {name for name, text in new.items() if old.get(name) != text}
    return tuple(sorted(names))


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a comparison. ``sign`` is '+', '-', ' ', or '@' for a gap."""

    sign: str
    text: str


def compare(before: str, after: str) -> tuple[DiffLine, ...]:
    """The lines that differ, with three around them."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=3, lineterm="")
    found = [line for line in lines if not line.startswith(("---", "+++"))][:LONGEST_DIFF]
    return tuple(
        DiffLine("@", "") if line.startswith("@@") else DiffLine(line[0], line[1:])
        for line in found
    )


LONGEST_DIFF = 2000
"""Lines shown of one comparison."""
