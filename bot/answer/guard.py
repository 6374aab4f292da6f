"""The last gate: no assurance of safety is repeated, nothing personal is said in a group."""

from __future__ import annotations

import re

from bot.answer.assurance import find_assurance

_PERSONAL = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.]+"
    r"|(?<!\d)\d{6,}(?!\d)"
    r"|https?://\S+"
)
_PUBLIC_NUMBERS = frozenset({"110", "120", "12356", "96110", "12381", "12321", "12345", "12315"})
_UNQUOTABLE = re.compile(r"[\d*xX@{}\n“”\"【】]|https?|www")


def quotable(words: str) -> bool:
    """Whether the resident's words may be repeated to her: nothing personal, no assurance, nothing
    unseen (half a surrogate pair cannot even be sent)."""
    if not words.isprintable() or _UNQUOTABLE.search(words):
        return False
    return find_assurance(words) is None


def fit_for_group(reply: str) -> str:
    """The reply without numbers, addresses and links that neighbours need not read."""

    def keep_public(match: re.Match[str]) -> str:
        return match.group() if match.group() in _PUBLIC_NUMBERS else "…"

    return _PERSONAL.sub(keep_public, reply)
