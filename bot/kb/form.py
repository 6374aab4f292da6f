"""An item as the fields of a form, and back, with what was not touched kept as it is written. Pure.

ruamel.yaml keeps comments, order and quotation marks of the item's own YAML.
"""

from __future__ import annotations

import difflib
import io
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

TEXTS: Mapping[str, tuple[str, ...]] = {
    "entry": (
        "title", "severity", "why", "do.not_trust", "do.not_disclose", "do.not_transfer",
        "report", "script", "reviewed", "review_by",
    ),
    "guide": ("title", "answer", "group", "reviewed", "review_by"),
    "ordinary": ("name", "habit"),
}  # fmt: skip
LISTS: Mapping[str, tuple[str, ...]] = {
    "entry": (
        "audience", "says", "asks", "looks_like", "signs", "sources", "tests.must",
        "tests.must_not",
    ),
    "guide": ("asks", "sources", "tests.must", "tests.must_not"),
    "ordinary": ("phrasings",),
}  # fmt: skip
"""Per kind of item, the fields of a form; a list is typed with one line for each of its texts."""

_ORDER: Mapping[str, tuple[str, ...]] = {
    "entry": (
        "id", "title", "audience", "severity", "says", "asks", "looks_like", "signs", "why", "do",
        "report", "script", "sources", "reviewed", "review_by", "tests",
    ),
    "guide": (
        "id", "title", "asks", "answer", "group", "sources", "reviewed", "review_by", "tests",
    ),
}  # fmt: skip
_DATES = frozenset({"reviewed", "review_by"})
_FLOW = frozenset({"audience", "signs", "sources"})
_WORD = re.compile(r"[\w+~.:/ -]*", re.ASCII)
_CHOSEN = frozenset({"audience", "signs"})
"""Lists whose order means nothing: boxes are ticked, and come in the order of the page."""

_STRING = "tag:yaml.org,2002:str"
_HARMFUL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""What no keyboard types: dropped, since a YAML file could hold it in disguise only."""


class NoForm(Exception):
    """The text is no mapping of fields, so only its YAML can be edited."""


def as_fields(kind: str, text: str) -> dict[str, str]:
    """The fields as they are typed.

    Raises:
        NoForm: the text cannot be read as an item.
    """
    return _fields(kind, _loaded(text))


def read_fields(kind: str, text: str) -> dict[str, str]:
    """The fields to be looked at only: ten times as quick, and nothing can be put back.

    Raises:
        NoForm: the text cannot be read as an item.
    """
    try:
        root = yaml.load(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError) as error:
        raise NoForm from error
    if not isinstance(root, dict):
        raise NoForm
    return _fields(kind, root)


def _fields(kind: str, root: Mapping[str, Any]) -> dict[str, str]:
    fields = {path: _typed(_get(root, path)) for path in TEXTS[kind]}
    for path in LISTS[kind]:
        value = _get(root, path)
        many = value if isinstance(value, list) else [] if value is None else [value]
        fields[path] = "\n".join(" ".join(str(one).splitlines()) for one in many)
    return fields


def with_fields(kind: str, text: str, typed: Mapping[str, str]) -> str:
    """The item with the fields that were changed; those not in ``typed`` stay.

    Raises:
        NoForm: the text cannot be read as an item.
    """
    root, before = _loaded(text), as_fields(kind, text)
    clean = {path: _HARMFUL.sub("", _lines(value)) for path, value in typed.items()}
    for path in _CHOSEN & clean.keys() & before.keys():
        clean[path] = _in_order(clean[path], before[path])
    changed = {
        path: value
        for path, value in clean.items()
        if path in before and value != _lines(before[path])
    }
    if not changed:
        return text
    for path, value in changed.items():
        parent, name = _parent(root, path)
        if path in LISTS[kind]:
            wanted = [line.strip() for line in value.split("\n") if line.strip()]
            _change_list(parent, name, wanted)
        else:
            parent[name] = _scalar(name, value, parent.get(name))
    return _dumped(root)


def blank(kind: str, name: str, today: date, review_by: date) -> str:
    """A new item with every field it must have, all still empty."""
    root = CommentedMap()
    for field in _ORDER[kind]:
        root[field] = CommentedSeq() if field in LISTS[kind] else ""
        if field in _FLOW:
            root[field].fa.set_flow_style()
    root["id"] = name
    root["reviewed"], root["review_by"] = today, review_by
    root["tests"] = CommentedMap(must=CommentedSeq(), must_not=CommentedSeq())
    if kind == "entry":
        root["severity"] = "high"
        root["do"] = CommentedMap(not_trust="", not_disclose="", not_transfer="")
    return _dumped(root)


def again(text: str) -> str:
    """The text read by ruamel.yaml and written again.

    Raises:
        NoForm: it cannot be read.
    """
    return _dumped(_loaded(text))


def _yaml() -> YAML:
    made = YAML(typ="rt", pure=True)
    made.preserve_quotes = True
    made.width = 1 << 16
    made.indent(mapping=2, sequence=4, offset=2)
    made.Representer = _Representer
    return made


class _Representer(RoundTripRepresenter):
    pass


_Representer.add_representer(
    type(None), lambda self, data: self.represent_scalar("tag:yaml.org,2002:null", "null")
)


def _loaded(text: str) -> CommentedMap:
    try:
        root = _yaml().load(text)
    except (YAMLError, ValueError) as error:
        raise NoForm from error
    if not isinstance(root, CommentedMap):
        raise NoForm
    return root


def _dumped(root: Any) -> str:
    out = io.StringIO()
    _yaml().dump(root, out)
    return out.getvalue()


def _get(root: Mapping[str, Any], path: str) -> Any:
    value: Any = root
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _parent(root: CommentedMap, path: str) -> tuple[CommentedMap, str]:
    *above, name = path.split(".")
    for step in above:
        if not isinstance(root.get(step), CommentedMap):
            root[step] = CommentedMap()
        root = root[step]
    return root, name


def _typed(value: Any) -> str:
    if value is None or isinstance(value, (list, dict)):
        return ""
    return str(value).strip("\n")


def _lines(value: str) -> str:
    lines = value.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def _in_order(chosen: str, before: str) -> str:
    """The chosen ones as they stood, with new ones behind."""
    wanted, stood = chosen.split("\n"), before.split("\n")
    kept = [one for one in stood if one in wanted]
    return "\n".join([*kept, *(one for one in wanted if one not in stood)]).strip("\n")


def _change_list(parent: CommentedMap, name: str, wanted: list[str]) -> None:
    """Take out and put in what differs; texts that stay keep their comments and marks."""
    found = parent.get(name)
    if not isinstance(found, CommentedSeq):
        parent[name] = CommentedSeq([_scalar(name, one, None) for one in wanted])
        return
    before = [" ".join(str(one).splitlines()) for one in found]
    like = found[0] if found else None
    steps = difflib.SequenceMatcher(None, before, wanted, autojunk=False).get_opcodes()
    for step, a1, a2, b1, b2 in reversed(steps):
        if step == "equal":
            continue
        for place in range(a2 - 1, a1 - 1, -1):
            del found[place]
        for text in reversed(wanted[b1:b2]):
            found.insert(a1, _scalar(name, text, like))
    if not before and name not in _FLOW:
        found.fa.set_block_style()


def _scalar(name: str, value: str, like: Any) -> Any:
    if name in _DATES:
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    if "\n" in value:
        return LiteralScalarString(value + "\n")
    if isinstance(like, DoubleQuotedScalarString) or _misread(value):
        return DoubleQuotedScalarString(value)
    return value


def _misread(value: str) -> bool:
    """Whether the bot's own reader (YAML 1.1) would take the bare word for something else."""
    if not _WORD.fullmatch(value):
        return False
    try:
        node = yaml.compose(value, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return True
    return node is not None and node.tag != _STRING
