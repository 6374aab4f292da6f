"""Channels that warnings leave by: when one last got through, what its platform refused, and
whether that is over.

A refusal belongs to the group it befell. It is over once that group got something; or, unless its
code concerns the group alone, once anything went over the same account or key; or, where asking
for a token shows the same, once somebody tried the account out and it was let in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from bot.broadcasting.model import Group
from bot.broadcasting.services import BroadcastServices
from bot.broadcasting.words import CHANNEL_WORDS
from bot.health.quotas import quota_lines
from bot.senders import mp_codes, wecom_codes
from bot.senders.base import Particular, Sender
from bot.senders.mass_confirm import CANCELLED
from bot.store.api_sightings import Sighting

Weight = Literal["sure", "temporary", "unknown"]

_WEIGHTS: Mapping[str, Weight] = {"queued": "temporary", "unknown": "unknown"}
_BY_A_PERSON = frozenset({CANCELLED, "withdrawn", "delete"})
"""Somebody took it back: nothing is wrong with the channel."""

_ACCESS: Mapping[str, frozenset[str]] = {
    "mp": mp_codes.ACCESS_CODES,
    "wecom": wecom_codes.ACCESS_CODES,
}
_SPENT = frozenset({"nobody", "quota", "45009", "45028"})
"""A limit is used up, or nobody may be written to: only time mends that."""
_NAMES = 3


@dataclass(frozen=True, slots=True)
class Fault:
    """What a platform answered, the same words for ``groups`` (names). ``at`` is the latest.

    sure       it did not arrive, and will not by itself
    temporary  it is tried again
    unknown    nobody knows whether it arrived
    """

    channel: str
    weight: Weight
    code: str
    words: str
    at: datetime
    groups: tuple[str, ...]
    over: bool

    @property
    def whom(self) -> str:
        """Whom it befell, in words."""
        names = "、".join(self.groups[:_NAMES])
        return f"{names} 等 {len(self.groups)} 个群" if len(self.groups) > _NAMES else names

    @property
    def to_mend(self) -> bool:
        """Whether somebody must do something before the next warning."""
        return self.weight == "sure" and not self.over and self.code not in _SPENT

    @property
    def number(self) -> str:
        """The platform's own error code, '' where it gave none."""
        return self.code if self.code.lstrip("-").isdecimal() else ""


@dataclass(frozen=True, slots=True)
class Outbound:
    """A channel type in use. ``lacks`` are of single groups, in words; ``reached`` is when its
    platform last took something; of the faults that are over only the latest is told."""

    channel: str
    groups: int
    lacks: tuple[str, ...]
    reached: datetime | None
    faults: tuple[Fault, ...]
    past: Fault | None
    quotas: tuple[str, ...]

    @property
    def label(self) -> str:
        return CHANNEL_WORDS.get(self.channel, self.channel)


def outbound(services: BroadcastServices, now: datetime) -> tuple[Outbound, ...]:
    """Every channel type that groups of the book use."""
    by_type: dict[str, list[Group]] = {}
    for group in services.book.groups.values():
        by_type.setdefault(group.channel_type, []).append(group)
    seen = _Seen.of(services)
    found = faults_in(services, seen)
    quotas = quota_lines(services, by_type, now)
    return tuple(
        Outbound(
            channel=channel,
            groups=len(groups),
            lacks=tuple(filter(None, (_lack(group, services) for group in groups))),
            reached=seen.by_channel.get(channel),
            faults=tuple(one for one in found if one.channel == channel and not one.over),
            past=next((one for one in found if one.channel == channel and one.over), None),
            quotas=quotas.get(channel, ()),
        )
        for channel, groups in sorted(by_type.items())
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """Sightings by what they can end."""

    unreached: tuple[Sighting, ...]
    by_place: Mapping[str, datetime]
    by_subject: Mapping[str, datetime]
    by_channel: Mapping[str, datetime]
    let_in: Mapping[str, datetime]

    @classmethod
    def of(cls, services: BroadcastServices) -> _Seen:
        sightings = services.store.sightings
        reached = sightings.of("reached")
        return cls(
            unreached=sightings.of("unreached"),
            by_place=_latest((one.place, one.at) for one in reached),
            by_subject=_latest((one.subject, one.at) for one in reached),
            by_channel=_latest((channel_of(one), one.at) for one in reached),
            let_in=_latest(
                (one.subject, one.at) for one in sightings.of("tried") if one.outcome == "sent"
            ),
        )


def faults_in(services: BroadcastServices, seen: _Seen | None = None) -> tuple[Fault, ...]:
    """What was refused to groups as they are connected now, latest first."""
    seen = seen or _Seen.of(services)
    faults: dict[tuple[str, ...], Fault] = {}
    for one in seen.unreached:
        group = services.book.groups.get(one.place)
        sender = services.senders.get(channel_of(one))
        if group is None or sender is None or one.code in _BY_A_PERSON:
            continue
        target = services.book.target(group)
        if one.subject != subject_of(sender, target.values):
            # Its channel or key was changed since.
            continue
        fault = Fault(
            channel=sender.type,
            weight=_WEIGHTS.get(one.outcome, "sure"),
            code=one.code,
            words=one.words,
            at=one.at,
            groups=(group.name,),
            over=_over(one, sender, str(target.values.get("account", "")), seen),
        )
        key = (sender.type, fault.weight, fault.code, fault.words, str(fault.over))
        same = faults.get(key)
        faults[key] = replace(same, groups=(*same.groups, group.name)) if same else fault
    return tuple(faults.values())


def subject_of(sender: Sender, target: Mapping[str, object]) -> str:
    """What attempts at a group's channel are written down under (``errands.Errand.pace_key``)."""
    return f"{sender.type}:{sender.pace_key(target)}"


def channel_of(one: Sighting) -> str:
    """The channel type of an attempt's sighting."""
    return one.subject.partition(":")[0]


def _over(one: Sighting, sender: Sender, account: str, seen: _Seen) -> bool:
    ends = [seen.by_place.get(one.place)]
    if not isinstance(sender, Particular) or one.code not in sender.own_codes:
        ends.append(seen.by_subject.get(one.subject))
    way = sender.type.partition("_")[0]
    if one.code in _ACCESS.get(way, ()):
        ends.append(seen.let_in.get(f"{way}:{account}"))
    return any(end is not None and end > one.at for end in ends)


def _lack(group: Group, services: BroadcastServices) -> str:
    target = services.book.target(group)
    lack = (
        f"环境变量 {'、'.join(target.unset)} 没有设置"
        if target.unset
        else services.senders[group.channel_type].missing(target.values)
    )
    return f"{group.name}：{lack}" if lack else ""


def _latest(moments: Iterable[tuple[str, datetime]]) -> Mapping[str, datetime]:
    found: dict[str, datetime] = {}
    for key, at in moments:
        if key not in found or found[key] < at:
            found[key] = at
    return found
