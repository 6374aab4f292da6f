"""The log of answers: what was asked (scrubbed), what was said, and "判错了" by staff."""

from __future__ import annotations

from datetime import timedelta
from typing import cast, get_args

from flask import Blueprint, abort, render_template, request
from werkzeug.wrappers import Response

from bot.console.guard import needs, person
from bot.console.items import items, search, title_of
from bot.console.page import NavItem, Page
from bot.console.services import ConsoleServices
from bot.console.views import PAGE_SIZE, cut, done, is_htmx, midnight, page_number
from bot.console.words import VERDICT_WORDS
from bot.kb.model import CATEGORIES
from bot.store.asked import AnswerRow, AnswerSearch, MarkRow, Should
from bot.unanswered import mark_wrong

LAST_PAGE = 100
"""Pages back; older answers are reached by their day. Page 100 takes 30 ms to find."""

TEXT_DAYS = 60
"""How many days a search for words looks back: 33,000 answers of a busy station take 50 ms."""

LONGEST_NOTE = 200
OFFERED = 4
"""Entries offered before anybody has looked for one."""

SHOULD_WORDS: dict[Should, str] = {
    "entry": "应该答这个词条",
    "ordinary": "是平常消息，不该提醒",
    "other": "别的",
}


def routes(services: ConsoleServices) -> Blueprint:
    """``/console/answers/``, with ``verdict``, ``category``, ``since``, ``until``, ``text``,
    ``only`` (marked, useless), ``page``; ``/console/answers/one`` with ``channel`` and ``message``."""
    pages = Blueprint("answers", __name__, url_prefix="/answers")

    @pages.get("/")
    @needs("answers.see")
    def index() -> str:
        wanted = {
            name: request.args.get(name, "").strip()
            for name in ("verdict", "category", "since", "until", "text", "only")
        }
        number = min(page_number(), LAST_PAGE)
        rows = services.store.answer_log.find(
            asked_for(wanted, services), PAGE_SIZE + 1, (number - 1) * PAGE_SIZE
        )
        template = "console/answer_rows.html" if is_htmx() else "console/answers.html"
        knowledge = services.live.current().judge.knowledge
        known = items(knowledge)
        return render_template(
            template,
            rows=cut(rows, number),
            wanted=wanted,
            filters={name: value for name, value in wanted.items() if value},
            verdicts=VERDICT_WORDS,
            categories=CATEGORIES,
            titles={name: item.title for name, item in known.items()},
            last=number == LAST_PAGE,
            text_days=TEXT_DAYS,
        )

    @pages.get("/one")
    @needs("answers.see")
    def one() -> str:
        return _page(services, _asked(services))

    @pages.post("/one")
    @needs("answers.mark")
    def mark() -> tuple[str, int] | Response:
        answer = _asked(services)
        should = request.form.get("should", "")
        item = request.form.get("item", "") if should == "entry" else ""
        problem = ""
        if should not in get_args(Should):
            problem = "请选一个：应该怎么答"
        elif should == "entry" and item not in items(services.live.current().judge.knowledge):
            problem = "请选一个词条：输几个字，点“找”，再选"
        if problem:
            return _page(services, answer, problem), 422
        note = request.form.get("note", "").strip()[:LONGEST_NOTE]
        now = services.clock.now()
        mark_wrong(
            services.store, answer, MarkRow(person().name, now, cast("Should", should), item, note)
        )
        return done(
            "记下了，这个问题进了“没答上来的”",
            "console.answers.one",
            channel=answer.channel,
            message=answer.message,
        )

    return pages


PAGE = Page(routes, (NavItem("问答记录", "console.answers.index", "answers.see"),))


def asked_for(wanted: dict[str, str], services: ConsoleServices) -> AnswerSearch:
    """The search of the filters; one for words looks back ``TEXT_DAYS`` at most."""
    zone = services.config.timezone
    since, until = midnight(wanted["since"], zone), midnight(wanted["until"], zone, days=1)
    if wanted["text"]:
        earliest = (until or services.clock.now()) - timedelta(days=TEXT_DAYS)
        since = max(since or earliest, earliest)
    return AnswerSearch(
        wanted["verdict"],
        wanted["category"],
        wanted["text"],
        wanted["only"] == "marked",
        wanted["only"] == "useless",
        since,
        until,
    )


def _asked(services: ConsoleServices) -> AnswerRow:
    found = services.store.answer_log.one(
        request.args.get("channel", ""), request.args.get("message", "")
    )
    if found is None:
        abort(404)
    return found


def _page(services: ConsoleServices, answer: AnswerRow, problem: str = "") -> str:
    base = services.live.current()
    knowledge = base.judge.knowledge
    known = items(knowledge)
    sought = request.values.get("q", "").strip()
    found = search(base.judge, sought) if sought else search(base.judge, answer.scrubbed)[:OFFERED]
    signs = {sign.id: sign.name for sign in (*knowledge.signs, *knowledge.cues) if sign.name}
    mark = services.store.answer_log.mark_of(answer.channel, answer.message)
    return render_template(
        "console/answer.html",
        answer=answer,
        titles={name: item.title for name, item in known.items()},
        signs=[signs[sign] for sign in answer.signs if sign in signs],
        verdicts=VERDICT_WORDS,
        categories=CATEGORIES,
        current=base.revision == answer.revision,
        used_since=services.store.revisions.used_since(answer.revision),
        opinions=services.store.feedback.of(answer.channel, answer.message),
        mark=mark,
        mark_item=title_of(knowledge, mark.item) if mark and mark.item else "",
        should_words=SHOULD_WORDS,
        problem=problem,
        typed=request.form,
        sought=sought,
        choices=found,
    )
