"""Changing single items of a list in a YAML file, leaving every other line as it stands. Pure.

The file is one mapping whose field ``key`` holds the list; every item has an ``id``. The whole file
is never dumped anew: that takes half a minute for 5,000 items, and would touch lines nobody changed.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from bot.broadcasting.yaml_edit import mapping_text


@dataclass(frozen=True, slots=True)
class Span:
    """Where an item stands: its lines from ``begin`` on and before ``end``, counted from 0."""

    begin: int
    end: int


@lru_cache(maxsize=8)
def spans(text: str, key: str) -> Mapping[str, Span]:
    """Id -> its item's lines; the first where an id stands twice. The text must be YAML.

    Kept for the next call, for a page about one group of 2,000 asks only where that one stands.
    """
    found: dict[str, Span] = {}
    lines = text.splitlines()
    for item in _items(text, key):
        for name, value in item.value if isinstance(item, yaml.MappingNode) else ():
            if name.value == "id":
                end = _last_line(item) + 1
                while not lines[end - 1].strip():
                    end -= 1
                found.setdefault(str(value.value), Span(item.start_mark.line, end))
    return found


def item_text(text: str, key: str, name: str) -> str:
    """An item's own lines, '' where there is no such item."""
    span = spans(text, key).get(name) if text.strip() else None
    return "".join(text.splitlines(keepends=True)[span.begin : span.end]) if span else ""


def without(text: str, key: str, name: str) -> str:
    """The file's text without an item and the comment right above it."""
    lines = text.splitlines(keepends=True)
    span = spans(text, key)[name]
    begin = span.begin
    while begin and lines[begin - 1].lstrip().startswith("#"):
        begin -= 1
    if begin and not lines[begin - 1].strip():
        begin -= 1
    return "".join(lines[:begin] + lines[span.end :])


def merged(old: str, document: Mapping[str, Any]) -> str:
    """An item's lines with what changed in it, its own comments and its own indent kept."""
    dash = old.index("-")
    lead = " " * dash
    body = textwrap.dedent(lead + " " + old[dash + 1 :])
    text = mapping_text(document, body).rstrip("\n") + "\n"
    return lead + "-" + _indented(text, lead)[dash + 1 :]


def written(document: Mapping[str, Any]) -> str:
    """A new item, its fields below each other."""
    return "  -" + _indented(mapping_text(document, None), "  ")[len("  -") :]


def _indented(text: str, lead: str) -> str:
    return textwrap.indent(text, lead + "  ", lambda line: bool(line.strip()))


def _items(text: str, key: str) -> list[yaml.Node]:
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    for name, value in root.value if isinstance(root, yaml.MappingNode) else ():
        if name.value == key and isinstance(value, yaml.SequenceNode):
            return list(value.value)
    return []


def _last_line(node: yaml.Node) -> int:
    """The line a node ends on; libyaml ends a block where the next thing begins."""
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        # At the end of a file without a last line break it ends within its own line.
        return int(node.end_mark.line) - (node.end_mark.column == 0)
    if not isinstance(node, yaml.CollectionNode) or node.flow_style:
        return int(node.end_mark.line)
    if isinstance(node, yaml.MappingNode):
        return max(_last_line(part) for pair in node.value for part in pair)
    return max(map(_last_line, node.value))
