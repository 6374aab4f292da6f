"""Strict YAML: every value is read with its line, and every fault becomes a Problem.

PyYAML's own constructors are not used: they turn ``no`` into a boolean and 96110 into a number
and forget where a value stood. Here a file is composed into nodes, and a reader asks each node
for the type it expects.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Set
from datetime import date
from pathlib import Path
from typing import TypeVar

import yaml

from bot.problems import Problem

T = TypeVar("T")

_STRING_TAG = "tag:yaml.org,2002:str"
_SCALAR_WORDS = {
    "tag:yaml.org,2002:bool": "真假值",
    "tag:yaml.org,2002:int": "数字",
    "tag:yaml.org,2002:float": "小数",
    "tag:yaml.org,2002:null": "空值",
    "tag:yaml.org,2002:timestamp": "日期",
}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
"""Characters that YAML 1.1 §5.1 does not allow."""

DEEPEST = 20
"""Levels of nesting that are followed; our own files need six."""

_NODE_WORDS = {
    yaml.ScalarNode: "一个值",
    yaml.SequenceNode: "一个列表",
    yaml.MappingNode: "一组“名称: 值”",
}


class Reader:
    """One node of a YAML file together with the list where its problems go.

    Every accessor returns a usable default after noting a Problem, so that one pass over a file
    finds all its faults; the caller must refuse the result when ``problems`` is not empty.
    """

    def __init__(self, node: yaml.Node, file: str, problems: list[Problem]) -> None:
        self._node = node
        self.file = file
        self.problems = problems

    @property
    def line(self) -> int:
        return int(self._node.start_mark.line) + 1

    def fault(self, what: str, mend: str = "") -> None:
        self.problems.append(Problem(self.file, self.line, what, mend))

    def mapping(self, required: Set[str], optional: Set[str] = frozenset()) -> dict[str, Reader]:
        """The fields of a mapping; unknown, repeated and missing ones are faults."""
        fields = self._keyed()
        known = required | optional
        for name, (key, _) in fields.items():
            if name not in known:
                key.fault(f"不认识的字段 {name}", f"可用的字段：{'、'.join(sorted(known))}")
        if self.is_mapping():
            for name in sorted(required - fields.keys()):
                self.fault(f"缺少字段 {name}", f"请补上 {name}")
        return {name: value for name, (_, value) in fields.items() if name in known}

    def fields(self) -> dict[str, Reader]:
        """All fields of a mapping, whatever their names; a repeated one is a fault."""
        return {name: value for name, (_, value) in self._keyed().items()}

    def _keyed(self) -> dict[str, tuple[Reader, Reader]]:
        """The fields with the readers of their names and of their values."""
        if not isinstance(self._node, yaml.MappingNode):
            self._wrong("一组“名称: 值”", "写成“名称: 值”，冒号后面空一格")
            return {}
        found: dict[str, tuple[Reader, Reader]] = {}
        for key_node, value_node in self._node.value:
            key = Reader(key_node, self.file, self.problems)
            name = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
            if not name:
                key.fault("字段名不是文字", "字段名要用英文字母")
            elif name in found:
                key.fault(f"字段 {name} 写了两次", "请删掉其中一个")
            else:
                found[name] = (key, Reader(value_node, self.file, self.problems))
        return found

    def absent(self) -> Reader:
        """Stands in for a missing field, once that is noted: reads as empty and notes nothing."""
        empty = yaml.ScalarNode(_STRING_TAG, "", self._node.start_mark, self._node.end_mark)
        return Reader(empty, self.file, [])

    def leaves(self) -> Iterator[tuple[tuple[str, ...], Reader]]:
        """Every single value below this node with the field names that lead to it, in order."""
        if isinstance(self._node, yaml.ScalarNode):
            yield (), self
        elif isinstance(self._node, yaml.SequenceNode):
            for node in self._node.value:
                yield from Reader(node, self.file, self.problems).leaves()
        else:
            for key, node in self._node.value:
                name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
                for path, leaf in Reader(node, self.file, self.problems).leaves():
                    yield (name, *path), leaf

    def items(self, minimum: int = 1) -> list[Reader]:
        """The items of a list with at least ``minimum`` of them."""
        if not isinstance(self._node, yaml.SequenceNode):
            self._wrong("一个列表", "每条一行，前面写“- ”")
            return []
        readers = [Reader(node, self.file, self.problems) for node in self._node.value]
        if len(readers) < minimum:
            what = "列表是空的" if not readers else f"只有 {len(readers)} 条"
            self.fault(what, f"至少要有 {minimum} 条")
        return readers

    def text(self, longest: int | None = None) -> str:
        """A non-empty string of at most ``longest`` characters."""
        if not isinstance(self._node, yaml.ScalarNode):
            self._wrong("文字", "只写一句话，或整句加上双引号")
            return ""
        value = str(self._node.value)
        if not value.strip():
            self.fault("文字是空的", "请填写内容")
        elif self._node.tag != _STRING_TAG:
            word = _SCALAR_WORDS.get(self._node.tag, "别的类型")
            self.fault(f"“{value}”被当成了{word}，这里要文字", f'请加上引号："{value}"')
        elif longest is not None and len(value) > longest:
            self.fault(f"有 {len(value)} 个字，最多 {longest} 个", "请写短一些")
        return value

    def texts(self, minimum: int = 1, longest: int | None = None) -> tuple[str, ...]:
        """A list of strings, no two the same."""
        seen: dict[str, int] = {}
        for item in self.items(minimum):
            value = item.text(longest)
            if value in seen:
                item.fault(f"和第 {seen[value]} 行写的一样", "请删掉一条或换个说法")
            else:
                seen[value] = item.line
        return tuple(seen)

    def choice(self, allowed: Set[str]) -> str:
        """A string out of a fixed set."""
        written = isinstance(self._node, yaml.ScalarNode) and str(self._node.value).strip()
        if not written or self._node.value in allowed:
            return self.text()
        # Quotation marks would not help where the word is none of these.
        self.fault(f"“{self._node.value}”不在可选范围里", f"可选：{'、'.join(sorted(allowed))}")
        return str(self._node.value)

    def whole(self, least: int = 0, most: int | None = None) -> int:
        """An integer between ``least`` and ``most``."""
        value = self._scalar("tag:yaml.org,2002:int", "整数", int, least, "只写数字，不加引号")
        if value < least or (most is not None and value > most):
            self.fault(
                f"{value} 不在范围里", f"应在 {least} 到 {'不限' if most is None else most} 之间"
            )
        return value

    def flag(self) -> bool:
        """true or false."""
        words = {"true": True, "false": False, "yes": True, "no": False, "on": True, "off": False}
        return self._scalar(
            "tag:yaml.org,2002:bool",
            " true 或 false ",
            lambda raw: words[raw.lower()],
            False,
            "改成 true 或 false，不加引号",
        )

    def day(self) -> date:
        """A date like 2026-11-01."""
        return self._scalar(
            "tag:yaml.org,2002:timestamp",
            "日期",
            date.fromisoformat,
            date.min,
            "写成 2026-11-01 这样，不加引号",
        )

    def scalar(self) -> str:
        """A scalar's own spelling, whatever YAML would take it for."""
        if not isinstance(self._node, yaml.ScalarNode):
            self._wrong("一个值", "只写一个值")
            return ""
        return str(self._node.value)

    def is_mapping(self) -> bool:
        return isinstance(self._node, yaml.MappingNode)

    def is_list(self) -> bool:
        return isinstance(self._node, yaml.SequenceNode)

    def _scalar(self, tag: str, word: str, parse: Callable[[str], T], default: T, mend: str) -> T:
        if not isinstance(self._node, yaml.ScalarNode) or self._node.tag != tag:
            self._wrong(word, mend)
            return default
        try:
            return parse(str(self._node.value))
        except (ValueError, KeyError):
            self._wrong(word, mend)
            return default

    def _wrong(self, wanted: str, mend: str) -> None:
        found = _NODE_WORDS[type(self._node)]
        if isinstance(self._node, yaml.ScalarNode):
            found = f"“{self._node.value}”" if self._node.value else "空的"
        self.fault(f"这里要{wanted}，写的是{found}", mend)


def read_yaml(path: Path, shown: str, problems: list[Problem]) -> Reader | None:
    """The root of a YAML file, or None after noting why it could not be read.

    ``shown`` is the file's name in problems (relative to the project, as an editor knows it).
    """
    raw = read_raw(path, shown, problems)
    return None if raw is None else parse_yaml(raw, shown, problems)


def read_raw(path: Path, shown: str, problems: list[Problem]) -> bytes | None:
    """A file's bytes, or None after noting why they could not be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        problems.append(Problem(shown, 0, "没有这个文件", "请恢复它，或从备份里拷回来"))
    except OSError as error:
        what = f"读不出来（{error.strerror}）"
        problems.append(Problem(shown, 0, what, "请检查它是不是文件、有没有读的权限"))
    return None


def parse_yaml(raw: bytes, shown: str, problems: list[Problem]) -> Reader | None:
    """Like read_yaml, for the bytes of a file that are already at hand."""
    try:
        source = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problems.append(Problem(shown, line, "不是 UTF-8 编码", "请用 UTF-8 保存"))
        return None
    refused = list(_unusable_lines(source))
    if refused:
        problems += [Problem(shown, line, what, mend) for line, what, mend in refused]
        return None
    try:
        node = yaml.compose(source, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what, mend = _explain(str(error.problem))
        problems.append(Problem(shown, mark.line + 1 if mark else 1, what, mend))
        return None
    if node is None:
        problems.append(Problem(shown, 1, "文件是空的", "请恢复它的内容"))
        return None
    refused = list(_misused(node))
    if refused:
        problems += [Problem(shown, line, what, mend) for line, what, mend in refused]
        return None
    return Reader(node, shown, problems)


def _unusable_lines(source: str) -> Iterator[tuple[int, str, str]]:
    """Lines that YAML refuses, or worse, quietly glues to the line before (a tab in the indent)."""
    for number, line in enumerate(source.split("\n"), 1):
        if "\t" in line[: len(line) - len(line.lstrip(" \t"))]:
            yield number, "行首用了制表符（Tab）", "请换成空格"
        if _CONTROL.search(line):
            yield number, "有看不见的控制字符", "请删掉这一行重新打"


def _misused(root: yaml.Node) -> Iterator[tuple[int, str, str]]:
    """Nodes that are used twice (an alias may even hold itself), and nesting nobody means."""
    seen: set[int] = set()
    waiting = [(root, 0)]
    while waiting:
        node, depth = waiting.pop()
        line = int(node.start_mark.line) + 1
        if id(node) in seen:
            yield line, "用了 & 和 * 这种引用", "请把内容直接写出来"
            continue
        seen.add(id(node))
        if depth > DEEPEST:
            yield line, f"套了 {DEEPEST} 层还不止", "请检查括号和缩进"
            return
        if isinstance(node, yaml.SequenceNode):
            waiting += [(child, depth + 1) for child in node.value]
        elif isinstance(node, yaml.MappingNode):
            waiting += [(child, depth + 1) for pair in node.value for child in pair]


_EXPLANATIONS = (
    ("mapping values are not allowed", "这里不能有冒号", "句子里有“: ”就整句加上双引号；再看缩进"),
    ("cannot start any token", "这个符号不能放在开头", "请把整句加上双引号"),
    ("did not find expected '-'", "这一行的缩进和上面不一样", "请和上一行对齐"),
    ("did not find expected key", "这一行的缩进或引号不对", "请和上面的字段对齐，引号要成对"),
    ("could not find expected ':'", "缺少冒号", "写成“名称: 值”，冒号后面空一格"),
    ("undefined alias", "开头的 * 有特别意思", "请把整句加上双引号"),
    ("alphabetic or numeric", "开头的 * 或 & 有特别意思", "请把整句加上双引号"),
    ("unexpected end of stream", "引号或括号没有收尾", "请补上另一半"),
    ("did not find expected ','", "括号里的写法不对", "各项之间用逗号，括号要成对"),
    ("sequence entries are not allowed", "“- ”不能接在冒号后面", "请另起一行写“- ”"),
    ("another document", "有多余的 ---", "请删掉它"),
)
"""libyaml's commonest complaints in words an officer can act on."""


def _explain(problem: str) -> tuple[str, str]:
    for theirs, what, mend in _EXPLANATIONS:
        if theirs in problem:
            return what, mend
    return f"YAML 写法不对：{problem}", "检查这一行和上一行的缩进、冒号和引号"


def yaml_files(folder: Path) -> Iterator[Path]:
    """The YAML files directly in a folder, in a stable order; hidden ones are an editor's own."""
    found = folder.glob("*.yaml") if folder.is_dir() else ()
    return iter(sorted(path for path in found if not path.name.startswith(".")))
