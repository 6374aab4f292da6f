"""Phrasings that staff picked from questions and that wait to be written into a draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from bot.console.guard import needs, person
from bot.console.items import items, subjects, title_of
from bot.console.knowledge.room import MOST_WISHED, Room
from bot.console.views import done, refused
from bot.publishing.wishes import GONE, Place, oldest_first, write_in
from bot.store.asked import Addition
from bot.unanswered import move_addition


@dataclass(frozen=True, slots=True)
class Heap:
    """Phrasings that wait for one item, or (item '') for a new one made of a group."""

    item: str
    title: str
    group: str
    wished: Sequence[Addition]


def add(pages: Blueprint, room: Room) -> None:
    """``/console.inbox.waiting…``"""

    @pages.get("/additions")
    @needs("inbox.see")
    def waiting() -> str:
        knowledge = room.base.judge.knowledge
        heaps: dict[tuple[str, str], list[Addition]] = {}
        for one in room.store.questions.additions("pending", MOST_WISHED):
            heaps.setdefault((one.item, "" if one.item else one.group), []).append(one)
        return render_template(
            "console/additions.html",
            heaps=[
                Heap(item, title_of(knowledge, item) if item else "", group, oldest_first(wished))
                for (item, group), wished in heaps.items()
            ],
        )

    @pages.post("/additions")
    @needs("knowledge.edit")
    def write() -> BaseResponse:
        return written(room, request.form.get("item", ""))

    @pages.post("/additions/<addition>")
    @needs("knowledge.edit")
    def drop(addition: str) -> BaseResponse:
        now = room.services.clock.now()
        if not move_addition(room.store, addition, "dropped", person().name, now):
            return refused("这一句已经处理过了", "console.inbox.waiting")
        return done("记下了：不要这一句", "console.inbox.waiting")


def place_of_list() -> dict[str, str]:
    """The page of the list, and what was looked for there, when the form was sent."""
    sent = {"page": request.values.get("page", ""), "q": request.values.get("of", "")}
    return {name: value for name, value in sent.items() if value}


def written(room: Room, item: str, go_on: bool = False) -> BaseResponse:
    """Write what waits for an item into the person's draft, and show that; with ``go_on`` the
    list of questions, where the next one waits."""
    knowledge = room.base.judge.knowledge
    known = items(knowledge).get(item) or subjects(knowledge).get(item)
    wished = room.wished(item)
    row = room.row(known.kind, item) if known else None
    if row is None:
        return refused(GONE, "console.inbox.waiting")
    place = Place(row.kind, row.name, row.file)
    now = room.services.clock.now()
    written = write_in(room.store, room.desk, person().name, place, wished, now)
    there = {"kind": row.kind, "name": row.name}
    if written.problem:
        words = f"问法先留着，还没有写进草稿。{written.problem}"
        return refused(words, "console.knowledge.edit", **there)
    if not written.added:
        words = f"这几句《{row.title}》里都有了，不用再写"
        if go_on:
            return done(words, "console.inbox.index", **place_of_list())
        return done(words, "console.knowledge.edit", **there)
    words = f"{written.added} 句问法写进了《{row.title}》的草稿，看一遍再发布"
    if go_on:
        return done(words, "console.inbox.index", **place_of_list())
    return done(words, "console.knowledge.edit", **there)
