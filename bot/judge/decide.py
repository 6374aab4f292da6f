"""Evidence -> Verdict: sure, choose among at most three, or ask one question.

Every threshold of the judge stands here. Order matters: a life at risk, then red lines and the
calibrated odds, then what is only asked about.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bot.judge.evidence import REDLINE, Evidence, Gatherer
from bot.judge.rank import Candidate, Fit, fits, rank
from bot.judge.signs import Hit
from bot.types import Alternative, Verdict


@dataclass(frozen=True, slots=True)
class Thresholds:
    """``leaning`` is enough where a sign is told and one category is believed in.

    Log odds (``sure`` to ``emergency_with_cue``), shares of belief (``named``, ``choose``) and
    cosines; chosen on the even rows of tests/data/own (docs/judging.md)."""

    sure: float = 1.5
    leaning: float = 0.2
    ask: float = -1.2
    ask_told: float = -1.7
    redline_bonus: float = 2.5
    fraud: float = -0.6
    emergency: float = 0.0
    emergency_with_cue: float = -2.0
    emergency_bare_cue: float = -3.2
    emergency_over_guide: float = 0.5
    known_emergency: float = 1.0
    known_scam: float = 2.5
    named: float = 0.5
    guide: float = 0.15
    guide_lead: float = 0.0
    guide_certain: float = 0.3
    guide_near: float = 0.5
    guide_near_lead: float = 0.05
    guide_near_certain: float = 0.45
    ordinary: float = 0.3
    ordinary_near: float = 0.6
    choose: float = 0.15
    script: float = 0.3


DEFAULT = Thresholds()
LONGEST_LOOKUP = 16
"""Characters beside a number or link up to which a text only asks about that number or link."""
NAMED_FRAUD = "骗"
"""Who says herself that it is fraud needs no more signs of it, only of its happening."""

FROM_ABROAD = "foreign_number"
"""The one sign that a bare number shows by itself."""

FOR_FAMILY = "for_family"
"""Context of one who wants words to pass on to the family: an entry's script."""

NAMED_OFTEN = 3
"""Asks of a guide that name a number, from which on the guide is about it."""

ONLY_DIGITS = frozenset("DEF")
"""Reduced texts that are one number (grams.reduce): no choice and no code (design §6)."""

LONGEST_QUESTION = 24
"""Characters up to which an ordinary text is taken for a question rather than a notice."""

MOST_QUOTE = 14
ALTERNATIVES = 4

WINDOW = "teller_window"
CLERK = "clerk"
"""Category and context of a bank clerk's story: what to do now is the clerk's to do."""

_STAGES = ("life", "screen", "held", "threatened", "on_the_way", "disclosed", "paid", "paying")


def decide(
    evidence: Evidence, gatherer: Gatherer, warned: bool = False, limits: Thresholds = DEFAULT
) -> Verdict:
    """The verdict on one text, pure. ``warned``: the talk so far has brought a warning already."""
    shown = [hit for hit in evidence.hits if not hit.denied]
    if not evidence.reduced:
        return Verdict("unknown", subject="empty")
    if evidence.reduced in ONLY_DIGITS:
        return _bare_number(evidence, gatherer)
    if any(hit.id == "life" for hit in shown):
        return _emergency(evidence, gatherer, shown, [], "life")
    redlines = [hit for hit in shown if hit.id.startswith(REDLINE)]
    odds = evidence.odds
    if redlines and not evidence.shows("prevention"):
        odds = max(odds + limits.redline_bonus, limits.sure)
    told = any(hit.id in gatherer.signs and hit.id != FROM_ABROAD for hit in shown)
    if evidence.shows("injection") and (odds < limits.sure or not told):
        return Verdict("off_topic", subject="injection")
    unsure = odds >= (limits.ask_told if told else limits.ask)
    fit = fits(evidence, gatherer)
    lookup = () if told else _lookup(evidence)
    guide = _guide_of_number(gatherer, fit, lookup[0][1]) if lookup else fit.guide
    asked = (
        bool(guide) and odds < limits.sure
        if lookup
        else _asks_for_guide(evidence, fit, odds, unsure, limits)
    )
    stage = _stage(evidence, gatherer, shown, odds, warned, limits)
    # A general question names no sum and shows nothing that is going on.
    first_hand = evidence.finds.amount > 0 or any(
        gatherer.cues[hit.id].bare for hit in shown if hit.id in gatherer.cues
    )
    if stage and (not asked or first_hand or evidence.emergency >= limits.emergency_over_guide):
        return _emergency(evidence, gatherer, shown, rank(evidence, gatherer), stage)
    if evidence.shows(FOR_FAMILY):
        best = next(iter(rank(evidence, gatherer)), None)
        if best is not None and best.belief >= limits.script:
            score = round(best.belief, 3)
            return Verdict("info", best.category, best.entry, score, subject="script")
    if evidence.shows("pressure") and not (told or redlines or asked):
        return Verdict("unknown", subject="pressed", signs=_signs(shown))
    if odds >= limits.leaning and not asked:
        ranked = rank(evidence, gatherer)
        plain = told and bool(ranked) and ranked[0].belief >= limits.named
        if odds >= limits.sure or plain:
            return _positive(evidence, gatherer, shown, redlines, ranked, odds, limits)
    if asked:
        return Verdict(
            "off_topic" if gatherer.guides[guide].verdict == "off_topic" else "info",
            entry=guide,
            score=round(min(fit.guide_score, 1.0), 3),
            signs=_signs(shown),
            subject="guide",
        )
    if lookup and not redlines:
        return Verdict("unknown", subject="lookup", looks=lookup)
    if evidence.shows("pressure"):
        return Verdict("unknown", subject="pressed", signs=_signs(shown))
    if unsure:
        return _unsure(evidence, shown, rank(evidence, gatherer), limits)
    least = limits.ordinary if evidence.nearness is None else limits.ordinary_near
    if fit.ordinary_score >= least or evidence.finds.senders:
        notice = evidence.finds.senders or len(evidence.reduced) > LONGEST_QUESTION
        return Verdict(
            "info",
            score=round(min(fit.ordinary_score, 1.0), 3),
            signs=_signs(shown),
            subject=f"{'ordinary' if notice else 'question'}:{fit.ordinary}",
        )
    return Verdict("off_topic", score=round(min(fit.ordinary_score, 1.0), 3), subject="none")


def _bare_number(evidence: Evidence, gatherer: Gatherer) -> Verdict:
    """One number and nothing else: what is known of it; no choice and no code (design §6)."""
    lookup = _lookup(evidence)
    if not lookup:
        return Verdict("unknown", subject="question")
    guide = _guide_of_number(gatherer, fits(evidence, gatherer), lookup[0][1])
    if guide:
        return Verdict("info", entry=guide, subject="guide")
    return Verdict("unknown", subject="lookup", looks=lookup)


def _guide_of_number(gatherer: Gatherer, fit: Fit, number: str) -> str:
    """The best guide among those about this very number, or ''."""
    about = [
        (score, guide.id)
        for score, guide in zip(fit.guide_scores, gatherer.knowledge.guides, strict=True)
        if sum(number in text for text in guide.asks) >= NAMED_OFTEN
    ]
    return max(about)[1] if about else ""


def _asks_for_guide(
    evidence: Evidence, fit: Fit, odds: float, unsure: bool, limits: Thresholds
) -> bool:
    """Whether a guide answers better than a warning or a question would.

    It must be nearer than ordinary and scam wordings, and where the judge is at least ``unsure``
    nearer by far, for a victim's question is worded like a general one.
    """
    if evidence.nearness is None:
        least, lead, certain = limits.guide, limits.guide_lead, limits.guide_certain
    else:
        least, lead, certain = limits.guide_near, limits.guide_near_lead, limits.guide_near_certain
    over_scam = fit.guide_score - fit.scam_score
    if odds >= limits.sure:
        return fit.guide_score >= 2 * least and over_scam >= certain
    if unsure and over_scam < certain:
        return False
    over_ordinary = fit.guide_score - fit.ordinary_score
    return fit.guide_score >= least and over_ordinary >= lead and over_scam >= lead


def _emergency(
    evidence: Evidence,
    gatherer: Gatherer,
    shown: Sequence[Hit],
    ranked: Sequence[Candidate],
    stage: str,
) -> Verdict:
    best = ranked[0] if ranked else None
    if best is not None and best.category == WINDOW and evidence.shows(CLERK):
        stage = "window"
    return Verdict(
        "emergency",
        category=best.category if best else None,
        entry=best.entry if best else None,
        score=_probability(max(evidence.odds, evidence.emergency)),
        alternatives=_alternatives(ranked),
        signs=_signs(shown),
        quotes=_quotes(evidence, gatherer, shown, ()),
        stage=stage,
        siblings=_siblings(ranked),
    )


def _positive(
    evidence: Evidence,
    gatherer: Gatherer,
    shown: Sequence[Hit],
    redlines: Sequence[Hit],
    ranked: Sequence[Candidate],
    odds: float,
    limits: Thresholds,
) -> Verdict:
    best = ranked[0] if ranked else None
    certain = best is not None and best.belief >= limits.named
    prefer = gatherer.entries[best.entry].signs if best else ()
    return Verdict(
        "scam" if certain else "suspicious",
        category=best.category if best else None,
        entry=best.entry if best else None,
        score=_probability(odds),
        alternatives=_alternatives(ranked),
        signs=_signs(shown),
        quotes=_quotes(evidence, gatherer, shown, prefer),
        siblings=_siblings(ranked),
        subject="redline" if redlines and evidence.odds < limits.sure else None,
    )


def _unsure(
    evidence: Evidence, shown: Sequence[Hit], ranked: Sequence[Candidate], limits: Thresholds
) -> Verdict:
    likely = [c for c in _one_per_category(ranked) if c.belief >= limits.choose]
    return Verdict(
        "unknown",
        score=_probability(evidence.odds),
        alternatives=tuple(map(_alternative, _one_per_category(ranked)[:ALTERNATIVES])),
        signs=_signs(shown),
        subject="choices" if likely else "question",
        choices=tuple(candidate.entry for candidate in likely[:3]),
    )


def _stage(
    evidence: Evidence,
    gatherer: Gatherer,
    shown: Sequence[Hit],
    odds: float,
    warned: bool,
    limits: Thresholds,
) -> str | None:
    """How far an emergency has gone, or None where nothing is happening now."""
    cues = [gatherer.cues[hit.id] for hit in shown if hit.id in gatherer.cues]
    stages = {cue.stage for cue in cues}
    score = evidence.emergency
    if warned and cues:
        score += limits.known_emergency
        odds += limits.known_scam
    named = NAMED_FRAUD in evidence.reduced and bool(cues)
    fraud = odds >= limits.fraud or named
    least = limits.emergency
    if cues:
        # Who names the fraud and the sum has said all there is to say.
        bare = any(cue.bare for cue in cues) or (named and evidence.finds.amount > 0)
        least = limits.emergency_bare_cue if bare else limits.emergency_with_cue
    happening = score >= least
    if not (fraud and happening):
        return None
    if evidence.shows("long_ago") and score < limits.emergency + 1.0:
        return None
    signs = [gatherer.signs[hit.id] for hit in shown if hit.id in gatherer.signs]
    hinted = {sign.stage for sign in signs}
    return next(
        (stage for known in (stages, hinted) for stage in _STAGES if stage in known), "paying"
    )


def _lookup(evidence: Evidence) -> tuple[tuple[str, str, str], ...]:
    """What the official list says, where the text is hardly more than a number or a link."""
    if not evidence.looks:
        return ()
    rest = evidence.normalised.text
    for look in evidence.looks:
        rest = rest.replace(look.what, "")
    words = sum(character.isalpha() for character in rest.replace("http", ""))
    if words > LONGEST_LOOKUP:
        return ()
    return tuple((look.kind, look.what, look.name) for look in evidence.looks[:1])


def _signs(shown: Sequence[Hit]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(hit.id for hit in shown if not hit.id.startswith(REDLINE)))


def _quotes(
    evidence: Evidence, gatherer: Gatherer, shown: Sequence[Hit], prefer: Sequence[str]
) -> tuple[str, ...]:
    """The resident's own words for the strongest signs, those of the chosen entry first."""
    order = {sign: place for place, sign in enumerate(prefer)}
    told = [hit for hit in shown if hit.id in gatherer.signs or hit.id in gatherer.cues]
    told.sort(key=lambda hit: (order.get(hit.id, 99), -(min(hit.end - hit.start, MOST_QUOTE))))
    words = (evidence.normalised.quote(hit.start, hit.end).strip() for hit in told)
    return tuple(dict.fromkeys(word for word in words if 2 <= len(word) <= MOST_QUOTE))[:3]


def _alternatives(ranked: Sequence[Candidate]) -> tuple[Alternative, ...]:
    """The next best, one per category, without the chosen one."""
    return tuple(map(_alternative, _one_per_category(ranked)[1 : ALTERNATIVES + 1]))


def _alternative(candidate: Candidate) -> Alternative:
    return Alternative(candidate.entry, candidate.category, round(candidate.belief, 3))


def _siblings(ranked: Sequence[Candidate]) -> tuple[str, ...]:
    """The next best entries of the chosen one's category."""
    return tuple(c.entry for c in ranked[1:] if c.category == ranked[0].category)[:2]


def _probability(odds: float) -> float:
    return round(1 / (1 + math.exp(-max(min(odds, 30.0), -30.0))), 3)


def _one_per_category(ranked: Sequence[Candidate]) -> list[Candidate]:
    best: dict[str, Candidate] = {}
    for candidate in ranked:
        best.setdefault(candidate.category, candidate)
    return list(best.values())
