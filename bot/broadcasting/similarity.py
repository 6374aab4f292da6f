"""Whether a group got nearly the same text a short while ago (design §6). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rapidfuzz import fuzz

TOO_ALIKE = 90.0
"""From this ratio of rapidfuzz on, the author is asked first (design §6)."""

LOOK_BACK = timedelta(weeks=8)

_SPACE_AND_MARKUP = re.compile(r"[\s#*]+")


@dataclass(frozen=True, slots=True)
class Told:
    """A text as a group got it, or would get it, without its code and station."""

    group: str
    core: str
    edition: str = ""
    when: datetime | None = None


@dataclass(frozen=True, slots=True)
class Alike:
    """The earlier edition that is most like the new one, and the groups that would read it twice."""

    edition: str
    when: datetime
    score: int
    groups: tuple[str, ...]

    def sentence(self, names: dict[str, str], zone: ZoneInfo) -> str:
        """In words for author and approver. ``names``: group id -> its name."""
        first = names.get(self.groups[0], self.groups[0])
        more = f"等 {len(self.groups)} 个群" if len(self.groups) > 1 else ""
        day = self.when.astimezone(zone)
        return (
            f"给“{first}”{more}的文字，和 {day:%Y-%m-%d} 发过的 {self.edition} 很像"
            f"（{self.score}% 相同）"
        )


def core(text: str, code: str, station: str) -> str:
    """The text without what is in every warning: 预警码, the station's name, spaces and markup."""
    if code:
        text = re.sub(rf"预警码[:：\s]*{re.escape(code)}", "", text)
    if station:
        text = text.replace(station, "")
    return _SPACE_AND_MARKUP.sub("", text)


def resembles(old: str, new: Iterable[str]) -> bool:
    """Whether a text is too alike to one of the new ones, whoever got it."""
    return any(fuzz.ratio(text, old, score_cutoff=TOO_ALIKE) for text in new)


def too_alike(new: Iterable[Told], earlier: Iterable[Told]) -> Alike | None:
    """The most alike pair of texts that one group would get both of; None where none is."""
    wanted = _groups_by_text(new)
    known = _groups_by_text(earlier)
    best: Alike | None = None
    for text, groups in wanted.items():
        for old, receivers in known.items():
            score = fuzz.ratio(text[0], old[0], score_cutoff=TOO_ALIKE)
            both = tuple(group for group in groups if group in receivers) if score else ()
            when = old[2]
            if not both or when is None:
                continue
            if best is None or (score, when) > (best.score, best.when):
                best = Alike(old[1], when, int(score), both)
    return best


def _groups_by_text(
    told: Iterable[Told],
) -> dict[tuple[str, str, datetime | None], dict[str, None]]:
    found: dict[tuple[str, str, datetime | None], dict[str, None]] = {}
    for one in told:
        found.setdefault((one.core, one.edition, one.when), {})[one.group] = None
    return found
