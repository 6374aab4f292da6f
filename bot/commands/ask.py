"""``ask TEXT`` and ``ask --batch``: questions from the command line, nothing stored (design §8)."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from bot.conversation import State
from bot.progress import Progress
from bot.respond import Base, respond
from bot.types import Answer, ChatType, Message


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``ask`` to the program's commands."""
    parser = subparsers.add_parser("ask", help="问一句话，看怎么判断、怎么回答")
    parser.add_argument("text", nargs="?", metavar="TEXT")
    parser.add_argument("--json", action="store_true", help="只输出一个 JSON 文档")
    parser.add_argument("--batch", type=Path, metavar="IN.jsonl", help="一行一句，成批地问")
    parser.add_argument("--out", type=Path, metavar="OUT.jsonl", help="成批回答写到哪里")


def run(args: argparse.Namespace, base: Base) -> int:
    """Exit code 0, 1 where a row of the batch cannot be read, 2 for wrong use."""
    if args.batch is not None:
        if args.out is None or args.text is not None:
            print("成批提问要写：ask --batch 输入.jsonl --out 输出.jsonl", file=sys.stderr)
            return 2
        return _batch(args.batch, args.out, base)
    if args.text is None:
        print("要问什么？例如：ask 有人让我共享屏幕", file=sys.stderr)
        return 2
    answer, _ = ask(args.text, State(), "private", True, base)
    if args.json:
        print(json.dumps(document(answer, None), ensure_ascii=False))
    else:
        verdict = answer.verdict
        print(
            f"[{verdict.name}] {verdict.category or '-'} {verdict.entry or '-'} {verdict.score}\n"
        )
        print(answer.reply or "（不出声）")
    return 0


def ask(
    text: str, state: State, chat: ChatType, mentioned: bool, base: Base
) -> tuple[Answer, State]:
    """One question as a message from nobody in particular."""
    message = Message(
        key="",
        channel="cli",
        sender="",
        chat="",
        chat_type=chat,
        kind="text",
        text=text,
        mentioned=mentioned,
    )
    return respond(message, state, base)


def document(answer: Answer, identifier: object) -> dict[str, Any]:
    """The JSON of one answer [fixed in design §8]."""
    verdict = answer.verdict
    return {
        "id": identifier,
        "verdict": verdict.name,
        "category": verdict.category,
        "entry": verdict.entry,
        "score": verdict.score,
        "alternatives": [
            {"entry": other.entry, "category": other.category, "score": other.score}
            for other in verdict.alternatives
        ],
        "signs": list(verdict.signs),
        "reply": answer.reply,
        "silent": answer.silent,
        "kb": answer.kb,
    }


def _batch(source: Path, target: Path, base: Base) -> int:
    try:
        lines = source.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        print(f"{source}: 读不出来（{error}）", file=sys.stderr)
        return 1
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        row = _row(line)
        if isinstance(row, str):
            print(f"{source}:{number}: {row}", file=sys.stderr)
            return 1
        rows.append(row)
    states: dict[tuple[str, str], State] = {}
    written = []
    for row in Progress(rows, "提问"):
        talk = (
            (str(row["conversation"]), str(row.get("speaker", "")))
            if "conversation" in row
            else None
        )
        state = states.get(talk, State()) if talk else State()
        chat: ChatType = "group" if row.get("channel") == "group" else "private"
        answer, state = ask(
            row["text"], state, chat, bool(row.get("mentioned", chat == "private")), base
        )
        if talk:
            states[talk] = state
        written.append(json.dumps(document(answer, row.get("id")), ensure_ascii=False))
    target.write_text("".join(line + "\n" for line in written), "utf-8")
    return 0


def _row(line: str) -> dict[str, Any] | str:
    try:
        row = json.loads(line)
    except ValueError:
        return '不是一行 JSON，应像 {"id": "1", "text": "…"}'
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        return "缺少文字字段 text"
    if row.get("channel", "private") not in ("private", "group"):
        return "channel 只能是 private 或 group"
    return row
