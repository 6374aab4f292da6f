"""A text as the names of what was found in it: the input of the fitted model."""

from __future__ import annotations

from collections.abc import Sequence

from bot.judge.official import Look
from bot.judge.signs import Hit
from bot.text.extract import Finds

_LOOKS = {
    "official_number": "f:official_number",
    "noted_number": "f:unknown_number",
    "unknown_number": "f:unknown_number",
    "foreign_number": "f:foreign_number",
    "official_domain": "f:official_domain",
    "unknown_domain": "f:unknown_domain",
    "lookalike_domain": "f:lookalike_domain",
}


def found_features(hits: Sequence[Hit], finds: Finds, looks: Sequence[Look]) -> list[str]:
    """Features of signs, cues, contexts, links, numbers and amounts; n-grams are kept apart."""
    names = dict.fromkeys(f"{'d' if hit.denied else 's'}:{hit.id}" for hit in hits)
    shown = sum(name.startswith("s:") for name in names)
    names[f"n:{min(shown, 6)}"] = None
    names.update(dict.fromkeys(_LOOKS[look.kind] for look in looks))
    if finds.senders:
        names["f:sender"] = None
    if finds.phones:
        names["f:phone"] = None
    if finds.amount >= 10_000:
        names["f:large_amount"] = None
    elif finds.amount >= 500:
        names["f:amount"] = None
    return list(names)
