"""Single entries, guides and subjects within the text of their file. Pure.

An item is cut out and put back by its lines, so whatever else stands in the file (order, comments,
blank lines, quotation marks) stays as it is, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import yaml

from bot.problems import Problem
from bot.yamlread import Reader, parse_yaml

Kind = Literal["entry", "guide", "ordinary", "file"]
"""``ordinary`` and ``file`` are whole files: a subject of ordinary messages, or any other file."""

KINDS: tuple[Kind, ...] = get_args(Kind)
LISTS: Mapping[str, tuple[Kind, str]] = {
    "scams": ("entry", "entries"),
    "guides": ("guide", "guides"),
}
"""Per folder, the kind of the items of its files, and the field they are listed in."""

EDITABLE_FILES = frozenset({"official.yaml", "replies.yaml", "quiz.yaml"})
"""Files that may be replaced from the console besides those of entries, guides and subjects.

redlines.yaml must not be editable there (design §2), and signals.yaml and aliases.yaml decide
which words a red line recognises.
"""
_PLACE = re.compile(r"(scams|guides|ordinary)/[a-z0-9_]+\.yaml")


@dataclass(frozen=True, slots=True)
class Item:
    """One item: its own YAML in ``text``, lines ``first`` up to but without ``end`` (from 0).

    ``column`` is where its fields begin within the file.
    """

    kind: Kind
    name: str
    first: int
    end: int
    column: int
    text: str


def is_editable(name: str) -> bool:
    """Whether a file may be changed from the console; ``name`` is its path below knowledge/."""
    return name in EDITABLE_FILES or bool(_PLACE.fullmatch(name))


def items_of(name: str, source: str) -> tuple[Item, ...]:
    """The items of a file, in order; none where it cannot be read, or its list is no block list.

    ``name`` is the path below knowledge/.
    """
    folder = name.partition("/")[0]
    if folder not in LISTS:
        kind: Kind = "ordinary" if folder == "ordinary" else "file"
        return (Item(kind, _subject(name, source), 0, source.count("\n") + 1, 0, source),)
    return tuple(_listed(*LISTS[folder], source))


def find(name: str, source: str, kind: Kind, item: str) -> Item | None:
    """One item of a file; None where it is not there."""
    return next((i for i in items_of(name, source) if i.kind == kind and i.name == item), None)


def put_back(source: str, item: Item, text: str) -> str:
    """The file with the item's text replaced; the very same file where the text is the same."""
    if text == item.text:
        return source
    if item.kind in ("ordinary", "file"):
        return text
    lines = source.split("\n")
    lines[item.first : item.end] = _indented(text, item.column)
    return "\n".join(lines)


def put_new(name: str, source: str, text: str) -> tuple[str, Item]:
    """The file with one more item at its end, and where that stands.

    Raises:
        ValueError: the file has no block list of items to add to.
    """
    present = items_of(name, source)
    if not present or present[0].kind in ("ordinary", "file"):
        raise ValueError(f"{name} has no list to add to")
    last = present[-1]
    lines = source.split("\n")
    added = _indented(text, last.column)
    lines[last.end : last.end] = ["", *added]
    first = last.end + 1
    item = Item(last.kind, "", first, first + len(added), last.column, text)
    return "\n".join(lines), item


def tidy(text: str) -> str:
    """Text from a form as it may stand in a file: Unix line ends, no spaces at their ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n") + "\n"


def check_alone(item: Item, file: str) -> list[Problem]:
    """Faults of an item's own YAML, with the lines they have in the file.

    Looked for before the file as a whole is: a quotation mark that is left open would otherwise
    be noticed at some line far below.
    """
    problems: list[Problem] = []
    parse_yaml(item.text.encode(), file, problems)
    return [Problem(p.file, p.line + item.first, p.what, p.mend) for p in problems]


def own_name(text: str) -> str:
    """The id an item gives itself; '' where it has none."""
    problems: list[Problem] = []
    root = parse_yaml(text.encode(), "", problems)
    return _id(root) if root is not None and root.is_mapping() else ""


def _listed(kind: Kind, field: str, source: str) -> Iterator[Item]:
    try:
        root = yaml.compose(source, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError):
        return
    listed = _value(root, field)
    if root is None or not isinstance(listed, yaml.SequenceNode) or listed.flow_style:
        return
    lines = source.split("\n")
    starts = [node.start_mark for node in listed.value]
    ends = [mark.line for mark in starts[1:]] + [_end_of_list(root, field, lines)]
    for node, mark, before_next in zip(listed.value, starts, ends, strict=True):
        dash = lines[mark.line].find("-")
        column = mark.column
        if node.flow_style or not -1 < dash < column or lines[mark.line][:dash].strip():
            return
        end = before_next
        while end > mark.line + 1 and _between(lines[end - 1], dash):
            end -= 1
        own = lines[mark.line : end]
        dedented = [own[0][column:], *(_dedented(line, column) for line in own[1:])]
        yield Item(kind, _id_of(node), mark.line, end, column, "\n".join(dedented) + "\n")


def _end_of_list(root: yaml.Node, field: str, lines: list[str]) -> int:
    """The line of the field after the list, or the end of the file."""
    keys = [key.start_mark.line for key, _ in root.value]
    names = [str(key.value) for key, _ in root.value]
    place = names.index(field)
    return keys[place + 1] if place + 1 < len(keys) else len(lines)


def _between(line: str, dash: int) -> bool:
    """Whether a line after an item's last one belongs to nobody: blank, or a comment further out."""
    bare = line.lstrip(" ")
    return not bare.strip() or (bare.startswith("#") and len(line) - len(bare) <= dash)


def _dedented(line: str, column: int) -> str:
    return line[column:] if not line[:column].strip(" ") else line.lstrip(" ")


def _indented(text: str, column: int) -> list[str]:
    lines = text.rstrip("\n").split("\n")
    blank = " " * column
    first = " " * (column - 2) + "- " + lines[0]
    return [first, *(blank + line if line.strip() else "" for line in lines[1:])]


def _value(root: yaml.Node | None, field: str) -> yaml.Node | None:
    if not isinstance(root, yaml.MappingNode):
        return None
    return next((value for key, value in root.value if key.value == field), None)


def _id_of(node: yaml.Node) -> str:
    value = _value(node, "id")
    return str(value.value) if isinstance(value, yaml.ScalarNode) else ""


def _id(root: Reader) -> str:
    fields = root.fields()
    named = fields.get("id") or fields.get("subject")
    return named.scalar() if named is not None else ""


def _subject(name: str, source: str) -> str:
    return own_name(source) if name.startswith("ordinary/") else name
