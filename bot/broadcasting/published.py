"""Warnings that really went out, for those who ask whether one is ours.

Only approved editions count of which something was handed to a platform or a person; one that was
cancelled after that is told as withdrawn.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.broadcasting.model import AUDIENCE_WORDS, Book
from bot.clock import Clock
from bot.store.api import EditionRow, Store
from bot.warnings import Finding, Published, code_of, compare, examine, worth_comparing

LOOK_BACK = timedelta(days=180)
"""How long a warning is recognised by its words alone; its code is known for good."""

KEPT = timedelta(seconds=20)
"""How long the recent texts are kept in memory."""


@dataclass(frozen=True, slots=True)
class PublicForm:
    """One text of a warning and for whom it was, in words ('' where nobody knows any more)."""

    audience: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class PublicWarning:
    """What the public page of a warning shows."""

    code: str
    title: str
    station: str
    day: date
    withdrawn: bool
    forms: tuple[PublicForm, ...]


class Publications:
    """Looks warnings up. ``station`` is the name they are signed with."""

    def __init__(self, store: Store, clock: Clock, station: str, zone: ZoneInfo) -> None:
        self._store = store
        self._clock = clock
        self._station = station
        self._zone = zone
        self._lock = threading.Lock()
        self._recent: tuple[Published, ...] = ()
        self._read_at: datetime | None = None

    def find(self, text: str) -> Finding | None:
        """What is known of the warning in a message; None where it holds none."""
        code = code_of(text)
        if code is None and not worth_comparing(text):
            return None
        named = self._under(code) if code else ()
        recent = self._recently() if not named and worth_comparing(text) else ()
        return examine(text, (*named, *recent))

    def compare(self, code: str, text: str) -> Finding | None:
        """A text with the warning of that code; None where there is none such."""
        ours = self._under(code)
        if not ours:
            return None
        named = code_of(text)
        if named is not None and named != code:
            return examine(text, ours)
        return compare(text, ours)

    def show(self, code: str, book: Book) -> PublicWarning | None:
        """The warning of that code with its texts; None where there is none such."""
        edition = self._store.editions.by_code(code)
        if edition is None:
            return None
        texts = self._store.editions.texts(edition.id)
        audiences: dict[str, dict[str, None]] = {}
        for digest, group in self._handed_over(edition):
            words = audiences.setdefault(digest, {})
            if group in book.groups:
                words |= {AUDIENCE_WORDS[word]: None for word in book.groups[group].audience}
        if not audiences:
            return None
        shown: dict[str, tuple[PublicForm, Mapping[str, None]]] = {}
        for digest, words in audiences.items():
            published = self._published(edition, texts[digest].title, texts[digest].body)
            known = shown.get(published.plain.text)
            if known is not None:
                words = {**known[1], **words}
            form = PublicForm("、".join(words), texts[digest].title, _readable(texts[digest].body))
            shown[published.plain.text] = (form, words)
        first = self._published(edition, "", "")
        return PublicWarning(
            code=code,
            title=edition.title,
            station=self._station,
            day=first.day,
            withdrawn=first.withdrawn,
            forms=tuple(form for form, _ in shown.values()),
        )

    def latest(self, book: Book) -> Published | None:
        """The last warning that went out and was not withdrawn, in its text for everybody: the one
        a group meant for all got, else the one most groups got."""
        since = self._clock.now() - LOOK_BACK
        for edition in self._store.editions.published_since(since):
            if edition.state != "approved":
                continue
            got: dict[str, list[str]] = {}
            for digest, group in self._handed_over(edition):
                got.setdefault(digest, []).append(group)
            if not got:
                continue
            texts = self._store.editions.texts(edition.id)

            def for_many(digest: str, got: Mapping[str, list[str]] = got) -> tuple[bool, int]:
                groups = [book.groups[group] for group in got[digest] if group in book.groups]
                return any("all" in group.audience for group in groups), len(got[digest])

            best = texts[max(got, key=for_many)]
            return self._published(edition, best.title, best.body)
        return None

    def _under(self, code: str) -> tuple[Published, ...]:
        edition = self._store.editions.by_code(code)
        return self._texts(edition) if edition is not None else ()

    def _recently(self) -> tuple[Published, ...]:
        now = self._clock.now()
        with self._lock:
            if self._read_at is None or not timedelta(0) <= now - self._read_at < KEPT:
                self._recent = tuple(
                    text
                    for edition in self._store.editions.published_since(now - LOOK_BACK)
                    for text in self._texts(edition)
                )
                self._read_at = now
            return self._recent

    def _texts(self, edition: EditionRow) -> tuple[Published, ...]:
        digests = {digest for digest, _ in self._handed_over(edition)}
        return tuple(
            self._published(edition, text.title, text.body)
            for digest, text in self._store.editions.texts(edition.id).items()
            if digest in digests
        )

    def _handed_over(self, edition: EditionRow) -> tuple[tuple[str, str], ...]:
        if edition.state not in ("approved", "cancelled"):
            return ()
        return self._store.deliveries.handed_over(edition.id)

    def _published(self, edition: EditionRow, title: str, body: str) -> Published:
        return Published(
            code=edition.code or "",
            title=title,
            station=self._station,
            day=edition.scheduled_at.astimezone(self._zone).date(),
            body=body,
            withdrawn=edition.state == "cancelled",
        )


def _readable(body: str) -> str:
    """The text without the mark of a heading, which no phone shows."""
    return body.removeprefix("## ")
