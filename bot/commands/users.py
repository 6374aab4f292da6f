"""``users``: staff accounts from the command line (design §8).

Passwords come from a prompt, or from one line of standard input; never from the arguments, which
others on the machine can read.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.accounts.desk import Accounts, Made
from bot.accounts.roles import ROLE_NAMES, ROLES, known_roles
from bot.store.api import Store, UserRow


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``users`` to the program's commands."""
    parser = subparsers.add_parser("users", help="控制台的用户")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="新建用户")
    add.add_argument("name")
    words = "，".join(f"{role} {ROLE_NAMES[role]}" for role in ROLES)
    add.add_argument(
        "--role", action="append", required=True, choices=ROLES, help=f"可以写几次：{words}"
    )
    passwd = actions.add_parser("passwd", help="重设密码")
    passwd.add_argument("name")
    passwd.add_argument("--drop-totp", action="store_true", help="同时取消动态口令（手机丢了）")
    for action in (add, passwd):
        action.add_argument(
            "--one-time", action="store_true", help="给出一次性密码，登录后要改；不写就问您要密码"
        )
    listing = actions.add_parser("list", help="有哪些用户")
    listing.add_argument("--json", action="store_true", help="只输出一份 JSON")
    for name, help_ in (("disable", "停用"), ("enable", "重新启用")):
        actions.add_parser(name, help=help_).add_argument("name")


def run(args: argparse.Namespace, accounts: Accounts, store: Store, zone: ZoneInfo) -> int:
    """Run one action; 0 well, 1 not done."""
    if args.action == "list":
        return _list(store.users.all(), zone, args.json)
    actor = f"命令行 {_operator()}"
    if args.action == "disable":
        return _said(accounts.disable(actor, args.name), f"{args.name} 已停用")
    if args.action == "enable":
        return _said(accounts.enable(actor, args.name), f"{args.name} 可以登录了")
    password = "" if args.one_time else _password()
    if password is None:
        return 1
    if args.action == "add":
        made = accounts.add(actor, args.name, args.role, password)
    else:
        made = accounts.reset(actor, args.name, password, args.drop_totp)
    return _said(made.problem, _made_words(args.name, made))


def _operator() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # No entry for this uid, as in some containers.
        return f"uid {os.getuid()}"


def _password() -> str | None:
    """The password typed or piped in; None (and said why) where there is none."""
    if not sys.stdin.isatty():
        typed = sys.stdin.readline().rstrip("\r\n")
    else:
        typed = getpass.getpass("密码：")
        if typed != getpass.getpass("再输一遍："):
            print("两次输入的密码不一样", file=sys.stderr)
            return None
    if not typed:
        print("没有输入密码（或者加 --one-time 要一个一次性密码）", file=sys.stderr)
        return None
    return typed


def _made_words(name: str, made: Made) -> str:
    if made.password:
        return f"{name} 的一次性密码：{made.password}（只显示这一次，登录后要改）"
    return f"{name} 可以用这个密码登录了"


def _said(problem: str, success: str) -> int:
    if problem:
        print(problem, file=sys.stderr)
        return 1
    print(success)
    return 0


def _list(users: Sequence[UserRow], zone: ZoneInfo, as_json: bool) -> int:
    if as_json:
        found = [
            {
                "name": user.name,
                "roles": list(known_roles(user.roles)),
                "disabled": user.disabled,
                "must_change": user.must_change,
                "totp": bool(user.totp),
                "signed_in_at": user.signed_in_at.astimezone(zone).isoformat(timespec="seconds")
                if user.signed_in_at
                else None,
            }
            for user in users
        ]
        print(json.dumps({"users": found}, ensure_ascii=False, indent=2))
        return 0
    for user in users:
        roles = "、".join(ROLE_NAMES[role] for role in known_roles(user.roles))
        print(f"{user.name}  {roles}  {'停用' if user.disabled else '正常'}")
    if not users:
        print("还没有用户。新建：python run.py users add 用户名 --role admin")
    return 0
