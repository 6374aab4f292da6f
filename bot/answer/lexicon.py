"""The words of a knowledge base, ready to be filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.kb.model import Entry, Guide, Knowledge, QuizQuestion, Sign


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Entries, guides and templates by id; ``habits`` by ordinary subject."""

    entries: Mapping[str, Entry]
    guides: Mapping[str, Guide]
    signs: Mapping[str, Sign]
    habits: Mapping[str, str]
    quiz: tuple[QuizQuestion, ...]
    replies: Mapping[str, str]

    def say(self, path: str, **slots: str | None) -> str:
        """A template filled in.

        Raises:
            KeyError: no such template or slot; ``run.py check`` finds that beforehand.
        """
        return self.replies[path].format(**slots)


def lexicon_of(knowledge: Knowledge) -> Lexicon:
    """The words of one base."""
    return Lexicon(
        entries={entry.id: entry for entry in knowledge.entries},
        guides={guide.id: guide for guide in knowledge.guides},
        signs={sign.id: sign for sign in knowledge.signs},
        habits={subject.subject: subject.habit for subject in knowledge.ordinary},
        quiz=knowledge.quiz,
        replies=knowledge.replies,
    )
