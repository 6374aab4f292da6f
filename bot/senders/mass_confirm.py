"""WeCom 企业群发 into residents' customer groups, protocol-push §3.

A call only creates a task: nothing reaches a group before its owner confirms it in WeCom.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.clock import Clock
from bot.config import WecomAccount
from bot.senders import layout
from bot.senders.base import WITHDRAWN, Pace, Rendered, Warning_
from bot.senders.http import misconfigured, unclear
from bot.senders.mass_confirm_codes import CODES, OWN_CODES
from bot.senders.wecom_tokens import WecomApi
from bot.types import Outcome, Outgoing

log = logging.getLogger("bot.senders")

TEXT_BYTES = 4000
MOST_CHATS = 2000
PAGE = 500
TASKS_PAGE = 100
MOST_PAGES = 200
"""More pages than any task can have: a cursor that never ends must not hold a worker."""

SEARCH_BEFORE = timedelta(minutes=5)
SEARCH_AFTER = timedelta(minutes=10)
"""Around the moment of a lost request, where its task is looked for; clocks may differ."""

_SINCE = "since:"
"""Begins the reference of a lost request; the unix time at which it was made follows."""

CONFIRMED = 2
"""Status of a member in get_groupmsg_task; 0 is "not yet" (protocol-push §3.4)."""

NOT_YET, DISPATCHED, NOT_FRIEND, OVER_LIMIT = 0, 1, 2, 3
"""Status of a group in get_groupmsg_send_result (protocol-push §3.5)."""

CANCELLED = "41093"
FAIL_LIST = "fail_list"

_CONFIRM = "群发任务已建好，还没有发到群里。请 {owner} 在企业微信里打开“群发助手”，点“发送”。"
_UNKNOWN = "没有收到明确的回音，不知道群发任务建没建成。稍后会去平台上找；请先不要重发。"
_ABSENT = (
    "平台上没有找到这个群发任务，多半没有建成。请负责人在企业微信里看一眼，没有就标记为没发再重发。"
)
_LIMIT = "这个群的群发次数用完了，没有收到。请负责人手动发到群里，或改天重发。"
_PARTIAL = (
    "{chats} 个群里有 {reached} 个收到了，{missed} 个没有收到{why}。"
    "请手动发到没收到的群，再标记为已发。"
)
_NOT_FRIEND = "平台没有发到这个群（负责人可能已不在群里）。请管理员核对群主，或手动发到群里。"


_NO_TASK = "还不知道群发任务建没建成，不能提醒也不能撤回。请负责人到企业微信里看一眼。"
_WITHDRAWN_UNSEEN = "已经请平台撤回，但还不知道之前有没有群收到。稍后再查。"


def _status(number: int) -> str:
    return f"status {number}"


class MassConfirmSender:
    """``wecom_external {account, chat_ids}``; the group's owner must be a WeCom user id.

    A lost request gives ``unknown`` with a reference ``since:<unix time>``; ``follow_up`` with it
    looks for the task on the platform.
    """

    type = "wecom_external"
    pace: Pace | None = None
    own_codes = OWN_CODES | {FAIL_LIST, *map(_status, (NOT_FRIEND, OVER_LIMIT))}

    def __init__(self, accounts: Mapping[str, WecomAccount], api: WecomApi, clock: Clock) -> None:
        self._accounts = accounts
        self._api = api
        self._clock = clock

    def missing(self, target: Mapping[str, object]) -> str:
        name = str(target.get("account", ""))
        account = self._accounts.get(name)
        if account is None:
            return f"配置里没有名叫“{name}”的企业微信应用"
        if not account.secret:
            return f"企业微信应用“{name}”没有填 secret"
        chats = _chats(target)
        if not chats or not all(chats):
            return "没有填客户群的编号 chat_ids"
        return "" if len(chats) <= MOST_CHATS else f"客户群超过 {MOST_CHATS} 个"

    def pace_key(self, target: Mapping[str, object]) -> str:
        return f"{self.type} {target.get('account', '')}"

    def render(self, warning: Warning_) -> Rendered:
        return layout.plain_text(warning, TEXT_BYTES)

    def send(self, outgoing: Outgoing) -> Outcome:
        lacking = self.missing(outgoing.target) or ("" if outgoing.owner else "没有填负责人 owner")
        if lacking:
            return misconfigured(lacking)
        began = f"{_SINCE}{int(self._clock.now().timestamp())}"
        chats = _chats(outgoing.target)
        document = {
            "chat_type": "group",
            "sender": outgoing.owner,
            "chat_id_list": chats,
            "allow_select": False,
            "text": {"content": outgoing.text},
        }
        answer = self._call(outgoing, "add_msg_template", document)
        if isinstance(answer, Outcome):
            return _lost(answer, began) if answer.kind == "unknown" else answer
        failed = set(_strings(answer.get("fail_list"))) & set(chats)
        if len(failed) == len(set(chats)):
            detail = "平台说这些群都不能发。请管理员核对 chat_ids，并确认负责人是群主。"
            return Outcome("refused", FAIL_LIST, detail)
        task = answer.get("msgid")
        if not isinstance(task, str) or not task or task.startswith(_SINCE):
            return _lost(unclear("msgid"), began)
        detail = _CONFIRM.format(owner=outgoing.owner)
        if failed:
            detail += f"另有 {len(failed)} 个群不能发，请管理员核对 chat_ids。"
        return Outcome("awaiting_person", detail=detail, reference=task)

    def follow_up(self, outgoing: Outgoing, reference: str) -> Outcome | None:
        if self.missing(outgoing.target) or not reference:
            return None
        if reference.startswith(_SINCE):
            return self._reconcile(outgoing, reference)
        return self._confirmed(outgoing, reference)

    def remind(self, outgoing: Outgoing, reference: str) -> Outcome:
        """See ``base.Remindable``: at most three in 24 hours for a task (§3.6)."""
        if self.missing(outgoing.target) or not _is_task(reference):
            return Outcome("refused", "no task", _NO_TASK)
        answer = self._call(outgoing, "remind_groupmsg_send", {"msgid": reference})
        return answer if isinstance(answer, Outcome) else Outcome("sent")

    def withdraw(self, outgoing: Outgoing, reference: str) -> Outcome:
        """See ``base.Withdrawable``. The platform stops only what is not out yet (§3.7): what the
        groups got by then is asked afterwards."""
        if self.missing(outgoing.target) or not _is_task(reference):
            return Outcome("unknown", "no task", _NO_TASK)
        answer = self._call(outgoing, "cancel_groupmsg_send", {"msgid": reference})
        if isinstance(answer, Outcome) and answer.code != CANCELLED:
            return answer
        rows = self._results(outgoing, reference)
        if isinstance(rows, Outcome):
            return Outcome("unknown", rows.code, _WITHDRAWN_UNSEEN)
        return _stopped(set(_chats(outgoing.target)), rows, reference)

    def _confirmed(self, outgoing: Outgoing, task: str) -> Outcome | None:
        members = self._members(outgoing, task)
        if isinstance(members, Outcome):
            if members.code != CANCELLED:
                return None
            got = self._results(outgoing, task)
            if isinstance(got, Outcome):
                return members if got.kind == "refused" else None
            withdrawn = _stopped(set(_chats(outgoing.target)), got, task)
            return withdrawn if withdrawn.kind == "sent" else members
        if not members or any(status != CONFIRMED for status in members.values()):
            return None
        rows = self._results(outgoing, task)
        if isinstance(rows, Outcome) or not rows:
            return None
        return _settled(set(_chats(outgoing.target)), rows, task)

    def _reconcile(self, outgoing: Outgoing, reference: str) -> Outcome | None:
        """Look for the task of a lost request: its text, its owner and its groups must be ours,
        for the same text goes to other groups too."""
        began = datetime.fromtimestamp(int(reference.removeprefix(_SINCE)), UTC)
        window = {
            "chat_type": "group",
            "start_time": int((began - SEARCH_BEFORE).timestamp()),
            "end_time": int((began + SEARCH_AFTER).timestamp()),
            "filter_type": 0,
        }
        tasks = self._all(outgoing, "get_groupmsg_list_v2", "group_msg_list", window, TASKS_PAGE)
        if isinstance(tasks, Outcome):
            return None
        for task in (str(row.get("msgid", "")) for row in tasks if _text(row) == outgoing.text):
            ours = self._is_ours(outgoing, task)
            if ours is None:
                return None
            if ours:
                detail = _CONFIRM.format(owner=outgoing.owner)
                return Outcome("awaiting_person", detail=detail, reference=task)
        if self._clock.now() < began + SEARCH_AFTER:
            return None
        return Outcome("unknown", "absent", _ABSENT)

    def _is_ours(self, outgoing: Outgoing, task: str) -> bool | None:
        """None where the platform does not tell (yet)."""
        members = self._members(outgoing, task)
        if isinstance(members, Outcome):
            return None
        if members.keys() != {outgoing.owner.lower()}:
            return False
        rows = self._results(outgoing, task)
        if isinstance(rows, Outcome) or not rows:
            return None
        return rows.keys() <= set(_chats(outgoing.target))

    def _members(self, outgoing: Outgoing, task: str) -> Mapping[str, object] | Outcome:
        """User id in lower case -> whether he confirmed (``CONFIRMED``) or not."""
        rows = self._all(outgoing, "get_groupmsg_task", "task_list", {"msgid": task})
        if isinstance(rows, Outcome):
            return rows
        return {str(row.get("userid", "")).lower(): row.get("status") for row in rows}

    def _results(self, outgoing: Outgoing, task: str) -> Mapping[str, object] | Outcome:
        """Chat id -> status of one task; the owner's own chats only."""
        asked = {"msgid": task, "userid": outgoing.owner}
        rows = self._all(outgoing, "get_groupmsg_send_result", "send_list", asked)
        if isinstance(rows, Outcome):
            return rows
        return {str(row["chat_id"]): row.get("status") for row in rows if row.get("chat_id")}

    def _all(
        self,
        outgoing: Outgoing,
        call: str,
        field: str,
        asked: Mapping[str, object],
        page: int = PAGE,
    ) -> list[Mapping[str, object]] | Outcome:
        """The rows of every page, or why they cannot be had."""
        rows: list[Mapping[str, object]] = []
        cursor = ""
        for _ in range(MOST_PAGES):
            answer = self._call(outgoing, call, {**asked, "limit": page, "cursor": cursor})
            if isinstance(answer, Outcome):
                return answer
            rows.extend(_rows(answer.get(field)))
            cursor = str(answer.get("next_cursor") or "")
            if not cursor:
                return rows
        log.warning("%s: %s has no end", self.type, call)
        return unclear("cursor")

    def _call(
        self, outgoing: Outgoing, call: str, document: Mapping[str, object]
    ) -> Mapping[str, object] | Outcome:
        account = self._accounts[str(outgoing.target["account"])]
        path = f"/cgi-bin/externalcontact/{call}"
        return self._api.call(account, path, document, CODES, self.type)


def _settled(chats: set[str], rows: Mapping[str, object], task: str) -> Outcome | None:
    """What came of a task its owner confirmed; None while it is still going out.

    Where some groups have it and others not, a person must see to the others: a machine that
    sends the task again would reach the first ones twice.
    """
    reached = {chat for chat in chats if rows.get(chat) == DISPATCHED}
    if reached == chats:
        return Outcome("sent", reference=task)
    limited = OVER_LIMIT in rows.values()
    if reached:
        detail = _PARTIAL.format(
            chats=len(chats),
            reached=len(reached),
            missed=len(chats) - len(reached),
            why="（群发次数用完）" if limited else "",
        )
        return Outcome("awaiting_person", "partial", detail, task)
    if NOT_YET in rows.values():
        return None
    code = _status(OVER_LIMIT if limited else NOT_FRIEND)
    return Outcome("refused", code, _LIMIT if limited else _NOT_FRIEND, task)


def _stopped(chats: set[str], rows: Mapping[str, object], task: str) -> Outcome:
    """What the groups have of a task that was withdrawn."""
    reached = sum(rows.get(chat) == DISPATCHED for chat in chats)
    if not reached:
        return Outcome("refused", WITHDRAWN, "群发任务已撤回，没有发到群里。", task)
    if reached == len(chats):
        return Outcome("sent", detail="撤回之前已经发到群里了。", reference=task)
    detail = f"撤回之前，{len(chats)} 个群里有 {reached} 个已经收到，其余的不再发。"
    return Outcome("sent", "partial", detail, task)


def _lost(outcome: Outcome, began: str) -> Outcome:
    return replace(outcome, detail=_UNKNOWN, reference=began)


def _is_task(reference: str) -> bool:
    return bool(reference) and not reference.startswith(_SINCE)


def _chats(target: Mapping[str, object]) -> list[str]:
    return _strings(target.get("chat_ids"))


def _strings(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, (list, tuple)) else []


def _rows(value: object) -> Iterator[Mapping[str, object]]:
    return (row for row in (value if isinstance(value, list) else ()) if isinstance(row, dict))


def _text(task: Mapping[str, object]) -> str:
    text = task.get("text")
    return str(text.get("content", "")) if isinstance(text, dict) else ""
