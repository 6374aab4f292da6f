"""``broadcast …``: list, preview, approve, send, status, resend, resolve, cancel (design §8).

Words go to people, ``--json`` prints one JSON document and nothing else on standard output.
Exit codes: 0 well, 1 a problem was found or nothing was started, 2 wrong use (argparse).
"""

from __future__ import annotations

import argparse
import json
import sys
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bot.broadcasting.calendar import next_due
from bot.broadcasting.desk import Desk, Started
from bot.broadcasting.edition import GroupText, render
from bot.broadcasting.model import Plan
from bot.broadcasting.report import EditionReport, report, unfinished
from bot.broadcasting.services import BroadcastServices
from bot.kb.model import CATEGORIES
from bot.store.api import EditionRow
from bot.types import DeliveryState
from bot.worker import Worker

__all__ = ["BroadcastServices", "add_parser", "run"]

STATE_WORDS: Mapping[str, str] = {
    "queued": "排队",
    "sending": "发送中",
    "sent": "已发",
    "refused": "被拒",
    "unknown": "不明",
    "awaiting_person": "等人处理",
    "expired": "过期",
    "cancelled": "取消",
    "awaiting_approval": "等审批",
    "done": "已结束",
}
_PREVIEW_CODE = "000000"
_WAIT_SECONDS = 0.25


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``broadcast`` and its actions to the program's commands."""
    parser = subparsers.add_parser("broadcast", help="预警：计划、预览、审批、发送、结果")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help="只输出一个 JSON 文档")
    by = argparse.ArgumentParser(add_help=False)
    by.add_argument("--by", default="命令行", metavar="NAME", help="记在台账里的名字")

    actions.add_parser("list", parents=[shared], help="所有计划，下一次什么时候")
    preview = actions.add_parser("preview", parents=[shared], help="下一期每个群会看到什么")
    preview.add_argument("plan", metavar="PLAN")
    approve = actions.add_parser("approve", parents=[shared], help="审批一期（不能是撰写人）")
    approve.add_argument("edition", metavar="EDITION")
    approve.add_argument("--by", required=True, metavar="NAME", help="审批人的名字")
    send = actions.add_parser("send", parents=[shared, by], help="发出到点的一期")
    send.add_argument("plan", metavar="PLAN")
    send.add_argument("--now", action="store_true", help="不管到没到点，马上发；接着发没发完的")
    send.add_argument("--again", action="store_true", help="24 小时内已经发过，还要再发一期")
    status = actions.add_parser("status", parents=[shared], help="各期的结果")
    status.add_argument("edition", metavar="EDITION", nargs="?")
    resend = actions.add_parser("resend", parents=[shared, by], help="补发被拒绝的群")
    resend.add_argument("edition", metavar="EDITION")
    resolve = actions.add_parser("resolve", parents=[shared, by], help="登记人看到的结果")
    resolve.add_argument("edition", metavar="EDITION")
    resolve.add_argument("group", metavar="GROUP")
    resolve.add_argument("--as", dest="state", required=True, choices=("sent", "refused"))
    cancel = actions.add_parser("cancel", parents=[shared, by], help="取消还没发的群")
    cancel.add_argument("edition", metavar="EDITION")


def run(args: argparse.Namespace, services: BroadcastServices) -> int:
    """Carry out one action; the exit code."""
    return _Command(args, services).run()


class _Command:
    def __init__(self, args: argparse.Namespace, services: BroadcastServices) -> None:
        self._args = args
        self._services = services
        self._store = services.store
        self._zone = services.config.timezone
        self._desk = Desk(services, getattr(args, "by", "命令行"))

    def run(self) -> int:
        actions: Mapping[str, Callable[[], int]] = {
            "list": self._list,
            "preview": self._preview,
            "approve": self._approve,
            "send": self._send,
            "status": self._status,
            "resend": self._resend,
            "resolve": self._resolve,
            "cancel": self._cancel,
        }
        return actions[self._args.action]()

    def _list(self) -> int:
        now = self._services.clock.now()
        plans: list[dict[str, object]] = []
        lines: list[str] = []
        for plan in self._services.book.plans.values():
            moment = next_due(plan.when, now, self._zone)
            following = moment.isoformat(timespec="seconds") if moment else None
            groups = [group.id for group in self._services.book.selected(plan)]
            newest = self._store.editions.newest(plan.id, 1)
            plans.append(
                {
                    "plan": plan.id,
                    "title": plan.title,
                    "when": str(plan.when),
                    "next": following,
                    "groups": groups,
                    "author": plan.author,
                    "last_edition": newest[0].id if newest else None,
                }
            )
            words = f"下一次 {moment:%Y-%m-%d %H:%M}" if moment else "不会再到点"
            lines.append(f"{plan.id}  {plan.title}  {plan.when}  {words}  {len(groups)} 个群")
        return self._print({"plans": plans}, "\n".join(lines) or "没有计划")

    def _preview(self) -> int:
        plan = self._services.book.plans.get(self._args.plan)
        if plan is None:
            return self._no_plan()
        category = self._desk.category_for(plan)
        station = self._services.config.station.name
        texts = render(
            plan, category, _PREVIEW_CODE, station, self._services.book, self._services.senders
        )
        moment = next_due(plan.when, self._services.clock.now(), self._zone)
        document = {
            "plan": plan.id,
            "scheduled_at": moment.isoformat(timespec="seconds") if moment else None,
            "category": category,
            "groups": [self._preview_group(text) for text in texts],
        }
        topic = CATEGORIES[category] if category else "固定文字"
        blocks = [f"{plan.title}（{topic}），预警码发出时才定"]
        for text in texts:
            body = text.rendered.text if text.rendered else ""
            problem = self._obstacle(text)
            note = f"【{problem}】\n" if problem else ""
            blocks.append(f"—— {text.group.name}（{text.group.id}）\n{note}{body}")
        return self._print(document, "\n".join(blocks))

    def _preview_group(self, text: GroupText) -> dict[str, Any]:
        rendered = text.rendered
        return {
            "group": text.group.id,
            "name": text.group.name,
            "channel": text.group.channel_type,
            "title": text.title,
            "format": rendered.format if rendered else None,
            "text": rendered.text if rendered else None,
            "size": rendered.size if rendered else None,
            "limit": rendered.limit if rendered else None,
            "unit": rendered.unit if rendered else None,
            "problem": self._obstacle(text),
        }

    def _obstacle(self, text: GroupText) -> str:
        """Why this group would be refused as things stand, or ''."""
        if text.problem:
            return text.problem
        target = self._services.book.target(text.group)
        if target.unset:
            return f"环境变量 {'、'.join(target.unset)} 没有设置"
        return self._services.senders[text.group.channel_type].missing(target.values)

    def _approve(self) -> int:
        return self._with_edition(
            lambda edition, now: self._desk.approve(edition, self._args.by, now)
        )

    def _cancel(self) -> int:
        return self._with_edition(self._desk.cancel)

    def _resolve(self) -> int:
        def resolve(edition: EditionRow, now: datetime) -> str:
            row = self._store.deliveries.one(edition.id, self._args.group)
            if row is None:
                return f"{edition.id} 里没有群 {self._args.group}"
            state: DeliveryState = self._args.state
            return self._desk.resolve(row, state, now)

        return self._with_edition(resolve)

    def _resend(self) -> int:
        def resend(edition: EditionRow, now: datetime) -> str:
            problem = self._desk.resend(edition, now)
            if not problem:
                self._see_through(edition)
            return problem

        return self._with_edition(resend)

    def _with_edition(self, action: Callable[[EditionRow, datetime], str]) -> int:
        edition = self._store.editions.get(self._args.edition)
        if edition is None:
            return self._no_edition()
        problem = action(edition, self._services.clock.now())
        if problem:
            return self._refuse(problem, edition)
        return self._print_report(edition.id)

    def _send(self) -> int:
        plan = self._services.book.plans.get(self._args.plan)
        if plan is None:
            return self._no_plan()
        started = self._start(plan)
        if started.problem or started.edition is None:
            return self._refuse(started.problem, started.edition)
        self._see_through(started.edition)
        return self._print_report(started.edition.id)

    def _start(self, plan: Plan) -> Started:
        now = self._services.clock.now()
        if self._args.now:
            return self._desk.start_now(plan, self._args.again, now)
        return self._desk.start_if_due(plan, now)

    def _see_through(self, edition: EditionRow) -> None:
        """Work, or wait for the holder of the lease, until nothing is queued or being sent."""
        clock = self._services.clock
        worker = Worker(self._services, f"send:{uuid.uuid4().hex[:12]}")
        shown = -1
        try:
            while True:
                _, next_at = worker.work(clock.now())
                rows = self._store.deliveries.of(edition.id)
                if not unfinished(rows):
                    return
                done = sum(row.state not in ("queued", "sending") for row in rows)
                if done != shown:
                    shown = done
                    print(f"{edition.id}：{done}/{len(rows)} 个群有了结果", file=sys.stderr)
                wait = (next_at - clock.now()).total_seconds() if next_at else _WAIT_SECONDS
                clock.sleep(min(max(wait, 0.01), 1.0))
        finally:
            worker.close()

    def _status(self) -> int:
        if self._args.edition:
            edition = self._store.editions.get(self._args.edition)
            return self._no_edition() if edition is None else self._print_report(edition.id)
        reports = [self._report(edition) for edition in self._store.editions.newest()]
        lines = [_summary(item) for item in reports]
        return self._print({"editions": reports}, "\n".join(lines) or "还没有发过")

    def _report(self, edition: EditionRow) -> EditionReport:
        return report(edition, self._store.deliveries.of(edition.id), self._zone)

    def _print_report(self, edition_id: str) -> int:
        edition = self._store.editions.get(edition_id)
        if edition is None:
            return self._no_edition()
        found = self._report(edition)
        lines = [_summary(found)]
        for row in found["deliveries"]:
            words = " ".join(filter(None, (row["code"], row["detail"])))
            lines.append(f"  {row['group']}  {STATE_WORDS[row['state']]}  {words}".rstrip())
        return self._print(found, "\n".join(lines))

    def _no_plan(self) -> int:
        known = "、".join(self._services.book.plans) or "一个也没有"
        return self._refuse(f"没有计划 {self._args.plan}，现有：{known}", None)

    def _no_edition(self) -> int:
        return self._refuse(f"没有这一期：{self._args.edition}，用 broadcast status 看有哪些", None)

    def _refuse(self, problem: str, edition: EditionRow | None) -> int:
        print(problem, file=sys.stderr)
        if self._args.json:
            found: Mapping[str, object] = self._report(edition) if edition else {}
            self._print({**found, "problem": problem}, "")
        return 1

    def _print(self, document: Mapping[str, Any], words: str) -> int:
        print(json.dumps(document, ensure_ascii=False, indent=2) if self._args.json else words)
        return 0


def _summary(found: EditionReport) -> str:
    counts = "，".join(f"{STATE_WORDS[state]} {n}" for state, n in found["counts"].items() if n)
    state = STATE_WORDS[found["state"]]
    return f"{found['edition']}  {found['scheduled_at']}  {state}  {counts}"
