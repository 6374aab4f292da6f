"""Arguments -> one command (design §8). Prints what is wrong in plain words; decides nothing.

Heavy modules are imported by the command that needs them, so that each starts quickly.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.commands import ask, broadcast, check, evaluate, serve, users
from bot.problems import Invalid

_DEFAULT_CONFIG = "config.yaml"


def main(arguments: Sequence[str]) -> int:
    """Run one command; 0 well, 1 a problem was found, 2 wrong use."""
    parser = _parser()
    known = list(arguments)
    args = parser.parse_args(known)
    if args.command is None:
        args = parser.parse_args([*known, "serve"])
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    for chatty in ("httpx", "httpcore", "apscheduler", "werkzeug"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    config_path = Path(args.config or os.environ.get("BOT_CONFIG") or _DEFAULT_CONFIG).resolve()
    try:
        return _run(args, config_path)
    except Invalid as invalid:
        for problem in invalid.problems:
            print(problem, file=sys.stderr)
        return 1
    except sqlite3.OperationalError as error:
        from bot.store.trouble import in_words

        words = in_words(error)
        print(words, file=sys.stderr)
        if getattr(args, "json", False):
            print(json.dumps({"problem": words}, ensure_ascii=False))
        return 1
    except KeyboardInterrupt:
        return 130


def _run(args: argparse.Namespace, config_path: Path) -> int:
    from bot import wiring

    if args.command == "check":
        return check.run(args, config_path, os.environ)
    if args.command in ("ask", "eval"):
        base = wiring.base_of(wiring.load(config_path, os.environ, secrets_needed=False))
        return ask.run(args, base) if args.command == "ask" else evaluate.run(args, base)
    config = wiring.load(config_path, os.environ)
    if args.command == "broadcast":
        with wiring.broadcast_services(config, os.environ) as services:
            return broadcast.run(args, services)
    if args.command == "users":
        with wiring.staff_accounts(config) as (accounts, store):
            return users.run(args, accounts, store, config.timezone)
    return serve.run(args, config, config_path)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run.py", description="反诈小助手")
    parser.add_argument("--config", metavar="F", help=f"配置文件，默认 {_DEFAULT_CONFIG}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND")
    for command in (serve, ask, check, evaluate, broadcast, users):
        command.add_parser(subparsers)
    return parser
