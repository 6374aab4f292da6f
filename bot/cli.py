"""Arguments -> one command (design §8). Prints what is wrong in plain words; decides nothing.

Heavy modules are imported by the command that needs them, so that each starts quickly.
"""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import os
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

from bot.problems import Invalid

_DEFAULT_CONFIG = "config.yaml"
_DEFAULT_COMMAND = "serve"
_MODULES: Mapping[str, str] = {
    "serve": "serve",
    "simulate": "serve",
    "ask": "ask",
    "check": "check",
    "eval": "evaluate",
    "broadcast": "broadcast",
    "users": "users",
    "menu": "menu",
}
"""Command -> the module of bot.commands that has its parser and its ``run``."""


def main(arguments: Sequence[str]) -> int:
    """Run one command; 0 well, 1 a problem was found, 2 wrong use."""
    known = list(arguments)
    wanted = _command_of(known)
    if wanted is None:
        known = [*known, _DEFAULT_COMMAND]
    args = _parser(_DEFAULT_COMMAND if wanted is None else wanted).parse_args(known)
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

    run = _module(args.command).run
    if args.command == "check":
        return int(run(args, config_path, os.environ))
    if args.command in ("ask", "eval"):
        base = wiring.base_of(wiring.load(config_path, os.environ, secrets_needed=False))
        return int(run(args, base))
    config = wiring.load(config_path, os.environ)
    if args.command == "broadcast":
        with wiring.broadcast_services(config, os.environ) as services:
            return int(run(args, services))
    if args.command == "users":
        with wiring.staff_accounts(config) as (accounts, store):
            return int(run(args, accounts, store, config.timezone))
    if args.command == "menu":
        with wiring.menu_services(config, os.environ) as menu:
            return int(run(args, menu))
    return int(run(args, config, config_path))


def _command_of(arguments: Sequence[str]) -> str | None:
    """The command's word; None where none is given. ``--help`` alone asks about all of them."""
    first = argparse.ArgumentParser(add_help=False)
    first.add_argument("--config")
    first.add_argument("command", nargs="?")
    found = first.parse_known_args(arguments)[0].command
    if found is None and {"-h", "--help"} & set(arguments):
        return ""
    return None if found is None else str(found)


def _parser(command: str) -> argparse.ArgumentParser:
    """The parser of one command, of all where there is none of that name (usage, help)."""
    parser = argparse.ArgumentParser(prog="run.py", description="反诈小助手")
    parser.add_argument("--config", metavar="F", help=f"配置文件，默认 {_DEFAULT_CONFIG}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name in [command] if command in _MODULES else dict.fromkeys(_MODULES.values()):
        _module(name).add_parser(subparsers)
    return parser


def _module(command: str) -> ModuleType:
    """Loaded only where it is needed: a worker has no use for the judge's numbers."""
    return importlib.import_module(f"bot.commands.{_MODULES.get(command, command)}")
