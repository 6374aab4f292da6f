"""Changing groups.yaml group by group, leaving every other line as it stands. Pure.

The whole file is never dumped anew: that takes half a minute for 5,000 groups, and would touch
lines nobody changed.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from bot.broadcasting.yaml_edit import mapping_text, scalar

_HEAD = "groups:\n"
_INDENT = "  - "
_DEEPER = " " * len(_INDENT)


@dataclass(frozen=True, slots=True)
class Span:
    """Where a group stands: its lines from ``begin`` on and before ``end``, counted from 0."""

    begin: int
    end: int


@lru_cache(maxsize=2)
def spans(text: str) -> Mapping[str, Span]:
    """Group id -> its lines; the first where an id stands twice. The text must be YAML.

    Kept for the next call, for a page about one group of 2,000 asks only where that one stands.
    """
    found: dict[str, Span] = {}
    for item in _items(text):
        for key, value in item.value if isinstance(item, yaml.MappingNode) else ():
            if key.value == "id":
                found.setdefault(str(value.value), Span(item.start_mark.line, _last_line(item) + 1))
    return found


def documents(text: str) -> list[dict[str, Any]]:
    """All groups as plain data; the text must be a group book that the loader takes."""
    loaded = yaml.load(text, Loader=yaml.CSafeLoader) if text.strip() else None
    return list(loaded["groups"]) if loaded else []


def group_text(text: str, group: str) -> str:
    """A group's own lines, '' where there is no such group."""
    span = spans(text).get(group)
    return "".join(text.splitlines(keepends=True)[span.begin : span.end]) if span else ""


def changed(text: str, documents: Iterable[Mapping[str, Any]]) -> str:
    """The file's text with these groups (plain data of design §6): known ids are replaced, new
    ones added at the end; one that says the same keeps its lines."""
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    known: Mapping[str, Span] = spans(text) if text.strip() else {}
    added: list[str] = []
    for document in documents:
        span = known.get(str(document["id"]))
        if span is None:
            added.append(_written(document))
        else:
            _put(lines, span, document)
    if not known:
        return "".join([_HEAD, *added])
    return "".join([*lines, *(f"\n{one}" if len(added) == 1 else one for one in added)])


def without(text: str, group: str) -> str:
    """The file's text without a group and the comment right above it."""
    lines = text.splitlines(keepends=True)
    span = spans(text)[group]
    begin = span.begin
    while begin and lines[begin - 1].lstrip().startswith("#"):
        begin -= 1
    if begin and not lines[begin - 1].strip():
        begin -= 1
    return "".join(lines[:begin] + lines[span.end :])


def _put(lines: list[str], span: Span, document: Mapping[str, Any]) -> None:
    """Replace a group's lines in place; the number of list items stays, so spans stay right."""
    old = "".join(lines[span.begin : span.end])
    if yaml.load(old, Loader=yaml.CSafeLoader) == [document]:
        return
    if "#" in old or not old.startswith(_INDENT):
        new = _merged(old, document)
    else:
        new = _written(document)
    lines[span.begin : span.end] = [new] + [""] * (span.end - span.begin - 1)


def _merged(old: str, document: Mapping[str, Any]) -> str:
    """The group with its own comments, at its own indent."""
    dash = old.index("-")
    lead = " " * dash
    body = textwrap.dedent(lead + " " + old[dash + 1 :])
    text = mapping_text(document, body).rstrip("\n") + "\n"
    indented = textwrap.indent(text, lead + "  ", lambda line: bool(line.strip()))
    return lead + "-" + indented[dash + 1 :]


def _written(document: Mapping[str, Any]) -> str:
    """A new group in the manner of the file."""
    lines = [f"{name}: {_inline(value)}\n" for name, value in document.items()]
    return _INDENT + _DEEPER.join(lines)


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_inline(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return _quoted(str(value))


def _quoted(text: str) -> str:
    """Plain where nothing in it could mean something in YAML, else in double quotes."""
    simple = all(sign.isalnum() or sign in "-_/（）·、" for sign in text)
    if simple and text[:1] not in ("-", "") and type(scalar(text)) is str:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _items(text: str) -> list[yaml.Node]:
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
        if key.value == "groups" and isinstance(value, yaml.SequenceNode):
            return list(value.value)
    return []


def _last_line(node: yaml.Node) -> int:
    """The line a node ends on; libyaml ends a block where the next thing begins."""
    if not isinstance(node, yaml.CollectionNode) or node.flow_style:
        return int(node.end_mark.line)
    if isinstance(node, yaml.MappingNode):
        return max(_last_line(part) for pair in node.value for part in pair)
    return max(map(_last_line, node.value))
