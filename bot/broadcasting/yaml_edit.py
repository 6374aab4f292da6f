"""Changing YAML that people wrote: their comments, order and quotes stay. Pure."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

_FLOW = frozenset({"when", "groups", "channel"})
"""Fields whose values stand on one line."""

_SETS = frozenset({"kinds", "ids", "audience"})
"""The fields of a plan's selection of groups."""

_CONTENT_ON_ONE_LINE = frozenset({"topic", "text"})


def mapping_text(document: Mapping[str, Any], base: str | None) -> str:
    """A mapping as YAML. ``document`` is plain data in the form of design §6.

    ``base`` is the text it replaces, None where there is none; what did not change stays as it
    is written there. It must be YAML.
    """
    engine = _engine()
    root = engine.load(base) if base is not None else CommentedMap()
    if not isinstance(root, CommentedMap):
        root = CommentedMap()
    _merge(root, document)
    out = io.StringIO()
    engine.dump(root, out)
    return out.getvalue()


def field_at(text: str, line: int) -> str:
    """The top-level field a line (from 1) belongs to, '' before the first."""
    found = ""
    node = yaml.compose(text, Loader=yaml.CSafeLoader)
    if isinstance(node, yaml.MappingNode):
        for key, _ in node.value:
            if key.start_mark.line + 1 <= line:
                found = str(key.value)
    return found


def _engine() -> YAML:
    engine = YAML()
    engine.preserve_quotes = True
    engine.width = 4096
    engine.indent(mapping=2, sequence=4, offset=2)
    return engine


def _merge(into: CommentedMap, wanted: Mapping[str, Any]) -> None:
    for name in [name for name in into if name not in wanted]:
        del into[name]
    for name, value in wanted.items():
        old = into.get(name)
        another_kind = name == "content" and isinstance(old, CommentedMap) and {*old} != {*value}
        if isinstance(old, CommentedMap) and isinstance(value, Mapping) and not another_kind:
            _merge(old, value)
        elif name not in into or not _same(_plain(old), value, into.keys() <= _SETS):
            into[name] = _node(value, name in _FLOW or _is_short(name, value))


def _same(old: Any, new: Any, any_order: bool) -> bool:
    """Whether nothing is to be written; in a plan's selection the order means nothing."""
    if any_order and isinstance(old, list) and isinstance(new, list):
        return sorted(map(str, old)) == sorted(map(str, new))
    return bool(old == new)


def _is_short(name: str, value: Any) -> bool:
    return (
        name == "content" and isinstance(value, Mapping) and not value.keys() - _CONTENT_ON_ONE_LINE
    )


def _plain(value: Any) -> Any:
    if isinstance(value, CommentedMap):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, CommentedSeq):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value


def _node(value: Any, flow: bool = False) -> Any:
    if isinstance(value, Mapping):
        made = CommentedMap({name: _node(item, flow) for name, item in value.items()})
        if flow:
            made.fa.set_flow_style()
        return made
    if isinstance(value, Sequence) and not isinstance(value, str):
        listed = CommentedSeq([_node(item) for item in value])
        listed.fa.set_flow_style()
        return listed
    return scalar(value) if isinstance(value, str) else value


def scalar(text: str) -> str:
    """A string that our loader (YAML 1.1) reads as this very string."""
    if "\n" in text:
        return str.__new__(LiteralScalarString, text)
    try:
        # Hours are written in quotes, whatever YAML would take them for.
        plain = ":" not in text and yaml.load(text, Loader=yaml.CSafeLoader) == text
    except (yaml.YAMLError, ValueError):
        plain = False
    return text if plain else DoubleQuotedScalarString(text)
