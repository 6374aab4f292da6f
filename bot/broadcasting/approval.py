"""Who may approve what, and until when an approval holds. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.store.api import ApprovalRow, EditionRow

VALID = timedelta(days=7)
"""How long an approval holds, and how long an edition waits for one (design §6)."""


def may_approve(edition: EditionRow, current_hash: str, approver: str, now: datetime) -> str:
    """Why this person cannot approve the edition, in plain words; '' if they can."""
    if edition.state != "awaiting_approval":
        return "这一期不在等审批"
    if not approver.strip():
        return "请写上审批人的名字"
    if _same_person(approver, edition.author):
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
    if not edition.approval_required:
        return ""
    good = (
        approval.hash == edition.hash
        and not _same_person(approval.approver, edition.author)
        and now - approval.approved_at <= VALID
        for approval in approvals
    )
    return "" if any(good) else "没有有效的审批"


def overdue(edition: EditionRow, now: datetime) -> bool:
    """Whether an edition has waited too long for its approval."""
    return now - edition.created_at > VALID


def _same_person(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()
