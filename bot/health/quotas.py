"""What is left of the platforms' limits, as far as it can be known from here, in words.

Counted is what this program sent; the platforms count what people send by hand as well.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.broadcasting.model import Group
from bot.broadcasting.services import BroadcastServices
from bot.senders.base import Metered, Noted, Sender

_MOST_LINES = 3
_BY_HAND = "在后台手动发的也算，这里数不到"
_PACED: Mapping[str, str] = {"wecom_robot": "每个群机器人", "wecom_app": "每个人"}
"""Channels whose pace is a limit of the platform itself (protocol-push §1, §2.2)."""

_CONFIRMED = "wecom_external"
_TO_WRITERS = "mp_service"
"""Its limits are of single people: whom it reaches now is what is left (protocol-push §4.3)."""

_ELSEWHERE: Mapping[str, str] = {
    "sms": "余额请到短信平台上看",
    "webhook": "由对方的系统决定",
    "paste": "不限",
    "loudspeaker": "不限",
}


def quota_lines(
    services: BroadcastServices, groups: Mapping[str, Sequence[Group]], now: datetime
) -> Mapping[str, tuple[str, ...]]:
    """Channel type -> what its groups may still get, for channels of which that is known."""
    found: dict[str, tuple[str, ...]] = {}
    for channel, members in groups.items():
        sender = services.senders[channel]
        lines = _of_channel(services, sender, members, now)
        if lines:
            found[channel] = tuple(lines)
    return found


def _of_channel(
    services: BroadcastServices, sender: Sender, groups: Sequence[Group], now: datetime
) -> Sequence[str]:
    if sender.type == _CONFIRMED:
        return [_this_month(services, groups, now)]
    if sender.type in _PACED:
        return _this_minute(services, sender, now)
    if isinstance(sender, Metered):
        targets = _targets(services, groups)
        quotas = dict.fromkeys(quota for target in targets for quota in sender.quotas(target))
        return _few(
            f"{' '.join(filter(None, (one.account, one.whose)))}：{one.span}还能群发 "
            f"{max(0, one.most - one.used)} 次，共 {one.most} 次（{_BY_HAND}）"
            for one in quotas
        )
    if sender.type == _TO_WRITERS and isinstance(sender, Noted):
        targets = _targets(services, groups)
        return _few(dict.fromkeys(note for target in targets for note in sender.notes(target)))
    return [_ELSEWHERE[sender.type]] if sender.type in _ELSEWHERE else ()


def _this_month(services: BroadcastServices, groups: Sequence[Group], now: datetime) -> str:
    """A customer group gets as many in a month as that has days (protocol-push §3.2)."""
    local = now.astimezone(services.config.timezone)
    most = monthrange(local.year, local.month)[1]
    first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    used = services.store.deliveries.handed_over_since(first, "")
    busiest = max((used.get(group.id, 0) for group in groups), default=0)
    return (
        f"每个客户群本月最多收 {most} 次，程序发得最多的群用了 {busiest} 次，"
        f"还剩 {max(0, most - busiest)} 次（员工手动群发的也算，这里数不到）"
    )


def _this_minute(services: BroadcastServices, sender: Sender, now: datetime) -> Sequence[str]:
    pace = sender.pace
    if pace is None:
        return ()
    since = now - timedelta(seconds=pace.seconds)
    recent = services.store.deliveries.attempts_since(since)
    begins = f"{sender.type}:"
    used = Counter(key for key, _ in recent if key.startswith(begins))
    busiest = max(used.values(), default=0)
    return [
        f"{_PACED[sender.type]}一分钟最多 {pace.count} 条，"
        f"这一分钟最忙的还剩 {max(0, pace.count - busiest)} 条（程序会自己等）"
    ]


def _targets(
    services: BroadcastServices, groups: Sequence[Group]
) -> Iterable[Mapping[str, object]]:
    """The channels of the groups, each once, where nothing is unset."""
    found: dict[str, Mapping[str, object]] = {}
    for group in groups:
        target = services.book.target(group)
        if not target.unset:
            found.setdefault(repr(sorted(target.values.items())), target.values)
    return found.values()


def _few(lines: Iterable[str]) -> Sequence[str]:
    told = list(lines)
    more = len(told) - _MOST_LINES
    return [*told[:_MOST_LINES], f"还有 {more} 项没有列"] if more > 0 else told
