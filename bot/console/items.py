"""Entries, guides and ordinary subjects as things to choose from: names, and a search over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.judge.grams import grams, reduce
from bot.judge.judge import Judge
from bot.kb.model import CATEGORIES, Knowledge
from bot.text.spelling import spelled

MOST_FOUND = 8
_NEAREST = 40
"""Phrasings looked at; several are of the same entry."""

_LIKE = 0.05
"""Below it a phrasing shares hardly a character with what was typed: 贷宽 finds loans at 0.07."""

Kind = Literal["entry", "guide", "ordinary"]


@dataclass(frozen=True, slots=True)
class Item:
    """Something of the knowledge base that a question can be told to belong to."""

    id: str
    title: str
    kind: Kind
    under: str


def items(knowledge: Knowledge) -> dict[str, Item]:
    """All entries and guides by id."""
    found = {
        entry.id: Item(entry.id, entry.title, "entry", CATEGORIES[entry.category])
        for entry in knowledge.entries
    }
    for guide in knowledge.guides:
        found[guide.id] = Item(guide.id, guide.title, "guide", "解答")
    return found


def subjects(knowledge: Knowledge) -> dict[str, Item]:
    """Ordinary subjects by id."""
    return {
        one.subject: Item(one.subject, one.name, "ordinary", "平常消息")
        for one in knowledge.ordinary
    }


def title_of(knowledge: Knowledge, item: str) -> str:
    """What people call it; its id where it is no longer there."""
    known = items(knowledge).get(item) or subjects(knowledge).get(item)
    return known.title if known else item


def search(judge: Judge, wanted: str) -> Sequence[Item]:
    """The entries and guides that fit the words best: by title (also as it is spelled), id and
    category, then by how near one of their phrasings is."""
    known = items(judge.knowledge)
    words = wanted.lower().split()
    if not words:
        return ()
    named = [
        one.id
        for one in known.values()
        if all(
            word in f"{one.title} {one.id} {one.under} {spelled(one.title)}".lower()
            for word in words
        )
    ]
    found = dict.fromkeys([*named, *(owner for owner in nearest(judge, wanted) if owner in known)])
    return [known[item] for item in list(found)[:MOST_FOUND]]


def nearest(judge: Judge, wanted: str) -> Sequence[str]:
    """Whose phrasings are like the words, also where they sound alike or are misspelled; the
    nearest first, entries, guides and ordinary subjects. Latin letters alone are like nothing."""
    if wanted.isascii():
        return ()
    lexical = judge.gatherer.lexical
    scores = lexical.index.scores(grams(reduce(lexical.normaliser(wanted).text)))
    places = scores.argsort()[::-1][:_NEAREST]
    return list(
        dict.fromkeys(lexical.phrasings[place].owner for place in places if scores[place] > _LIKE)
    )
