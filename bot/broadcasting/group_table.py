"""The group book as a table for spreadsheets, and back. Pure.

A row is read as far as its own cells go; what only the whole book can tell (an id that a plan
misses) is the loader's to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.broadcasting.model import (
    AUDIENCE_WORDS,
    BY_PERSON,
    CHANNEL_FIELDS,
    REFERENCE,
    Group,
)
from bot.broadcasting.words import CHANNEL_WORDS, KIND_WORDS

SECRETS = frozenset({"key", "secret"})
"""Channel fields that may only name an environment variable (design §6)."""

NOT_HERE = "密钥不能写在这里，请写成 ${名字}，真正的密钥交给系统管理员"

COLUMNS: Mapping[str, str] = {
    "id": "代号",
    "name": "群名",
    "kind": "类型",
    "audience": "群里有谁",
    "type": "怎么发",
    "owner": "负责人",
    "quiet_from": "安静开始",
    "quiet_until": "安静结束",
    "key": "机器人密钥名",
    "account": "账号",
    "to": "发给谁",
    "chat_ids": "客户群ID",
    "tag": "标签",
    "gateway": "短信网关",
    "template": "短信模板",
    "url": "网址",
    "secret": "网址密钥名",
}
"""Field -> head of its column; a table may also use the fields' own names."""

LISTS = frozenset({"audience", "chat_ids"})
CHANNEL_COLUMNS = tuple(name for name in COLUMNS if any(name in f for f in CHANNEL_FIELDS.values()))

EXAMPLE: Mapping[str, str] = {
    "id": "xinghe-owners",
    "name": "星河湾业主群",
    "kind": "社区",
    "audience": "老人、家长",
    "type": "人来粘贴",
    "owner": "zhang",
    "quiet_from": "21:00",
    "quiet_until": "08:00",
}
"""What the template shows."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_HOUR = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d")
_LONGEST = {"name": 64, "owner": 64}
_SPLIT = re.compile(r"[、,，;；\s]+")
_IN_ADDRESS = re.compile(r"[?&](?:key|token|access_token|secret|sign)=(?!\$\{)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong in one cell. ``row`` is the line of the sheet, from 1."""

    row: int
    column: str
    what: str


@dataclass(frozen=True, slots=True)
class Read:
    """The groups of a table as plain data of design §6, and all that is wrong with it."""

    documents: tuple[dict[str, Any], ...]
    rows: Mapping[str, int]
    problems: tuple[RowProblem, ...]


def read_table(lines: Sequence[Sequence[str]]) -> Read:
    """The groups of a sheet whose first line names the columns; empty lines are passed over."""
    heads, problems = _heads(lines[0] if lines else ())
    if problems:
        return Read((), {}, tuple(problems))
    documents: list[dict[str, Any]] = []
    rows: dict[str, int] = {}
    for number, line in enumerate(lines[1:], 2):
        cells = {name: line[at].strip() for name, at in heads.items() if at < len(line)}
        if not any(cells.values()):
            continue
        document, wrong = read_row(cells)
        problems += [RowProblem(number, COLUMNS[name], what) for name, what in wrong]
        name = cells.get("id", "")
        if name in rows:
            what = f"{name} 和第 {rows[name]} 行重复"
            problems.append(RowProblem(number, COLUMNS["id"], what))
        elif name:
            rows[name] = number
        documents.append(document)
    if not documents:
        problems.append(RowProblem(1, "", "表里一个群也没有"))
    return Read(tuple(documents), rows, tuple(problems))


def read_row(cells: Mapping[str, str]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """One group of its cells by field, and (field, what is wrong)…"""
    wrong: list[tuple[str, str]] = []
    kind = _word(cells, "kind", KIND_WORDS, wrong)
    audience: list[str] = []
    for word in filter(None, _SPLIT.split(cells.get("audience", ""))):
        known = _known(word, AUDIENCE_WORDS)
        if not known:
            wrong.append(("audience", f"“{word}”没有，可选：{_options(AUDIENCE_WORDS)}"))
        elif known not in audience:
            audience.append(known)
    type_ = _word(cells, "type", CHANNEL_WORDS, wrong)
    for name in ("id", "name", "audience"):
        if not cells.get(name):
            wrong.append((name, "是空的，请填写"))
    if cells.get("id") and not _ID.fullmatch(cells["id"]):
        wrong.append(("id", f"“{cells['id']}”不能当代号，只用字母、数字、- 和 _，最多 64 个"))
    for name, longest in _LONGEST.items():
        if len(cells.get(name, "")) > longest:
            wrong.append((name, f"有 {len(cells[name])} 个字，最多 {longest} 个"))
    if type_ in BY_PERSON and not cells.get("owner"):
        wrong.append(("owner", f"{CHANNEL_WORDS[type_]}要有人动手，请写上找谁"))
    document: dict[str, Any] = {
        "id": cells.get("id", ""),
        "name": cells.get("name", ""),
        "kind": kind,
        "audience": audience,
        "channel": _channel(type_, cells, wrong),
    }
    if cells.get("owner"):
        document["owner"] = cells["owner"]
    hours = _hours(cells, wrong)
    if hours:
        document["quiet_hours"] = hours
    return document, wrong


def table_of(groups: Iterable[Group]) -> list[list[str]]:
    """The present book as a table; a secret that stands in the file is left out."""
    return [
        list(COLUMNS.values()),
        *([cells[name] for name in COLUMNS] for cells in map(cells_of, groups)),
    ]


def cells_of(group: Group) -> dict[str, str]:
    """A group's cells by field."""
    quiet = [f"{hour:%H:%M}" for hour in group.quiet_hours or ()] or ["", ""]
    cells = dict.fromkeys(COLUMNS, "") | {
        "id": group.id,
        "name": group.name,
        "kind": KIND_WORDS[group.kind],
        "audience": "、".join(AUDIENCE_WORDS[word] for word in group.audience),
        "type": CHANNEL_WORDS[group.channel_type],
        "owner": group.owner,
        "quiet_from": quiet[0],
        "quiet_until": quiet[1],
    }
    for name, value in group.channel.items():
        if name != "type":
            text = value if isinstance(value, str) else "、".join(value)
            cells[name] = "" if secret_problem(name, text) else text
    return cells


def template() -> list[list[str]]:
    """A table to fill in."""
    return [list(COLUMNS.values()), [EXAMPLE.get(name, "") for name in COLUMNS]]


def secret_problem(field: str, text: str) -> str:
    """Why this must not stand in a file, or ''."""
    if field in SECRETS and text and not REFERENCE.fullmatch(text):
        return NOT_HERE
    if field == "url" and _IN_ADDRESS.search(text):
        return NOT_HERE
    return ""


def _heads(line: Sequence[str]) -> tuple[dict[str, int], list[RowProblem]]:
    known = {label: name for name, label in COLUMNS.items()} | {name: name for name in COLUMNS}
    heads: dict[str, int] = {}
    problems: list[RowProblem] = []
    for at, head in enumerate(line):
        name = known.get(head.strip())
        if name is None and head.strip():
            problems.append(RowProblem(1, head.strip(), "不认识这一列，请用模板里的列名"))
        elif name in heads:
            problems.append(RowProblem(1, head.strip(), "这一列有两次"))
        elif name is not None:
            heads[name] = at
    missing = [
        COLUMNS[name] for name in ("id", "name", "kind", "audience", "type") if name not in heads
    ]
    if missing:
        problems.append(RowProblem(1, "", f"缺少这些列：{'、'.join(missing)}"))
    return heads, problems


def _channel(type_: str, cells: Mapping[str, str], wrong: list[tuple[str, str]]) -> dict[str, Any]:
    channel: dict[str, Any] = {"type": type_}
    wanted = CHANNEL_FIELDS.get(type_, frozenset())
    for name in CHANNEL_COLUMNS:
        text = cells.get(name, "")
        if name in wanted and not text:
            wrong.append((name, f"{CHANNEL_WORDS[type_]}要填这一格"))
        elif text and type_ and name not in wanted:
            wrong.append((name, f"{CHANNEL_WORDS[type_]}用不到，请清空"))
        elif problem := secret_problem(name, text):
            wrong.append((name, problem))
        elif text and name in LISTS:
            channel[name] = [one for one in _SPLIT.split(text) if one]
        elif text:
            channel[name] = text
    return channel


def _hours(cells: Mapping[str, str], wrong: list[tuple[str, str]]) -> list[str]:
    hours: list[str] = []
    for name in ("quiet_from", "quiet_until"):
        text = cells.get(name, "").replace("：", ":")
        if text and not _HOUR.fullmatch(text):
            wrong.append((name, f"“{text}”不是钟点，请写成 21:00 这样"))
        elif text:
            hours.append(text.zfill(5))
    if len(hours) == 1 and not all(cells.get(name) for name in ("quiet_from", "quiet_until")):
        wrong.append(("quiet_until", "安静开始和结束要么都写，要么都不写"))
    return hours if len(hours) == 2 else []


def _word(
    cells: Mapping[str, str], name: str, words: Mapping[str, str], wrong: list[tuple[str, str]]
) -> str:
    text = cells.get(name, "")
    known = _known(text, words)
    if not known:
        what = f"“{text}”没有" if text else "是空的"
        wrong.append((name, f"{what}，可选：{_options(words)}"))
    return known


def _known(text: str, words: Mapping[str, str]) -> str:
    if text in words:
        return text
    return next((name for name, word in words.items() if word == text), "")


def _options(words: Mapping[str, str]) -> str:
    return "、".join(words.values())
