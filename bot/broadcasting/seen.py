"""What the end of an attempt tells of the channel it went over. Pure."""

from __future__ import annotations

from datetime import datetime

from bot.store.api import Move
from bot.store.api_sightings import Sighting

_GOT_THROUGH = frozenset({"sent", "awaiting_person"})


def sighting(pace_key: str, group: str, move: Move, now: datetime) -> Sighting:
    """The platform took it, or it did not; ``outcome`` is where that left the delivery."""
    if move.to in _GOT_THROUGH:
        return Sighting("reached", pace_key, now, group)
    return Sighting("unreached", pace_key, now, group, move.to, move.code, move.detail)
