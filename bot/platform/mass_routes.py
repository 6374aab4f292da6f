"""The addresses of 企业群发 under /cgi-bin/externalcontact/ (protocol-push §3.1, §3.3-3.7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from flask import Blueprint, Response, request

from bot.platform.answers import Refusal, accepted, api, read_json
from bot.platform.mass_confirm import MassConfirm, Task
from bot.platform.tokens import TokenDesk

_LONGEST_SPAN = timedelta(days=31)

Row = TypeVar("Row")


def blueprint(mass: MassConfirm, desk: TokenDesk, page_size: int) -> Blueprint:
    """Every address demands a valid token; lists come in pages of at most ``page_size`` rows."""
    routes = api("mass_confirm")
    routes.url_prefix = "/cgi-bin/externalcontact"

    def payload() -> dict[str, object]:
        desk.check_corp(request.args.get("access_token", ""))
        return read_json(request.get_data(), broken=47001)

    @routes.post("/add_msg_template")
    def add_msg_template() -> Response:
        msgid, failed = mass.add(payload())
        return accepted(fail_list=failed, msgid=msgid)

    @routes.post("/get_groupmsg_task")
    def get_groupmsg_task() -> Response:
        asked = payload()
        rows, cursor = _page([mass.task(asked.get("msgid"))], asked, 500, min(1000, page_size))
        return accepted(next_cursor=cursor, task_list=[_task_row(task) for task in rows])

    @routes.post("/get_groupmsg_send_result")
    def get_groupmsg_send_result() -> Response:
        asked = payload()
        task = mass.task(asked.get("msgid"))
        if asked.get("userid") != task.owner:
            raise Refusal(40058, "userid is not a sender of this msgid")
        rows, cursor = _page(sorted(task.results), asked, 500, min(1000, page_size))
        return accepted(next_cursor=cursor, send_list=[_result_row(task, chat) for chat in rows])

    @routes.post("/get_groupmsg_list_v2")
    def get_groupmsg_list_v2() -> Response:
        asked = payload()
        if asked.get("chat_type") != "group":
            return accepted(next_cursor="", group_msg_list=[])
        start, end = _moment(asked, "start_time"), _moment(asked, "end_time")
        if end - start > _LONGEST_SPAN or end < start:
            raise Refusal(40058, "start_time and end_time are more than a month apart")
        # Every task here was made by the interface, so a filter on personal ones finds nothing.
        personal = asked.get("filter_type", 2) == 1
        found = [] if personal else mass.between(start, end, str(asked.get("creator") or ""))
        rows, cursor = _page(found, asked, 50, min(100, page_size))
        return accepted(next_cursor=cursor, group_msg_list=[_list_row(task) for task in rows])

    @routes.post("/remind_groupmsg_send")
    def remind_groupmsg_send() -> Response:
        mass.remind(payload().get("msgid"))
        return accepted()

    @routes.post("/cancel_groupmsg_send")
    def cancel_groupmsg_send() -> Response:
        mass.cancel(payload().get("msgid"))
        return accepted()

    return routes


def _page(
    rows: Sequence[Row], asked: Mapping[str, object], default: int, most: int
) -> tuple[Sequence[Row], str]:
    limit, cursor = asked.get("limit") or default, asked.get("cursor") or "0"
    if not isinstance(limit, int) or limit < 1:
        raise Refusal(40058, "limit is not a positive integer")
    if not isinstance(cursor, str) or not cursor.isdigit():
        raise Refusal(40058, "cursor is not one we gave")
    start = int(cursor)
    end = start + min(limit, most)
    return rows[start:end], str(end) if end < len(rows) else ""


def _moment(asked: Mapping[str, object], name: str) -> datetime:
    value = asked.get(name)
    if not isinstance(value, int):
        raise Refusal(40058, f"{name} missing")
    return datetime.fromtimestamp(value, UTC)


def _task_row(task: Task) -> dict[str, object]:
    row: dict[str, object] = {"userid": task.owner, "status": 2 if task.confirmed_at else 0}
    if task.confirmed_at:
        row["send_time"] = int(task.confirmed_at.timestamp())
    return row


def _result_row(task: Task, chat: str) -> dict[str, object]:
    status, sent_at = task.results[chat]
    row: dict[str, object] = {"chat_id": chat, "userid": task.owner, "status": status}
    if sent_at:
        row["send_time"] = int(sent_at.timestamp())
    return row


def _list_row(task: Task) -> dict[str, object]:
    return {
        "msgid": task.msgid,
        "creator": task.owner,
        "create_time": str(int(task.created_at.timestamp())),
        "create_type": 0,
        "text": {"content": task.text},
        "attachments": task.attachments,
    }
