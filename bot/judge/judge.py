"""The judge: a text and what was said before -> a Verdict. Pure; safe to share between threads."""

from __future__ import annotations

from bot.judge.decide import DEFAULT, Prior, Thresholds, decide
from bot.judge.evidence import Evidence, Gatherer
from bot.judge.model import Model
from bot.kb.model import Knowledge
from bot.types import Verdict


class Judge:
    """One knowledge base, compiled once."""

    def __init__(self, knowledge: Knowledge, model: Model, limits: Thresholds = DEFAULT) -> None:
        self.knowledge = knowledge
        self.gatherer = Gatherer(knowledge, model)
        self._limits = limits

    def __call__(self, text: str, prior: Prior | None = None) -> Verdict:
        """The verdict on any text at all."""
        return self.decide(self.gather(text), prior)

    def gather(self, text: str) -> Evidence:
        return self.gatherer(text)

    def decide(self, evidence: Evidence, prior: Prior | None = None) -> Verdict:
        return decide(evidence, self.gatherer, prior, self._limits)
