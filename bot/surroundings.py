"""Station, community and latest warning for replies that name them; counts who came from where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.answer.local import Around, Place
from bot.broadcasting.model import Book
from bot.broadcasting.published import Publications
from bot.config import Station
from bot.store.api import Arrival, Store
from bot.types import Message

_ARRIVALS: Mapping[str, Arrival] = {"subscribe": "followed", "scan": "scanned"}


class Surroundings:
    """``scenes`` gives for each official account's channel name the group ids by the short numbers
    of its QR codes; a code may also hold the group's id itself."""

    def __init__(
        self,
        station: Station,
        scenes: Mapping[str, Mapping[str, str]],
        book: Callable[[], Book],
        published: Publications,
        store: Store,
        zone: ZoneInfo,
    ) -> None:
        self._station = station
        self._scenes = scenes
        self._book = book
        self._published = published
        self._store = store
        self._zone = zone

    def __call__(self, message: Message) -> Around:
        """What a reply to this message may name."""
        weekly = message.event == "click" and message.event_key == "MENU_WEEKLY"
        return Around(
            station=self._station.name,
            phone=self._station.phone,
            place=self._place(message),
            weekly=self._published.latest(self._book()) if weekly else None,
        )

    def note(self, message: Message, around: Around, now: datetime) -> None:
        """Count whoever a QR code of an official account brought, without saying who it was."""
        how = _ARRIVALS.get(message.event)
        if how is not None and message.channel in self._scenes:
            place = around.place.id if around.place else ""
            self._store.arrivals.count(
                message.channel, place, how, now.astimezone(self._zone).date()
            )

    def _place(self, message: Message) -> Place | None:
        if message.event not in _ARRIVALS or not message.event_key:
            return None
        scenes = self._scenes.get(message.channel, {})
        group = self._book().groups.get(scenes.get(message.event_key, message.event_key))
        return None if group is None else Place(group.id, group.name, group.audience)
