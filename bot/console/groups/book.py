"""List, search, add, change and remove groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from flask import Blueprint, abort, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.broadcasting.files import Stale
from bot.broadcasting.group_table import (
    CHANNEL_COLUMNS,
    COLUMNS,
    LISTS,
    NOT_HERE,
    SECRETS,
    cells_of,
    read_row,
    secret_problem,
)
from bot.broadcasting.model import AUDIENCE_WORDS, CHANNEL_FIELDS, Book, Group
from bot.broadcasting.words import CHANNEL_WORDS, KIND_WORDS
from bot.console.content import look_if_saved, saved_content
from bot.console.groups.arrivals import arrived
from bot.console.groups.desk import GroupDesk
from bot.console.guard import needs, person
from bot.console.services import ConsoleServices
from bot.console.views import PAGE_SIZE, confirm, cut, done, is_htmx, page_number, refused
from bot.problems import Invalid

_RESERVED = frozenset({"new", "import", "arrivals"})
"""Words that are addresses of pages already."""

_CHANGED = "您改的时候，别人也改了这个群。您写的都还在；看过下面的不同再点一次保存，就按您的存。"


def add(pages: Blueprint, services: ConsoleServices) -> None:
    """``/console/groups/``, ``/new``, ``/<group>``, ``/<group>/remove``"""

    def book() -> Book:
        look_if_saved(services)
        return services.book.current()

    def desk() -> GroupDesk:
        return GroupDesk(services, person().name)

    def group_or_404(name: str) -> Group:
        found = book().groups.get(name)
        if found is None:
            abort(404)
        return found

    def page(
        cells: dict[str, str],
        name: str,
        seen: str,
        problem: str = "",
        wrong: Iterable[tuple[str, str]] = (),
        differing: Iterable[tuple[str, str, str]] = (),
    ) -> str:
        known = services.book.current()
        group = known.groups.get(name)
        return render_template(
            "console/group.html",
            cells=cells,
            name=name,
            seen=seen,
            problem=problem,
            wrong=dict(wrong),
            differing=differing,
            unset=known.target(group).unset if group else (),
            **(arrived(services, name) if name else {}),
            used=[plan for plan in known.plans.values() if group and plan.groups.holds(group)],
            labels=COLUMNS,
            lists=LISTS,
            secrets=SECRETS,
            kinds=KIND_WORDS,
            audiences=AUDIENCE_WORDS,
            channels=CHANNEL_WORDS,
            fields={name: CHANNEL_FIELDS[name] for name in CHANNEL_WORDS},
            columns=CHANNEL_COLUMNS,
        )

    @pages.get("/")
    @needs("groups.see")
    def index() -> str:
        asked, kind = request.args.get("q", "").strip(), request.args.get("kind", "")
        known = book()
        found = [group for group in known.groups.values() if _fits(group, asked, kind)]
        number = page_number()
        begin = (number - 1) * PAGE_SIZE
        return render_template(
            "console/group_rows.html" if is_htmx() else "console/groups.html",
            rows=cut(found[begin : begin + PAGE_SIZE + 1], number),
            count=len(found),
            total=len(known.groups),
            by_kind=Counter(group.kind for group in known.groups.values()),
            unset=known.unset(),
            asked=asked,
            kind=kind,
            problems=services.book.problems,
            kinds=KIND_WORDS,
            audiences=AUDIENCE_WORDS,
            channels=CHANNEL_WORDS,
        )

    @pages.get("/new")
    @needs("groups.edit")
    def new() -> str:
        return page({"type": "paste", "owner": person().name}, "", "")

    @pages.post("/new")
    @needs("groups.edit")
    def add_group() -> Response | tuple[str, int]:
        return save("")

    @pages.get("/<name>")
    @needs("groups.see")
    def group(name: str) -> str:
        found = group_or_404(name)
        problem = NOT_HERE if _holds_secret(found) and person().may("groups.edit") else ""
        return page(cells_of(found), name, desk().seen(name), problem)

    @pages.post("/<name>")
    @needs("groups.edit")
    def save_group(name: str) -> Response | tuple[str, int]:
        return save(name)

    def save(name: str) -> Response | tuple[str, int]:
        known = book().groups.get(name)
        cells = _posted(name, known)
        seen = request.form.get("seen", "")
        document, wrong = read_row(cells)
        if not name and cells["id"] in _RESERVED:
            wrong.append(("id", f"代号不能叫 {cells['id']}，请换一个"))
        if wrong:
            return page(cells, name, seen, "有几处要改，见下面红字。", wrong), 422
        try:
            desk().save(document, seen, services.clock.now())
        except Stale as stale:
            if not name:
                problem = f"代号 {cells['id']} 已经有了，请换一个"
                return page(cells, name, "", problem, [("id", problem)]), 409
            saved_content(services)
            theirs = services.book.current().groups.get(name)
            if stale.current is None or theirs is None:
                words = "您改的时候，别人删掉了这个群。再点一次保存，就按您的重新加上。"
                return page(cells, name, "", words), 409
            differing = _differences(cells, cells_of(theirs))
            return page(cells, name, desk().seen(name), _CHANGED, (), differing), 409
        except Invalid as invalid:
            return page(cells, name, seen, _not_saved(invalid)), 422
        saved_content(services)
        return done(f"{cells['name']} 保存好了，几秒内生效", "console.groups.index")

    @pages.get("/<name>/remove")
    @needs("groups.edit")
    def ask_remove(name: str) -> str:
        found = group_or_404(name)
        lines = ("以后的预警不再发给它。已经定稿、还没发的，到时候也不发给它。",)
        return confirm(
            f"从群名册删掉“{found.name}”？",
            lines,
            "删掉",
            url_for("console.groups.group", name=name),
            seen=desk().seen(name),
        )

    @pages.post("/<name>/remove")
    @needs("groups.edit")
    def remove(name: str) -> Response:
        found = group_or_404(name)
        try:
            desk().remove(name, request.form.get("seen", ""), services.clock.now())
        except Stale:
            words = "没有删：别人刚刚改过这个群，请看一眼再删"
            return refused(words, "console.groups.group", name=name)
        except Invalid as invalid:
            return refused(_not_saved(invalid), "console.groups.group", name=name)
        saved_content(services)
        return done(f"{found.name} 删掉了", "console.groups.index")


def _fits(group: Group, asked: str, kind: str) -> bool:
    if kind and group.kind != kind:
        return False
    word = asked.casefold()
    return any(word in text.casefold() for text in (group.name, group.id, group.owner))


def _posted(name: str, known: Group | None) -> dict[str, str]:
    """The form's cells. Whom a group is for keeps its order, for the first counts."""
    cells = {field: request.form.get(field, "").strip() for field in COLUMNS}
    cells["id"] = name or cells["id"]
    ticked = request.form.getlist("audience")
    before = [word for word in (known.audience if known else ()) if word in ticked]
    cells["audience"] = "、".join(dict.fromkeys((*before, *ticked)))
    # Fields of other channels stay in the page when the channel is changed; they are not meant.
    wanted = CHANNEL_FIELDS.get(cells["type"], frozenset())
    for field in CHANNEL_COLUMNS:
        if field not in wanted:
            cells[field] = ""
    return cells


def _differences(mine: dict[str, str], theirs: dict[str, str]) -> list[tuple[str, str, str]]:
    def words(cells: dict[str, str]) -> dict[str, str]:
        document, _ = read_row(cells)
        flat = {
            **cells,
            "kind": KIND_WORDS.get(document["kind"], ""),
            "type": CHANNEL_WORDS.get(document["channel"]["type"], ""),
            "audience": "、".join(AUDIENCE_WORDS[word] for word in document["audience"]),
        }
        return {field: flat.get(field, "") for field in COLUMNS}

    ours, others = words(mine), words(theirs)
    return [
        (COLUMNS[field], ours[field], others[field])
        for field in COLUMNS
        if ours[field] != others[field]
    ]


def _holds_secret(group: Group) -> bool:
    return any(
        isinstance(value, str) and secret_problem(field, value)
        for field, value in group.channel.items()
    )


def _not_saved(invalid: Invalid) -> str:
    return "没有保存。" + "；".join(
        problem.what
        + (f"（{problem.file}:{problem.line}）" if problem.line else f"（{problem.file}）")
        for problem in invalid.problems[:3]
    )
