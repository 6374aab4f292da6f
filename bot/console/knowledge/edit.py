"""Drafts of items: in a form or as YAML of their own, kept in the store, never lost."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import PurePosixPath

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from bot.console.guard import needs, person
from bot.console.knowledge.faults import faults
from bot.console.knowledge.room import Room
from bot.console.views import confirm, done
from bot.kb import form
from bot.kb.items import LISTS, is_editable, tidy
from bot.publishing.changes import Difference, of_item, title_of
from bot.publishing.desk import REVIEW_DAYS, over, stamp
from bot.publishing.merge import current_text
from bot.publishing.wishes import begin_with, oldest_first
from bot.store.api_editing import DraftRow

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def add(pages: Blueprint, room: Room) -> None:
    """``/console/knowledge/edit|yaml|discard|rebase/…`` and ``/console/knowledge/new``"""

    @pages.get("/edit/<kind>/<path:name>")
    @needs("knowledge.edit")
    def edit(kind: str, name: str) -> str | Response:
        opened = room.opened(kind, name)
        try:
            fields = form.as_fields(kind, opened.text) if kind in form.TEXTS else None
        except form.NoForm:
            fields = None
        if fields is None:
            return redirect(url_for("console.knowledge.edit_yaml", kind=kind, name=name), 303)
        return _form(room, opened, fields, stamp(opened.text))

    @pages.post("/edit/<kind>/<path:name>")
    @needs("knowledge.edit")
    def save(kind: str, name: str) -> tuple[str, int] | Response:
        opened = room.opened(kind, name)
        if kind not in form.TEXTS:
            abort(404)
        fields = _typed(kind)
        try:
            text = form.with_fields(kind, opened.text, fields)
        except form.NoForm:
            return redirect(url_for("console.knowledge.edit_yaml", kind=kind, name=name), 303)
        if not request.form.get("seen") or text != opened.text:
            saved = room.desk.save(replace(opened, text=text), request.form.get("seen", ""))
            if saved.problem or saved.standing is not None:
                page = _form(
                    room, opened, fields, stamp(opened.text), saved.standing, text, saved.problem
                )
                return page, 409 if saved.standing is not None else 422
        return _saved("console.knowledge.edit", kind, name)

    @pages.get("/yaml/<kind>/<path:name>")
    @needs("knowledge.edit")
    def edit_yaml(kind: str, name: str) -> str:
        opened = room.opened(kind, name)
        return _yaml(room, opened, opened.text, stamp(opened.text))

    @pages.post("/yaml/<kind>/<path:name>")
    @needs("knowledge.edit")
    def save_yaml(kind: str, name: str) -> tuple[str, int] | Response:
        opened = room.opened(kind, name)
        text = tidy(request.form.get("text", ""))
        if text == opened.text and request.form.get("seen") == stamp(opened.text):
            return _saved("console.knowledge.edit_yaml", kind, name)
        saved = room.desk.save(replace(opened, text=text), request.form.get("seen", ""))
        if saved.problem or saved.standing is not None:
            page = _yaml(room, opened, text, stamp(opened.text), saved.standing, saved.problem)
            return page, 409 if saved.standing is not None else 422
        return _saved("console.knowledge.edit_yaml", kind, name)

    @pages.get("/discard/<kind>/<path:name>")
    @needs("knowledge.edit")
    def ask_discard(kind: str, name: str) -> str:
        draft = room.draft(kind, name)
        if draft is None:
            abort(404)
        title = title_of(kind, name, draft.text)
        lines = ("您写的这些就没有了，知识库照旧。要找回来，请系统管理员看操作记录。",)
        back = url_for("console.knowledge.edit", kind=kind, name=name)
        return confirm(f"丢掉《{title}》的草稿？", lines, "丢掉", back)

    @pages.post("/discard/<kind>/<path:name>")
    @needs("knowledge.edit")
    def discard(kind: str, name: str) -> Response:
        draft = room.draft(kind, name)
        if draft is None:
            abort(404)
        room.desk.discard(draft)
        return done("草稿丢掉了", "console.knowledge.drafts")

    @pages.post("/rebase/<kind>/<path:name>")
    @needs("knowledge.edit")
    def rebase(kind: str, name: str) -> Response:
        draft = room.draft(kind, name)
        if draft is None:
            abort(404)
        room.desk.rebase(draft)
        return done(
            "您的改动已经接在新的内容上，请再看一遍", "console.knowledge.edit", kind=kind, name=name
        )

    @pages.get("/new")
    @needs("knowledge.edit")
    def new() -> str:
        return _new(room, request.args.get("file", ""), "", request.args.get("group", ""))

    @pages.post("/new")
    @needs("knowledge.edit")
    def begin() -> tuple[str, int] | Response:
        file, name = request.form.get("file", ""), request.form.get("name", "").strip()
        group = request.form.get("group", "")
        kind = LISTS.get(file.partition("/")[0], ("", ""))[0]
        if not kind or not is_editable(file) or file not in room.desk.files():
            return _new(room, file, name, group, "请选一个类别"), 422
        name = name or _free_name(room, kind, file)
        if len(name) > 60 or not _ID.fullmatch(name):
            why = "名称只能用小写字母、数字和短横线，例如 loan-fake-app"
            return _new(room, file, name, group, why), 422
        taken = room.catalogue()
        if taken.find("entry", name) or taken.find("guide", name) or room.draft(kind, name):
            why = f"已经有 {name} 了，请换一个名称"
            return _new(room, file, name, group, why), 422
        today = room.today
        text = form.blank(kind, name, today, today + timedelta(days=REVIEW_DAYS))
        now = room.services.clock.now()
        blank = DraftRow(person().name, kind, name, file, "", text, now)
        begin_with(room.store, room.desk, blank, room.wished("", group))
        return redirect(url_for("console.knowledge.edit", kind=kind, name=name), 303)


def _typed(kind: str) -> dict[str, str]:
    fields = {path: request.form.get(path, "") for path in form.TEXTS[kind]}
    for path in form.LISTS[kind]:
        many = request.form.getlist(path)
        fields[path] = "\n".join(many)
    return fields


def _saved(endpoint: str, kind: str, name: str) -> Response:
    if request.form.get("then") == "publish":
        return done("草稿存好了，还没有发布", "console.knowledge.drafts")
    return done("草稿存好了，还没有发布", endpoint, kind=kind, name=name)


def _form(
    room: Room,
    opened: DraftRow,
    fields: dict[str, str],
    seen: str,
    standing: str | None = None,
    mine: str = "",
    problem: str = "",
) -> str:
    knowledge = room.base.judge.knowledge
    return room.show(
        "knowledge_form.html",
        fields=fields,
        signs=[(sign.id, sign.name) for sign in knowledge.signs],
        **_common(room, opened, seen, standing, mine, problem),
    )


def _yaml(
    room: Room,
    opened: DraftRow,
    text: str,
    seen: str,
    standing: str | None = None,
    problem: str = "",
) -> str:
    return room.show(
        "knowledge_yaml.html",
        text=text,
        has_form=opened.kind in form.TEXTS,
        **_common(room, opened, seen, standing, text, problem),
    )


def _common(
    room: Room, opened: DraftRow, seen: str, standing: str | None, mine: str, problem: str
) -> dict[str, object]:
    kept = room.draft(opened.kind, opened.name)
    files = room.desk.files()
    now = current_text(files, opened.file, opened.kind, opened.name)
    moved = kept is not None and now != kept.base

    def differing(before: str, after: str) -> Difference:
        return of_item(opened.kind, opened.name, before, after)

    return {
        "draft": opened,
        "kept": kept,
        "seen": seen,
        "problem": problem,
        "faults": faults(room, kept, files) if kept else [],
        "standing": differing(standing, mine) if standing is not None else None,
        "theirs": differing(kept.base, now) if kept and moved else None,
        "ours": differing(now, over(kept, now)) if kept and moved else None,
        "others": [
            name
            for name in room.store.editing.drafting(opened.kind, opened.name)
            if name != person().name
        ],
        "row": room.row(opened.kind, opened.name),
        "titles": room.titles(),
        "wished": len(room.wished(opened.name)) if opened.kind in form.TEXTS else 0,
    }


def _free_name(room: Room, kind: str, file: str) -> str:
    """A name for who does not care for one: the file's, and the day."""
    begin = f"{PurePosixPath(file).stem.replace('_', '-')}-{room.today:%y%m%d}"
    known = room.catalogue()
    names = (begin if number == 1 else f"{begin}-{number}" for number in count(1))
    return next(
        name
        for name in names
        if not (known.find("entry", name) or known.find("guide", name) or room.draft(kind, name))
    )


def _new(room: Room, file: str, name: str, group: str, problem: str = "") -> str:
    shelves = [shelf for shelf in room.catalogue().shelves if shelf.kind in ("entry", "guide")]
    return room.show(
        "knowledge_new.html",
        shelves=shelves,
        file=file,
        name=name,
        group=group,
        wished=oldest_first(room.wished("", group)),
        problem=problem,
    )
