"""What there is in a base, to be browsed and searched by people. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.kb.model import CATEGORIES, Entry, Guide, Knowledge, Ordinary
from bot.text.spelling import spelled

_NAME = re.compile(r"^name: *[\"']?(.*?)[\"']? *$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A file of items: a category, a topic of guides, a subject. ``file`` is below knowledge/."""

    file: str
    kind: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Row:
    """One item as it is listed. ``review_by`` is None where there is nothing to review."""

    kind: str
    name: str
    title: str
    file: str
    shelf: str
    review_by: date | None
    words: str
    sounds: str
    """The title and the shelf as they are spelled (``bot.text.spelling``)."""

    def holds(self, word: str) -> bool:
        """Whether the word, in small letters, occurs in it; the title may also be spelled."""
        letters = len(word) > 1 and word.isascii() and word.isalpha()
        return word in self.words or (letters and word in self.sounds)

    def stale(self, today: date) -> bool:
        """Past its review date."""
        return self.review_by is not None and today > self.review_by


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything in one base. ``entries`` and the like are by their id."""

    rows: tuple[Row, ...]
    shelves: tuple[Shelf, ...]
    entries: Mapping[str, Entry]
    guides: Mapping[str, Guide]
    subjects: Mapping[str, Ordinary]

    def find(self, kind: str, name: str) -> Row | None:
        return next((row for row in self.rows if row.kind == kind and row.name == name), None)

    def search(self, text: str, file: str = "", kind: str = "") -> tuple[Row, ...]:
        """Those that hold every word of ``text``; what has it in its title comes first."""
        words = text.lower().split()
        found = [
            row
            for row in self.rows
            if (not file or row.file == file)
            and (not kind or row.kind == kind)
            and all(map(row.holds, words))
        ]
        in_title = [
            row
            for row in found
            if all(word in row.title.lower() or word in row.sounds for word in words)
        ]
        return tuple(dict.fromkeys([*in_title, *found]))


def catalogue_of(knowledge: Knowledge, files: Mapping[str, str]) -> Catalogue:
    """The catalogue; ``files`` are the base's files, which name guides' topics."""
    labels = {name: m[1] if (m := _NAME.search(text)) else name for name, text in files.items()}
    places = {passage.owner: passage.file for passage in knowledge.passages}
    rows: list[Row] = []
    for entry in knowledge.entries:
        said = (entry.id, entry.title, entry.why, *entry.says, *entry.asks)
        label = CATEGORIES[entry.category]
        rows.append(_row("entry", entry.id, entry.title, entry.file, label, entry.review_by, said))
    for guide in knowledge.guides:
        said = (guide.id, guide.title, guide.answer, *guide.asks)
        label = labels.get(_below(guide.file), guide.topic)
        rows.append(_row("guide", guide.id, guide.title, guide.file, label, guide.review_by, said))
    for subject in knowledge.ordinary:
        said = (subject.subject, subject.name, subject.habit, *subject.phrasings)
        file = places[subject.subject]
        rows.append(_row("ordinary", subject.subject, subject.name, file, subject.name, None, said))
    counts: dict[str, list[Row]] = {}
    for row in rows:
        counts.setdefault(row.file, []).append(row)
    return Catalogue(
        rows=tuple(rows),
        shelves=tuple(
            Shelf(file, listed[0].kind, listed[0].shelf, len(listed))
            for file, listed in counts.items()
        ),
        entries={entry.id: entry for entry in knowledge.entries},
        guides={guide.id: guide for guide in knowledge.guides},
        subjects={subject.subject: subject for subject in knowledge.ordinary},
    )


def _row(
    kind: str,
    name: str,
    title: str,
    file: str,
    shelf: str,
    review_by: date | None,
    said: tuple[str, ...],
) -> Row:
    words = "\n".join((*said, shelf)).lower()
    sounds = f"{spelled(title)} {spelled(shelf)}"
    return Row(kind, name, title, _below(file), shelf, review_by, words, sounds)


def _below(file: str) -> str:
    """A file's path below its base, from the path that problems name."""
    return file.partition("/")[2]
