"""Moments as text that sorts like the moments themselves: UTC, ISO 8601, always with microseconds."""

from __future__ import annotations

from datetime import UTC, datetime

EVER = ("0001", "9999")
"""Before and after every stored moment."""


def to_text(moment: datetime) -> str:
    """The stored form of an aware moment."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def from_text(text: str) -> datetime:
    """The aware moment of a stored form."""
    return datetime.fromisoformat(text)


def from_optional(text: str | None) -> datetime | None:
    """Like ``from_text``, for columns that may be empty."""
    return None if text is None else datetime.fromisoformat(text)
