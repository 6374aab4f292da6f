"""Changing groups.yaml group by group, leaving every other line as it stands. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from bot.broadcasting import list_yaml
from bot.broadcasting.list_yaml import Span
from bot.broadcasting.yaml_edit import scalar

_KEY = "groups"
_HEAD = "groups:\n"
_INDENT = "  - "
_DEEPER = " " * len(_INDENT)


def documents(text: str) -> list[dict[str, Any]]:
    """All groups as plain data; the text must be a group book that the loader takes."""
    loaded = yaml.load(text, Loader=yaml.CSafeLoader) if text.strip() else None
    return list(loaded["groups"]) if loaded else []


def group_text(text: str, group: str) -> str:
    """A group's own lines, '' where there is no such group."""
    return list_yaml.item_text(text, _KEY, group)


def changed(text: str, documents: Iterable[Mapping[str, Any]]) -> str:
    """The file's text with these groups (plain data of design §6): known ids are replaced, new
    ones added at the end; one that says the same keeps its lines."""
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    known: Mapping[str, Span] = list_yaml.spans(text, _KEY) if text.strip() else {}
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
    return list_yaml.without(text, _KEY, group)


def _put(lines: list[str], span: Span, document: Mapping[str, Any]) -> None:
    """Replace a group's lines in place; the number of list items stays, so spans stay right."""
    old = "".join(lines[span.begin : span.end])
    if yaml.load(old, Loader=yaml.CSafeLoader) == [document]:
        return
    if "#" in old or not old.startswith(_INDENT):
        new = list_yaml.merged(old, document)
    else:
        new = _written(document)
    lines[span.begin : span.end] = [new] + [""] * (span.end - span.begin - 1)


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
