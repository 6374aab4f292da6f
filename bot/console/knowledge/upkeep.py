"""What is past its review date; taking the base out as a zip, bringing one file in."""

from __future__ import annotations

import contextlib
import io
import zipfile

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as BaseResponse

from bot.console.guard import needs, person
from bot.console.knowledge.room import Room
from bot.console.views import done, refused
from bot.kb.items import is_editable
from bot.publishing.candidate import check_file
from bot.publishing.changes import of_file
from bot.publishing.desk import LONGEST_TEXT

LARGEST_FILE = 400_000
"""Bytes of a file brought in."""


def add(pages: Blueprint, room: Room) -> None:
    """``/console/knowledge/stale``, ``…/export`` and ``…/import``"""

    @pages.get("/stale")
    @needs("knowledge.see")
    def stale() -> str:
        today = room.today
        rows = [row for row in room.catalogue().rows if row.stale(today)]
        rows.sort(key=lambda row: (row.review_by or today, row.name))
        return room.show("knowledge_stale.html", rows=rows)

    @pages.post("/stale")
    @needs("knowledge.publish")
    def still_right() -> BaseResponse:
        wanted = set(request.form.getlist("item"))
        items = [
            (row.kind, row.name, row.file)
            for row in room.catalogue().rows
            if f"{row.kind}/{row.name}" in wanted and row.review_by is not None
        ]
        if not items:
            return refused("请先勾选看过的词条", "console.knowledge.stale")
        published = room.desk.still_right(person().name, items, room.today)
        if not published.number:
            why = published.refusal or "；".join(map(str, published.problems[:3]))
            return refused(f"没有改成：{why}", "console.knowledge.stale")
        return done(f"{len(items)} 条的复核日期往后移了，几秒钟后生效", "console.knowledge.stale")

    @pages.get("/export")
    @needs("knowledge.see")
    def export() -> Response:
        packed = io.BytesIO()
        folder = room.desk.folder
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in room.desk.files().items():
                archive.writestr(f"{folder.name}/{name}", text.encode())
        answer = Response(packed.getvalue(), content_type="application/zip")
        name = f"knowledge-{room.today:%Y%m%d}.zip"
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    @pages.get("/import")
    @needs("knowledge.edit")
    def bring() -> str:
        return _import(room)

    @pages.post("/import")
    @needs("knowledge.edit")
    def look_at() -> str | tuple[str, int]:
        sent = request.files.get("file")
        name = request.form.get("name", "")
        if sent is None or not sent.filename:
            return _import(room, "请选一个文件"), 422
        if name not in room.desk.files() or not is_editable(name):
            return _import(room, "请选它要代替知识库里的哪个文件"), 422
        with contextlib.closing(sent):
            raw = sent.stream.read(LARGEST_FILE + 1)
        if len(raw) > LARGEST_FILE:
            return _import(room, f"文件太大，最多 {LARGEST_FILE // 1000} KB"), 413
        if not sent.filename.lower().endswith((".yaml", ".yml")):
            return _import(room, "只收 .yaml 文件，表格和 Word 都不行"), 415
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            return _import(room, "不是 UTF-8 编码的文字，请另存为 UTF-8 再传"), 415
        return _shown(room, name, text.replace("\r\n", "\n").replace("\r", "\n"))

    @pages.post("/import/keep")
    @needs("knowledge.edit")
    def keep() -> BaseResponse:
        name, text = request.form.get("name", ""), request.form.get("text", "")
        text = text.replace("\r\n", "\n")
        problem = room.desk.bring_in(person().name, name, text)
        if problem:
            return refused(problem, "console.knowledge.bring")
        return done("存成草稿了，还没有发布", "console.knowledge.drafts")


def _import(room: Room, problem: str = "") -> str:
    names = [name for name in room.desk.files() if is_editable(name)]
    return room.show(
        "knowledge_import.html",
        names=names,
        wanted=request.form.get("name", ""),
        problem=problem,
    )


def _shown(room: Room, name: str, text: str) -> str | tuple[str, int]:
    if len(text) > LONGEST_TEXT:
        return _import(room, f"太长了，最多 {LONGEST_TEXT} 个字"), 413
    now = room.desk.files()[name]
    signs = frozenset(sign.id for sign in room.base.judge.knowledge.signs)
    return room.show(
        "knowledge_imported.html",
        name=name,
        text=text,
        changes=of_file(name, now, text),
        problems=check_file(room.desk.folder.name, name, text, signs),
        kept=room.draft("file", name),
    )
