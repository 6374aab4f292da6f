"""Whether an edition repeats what its groups got lately: looks it up in the store."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.broadcasting.edition import Draft
from bot.broadcasting.services import BroadcastServices
from bot.broadcasting.similarity import LOOK_BACK, Told, core, resembles, too_alike
from bot.store.api import EditionRow


class Repetition:
    """Compares with the texts of the last 8 weeks."""

    def __init__(self, services: BroadcastServices) -> None:
        self._services = services
        self._store = services.store

    def alike(
        self,
        edition: str,
        told: Iterable[Told],
        now: datetime,
        excused: Iterable[str] = (),
    ) -> str:
        """Which text these groups got in the last 8 weeks resembles theirs, in words, or ''.

        ``edition`` is the new one's id, which is not compared with itself.
        """
        station, passed = self._services.config.station.name, set(excused)
        editions: dict[str, EditionRow | None] = {}
        cores: dict[tuple[str, str], str] = {}
        earlier: list[Told] = []
        told, since = tuple(told), now - LOOK_BACK
        said = frozenset(one.core for one in told)
        for name, digest in self._store.deliveries.texts_received_since(since, edition):
            if name not in editions:
                found = editions[name] = self._store.editions.get(name)
                code = found.code if found is not None and found.code else ""
                for text in self._store.editions.texts(name).values():
                    cores[name, text.digest] = core(text.body, code, station)
            found = editions[name]
            words = cores[name, digest]
            # Who got a text is asked only of those few that resemble one of the new.
            if found is not None and name not in passed and resembles(words, said):
                groups = self._store.deliveries.receivers(since, name, digest)
                earlier += [Told(group, words, name, found.scheduled_at) for group in groups]
        pair = too_alike(told, earlier)
        if pair is None:
            return ""
        names = {group.id: group.name for group in self._services.book.groups.values()}
        return pair.sentence(names, self._services.config.timezone)

    def stored_told(self, edition: EditionRow) -> list[Told]:
        """What the groups of a frozen edition would get."""
        return self.told(
            edition,
            Draft(
                tuple(self._store.editions.texts(edition.id).values()),
                self._store.deliveries.of(edition.id),
            ),
        )

    def told(self, edition: EditionRow, rows: Draft) -> list[Told]:
        """What the groups of these rows would get."""
        station = self._services.config.station.name
        cores = {text.digest: core(text.body, edition.code or "", station) for text in rows.texts}
        return [
            Told(row.group, cores[row.digest]) for row in rows.deliveries if row.digest in cores
        ]
