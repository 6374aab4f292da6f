"""What came of warnings, as figures for superiors: per edition, kind of group, and month. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.broadcasting.words import KIND_WORDS
from bot.store.api import EditionRow, Standing
from bot.types import DeliveryState

GONE = "已不在群名册"
"""The kind of a group that has left the group book."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The deliveries behind one line of a table."""

    label: str
    counts: Mapping[DeliveryState, int]
    edition: str = ""
    warnings: int = 0

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def under_way(self) -> int:
        """Not decided yet by the machine."""
        return self.of("queued") + self.of("sending")

    @property
    def share(self) -> str:
        """How much of what was not cancelled surely arrived; what the machine has still to send is
        not counted. '' where there was nothing."""
        wanted = self.total - self.of("cancelled") - self.under_way
        return f"{self.of('sent') / wanted:.1%}" if wanted else ""

    def of(self, state: DeliveryState) -> int:
        return self.counts.get(state, 0)


def of_editions(
    editions: Iterable[EditionRow],
    tally: Mapping[str, Mapping[DeliveryState, int]],
    zone: ZoneInfo,
) -> tuple[Figures, ...]:
    """One line for each edition."""
    return tuple(
        Figures(
            f"{edition.scheduled_at.astimezone(zone):%m-%d %H:%M} {edition.title}",
            tally.get(edition.id, {}),
            edition.id,
            1,
        )
        for edition in editions
    )


def of_kinds(standings: Iterable[Standing], kinds: Mapping[str, str]) -> tuple[Figures, ...]:
    """One line for each kind of group, in the order of the words. ``kinds``: group id -> kind."""
    found: dict[str, Counter[DeliveryState]] = {}
    for one in standings:
        found.setdefault(kinds.get(one.group, ""), Counter())[one.state] += 1
    return tuple(
        Figures(KIND_WORDS.get(kind, GONE), found[kind])
        for kind in (*KIND_WORDS, "")
        if kind in found
    )


def of_months(
    editions: Iterable[EditionRow],
    tally: Mapping[str, Mapping[DeliveryState, int]],
    zone: ZoneInfo,
) -> tuple[Figures, ...]:
    """One line for each month that had an edition."""
    counts: dict[str, Counter[DeliveryState]] = {}
    warnings: Counter[str] = Counter()
    for edition in editions:
        month = f"{edition.scheduled_at.astimezone(zone):%Y-%m}"
        counts.setdefault(month, Counter()).update(tally.get(edition.id, {}))
        warnings[month] += 1
    return tuple(
        Figures(month, counts[month], warnings=warnings[month]) for month in sorted(counts)
    )


def summed(label: str, lines: Iterable[Figures]) -> Figures:
    """All lines in one."""
    counts: Counter[DeliveryState] = Counter()
    warnings = 0
    for line in lines:
        counts.update(line.counts)
        warnings += line.warnings
    return Figures(label, counts, warnings=warnings)
