"""What differs between two texts of items, field by field as people know them. Pure."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from bot.kb import form
from bot.kb.items import Item, items_of
from bot.publishing.merge import DiffLine, compare


@dataclass(frozen=True, slots=True)
class FieldChange:
    """Lines taken out of a field and put in; ``path`` is the field's name in ``bot.kb.form``."""

    path: str
    lines: tuple[DiffLine, ...]


@dataclass(frozen=True, slots=True)
class ItemChange:
    """An item whose fields differ. ``sign`` is '+' for a new one, '-' for one that is gone."""

    kind: str
    name: str
    title: str
    sign: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Items with fields that differ, and the same as lines of YAML.

    ``items`` is empty where there are only lines: a comment, a file without items, broken YAML.
    """

    items: tuple[ItemChange, ...] = ()
    lines: tuple[DiffLine, ...] = ()


def of_item(kind: str, name: str, before: str, after: str) -> Difference:
    """Between two texts of one item; '' where there is none."""
    lines = compare(before, after)
    change = _change(kind, name, before, after) if lines else None
    return Difference((change,) if change else (), lines)


def of_file(name: str, before: str, after: str) -> Difference:
    """Between two texts of one file, ``name`` being its path below knowledge/."""
    old = {item.name: item for item in items_of(name, before) if before}
    new = {item.name: item for item in items_of(name, after) if after}
    found = [_of_one(old.get(one), new.get(one)) for one in dict.fromkeys([*new, *old])]
    return Difference(tuple(one for one in found if one), compare(before, after))


def title_of(kind: str, name: str, text: str) -> str:
    """What people call an item; its name where its text does not say."""
    fields = _fields(kind, text) or {}
    return fields.get("title") or fields.get("name") or name


def _of_one(old: Item | None, new: Item | None) -> ItemChange | None:
    item = new or old
    before, after = old.text if old else "", new.text if new else ""
    return _change(item.kind, item.name, before, after) if item and before != after else None


def _change(kind: str, name: str, before: str, after: str) -> ItemChange | None:
    old, new = _fields(kind, before), _fields(kind, after)
    if old is None or new is None:
        return None
    changed = tuple(
        FieldChange(path, _lines(old.get(path, ""), new.get(path, "")))
        for path in dict.fromkeys([*new, *old])
        if old.get(path, "") != new.get(path, "")
    )
    sign = "" if before and after else "+" if after else "-"
    title = title_of(kind, name, after or before)
    return ItemChange(kind, name, title, sign, changed) if changed else None


def _fields(kind: str, text: str) -> dict[str, str] | None:
    if not text:
        return {}
    try:
        return form.read_fields(kind, text) if kind in form.TEXTS else None
    except form.NoForm:
        return None


def _lines(before: str, after: str) -> tuple[DiffLine, ...]:
    """Only what differs: a line taken out, a line put in."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return tuple(DiffLine(line[0], line[2:]) for line in lines if line[0] in "+-" and line[2:])
