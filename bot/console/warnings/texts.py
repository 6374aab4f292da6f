"""The library of warning texts: list, search, write, change and remove."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from flask import Blueprint, abort, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.broadcasting.files import Stale
from bot.broadcasting.model import AUDIENCE_WORDS, LibraryText
from bot.broadcasting.preview import Preview
from bot.broadcasting.topics import categories
from bot.broadcasting.usage import fixed_in, usage
from bot.broadcasting.wording import advice
from bot.broadcasting.words import CHANNEL_WORDS, STATE_WORDS
from bot.console.content import look_if_saved, saved_content
from bot.console.guard import needs, person
from bot.console.services import ConsoleServices
from bot.console.views import PAGE_SIZE, confirm, cut, done, is_htmx, page_number, refused
from bot.console.warnings.form_problems import by_part
from bot.console.warnings.plan_form import AUDIENCE_ORDER
from bot.console.warnings.text_desk import DRAFT, TextDesk
from bot.console.warnings.text_form import (
    FORMAT_WORDS,
    LABELS,
    TextForm,
    blank,
    differences,
    form_of,
    read_form,
)
from bot.kb.model import CATEGORIES
from bot.problems import Invalid
from bot.senders.pictures import SUFFIXES

_LIST, _ONE = "console.warnings.texts", "console.warnings.text"
_CHANGED = "您改的时候，别人也改了这条文字。您写的都还在；看过下面的不同再点一次保存，就按您的存。"
_GONE = "您改的时候，别人删掉了这条文字。再点一次保存，就按您的重新加上。"
_TAKEN = "别人刚刚也加了一条，代号撞上了。再点一次保存就好。"


def add(pages: Blueprint, services: ConsoleServices) -> None:
    """``/console/warnings/texts/``, ``/new``, ``/preview``, ``/<text>``, ``/<text>/remove``"""

    def desk() -> TextDesk:
        return TextDesk(services, person().name)

    def text_or_404(name: str) -> LibraryText:
        look_if_saved(services)
        found = services.book.current().library.get(name)
        if found is None:
            abort(404)
        return found

    def today() -> date:
        return services.clock.now().astimezone(services.config.timezone).date()

    def shown(form: TextForm, name: str) -> dict[str, object]:
        """What the preview's template needs; ``too_long`` is what may not be saved."""
        text, problems = desk().read(form, name or DRAFT)
        parts = by_part(desk().draft(form, name or DRAFT), problems, LABELS) if problems else {}
        if text is None or parts.keys() & {"title", "body", "audience"}:
            return {"problems": parts, "found": None, "too_long": []}
        found = desk().looks(text)
        return {
            "problems": parts,
            "found": found,
            "too_long": _too_long(found),
            "advice": advice(text),
            "channels": CHANNEL_WORDS,
        }

    def page(
        form: TextForm,
        name: str,
        seen: str,
        problem: str = "",
        differing: Iterable[tuple[str, str, str]] = (),
        begun: bool = True,
    ) -> str:
        book = services.book.current()
        pictures = services.config.broadcasts / "pictures"
        return render_template(
            "console/text.html",
            form=form,
            name=name,
            seen=seen,
            problem=problem,
            differing=differing,
            categories=CATEGORIES,
            audience_words=AUDIENCE_WORDS,
            audience_order=AUDIENCE_ORDER,
            formats=FORMAT_WORDS,
            pictures=sorted(path.name for path in pictures.glob("*") if path.suffix in SUFFIXES),
            used=usage(book).get(name, ()) if name else (),
            sent=services.store.editions.texts_last_sent().get(name) if name else None,
            frozen=desk().frozen_with(name) if name else (),
            states=STATE_WORDS,
            stale=is_stale(book.library[name], today()) if name in book.library else False,
            shown=shown(form, name)
            if begun
            else {"problems": {}, "found": None, "too_long": [], "blank": True},
        )

    @pages.get("/texts/")
    @needs("warnings.see")
    def texts() -> str:
        look_if_saved(services)
        book, day = services.book.current(), today()
        wanted = {name: request.args.get(name, "").strip() for name in _FILTERS}
        found = [text for text in book.library.values() if _fits(text, wanted, day)]
        found.sort(key=lambda text: not is_stale(text, day))
        number = page_number()
        begin = (number - 1) * PAGE_SIZE
        return render_template(
            "console/text_rows.html" if is_htmx() else "console/texts.html",
            rows=cut(found[begin : begin + PAGE_SIZE + 1], number),
            wanted=wanted,
            total=len(book.library),
            stale={text.id for text in found if is_stale(text, day)},
            stale_in_all=sum(is_stale(text, day) for text in book.library.values()),
            used=usage(book),
            sent=services.store.editions.texts_last_sent(),
            known={name: CATEGORIES[name] for name in categories(book.library)},
            audiences=AUDIENCE_WORDS,
            problems=services.book.problems,
        )

    @pages.get("/texts/new")
    @needs("warnings.plan")
    def new_text() -> str:
        return page(blank(today(), request.args.get("category", "")), "", "", begun=False)

    @pages.post("/texts/new")
    @needs("warnings.plan")
    def add_text() -> Response | tuple[str, int]:
        return save("")

    @pages.post("/texts/preview")
    @needs("warnings.plan")
    def preview_text() -> str:
        name = request.form.get("text", "")
        form = read_form(request.form, services.book.current().library.get(name))
        return render_template("console/text_preview.html", shown=shown(form, name))

    @pages.get("/texts/<name>")
    @needs("warnings.see")
    def text(name: str) -> str:
        found = text_or_404(name)
        return page(form_of(found), name, desk().seen(found))

    @pages.post("/texts/<name>")
    @needs("warnings.plan")
    def save_text(name: str) -> Response | tuple[str, int]:
        return save(name)

    def save(name: str) -> Response | tuple[str, int]:
        look_if_saved(services)
        known = services.book.current().library.get(name)
        form, seen = read_form(request.form, known), request.form.get("seen", "")
        looked = shown(form, name)
        if looked["problems"] or looked["too_long"]:
            return page(form, name, seen, "没有保存。有几处要改，见红字。"), 422
        if not name and (twin := _twin(form, services.book.current().library.values())):
            return done(f"“{form.title}”已经在了", _ONE, name=twin)
        try:
            made = desk().save(form, name, seen, services.clock.now())
        except Stale as stale:
            return conflict(form, name, stale)
        except Invalid as invalid:
            return page(form, name, seen, _not_saved(invalid)), 422
        saved_content(services)
        return done("保存好了，几秒内生效", _ONE, name=made)

    def conflict(form: TextForm, name: str, stale: Stale) -> tuple[str, int]:
        if not name:
            saved_content(services)
            return page(form, "", "", _TAKEN), 409
        saved_content(services)
        theirs = services.book.current().library.get(name)
        if stale.current is None or theirs is None:
            return page(form, name, "", _GONE), 409
        differing = differences(form, form_of(theirs))
        return page(form, name, desk().seen(theirs), _CHANGED, differing), 409

    @pages.get("/texts/<name>/remove")
    @needs("warnings.plan")
    def ask_remove_text(name: str) -> str | Response:
        found = text_or_404(name)
        if plans := fixed_in(name, services.book.current()):
            words = "、".join(f"“{plan.title}”" for plan in plans)
            return refused(f"删不了：计划{words}写明要用这条。请先改计划", _ONE, name=name)
        lines = ["发过的都留着，记录也留着。"]
        if desk().frozen_with(name):
            lines.insert(0, "已经定稿、还没发的，会换成这一类别的文字重新定稿，批过的要重新批。")
        back = url_for(_ONE, name=name)
        seen = desk().seen(found)
        return confirm(f"删掉“{found.title}”这条文字？", lines, "删掉", back, seen=seen)

    @pages.post("/texts/<name>/remove")
    @needs("warnings.plan")
    def remove_text(name: str) -> Response:
        found = text_or_404(name)
        if fixed_in(name, services.book.current()):
            return refused("没有删：有计划写明要用这条。请先改计划", _ONE, name=name)
        try:
            desk().remove(found, request.form.get("seen", ""), services.clock.now())
        except Stale:
            return refused("没有删：别人刚刚改过这条文字，请看一眼再删", _ONE, name=name)
        except Invalid as invalid:
            return refused(_not_saved(invalid, "没有删。"), _ONE, name=name)
        saved_content(services)
        return done(f"“{found.title}”删掉了", _LIST)


_FILTERS = ("q", "category", "audience", "stale")


def _fits(text: LibraryText, wanted: Mapping[str, str], today: date) -> bool:
    word = wanted["q"].casefold()
    return (
        (not wanted["category"] or text.category == wanted["category"])
        and (not wanted["audience"] or wanted["audience"] in text.audience)
        and (not wanted["stale"] or is_stale(text, today))
        and any(word in part.casefold() for part in (text.title, text.body, text.id))
    )


def is_stale(text: LibraryText, today: date) -> bool:
    """Whether a text is to be looked at again; it goes out all the same."""
    return text.review_by is not None and today > text.review_by


def _too_long(found: Preview) -> list[str]:
    """What no channel may get, in words; the same of one channel is told once."""
    return [
        f"{CHANNEL_WORDS[form.channel]}放不下：超了 {form.rendered.size - form.rendered.limit} "
        f"{form.rendered.unit}，请删短"
        for form in found.forms
        if form.rendered is not None and form.rendered.size > form.rendered.limit
    ]


def _twin(form: TextForm, library: Iterable[LibraryText]) -> str:
    """A text that says just this already: the form was sent twice; '' where there is none."""
    return next((text.id for text in library if form_of(text) == form), "")


def _not_saved(invalid: Invalid, begin: str = "没有保存。") -> str:
    return begin + "；".join(
        problem.what + (f"，{problem.mend}" if problem.mend else "")
        for problem in invalid.problems[:3]
    )
