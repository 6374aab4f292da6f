"""What the files under broadcasts/ say, as frozen values (design §6)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time

from bot.broadcasting.calendar import When

KINDS = frozenset({"community", "enterprise", "school", "bank", "village", "police"})
AUDIENCE_WORDS: Mapping[str, str] = {
    "elderly": "老人",
    "women": "妇女",
    "student": "学生",
    "parent": "家长",
    "finance": "财务",
    "jobless": "求职的人",
    "teller": "柜员",
    "all": "所有人",
}
"""Who a text is for, in words."""

CHANNEL_FIELDS: Mapping[str, frozenset[str]] = {
    "wecom_robot": frozenset({"key"}),
    "wecom_app": frozenset({"account", "to"}),
    "wecom_external": frozenset({"account", "chat_ids"}),
    "mp_mass": frozenset({"account", "tag"}),
    "mp_service": frozenset({"account"}),
    "sms": frozenset({"gateway", "template"}),
    "webhook": frozenset({"url", "secret"}),
    "paste": frozenset(),
    "loudspeaker": frozenset(),
}
"""Channel types and the fields each needs (design §6)."""

BY_PERSON = frozenset({"wecom_external", "paste", "loudspeaker"})
"""Channels where a person must act, so that the group needs an owner."""

REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

FieldValue = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """A group's channel with its secrets filled in. ``unset`` names the variables not set."""

    values: Mapping[str, object] = field(repr=False)
    unset: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the group book. ``channel`` keeps ``${NAME}`` as it is written."""

    id: str
    name: str
    kind: str
    audience: tuple[str, ...]
    channel: Mapping[str, FieldValue]
    owner: str = ""
    quiet_hours: tuple[time, time] | None = None

    @property
    def channel_type(self) -> str:
        return str(self.channel["type"])

    @property
    def channel_hash(self) -> str:
        """SHA-256 of the channel as written: an edition is bound to it, secrets stay out."""
        form = json.dumps(dict(self.channel), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(form.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Selection:
    """Which groups a plan reaches; all that is given must hold."""

    kinds: frozenset[str] | None = None
    ids: frozenset[str] | None = None
    audience: frozenset[str] | None = None

    def holds(self, group: Group) -> bool:
        if self.kinds is not None and group.kind not in self.kinds:
            return False
        if self.ids is not None and group.id not in self.ids:
            return False
        return (
            self.audience is None
            or "all" in self.audience
            or not self.audience.isdisjoint(group.audience)
        )


@dataclass(frozen=True, slots=True)
class Topic:
    """Content by category: ``category`` None means the one whose turn it is."""

    category: str | None


@dataclass(frozen=True, slots=True)
class LibraryText:
    """A warning text for one category and some audiences.

    ``format`` is '' where the author left it to the channel. ``picture`` is the name of a file
    under pictures/, ``picture_hash`` its SHA-256 when the files were read.
    """

    id: str
    category: str
    audience: tuple[str, ...]
    title: str
    body: str
    led: str = ""
    spoken: str = ""
    source: str = ""
    review_by: date | None = None
    format: str = ""
    url: str = ""
    picture: str = ""
    picture_hash: str = ""


@dataclass(frozen=True, slots=True)
class Fixed:
    """Content by audience: ``texts`` are ids of the library, ``own`` stand in the plan itself."""

    texts: Mapping[str, str]
    own: Mapping[str, LibraryText] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What recurs: when, for which groups, with which content.

    ``repeats``: its author says that the same words come again on purpose.
    """

    id: str
    title: str
    when: When
    groups: Selection
    content: Topic | Fixed
    author: str
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Book:
    """All of broadcasts/. ``secrets`` is where ``${NAME}`` is looked up when a text goes out."""

    groups: Mapping[str, Group]
    plans: Mapping[str, Plan]
    library: Mapping[str, LibraryText]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def selected(self, plan: Plan) -> tuple[Group, ...]:
        """The groups a plan reaches, in the order of the group book."""
        return tuple(group for group in self.groups.values() if plan.groups.holds(group))

    def has_channel(self, kind: str, account: str) -> bool:
        """Whether some group is reached over a channel of this type and account."""
        return any(
            group.channel_type == kind and group.channel.get("account") == account
            for group in self.groups.values()
        )

    def target(self, group: Group) -> Target:
        """The group's channel as its sender needs it."""
        unset: list[str] = []

        def fill(value: str) -> str:
            return REFERENCE.sub(lambda found: look_up(found.group(1)), value)

        def look_up(name: str) -> str:
            value = self.secrets.get(name, "")
            if not value and name not in unset:
                unset.append(name)
            return value

        values: dict[str, object] = {
            name: fill(value) if isinstance(value, str) else [fill(item) for item in value]
            for name, value in group.channel.items()
        }
        return Target(values, tuple(unset))

    def unset(self) -> Mapping[str, tuple[str, ...]]:
        """Group id -> variables of its channel that are not set (shown in /readyz)."""
        return {
            group.id: target.unset
            for group in self.groups.values()
            if (target := self.target(group)).unset
        }
