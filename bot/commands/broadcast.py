"""``broadcast …``: list, preview, approve, send, status and what follows (design §8).

Words go to people, ``--json`` prints one JSON document and nothing else on standard output.
Exit codes: 0 well, 1 a problem was found or nothing was started, 2 wrong use.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.broadcasting.calendar import next_due
from bot.broadcasting.desk import Desk, Said, Started
from bot.broadcasting.ledger import OPEN
from bot.broadcasting.postpone import MEND, read_moment
from bot.broadcasting.preview import preview
from bot.broadcasting.report import EditionReport, report, unfinished
from bot.broadcasting.services import BroadcastServices
from bot.commands.broadcast_words import (
    frozen_document,
    frozen_lines,
    preview_document,
    preview_lines,
    report_lines,
    summary,
)
from bot.commands.one_off import Misused, OneOff, add_options, one_off
from bot.progress import Bar
from bot.store.api import EditionRow
from bot.types import DeliveryState
from bot.worker import Worker

__all__ = ["BroadcastServices", "add_parser", "run"]

NOBODY = "命令行"
"""Who is named in the audit lines where the command names nobody."""

_WAIT_SECONDS = 0.25
_BAR_SECONDS = 0.2


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``broadcast`` and its actions to the program's commands."""
    parser = subparsers.add_parser("broadcast", help="预警：计划、预览、审批、发送、结果")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help="只输出一个 JSON 文档")
    by = argparse.ArgumentParser(add_help=False)
    by.add_argument("--by", default=NOBODY, metavar="NAME", help="记在台账里的名字")
    urgent = argparse.ArgumentParser(add_help=False)
    urgent.add_argument("--urgent", action="store_true", help="紧急：可以超过每周条数，要写原因")
    urgent.add_argument("--reason", default="", metavar="TEXT", help="为什么紧急，记在台账里")

    actions.add_parser("list", parents=[shared], help="所有计划，下一次什么时候")
    show = actions.add_parser("preview", parents=[shared], help="下一期每个群会看到什么")
    show.add_argument("plan", metavar="PLAN", help="计划，或已经定稿的一期")
    approve = actions.add_parser(
        "approve", parents=[shared, urgent], help="审批一期（不能是撰写人）"
    )
    approve.add_argument("edition", metavar="EDITION")
    approve.add_argument("--by", required=True, metavar="NAME", help="审批人的名字")
    send = actions.add_parser("send", parents=[shared, by, urgent], help="发出到点的一期")
    add_options(send)
    send.add_argument("--now", action="store_true", help="不管到没到点，马上发；接着发没发完的")
    send.add_argument("--again", action="store_true", help="24 小时内已经发过，还要再发一期")
    send.add_argument("--similar-ok", action="store_true", help="和以前发过的很像，还是要发")
    status = actions.add_parser("status", parents=[shared], help="各期的结果")
    status.add_argument("edition", metavar="EDITION", nargs="?")
    resend = actions.add_parser("resend", parents=[shared, by, urgent], help="补发被拒绝的群")
    resend.add_argument("edition", metavar="EDITION")
    resolve = actions.add_parser("resolve", parents=[shared, by], help="登记人看到的结果")
    resolve.add_argument("edition", metavar="EDITION")
    resolve.add_argument("group", metavar="GROUP")
    resolve.add_argument("--as", dest="state", required=True, choices=("sent", "refused"))
    cancel = actions.add_parser("cancel", parents=[shared, by], help="取消还没发的群")
    cancel.add_argument("edition", metavar="EDITION")
    postpone = actions.add_parser("postpone", parents=[shared, by], help="改时间，要重新审批")
    postpone.add_argument("edition", metavar="EDITION")
    postpone.add_argument("--to", required=True, metavar="TIME", help="例如 2026-12-01T09:00")


def run(args: argparse.Namespace, services: BroadcastServices) -> int:
    """Carry out one action; the exit code."""
    return _Command(args, services).run()


class _Command:
    def __init__(self, args: argparse.Namespace, services: BroadcastServices) -> None:
        self._args = args
        self._services = services
        self._store = services.store
        self._zone = services.config.timezone
        self._actor = getattr(args, "by", NOBODY)
        self._desk = Desk(services, self._actor)

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
            "postpone": self._postpone,
        }
        return actions[self._args.action]()

    def _list(self) -> int:
        now = self._services.clock.now()
        plans: list[dict[str, object]] = []
        lines: list[str] = []
        for plan in self._services.book.plans.values():
            moment = next_due(plan.when, now, self._zone, self._services.workday)
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
        edition = self._store.editions.get(self._args.plan) if plan is None else None
        if edition is not None:
            texts, rows = (
                self._store.editions.texts(edition.id),
                self._store.deliveries.of(edition.id),
            )
            document = frozen_document(edition, texts, rows, self._zone)
            return self._print(document, "\n".join(frozen_lines(document)))
        if plan is None:
            return self._no_plan()
        found = preview(plan, self._services, self._desk, self._services.clock.now())
        words = "\n".join(preview_lines(found, self._zone))
        return self._print(preview_document(found, self._zone), words)

    def _approve(self) -> int:
        if self._args.urgent and not self._args.reason.strip():
            return self._misused("请写明为什么紧急：--reason 原因")
        reason = self._args.reason if self._args.urgent else ""
        return self._with_edition(
            lambda edition, now: self._desk.approve(edition, self._args.by, now, reason)
        )

    def _postpone(self) -> int:
        to = read_moment(self._args.to, self._zone)
        if to is None:
            return self._misused(f"看不懂时间 {self._args.to}。{MEND}")
        return self._with_edition(lambda edition, now: self._desk.postpone(edition, to, now))

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
        misuse = self._urgent_misuse()
        if misuse:
            return self._misused(misuse)

        def resend(edition: EditionRow, now: datetime) -> str:
            said = self._args
            problem = self._desk.urge(edition, said.reason, said.by, now) if said.urgent else ""
            problem = problem or self._desk.resend(edition, now)
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
        now = self._services.clock.now()
        misuse = self._urgent_misuse()
        if self._args.urgent and not self._args.now:
            misuse = "紧急发送要加 --now"
        author = self._args.author or ("" if self._args.by == NOBODY else self._args.by)
        try:
            single = one_off(self._args, self._services.book, author, now)
        except Misused as problem:
            misuse = str(problem)
        if misuse:
            return self._misused(misuse)
        started = self._start(single, now)
        if started is None:
            return self._no_plan()
        if started.problem or started.edition is None:
            return self._refuse(started.problem, started.edition)
        self._see_through(started.edition)
        current = self._store.editions.get(started.edition.id)
        if current is not None and current.state == "awaiting_approval":
            return self._refuse(f"没有发：{current.detail or '内容改过，要重新审批'}", current)
        return self._print_report(started.edition.id)

    def _start(self, single: OneOff | None, now: datetime) -> Started | None:
        """What was started; None where the plan is unknown."""
        args, services = self._args, self._services
        if single is not None:
            desk = Desk(replace(services, book=single.book), self._actor)
            said = self._said(single.plan.author)
            return desk.start_now(single.plan, args.again, now, said, "text")
        plan = services.book.plans.get(args.plan)
        if plan is None:
            edition = self._store.editions.get(args.plan)
            if edition is None:
                return None
            return self._desk.go_on(edition, now, self._said(edition.author))
        if args.now:
            return self._desk.start_now(plan, args.again, now, self._said(plan.author))
        return self._desk.start_if_due(plan, now, self._said(plan.author))

    def _said(self, author: str) -> Said:
        args = self._args
        person = author if args.by == NOBODY else args.by
        return Said(
            again=args.again,
            alike_ok=person if args.similar_ok else "",
            urgent=args.reason if args.urgent else "",
            by=args.by,
        )

    def _urgent_misuse(self) -> str:
        args = self._args
        if args.urgent and (not args.reason.strip() or args.by == NOBODY):
            return "紧急发送要写原因和谁决定的：--reason 原因 --by 姓名"
        return "" if args.urgent or not args.reason else "--reason 只和 --urgent 一起用"

    def _see_through(self, edition: EditionRow) -> None:
        """Work, or wait for the holder of the lease, until nothing is queued or being sent."""
        clock = self._services.clock
        worker = Worker(self._services, f"send:{uuid.uuid4().hex[:12]}")
        bar = Bar(len(self._store.deliveries.of(edition.id)), edition.id)
        watching = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(edition, bar, watching), daemon=True)
        watcher.start()
        try:
            while True:
                _, next_at = worker.work(clock.now())
                if not unfinished(self._store.deliveries.of(edition.id)):
                    return
                current = self._store.editions.get(edition.id)
                if current is None or current.state == "awaiting_approval":
                    return
                wait = (next_at - clock.now()).total_seconds() if next_at else _WAIT_SECONDS
                clock.sleep(min(max(wait, 0.01), 1.0))
        finally:
            watching.set()
            watcher.join()
            worker.close()

    def _watch(self, edition: EditionRow, bar: Bar, ended: threading.Event) -> None:
        """Keep the bar as far as the books are; one request may take the work seconds."""
        while bar.watched:
            bar.show(sum(row.state not in OPEN for row in self._store.deliveries.of(edition.id)))
            if ended.wait(_BAR_SECONDS):
                break
        bar.end()

    def _status(self) -> int:
        if self._args.edition:
            edition = self._store.editions.get(self._args.edition)
            return self._no_edition() if edition is None else self._print_report(edition.id)
        reports = [self._report(edition) for edition in self._store.editions.newest()]
        lines = [summary(item) for item in reports]
        return self._print({"editions": reports}, "\n".join(lines) or "还没有发过")

    def _report(self, edition: EditionRow) -> EditionReport:
        return report(edition, self._store.deliveries.of(edition.id), self._zone)

    def _print_report(self, edition_id: str) -> int:
        edition = self._store.editions.get(edition_id)
        if edition is None:
            return self._no_edition()
        found = self._report(edition)
        return self._print(found, "\n".join(report_lines(found)))

    def _no_plan(self) -> int:
        known = "、".join(self._services.book.plans) or "一个也没有"
        return self._refuse(f"没有计划 {self._args.plan}，现有：{known}", None)

    def _no_edition(self) -> int:
        return self._refuse(f"没有这一期：{self._args.edition}，用 broadcast status 看有哪些", None)

    def _misused(self, words: str) -> int:
        self._refuse(words, None)
        return 2

    def _refuse(self, problem: str, edition: EditionRow | None) -> int:
        print(problem, file=sys.stderr)
        if self._args.json:
            found: Mapping[str, object] = self._report(edition) if edition else {}
            self._print({**found, "problem": problem}, "")
        return 1

    def _print(self, document: Mapping[str, Any], words: str) -> int:
        print(json.dumps(document, ensure_ascii=False, indent=2) if self._args.json else words)
        return 0
