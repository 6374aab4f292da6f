"""One's drafts: what they change, how they answer, and publishing them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from bot.console.guard import needs, person
from bot.console.knowledge.faults import faults
from bot.console.knowledge.room import Room
from bot.console.views import is_htmx, refused
from bot.console.words import VERDICT_WORDS
from bot.publishing.changes import of_item, title_of
from bot.publishing.desk import over
from bot.publishing.merge import current_text
from bot.publishing.tries import RECORDED, ask_both
from bot.store.api_editing import DraftRow

LONGEST_REASON = 200
LONGEST_QUESTION = 500


def add(pages: Blueprint, room: Room) -> None:
    """``/console/knowledge/drafts/…`` and ``/console/knowledge/jobs/…``"""

    def chosen() -> tuple[DraftRow, ...]:
        wanted = set(request.form.getlist("draft"))
        return tuple(d for d in room.drafts() if f"{d.kind}/{d.name}" in wanted)

    def started(job: str) -> Response:
        return redirect(url_for("console.knowledge.job", name=job), 303)

    @pages.get("/drafts/")
    @needs("knowledge.edit")
    def drafts() -> str:
        return _drafts(room)

    @pages.post("/drafts/publish")
    @needs("knowledge.publish")
    def publish() -> tuple[str, int] | Response:
        drafts, reason = chosen(), request.form.get("reason", "").strip()
        if not drafts:
            return _drafts(room, "请勾选要发布的草稿"), 422
        if not reason or len(reason) > LONGEST_REASON:
            why = f"请写一句为什么改，最多 {LONGEST_REASON} 个字，以后查历史时用得上"
            return _drafts(room, why), 422
        return started(room.desk.publish(person().name, drafts, reason))

    @pages.post("/drafts/compare")
    @needs("knowledge.edit")
    def start_compare() -> Response:
        merged = room.desk.merged(room.drafts())
        if merged.problems or merged.clashes or not merged.files:
            return refused("草稿里还有要改的地方，改好才能对比", "console.knowledge.drafts")
        return started(room.desk.compare(person().name, merged.files))

    @pages.post("/drafts/ask")
    @needs("knowledge.edit")
    def start_ask() -> tuple[str, int] | str | Response:
        question = request.form.get("question", "").strip()[:LONGEST_QUESTION]
        merged = room.desk.merged(room.drafts())
        if not question:
            return _drafts(room, "请先写一句居民会怎么问"), 422
        if merged.problems or merged.clashes or not merged.files:
            return refused("草稿里还有要改的地方，改好才能试问", "console.knowledge.drafts")
        ready = room.desk.bench.ready(merged.files)
        if ready is None:
            return started(room.desk.ask(person().name, merged.files, question))
        shift = ask_both(room.base, ready, question)
        return room.show(
            "knowledge_asked.html", shift=shift, verdicts=VERDICT_WORDS, titles=room.titles()
        )

    @pages.get("/jobs/<name>")
    @needs("knowledge.edit")
    def job(name: str) -> str:
        row = room.desk.jobs.look(name)
        if row is None or row.person != person().name:
            abort(404)
        return room.show(
            "knowledge_job_state.html" if is_htmx() else "knowledge_job.html",
            job=row,
            result=json.loads(row.result) if row.result else {},
            verdicts=VERDICT_WORDS,
            titles=room.titles(),
            again=is_htmx() and row.state in ("done", "failed"),
        )


def _drafts(room: Room, problem: str = "") -> str:
    drafts = room.drafts()
    files = room.desk.files()
    shown = []
    for draft in drafts:
        now = current_text(files, draft.file, draft.kind, draft.name)
        moved = now != draft.base
        shown.append(
            {
                "draft": draft,
                "title": title_of(draft.kind, draft.name, draft.text),
                "changes": of_item(
                    draft.kind, draft.name, now, over(draft, now) if moved else draft.text
                ),
                "moved": moved,
                "faults": faults(room, draft, files),
            }
        )
    failed, reason = _failed(room, drafts)
    return room.show(
        "knowledge_drafts.html",
        shown=shown,
        problem=problem,
        typed=request.form,
        recorded=min(room.store.unanswered.count(), RECORDED),
        titles=room.titles(),
        failed=failed,
        reason=request.form.get("reason", reason),
    )


def _failed(room: Room, drafts: Sequence[DraftRow]) -> tuple[str, str]:
    """The job of the last publication, where it was refused and nothing was changed since; and
    the reason given for the last one that was refused, which need not be typed again."""
    for job in room.desk.jobs.of(person().name):
        if job.kind == "publish" and job.state in ("done", "failed"):
            result = json.loads(job.result or "{}")
            if result.get("number") or not drafts:
                break
            untouched = max(draft.changed_at for draft in drafts) <= job.touched_at
            return job.job if untouched else "", result.get("reason", "")
    return "", ""
