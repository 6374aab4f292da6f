"""Who may approve what, and until when an approval holds. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.store.api import ApprovalRow, EditionRow

_WHERE_IT_IS = {
    "approved": "已经审批过了，不用再批",
    "expired": "已经过期",
    "cancelled": "已经取消",
    "awaiting_approval": "",
}
VALID = timedelta(days=7)
"""How long an approval holds, and how long an edition waits for one (design §6)."""


def may_approve(edition: EditionRow, current_hash: str, approver: str, now: datetime) -> str:
    """Why this person cannot approve the edition, in plain words; '' if they can."""
    if edition.state != "awaiting_approval":
        return f"这一期不在等审批（{_WHERE_IT_IS[edition.state]}）"
    if not approver.strip():
        return "请写上审批人的名字"
    if same_person(approver, edition.author):
        return f"{edition.author} 是撰写人，不能自己审批，请换一个人"
    if current_hash != edition.hash:
        return "这一期的内容被改动过，不能审批，请重新编一期"
    if overdue(edition, now):
        return "等审批超过 7 天，已经过期，请重新编一期"
    return ""


def may_send(
    edition: EditionRow, current_hash: str, approvals: Iterable[ApprovalRow], now: datetime
) -> str:
    """Why the edition must not go out, in plain words; '' if it may.

    An approval counts while it is of this very content, by another person than the author, and
    not older than 7 days. Where approval is not required, only the content is looked at.
    """
    if current_hash != edition.hash:
        return "内容在定稿之后被改动过，没有发，请重新编一期"
    return "" if holds(edition, approvals, now) else "没有有效的审批"


def holds(edition: EditionRow, approvals: Iterable[ApprovalRow], now: datetime) -> bool:
    """Whether the edition, as it was frozen, needs no approval or has one that still counts."""
    return not edition.approval_required or any(
        approval.hash == edition.hash
        and not same_person(approval.approver, edition.author)
        and now - approval.approved_at <= VALID
        for approval in approvals
    )


def overdue(edition: EditionRow, now: datetime) -> bool:
    """Whether an edition has waited too long for its approval, counted from when it was due."""
    return now - max(edition.created_at, edition.scheduled_at) > VALID


def may_say_again(edition: EditionRow, person: str) -> str:
    """Why this person cannot decide that a text much like an earlier one goes out; '' if they can.

    Where no approval is required that is for the author (design §6 "asks the author first").
    """
    if edition.state != "awaiting_approval" or not edition.alike:
        return "这一期没有在等撰写人确认"
    if edition.approval_required:
        return "这一期要审批：审批的人看过这句话再批就行"
    if not same_person(person, edition.author):
        return f"这要由撰写人 {edition.author} 自己确认；别的人看过了，请用 broadcast approve"
    return ""


def may_be_urgent(edition: EditionRow, person: str, reason: str) -> str:
    """Why this person cannot let the edition pass the weekly limit; '' if they can (design §6)."""
    if not reason.strip():
        return "请写明为什么紧急：--reason 原因"
    if not person.strip():
        return "请写上谁决定的：--by 姓名"
    if edition.approval_required and same_person(person, edition.author):
        return f"{edition.author} 是撰写人，紧急发送要另一个人写明原因来批"
    return ""


def same_person(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()
