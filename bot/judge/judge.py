"""The judge: a text, and whether the talk brought a warning before -> a Verdict. Pure; safe to share between threads."""

from __future__ import annotations

from bot.judge.decide import DEFAULT, Thresholds, decide
from bot.judge.encoder import Encoder
from bot.judge.evidence import Evidence, Gatherer, Lexical
from bot.judge.examples import NONE, Examples
from bot.judge.meaning import Meaning
from bot.judge.model import Model
from bot.judge.vectors import EMPTY, Shelf
from bot.kb.model import CATEGORIES, Knowledge
from bot.types import Verdict


class Judge:
    """One knowledge base, compiled once."""

    def __init__(
        self,
        knowledge: Knowledge,
        model: Model,
        encoder: Encoder | None = None,
        shelf: Shelf = EMPTY,
        examples: Examples = NONE,
        limits: Thresholds = DEFAULT,
    ) -> None:
        """``shelf`` must hold the vectors of the base's phrasings (Shelf.extended) for a second
        stage that knows them all."""
        self.knowledge = knowledge
        lexical = Lexical(knowledge)
        meaning = None
        if encoder is not None:
            meaning = Meaning(
                encoder, shelf, model.center, lexical.phrasings, examples, tuple(CATEGORIES)
            )
        self.gatherer = Gatherer(knowledge, model, lexical, meaning)
        self._limits = limits

    def __call__(self, text: str, warned: bool = False) -> Verdict:
        """The verdict on any text at all; ``warned`` as in ``decide``."""
        return self.decide(self.gather(text), warned)

    def gather(self, text: str) -> Evidence:
        return self.gatherer(text)

    def decide(self, evidence: Evidence, warned: bool = False) -> Verdict:
        return decide(evidence, self.gatherer, warned, self._limits)
