"""Changing a file of library/ text by text, leaving every other line as it stands. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from bot.broadcasting import list_yaml

_KEY = "texts"
_HEAD = "texts:\n"


def text_item(file: str, text: str) -> str:
    """A text's own lines, '' where the file has no such text."""
    return list_yaml.item_text(file, _KEY, text)


def ids(file: str) -> tuple[str, ...]:
    """The texts of a file, in its order. The file must be YAML."""
    return tuple(list_yaml.spans(file, _KEY)) if file.strip() else ()


def changed(file: str, document: Mapping[str, Any]) -> str:
    """The file with this text (plain data of design §6): a known id is changed in its place, a new
    one added at the end; one that says the same keeps its lines."""
    name = str(document["id"])
    old = text_item(file, name)
    if not old:
        begin = file if file.endswith("\n") or not file else f"{file}\n"
        return (begin or _HEAD) + list_yaml.written(document)
    if yaml.load(old, Loader=yaml.CSafeLoader) == [document]:
        return file
    span = list_yaml.spans(file, _KEY)[name]
    lines = file.splitlines(keepends=True)
    lines[span.begin : span.end] = [list_yaml.merged(old, document)]
    return "".join(lines)


def without(file: str, text: str) -> str | None:
    """The file without a text and the comment right above it; None where nothing would be left."""
    if ids(file) == (text,):
        return None
    return list_yaml.without(file, _KEY, text)
