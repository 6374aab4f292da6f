"""A warning that stands in no plan: one text, once, for the groups named on the command line."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.broadcasting.calendar import Once
from bot.broadcasting.model import KINDS, Book, Fixed, LibraryText, Plan, Selection
from bot.kb.model import AUDIENCES

BODY_CHARACTERS = 2000
"""As for a text of the library."""

_BODY = "once"
"""The id of a text that came with the command; the library has none of it."""


class Misused(Exception):
    """The options do not make a warning; the message says what to do."""


@dataclass(frozen=True, slots=True)
class OneOff:
    """A plan made for the occasion, and the book that holds its text."""

    plan: Plan
    book: Book


def add_options(parser: argparse.ArgumentParser) -> None:
    """``PLAN``, or instead of it the options that describe such a warning."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("plan", metavar="PLAN", nargs="?", help="计划，或已经定稿的一期")
    what.add_argument("--text", metavar="ID", help="不按计划，只发 library/ 里的这一条文字")
    what.add_argument("--body", metavar="TEXT", help="不按计划，只发这段话")
    parser.add_argument("--title", metavar="TEXT", default="紧急提醒", help="--body 的标题")
    parser.add_argument("--groups", metavar="IDS", help="发给哪些群，用逗号隔开")
    parser.add_argument("--kinds", metavar="KINDS", help="发给哪几类群，用逗号隔开")
    parser.add_argument("--audience", metavar="WORDS", help="发给有这些人的群，用逗号隔开")
    parser.add_argument("--author", metavar="NAME", help="谁写的，不写就是 --by 的人")


def one_off(args: argparse.Namespace, book: Book, author: str, now: datetime) -> OneOff | None:
    """The warning the options describe; None where they describe none.

    Raises:
        Misused: in words what is missing or wrong.
    """
    if args.text is None and args.body is None:
        return None
    if not author.strip():
        raise Misused("请写上谁写的：--by 姓名")
    selection = Selection(
        kinds=_words(args.kinds, KINDS, "--kinds"),
        ids=_words(args.groups, book.groups.keys(), "--groups"),
        audience=_words(args.audience, AUDIENCES, "--audience"),
    )
    if selection == Selection():
        raise Misused("请写发给谁：--groups、--kinds 或 --audience")
    if args.text is not None and args.text not in book.library:
        raise Misused(f"library/ 里没有文字 {args.text}")
    if args.body is not None:
        book = replace(book, library={**book.library, _BODY: _text(args.title, args.body)})
    text_id = args.text or _BODY
    plan = Plan(
        id=_plan_id(book.library[text_id], selection),
        title=book.library[text_id].title,
        when=Once(now),
        groups=selection,
        content=Fixed({"all": text_id}),
        author=author,
    )
    if not book.selected(plan):
        raise Misused("一个群也没有选中，请检查 --groups、--kinds、--audience")
    return OneOff(plan, book)


def _text(title: str, body: str) -> LibraryText:
    if not body.strip() or not title.strip():
        raise Misused("文字是空的，请把要发的话写在 --body 后面")
    if len(body) > BODY_CHARACTERS:
        raise Misused(f"文字有 {len(body)} 个字，最多 {BODY_CHARACTERS}")
    return LibraryText(_BODY, "", ("all",), title.strip(), body.strip())


def _words(raw: str | None, known: Iterable[str], option: str) -> frozenset[str] | None:
    if raw is None:
        return None
    words = frozenset(filter(None, (word.strip() for word in raw.split(","))))
    allowed = set(known)
    for word in sorted(words):
        if word not in allowed:
            raise Misused(f"{option} 里的 {word} 没有，可选：{'、'.join(sorted(allowed))}")
    return words


def _plan_id(text: LibraryText, selection: Selection) -> str:
    """The same warning to the same groups has the same name: a second one needs --again."""
    parts = (text.title, text.body, *(sorted(part or ()) for part in (
        selection.kinds, selection.ids, selection.audience
    )))  # fmt: skip
    return f"once-{hashlib.sha256(repr(parts).encode()).hexdigest()[:8]}"
