"""The fields of a text of the library, and the text they stand for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from werkzeug.datastructures import MultiDict

from bot.broadcasting.model import AUDIENCE_WORDS, LibraryText
from bot.console.warnings.plan_form import AUDIENCE_ORDER, clean

REVIEW_AFTER = timedelta(days=180)
"""When a new text is to be looked at again, unless its author says otherwise."""

FORMAT_WORDS: Mapping[str, str] = {
    "text": "纯文字",
    "markdown": "正文里带加粗、链接",
    "news": "图文，点开是网页",
    "card": "卡片，点开是网页",
    "image": "文字，再跟一张图",
}
LABELS: Mapping[str, str] = {
    "category": "类别",
    "audience": "给谁看",
    "title": "标题",
    "body": "正文",
    "led": "屏幕上的字",
    "spoken": "喇叭里念的话",
    "source": "根据什么写的",
    "review_by": "哪天之前再看一遍",
    "format": "怎么显示",
    "url": "点开的网页",
    "picture": "图片",
}
"""What the file's fields are called on the page, in the order they are written."""


@dataclass(frozen=True, slots=True)
class TextForm:
    """What stands in the fields."""

    category: str = ""
    audience: tuple[str, ...] = ()
    title: str = ""
    body: str = ""
    led: str = ""
    spoken: str = ""
    source: str = ""
    review_by: str = ""
    format: str = ""
    url: str = ""
    picture: str = ""

    def document(self, name: str) -> dict[str, Any]:
        """As it stands in the library's file (design §6), without what is empty."""
        given = {field: getattr(self, field) for field in LABELS}
        given["audience"] = list(self.audience)
        given["review_by"] = _day(self.review_by)
        return {"id": name, **{field: value for field, value in given.items() if value}}


def blank(today: date, category: str) -> TextForm:
    """A new text for everybody."""
    return TextForm(category, ("all",), review_by=f"{today + REVIEW_AFTER}")


def form_of(text: LibraryText) -> TextForm:
    """The form that shows a text."""
    return TextForm(
        category=text.category,
        audience=text.audience,
        title=text.title,
        body=text.body,
        led=text.led,
        spoken=text.spoken,
        source=text.source,
        review_by=f"{text.review_by or ''}",
        format=text.format,
        url=text.url,
        picture=text.picture,
    )


def read_form(fields: MultiDict[str, str], known: LibraryText | None) -> TextForm:
    """The form as it was posted. A text that is ``known`` keeps its category, and the order of its
    audience."""
    one = {field: clean(fields.get(field, "")) for field in LABELS}
    ticked = [word for word in AUDIENCE_ORDER if word in fields.getlist("audience")]
    if known is not None:
        one["category"] = known.category
        kept = [word for word in known.audience if word in ticked]
        ticked = list(dict.fromkeys((*kept, *ticked)))
    del one["audience"]
    return TextForm(**one, audience=tuple(ticked))


def differences(mine: TextForm, theirs: TextForm) -> tuple[tuple[str, str, str], ...]:
    """(label, mine, theirs) of the fields that differ."""
    pairs = ((label, _shown(mine, name), _shown(theirs, name)) for name, label in LABELS.items())
    return tuple(pair for pair in pairs if pair[1] != pair[2])


def _shown(form: TextForm, field: str) -> str:
    if field == "audience":
        return "、".join(AUDIENCE_WORDS[word] for word in form.audience)
    value = str(getattr(form, field))
    return FORMAT_WORDS.get(value, value) if field == "format" else value


def _day(raw: str) -> date | str:
    """As YAML knows a date; what is none stays as it was typed, for the loader to refuse."""
    try:
        return date.fromisoformat(raw)
    except ValueError:
        return raw
