"""Strict YAML: every value is read with its line, and every fault becomes a Problem.

PyYAML's own constructors are not used: they turn ``no`` into a boolean and 96110 into a number
and forget where a value stood. Here a file is composed into nodes, and a reader asks each node
for the type it expects.
"""

from __future__ import annotations

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
        fields = self.fields()
        known = required | optional
        for name, value in fields.items():
            if name not in known:
                value.fault(f"不认识的字段 {name}", f"可用的字段：{'、'.join(sorted(known))}")
        for name in sorted(required - fields.keys()):
            self.fault(f"缺少字段 {name}", f"请补上 {name}")
        return {name: value for name, value in fields.items() if name in known}

    def fields(self) -> dict[str, Reader]:
        """All fields of a mapping, whatever their names; a repeated one is a fault."""
        if not isinstance(self._node, yaml.MappingNode):
            self._wrong("一组“名称: 值”")
            return {}
        found: dict[str, Reader] = {}
        for key, value in self._node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
            reader = Reader(value, self.file, self.problems)
            if not name:
                Reader(key, self.file, self.problems).fault("字段名不是文字")
            elif name in found:
                Reader(key, self.file, self.problems).fault(
                    f"字段 {name} 写了两次", "请删掉其中一个"
                )
            else:
                found[name] = reader
        return found

    def items(self, minimum: int = 1) -> list[Reader]:
        """The items of a list with at least ``minimum`` of them."""
        if not isinstance(self._node, yaml.SequenceNode):
            self._wrong("一个列表")
            return []
        readers = [Reader(node, self.file, self.problems) for node in self._node.value]
        if len(readers) < minimum:
            what = "列表是空的" if not readers else f"只有 {len(readers)} 条"
            self.fault(what, f"至少要有 {minimum} 条")
        return readers

    def text(self, longest: int | None = None) -> str:
        """A non-empty string of at most ``longest`` characters."""
        if not isinstance(self._node, yaml.ScalarNode):
            self._wrong("文字")
            return ""
        value = str(self._node.value)
        if self._node.tag != _STRING_TAG:
            word = _SCALAR_WORDS.get(self._node.tag, "别的类型")
            self.fault(f"{value!r} 被当成了{word}，这里要文字", f'请加上引号："{value}"')
        elif not value.strip():
            self.fault("文字是空的", "请填写内容")
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
        value = self.text()
        if value and value not in allowed:
            self.fault(f"{value!r} 不在可选范围里", f"可选：{'、'.join(sorted(allowed))}")
        return value

    def whole(self, least: int = 0, most: int | None = None) -> int:
        """An integer between ``least`` and ``most``."""
        value = self._scalar("tag:yaml.org,2002:int", "整数", int, least)
        if value < least or (most is not None and value > most):
            self.fault(
                f"{value} 不在范围里", f"应在 {least} 到 {'不限' if most is None else most} 之间"
            )
        return value

    def number(self) -> float:
        """A number, whole or not."""
        if isinstance(self._node, yaml.ScalarNode) and self._node.tag.endswith(":int"):
            return float(self._node.value)
        return self._scalar("tag:yaml.org,2002:float", "数字", float, 0.0)

    def flag(self) -> bool:
        """true or false."""
        words = {"true": True, "false": False, "yes": True, "no": False, "on": True, "off": False}
        return self._scalar(
            "tag:yaml.org,2002:bool", "true 或 false", lambda raw: words[raw.lower()], False
        )

    def day(self) -> date:
        """A date like 2026-11-01."""
        return self._scalar(
            "tag:yaml.org,2002:timestamp", "日期（如 2026-11-01）", date.fromisoformat, date.min
        )

    def scalar(self) -> str:
        """A scalar's own spelling, whatever YAML would take it for."""
        if not isinstance(self._node, yaml.ScalarNode):
            self._wrong("一个值")
            return ""
        return str(self._node.value)

    def is_mapping(self) -> bool:
        return isinstance(self._node, yaml.MappingNode)

    def is_list(self) -> bool:
        return isinstance(self._node, yaml.SequenceNode)

    def _scalar(self, tag: str, word: str, parse: Callable[[str], T], default: T) -> T:
        if not isinstance(self._node, yaml.ScalarNode) or self._node.tag != tag:
            self._wrong(word)
            return default
        try:
            return parse(str(self._node.value))
        except (ValueError, KeyError):
            self._wrong(word)
            return default

    def _wrong(self, wanted: str) -> None:
        found = _NODE_WORDS[type(self._node)]
        if isinstance(self._node, yaml.ScalarNode):
            found = repr(self._node.value)
        self.fault(f"这里要{wanted}，写的是{found}")


def read_yaml(path: Path, shown: str, problems: list[Problem]) -> Reader | None:
    """The root of a YAML file, or None after noting why it could not be read.

    ``shown`` is the file's name in problems (relative to the project, as an editor knows it).
    """
    try:
        source = path.read_text("utf-8")
    except FileNotFoundError:
        problems.append(Problem(shown, 0, "没有这个文件", "请恢复它，或从备份里拷回来"))
        return None
    except UnicodeDecodeError:
        problems.append(Problem(shown, 0, "不是 UTF-8 编码", "请用 UTF-8 保存"))
        return None
    except OSError as error:
        problems.append(Problem(shown, 0, f"读不出来（{error.strerror}）"))
        return None
    return parse_yaml(source, shown, problems)


def parse_yaml(source: str, shown: str, problems: list[Problem]) -> Reader | None:
    """Like read_yaml, for text that is already at hand."""
    try:
        node = yaml.compose(source, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        problems.append(Problem(shown, line, *_explain(error, source, line)))
        return None
    except yaml.YAMLError as error:
        problems.append(Problem(shown, 0, f"有不能用的字符（{error}）", "请删掉看不见的控制字符"))
        return None
    if node is None:
        problems.append(Problem(shown, 0, "文件是空的", "请恢复它的内容"))
        return None
    return Reader(node, shown, problems)


def _explain(error: yaml.MarkedYAMLError, source: str, line: int) -> tuple[str, str]:
    lines = source.splitlines()
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    if "\t" in text[: len(text) - len(text.lstrip())] or "\\t" in str(error.problem):
        return "行首用了制表符（Tab）", "请换成空格"
    return f"YAML 写法不对：{error.problem}", "检查这一行和上一行的缩进、冒号和引号"


def yaml_files(folder: Path) -> Iterator[Path]:
    """The YAML files directly in a folder, in a stable order."""
    return iter(sorted(folder.glob("*.yaml"))) if folder.is_dir() else iter(())
