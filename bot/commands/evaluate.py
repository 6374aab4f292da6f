"""``eval DATA.jsonl``: the judge's figures on labelled rows (design §8)."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from bot.commands.ask import ask
from bot.conversation import State
from bot.evaluate import Report, confusions, evaluate
from bot.progress import Progress
from bot.respond import Base
from bot.types import Answer

_COLUMNS = (
    ("n", "n"),
    ("recall", "召回"),
    ("asked", "反问"),
    ("turned_away", "推走"),
    ("emergency_recall", "紧急"),
    ("false_alarm", "误报"),
    ("category_top1", "类别1"),
    ("category_top3", "类别3"),
)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``eval`` to the program's commands."""
    parser = subparsers.add_parser("eval", help="用带标注的数据量一量判断得准不准")
    parser.add_argument("data", type=Path, metavar="DATA.jsonl")
    parser.add_argument("--json", action="store_true", help="只输出一个 JSON 文档")
    parser.add_argument("--errors", type=Path, metavar="F", help="把判错的行写到这个文件")
    parser.add_argument(
        "--half", choices=("even", "odd"), help="只看编号是双数（开发用）或单数（留作检验）的行"
    )


def run(args: argparse.Namespace, base: Base) -> int:
    """Exit code 0, 1 where the data cannot be read."""
    rows = read_rows(args.data)
    if isinstance(rows, str):
        print(rows, file=sys.stderr)
        return 1
    if args.half:
        rows = [row for row in rows if in_half(str(row.get("id", "")), args.half)]

    def put(text: str, state: State, chat: str, mentioned: bool) -> tuple[Answer, State]:
        return ask(text, state, "group" if chat == "group" else "private", mentioned, base)

    try:
        report = evaluate(Progress(rows, "判断"), put)
    except ValueError as error:
        print(f"{args.data}: {error}", file=sys.stderr)
        return 1
    if args.errors:
        lines = (json.dumps(error, ensure_ascii=False) + "\n" for error in report.errors)
        args.errors.write_text("".join(lines), "utf-8")
    if args.json:
        print(json.dumps(report.document(), ensure_ascii=False))
    else:
        _print(report)
    return 0


def read_rows(path: Path) -> list[dict[str, Any]] | str:
    """The rows of a JSONL file, or what is wrong with it."""
    rows = []
    try:
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if not line.strip():
                continue
            row = json.loads(line)
            if not isinstance(row, dict):
                return f"{path}:{number}: 不是一个 JSON 对象"
            rows.append(row)
    except OSError as error:
        return f"{path}: 读不出来（{error.strerror}）"
    except ValueError:
        return f"{path}:{len(rows) + 1}: 不是一行 JSON"
    return rows


def in_half(identifier: str, half: str) -> bool:
    """Even numbers are for development, odd ones are set aside (tests/data/own/README.md)."""
    digits = "".join(character for character in identifier if character.isdigit())
    return bool(digits) and (int(digits) % 2 == 0) == (half == "even")


def _print(report: Report) -> None:
    document = report.document()
    print("".join(["组".ljust(24), *(title.rjust(8) for _, title in _COLUMNS)]))
    groups = [("全部", document["overall"])]
    groups += [(f"集 {name}", figures) for name, figures in document["by_set"].items()]
    groups += [(name, figures) for name, figures in document["by_category"].items()]
    for name, figures in groups:
        print("".join([name.ljust(24), *(_cell(figures[key]) for key, _ in _COLUMNS)]))
    if report.intents:
        print(f"其他问题答对 {document['intents']['right']:.1%}（{report.intents} 条）")
    if report.turns:
        print(f"对话轮次答对 {document['dialogues']['right']:.1%}（{report.turns} 轮）")
    latency = document["latency_ms"]
    if latency["p50"] is not None:
        print(f"判断用时 p50 {latency['p50']} ms，p99 {latency['p99']} ms")
    for wanted, got, count in confusions(report.errors)[:20]:
        print(f"  {count:4d}  {wanted}  →  {got}")


def _cell(value: float | int | None) -> str:
    if value is None:
        return "-".rjust(10)
    return (str(value) if isinstance(value, int) else f"{value:.1%}").rjust(10)
