"""Publications: what each changed, two of them compared, and back to what stood before one."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from bot.console.guard import needs, person
from bot.console.knowledge.publish import LONGEST_REASON
from bot.console.knowledge.room import Room
from bot.console.views import PAGE_SIZE, cut, page_number, refused
from bot.publishing.changes import of_file
from bot.publishing.desk import differing
from bot.store.api_editing import RevisionRow

REVISION_WORDS = {"publish": "发布", "rollback": "退回", "reviewed": "复核"}


def add(pages: Blueprint, room: Room) -> None:
    """``/console/knowledge/history/…``"""
    editing = room.store.editing

    def known(number: int) -> RevisionRow:
        row = editing.revision(number)
        if row is None:
            abort(404)
        return row

    @pages.get("/history/")
    @needs("knowledge.see")
    def history() -> str:
        if editing.unfinished():
            room.desk.publisher.settle()
        number = page_number()
        rows = editing.history(PAGE_SIZE + 1, (number - 1) * PAGE_SIZE)
        return room.show("knowledge_history.html", rows=cut(rows, number), words=REVISION_WORDS)

    @pages.get("/history/<int:number>")
    @needs("knowledge.see")
    def revision(number: int) -> str:
        row = known(number)
        files = [
            (one.name, of_file(one.name, one.was or "", one.became or ""))
            for one in editing.changes(number)
        ]
        return room.show("knowledge_revision.html", row=row, files=files, words=REVISION_WORDS)

    @pages.get("/history/compare")
    @needs("knowledge.see")
    def compare_two() -> str | Response:
        numbers = sorted(request.args.getlist("of", type=int))[:2]
        if len(numbers) < 2:
            return refused("请勾选两次发布，再点对比", "console.knowledge.history")
        first, second = (known(number) for number in numbers)
        now = room.desk.files()
        old, new = (editing.first_changes_since(row.number + 1) for row in (first, second))
        files = [
            (name, of_file(name, old[name] or "", new.get(name, now.get(name)) or ""))
            for name in sorted(old)
        ]
        return room.show(
            "knowledge_compare.html",
            first=first,
            second=second,
            files=[(name, changes) for name, changes in files if changes.lines],
        )

    @pages.get("/history/<int:number>/undo")
    @needs("knowledge.publish")
    def ask_undo(number: int) -> str:
        return _undo(room, known(number))

    @pages.post("/history/<int:number>/undo")
    @needs("knowledge.publish")
    def undo(number: int) -> tuple[str, int] | Response:
        row = known(number)
        reason = request.form.get("reason", "").strip()
        if not reason or len(reason) > LONGEST_REASON:
            return _undo(room, row, f"请写一句为什么退回，最多 {LONGEST_REASON} 个字"), 422
        job = room.desk.roll_back(person().name, number, reason)
        return redirect(url_for("console.knowledge.job", name=job), 303)


def _undo(room: Room, row: RevisionRow, problem: str = "") -> str:
    now = room.desk.files()
    wanted = room.store.editing.first_changes_since(row.number)
    changed = differing(now, wanted).files
    return room.show(
        "knowledge_undo.html",
        row=row,
        later=room.store.editing.history(1)[0].number - row.number,
        files=[
            (name, of_file(name, now.get(name, ""), text or "")) for name, text in changed.items()
        ],
        problem=problem,
    )
