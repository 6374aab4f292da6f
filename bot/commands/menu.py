"""``menu``: the official account's menu, its communities' QR codes, and whom those brought."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.answer.menu import Button
from bot.config import MpAccount
from bot.senders.mp_menu import menu_document
from bot.setup import MenuServices
from bot.types import Outcome

_LOOK_BACK = timedelta(days=90)
_NO_CODE = "（没有扫社区的码）"
_FAILED: Mapping[str, str] = {
    "not_sent": "连不上公众号平台，没有换。请检查网络和 api_base.mp，再运行一次。",
    "unknown": "没有收到明确的回音，不知道换了没有。再运行一次，没有坏处。",
}


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``menu`` to the program's commands."""
    parser = subparsers.add_parser("menu", help="公众号底部的菜单，和各社区的二维码")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    show = actions.add_parser("show", help="看看菜单是什么样（不联网）")
    show.add_argument("--json", action="store_true", help="只输出平台要的那份 JSON")
    publish = actions.add_parser("publish", help="把菜单换到公众号上")
    code = actions.add_parser("qrcode", help="给一个群做二维码：扫码关注的人会看到群的名字")
    code.add_argument("group", metavar="GROUP", help="群簿里的群 id")
    for action in (publish, code):
        action.add_argument("--account", metavar="NAME", help="哪个公众号，只有一个时不用写")
    arrivals = actions.add_parser("arrivals", help="近 90 天各社区的二维码带来多少人")
    arrivals.add_argument("--json", action="store_true", help="只输出一份 JSON")


def run(args: argparse.Namespace, services: MenuServices) -> int:
    """Run one action; 0 well, 1 not done."""
    if args.action == "show":
        return _show(services.menu, args.json)
    if args.action == "arrivals":
        return _arrivals(services, args.json)
    account, problem = _account(services.accounts, args.account)
    if account is None:
        print(problem)
        return 1
    if args.action == "publish":
        outcome = services.setup.publish(account, services.menu)
        return _told(outcome, f"公众号 {account.account} 的菜单换好了，居民最迟一天内看到。")
    if args.group not in services.groups:
        print(f"群簿里没有 {args.group}，有：{'、'.join(services.groups)}")
        return 1
    outcome = services.setup.scene_code(account, args.group)
    return _told(outcome, f"{services.groups[args.group]}的二维码：{outcome.reference}")


def _account(accounts: Mapping[str, MpAccount], wanted: str | None) -> tuple[MpAccount | None, str]:
    """The account meant, or why there is none."""
    if wanted is None and len(accounts) != 1:
        names = "、".join(accounts) or "一个也没有，请看 channels.mp"
        return None, f"请写 --account 公众号，配置里有：{names}"
    account = accounts.get(wanted) if wanted is not None else next(iter(accounts.values()))
    if account is None:
        return None, f"配置里没有名叫“{wanted}”的公众号"
    if not account.app_secret:
        return None, f"公众号“{account.account}”没有填 app_secret"
    return account, ""


def _told(outcome: Outcome, well: str) -> int:
    if outcome.kind == "sent":
        print(well)
        return 0
    print(_FAILED.get(outcome.kind) or outcome.detail)
    return 1


def _show(menu: Sequence[Button], as_json: bool) -> int:
    if as_json:
        print(json.dumps(menu_document(menu), ensure_ascii=False, indent=2))
        return 0
    for button in menu:
        print(button.label)
        for each in button.below:
            print(f"  {each.label}")
    return 0


def _arrivals(services: MenuServices, as_json: bool) -> int:
    since = (services.now() - _LOOK_BACK).astimezone(services.zone).date()
    rows = services.store.arrivals.since(since)
    if as_json:
        found = [
            {
                "channel": row.channel,
                "group": row.place or None,
                "followed": row.followed,
                "scanned": row.scanned,
            }
            for row in rows
        ]
        print(json.dumps({"since": since.isoformat(), "arrivals": found}, ensure_ascii=False))
        return 0
    if not rows:
        print("近 90 天还没有人关注或扫码。")
    for row in rows:
        name = services.groups.get(row.place, row.place) or _NO_CODE
        print(f"{row.channel}  {name}：新关注 {row.followed} 人，已关注又扫码 {row.scanned} 次")
    return 0
