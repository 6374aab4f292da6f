from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.broadcasting.approval import may_approve, may_send
from bot.store.api import ApprovalRow, EditionRow
from tests.warning_fakes import MONDAY_NINE as NOW

EDITION = EditionRow(
    id="weekly-1", plan="weekly", title="", author="zhang", scheduled_at=NOW, created_at=NOW,
    state="awaiting_approval", approval_required=True, category=None, code="123456", hash="h",
)  # fmt: skip


def test_another_person_may_approve() -> None:
    assert may_approve(EDITION, "h", "li", NOW) == ""


def test_the_author_may_not_however_the_name_is_written() -> None:
    assert "不能自己审批" in may_approve(EDITION, "h", " Zhang ", NOW)
    assert "审批人" in may_approve(EDITION, "h", " ", NOW)


def test_only_unchanged_waiting_editions_can_be_approved_for_seven_days() -> None:
    assert "改动" in may_approve(EDITION, "other", "li", NOW)
    assert "不在等审批" in may_approve(replace(EDITION, state="approved"), "h", "li", NOW)
    assert "过期" in may_approve(EDITION, "h", "li", NOW + timedelta(days=7, seconds=1))


def test_without_approval_nothing_goes_where_it_is_required() -> None:
    approved = replace(EDITION, state="approved")
    assert may_send(approved, "h", [], NOW) == "没有有效的审批"
    assert may_send(replace(approved, approval_required=False), "h", [], NOW) == ""


def test_an_approval_counts_for_this_content_by_another_person_and_for_seven_days() -> None:
    good = ApprovalRow("li", "h", NOW)
    assert may_send(EDITION, "h", [good], NOW + timedelta(days=7)) == ""
    assert may_send(EDITION, "h", [good], NOW + timedelta(days=7, seconds=1)) != ""
    assert may_send(EDITION, "h", [replace(good, hash="older")], NOW) != ""
    assert may_send(EDITION, "h", [replace(good, approver="zhang")], NOW) != ""


def test_content_changed_after_freezing_never_goes() -> None:
    free = replace(EDITION, approval_required=False)
    assert "改动" in may_send(free, "other", [ApprovalRow("li", "h", NOW)], NOW)
