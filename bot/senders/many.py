"""One delivery to many people: each at most once, also after a crash, and counted.

The intention for each person is written before the call and the outcome after it. Who is found with
an intention only, was on the way when the program was killed: nobody writes to them again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from itertools import islice
from typing import TypeVar

from bot.clock import Clock
from bot.store.api import Recipients, RecipientState
from bot.types import Outcome

MOST_LOST = 3
"""Calls in a row without a clear answer, after which the rest is left for a person to decide."""

_STOPPED = "连着几次没有收到明确的回音，先停下了：{words}登记为没发再补发，只发给还没发的人。"

T = TypeVar("T")
Send = Callable[[Sequence[T]], Sequence[Outcome]]
"""Makes one call for some people; an outcome for each."""


def to_each(
    recipients: Recipients,
    clock: Clock,
    delivery: str,
    people: Mapping[str, T],
    at_once: int,
    personal: Set[str],
    send: Send[T],
) -> Outcome:
    """Write to everybody who was not written to before. ``people`` is by pseudonym.

    A refusal whose code is ``personal`` concerns one of them; any other would befall the rest as
    well, and ends it.
    """
    reasons: Counter[str] = Counter()
    waiting = iter(people)
    left, lost = len(people), 0
    stopped: Outcome | None = None
    while stopped is None and lost < MOST_LOST and (chunk := list(islice(waiting, at_once))):
        begun = [person for person in chunk if recipients.begin(delivery, person, clock.now())]
        outcomes = send([people[person] for person in begun]) if begun else ()
        for person, outcome in zip(begun, outcomes, strict=True):
            if _for_all(outcome, personal):
                recipients.give_back(delivery, person)
                stopped = outcome
            else:
                state = _state(outcome)
                recipients.end(delivery, person, state, outcome.code, clock.now())
                reasons[outcome.detail] += state == "refused"
        left -= 0 if stopped else len(chunk)
        if begun:
            lost = lost + 1 if all(outcome.kind == "unknown" for outcome in outcomes) else 0
    words = told(recipients.counts(delivery), left)
    if stopped is not None:
        detail = f"{stopped.detail}到现在：{words}"
        return Outcome(stopped.kind, stopped.code, detail, retry_after=stopped.retry_after)
    if left:
        return Outcome("unknown", "no answer", _STOPPED.format(words=words))
    return _all_done(recipients.counts(delivery), reasons)


def told(counts: Mapping[RecipientState, int], left: int = 0) -> str:
    """The counts in words; together they are everybody who was or is to be reached."""
    unclear = counts.get("unknown", 0) + counts.get("sending", 0)
    parts = [f"收下 {counts.get('sent', 0)} 人"]
    parts += [f"没发成 {counts['refused']} 人"] if counts.get("refused") else []
    parts += [f"不知道到没到 {unclear} 人"] if unclear else []
    parts += [f"还没发 {left} 人"] if left else []
    return "，".join(parts) + "。"


def _for_all(outcome: Outcome, personal: Set[str]) -> bool:
    if outcome.kind == "refused":
        return outcome.code not in personal
    return outcome.kind in ("later", "not_sent")


def _state(outcome: Outcome) -> RecipientState:
    if outcome.kind == "sent" or outcome.kind == "refused":
        return outcome.kind
    return "unknown"


def _all_done(counts: Mapping[RecipientState, int], reasons: Counter[str]) -> Outcome:
    words = f"一共 {sum(counts.values())} 人：{told(counts)}"
    commonest, times = next(iter(reasons.most_common(1)), ("", 0))
    if times:
        words += commonest
    if counts.get("sent"):
        return Outcome("sent", detail=words)
    if counts.get("unknown") or counts.get("sending"):
        return Outcome("unknown", "no answer", words)
    return Outcome("refused", "nobody", words)
