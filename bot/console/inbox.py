"""Questions nobody could answer, one row for like ones, and what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast, get_args

from flask import Blueprint, abort, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from bot.console import additions
from bot.console.additions import place_of_list, written
from bot.console.guard import needs, person
from bot.console.items import Item, items, search, subjects, title_of
from bot.console.knowledge.room import MOST_WISHED, Room
from bot.console.page import NavItem, Page
from bot.console.services import ConsoleServices
from bot.console.views import cut, done, page_number, refused
from bot.console.words import DECISION_WORDS, VERDICT_WORDS
from bot.kb.model import Knowledge
from bot.store.asked import Decision, GroupRow
from bot.types import Verdict
from bot.unanswered import Wish, clean_texts, decide, trouble

ROWS = 20
SHOWN = 40
"""Questions of a group shown on its page."""

AT_ONCE: frozenset[Decision] = frozenset({"not_ours", "done"})
"""What may be decided of several rows at once: what needs no further word."""

OFFERED = 5
"""Distinct wordings put into the text field to begin with."""


@dataclass(frozen=True, slots=True)
class Line:
    """A group and what the judge thought of first when its latest question came."""

    group: GroupRow
    nearest: Item | None


def routes(services: ConsoleServices) -> Blueprint:
    """``/console/inbox/…``"""
    pages = Blueprint("inbox", __name__, url_prefix="/inbox")
    room = Room.over(services)

    @pages.get("/")
    @needs("inbox.see")
    def index() -> str:
        number, decided = page_number(), request.args.get("show") == "decided"
        sought = request.args.get("q", "").strip()[:100]
        rows = services.store.questions.groups(not decided, ROWS + 1, (number - 1) * ROWS, sought)
        knowledge = services.live.current().judge.knowledge
        return render_template(
            "console/inbox.html",
            rows=cut(lines(services, knowledge, rows), number, ROWS),
            decided=decided,
            sought=sought,
            filters=({"show": "decided"} if decided else {}) | ({"q": sought} if sought else {}),
            open_groups=services.store.questions.open_groups(),
            drafts=room.count(),
            waiting=services.store.unanswered.count(),
            wished=len(services.store.questions.additions("pending", MOST_WISHED)),
            decisions=DECISION_WORDS,
            title_of=lambda item: title_of(knowledge, item),
        )

    @pages.get("/choices")
    @needs("inbox.see")
    def choices() -> str:
        found = search(services.live.current().judge, request.args.get("q", ""))
        return render_template("console/item_choices.html", choices=found, chosen="", sought=True)

    @pages.get("/group/<group>")
    @needs("inbox.see")
    def group(group: str) -> str:
        return _page(services, _group(services, group))

    @pages.post("/group/<group>")
    @needs("inbox.work")
    def act(group: str) -> tuple[str, int] | BaseResponse:
        row = _group(services, group)
        decision = cast("Decision", request.form.get("decision", ""))
        if decision not in get_args(Decision):
            abort(400)
        knowledge = services.live.current().judge.knowledge
        wish = _wish(decision)
        problem = _trouble(decision, wish, knowledge)
        if problem:
            return _page(services, row, problem), 422
        if not decide(services.store, row, decision, wish, person().name, services.clock.now()):
            return refused("已经有人处理过了，请看现在的样子", "console.inbox.group", group=group)
        if not decision:
            return done("又打开了", "console.inbox.group", group=group)
        if wish is None or not person().may("knowledge.edit"):
            return done(_done_words(wish, knowledge), "console.inbox.index", **place_of_list())
        if wish.item:
            return written(room, wish.item, request.form.get("go_on") == "yes")
        words = f"{len(wish.texts)} 句问法已经填进新词条，请选放在哪里"
        return done(words, "console.knowledge.new", group=group)

    @pages.post("/many")
    @needs("inbox.work")
    def act_on_many() -> BaseResponse:
        decision = cast("Decision", request.form.get("decision", ""))
        if decision not in AT_ONCE:
            abort(400)
        found = [services.store.questions.group(one) for one in request.form.getlist("group")]
        rows = [row for row in found[:ROWS] if row is not None and not row.decision]
        if not rows:
            return refused("请先勾选问题", "console.inbox.index", **place_of_list())
        now = services.clock.now()
        closed = [decide(services.store, row, decision, None, person().name, now) for row in rows]
        words = f"{sum(closed)} 行处理好了：{DECISION_WORDS[decision]}"
        return done(words, "console.inbox.index", **place_of_list())

    additions.add(pages, room)
    return pages


PAGE = Page(routes, (NavItem("没答上来的", "console.inbox.index", "inbox.see"),))


def lines(
    services: ConsoleServices, knowledge: Knowledge, rows: Sequence[GroupRow]
) -> tuple[Line, ...]:
    """The groups with the judge's first guess, as it was stored with the latest question."""
    known = items(knowledge)
    found = []
    for row in rows:
        nearest = None
        for question in services.store.questions.in_group(row.id, 1):
            answer = services.store.answer_log.one(question.channel, question.message)
            near = (
                [known[a.entry] for a in answer.alternatives if a.entry in known] if answer else []
            )
            nearest = near[0] if near else None
        found.append(Line(row, nearest))
    return tuple(found)


def alternatives(verdict: Verdict, known: dict[str, Item]) -> list[Item]:
    """What the judge would answer or thinks of, best first, each once."""
    named = [verdict.entry, *verdict.choices, *(near.entry for near in verdict.alternatives)]
    return [known[item] for item in dict.fromkeys(named) if item in known]


def _group(services: ConsoleServices, group: str) -> GroupRow:
    row = services.store.questions.group(group)
    if row is None:
        abort(404)
    return row


def _page(services: ConsoleServices, group: GroupRow, problem: str = "") -> str:
    base = services.live.current()
    knowledge = base.judge.knowledge
    known = items(knowledge)
    rows = services.store.questions.in_group(group.id, SHOWN)
    verdict = base.judge(group.example)
    sought = request.values.get("q", "").strip()
    near = alternatives(verdict, known)
    wordings = dict.fromkeys([group.example, *(row.scrubbed for row in rows)])
    return render_template(
        "console/inbox_group.html",
        group=group,
        rows=rows,
        verdict=verdict,
        verdict_words=VERDICT_WORDS[verdict.name],
        entry=known.get(verdict.entry or ""),
        near=near,
        choices=search(base.judge, sought) if sought else near,
        chosen=request.form.get("item") or (near[0].id if near and not sought else ""),
        sought=sought,
        place=place_of_list(),
        subjects=subjects(knowledge).values(),
        typed=request.form,
        texts=request.form.get("texts") or "\n".join(list(wordings)[:OFFERED]),
        problem=problem,
        decisions=DECISION_WORDS,
        decided_item=title_of(knowledge, group.item) if group.item else "",
    )


def _wish(decision: Decision) -> Wish | None:
    texts = clean_texts(request.form.get("texts", ""))
    if decision == "asks":
        return Wish(request.form.get("item", ""), "asks", texts)
    if decision == "new":
        return Wish("", "asks", texts)
    if decision == "ordinary":
        return Wish(request.form.get("subject", ""), "phrasings", texts)
    return None


def _trouble(decision: Decision, wish: Wish | None, knowledge: Knowledge) -> str:
    if wish is None:
        return ""
    if decision == "asks" and wish.item not in items(knowledge):
        return "请选一个词条：输几个字，点“找”，再选"
    if decision == "ordinary" and wish.item not in subjects(knowledge):
        return "请选它是哪一种平常消息"
    return trouble(wish)


def _done_words(wish: Wish | None, knowledge: Knowledge) -> str:
    if wish is None:
        return "处理好了"
    where = f"《{title_of(knowledge, wish.item)}》" if wish.item else "新词条"
    return f"{len(wish.texts)} 句问法给了{where}，等知识管理员写进去、发布"
