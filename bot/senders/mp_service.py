"""Customer-service message of an official account (客服消息), protocol-push §4.3.

No road for a weekly warning: it reaches only those who wrote within the last two days, and each of
them at most five times after they wrote, and never whoever asked not to be written to. Who that is
stands in the store, ids encrypted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.clock import Clock
from bot.config import MpAccount
from bot.privacy import Seal
from bot.senders import layout
from bot.senders.base import Pace, Rendered, Warning_
from bot.senders.http import misconfigured
from bot.senders.many import to_each
from bot.senders.mp_personal import MOST, PERSONAL_CODES, MpPersonal
from bot.store.api import REACHABLE_FOR, OptOuts, Reachable, ReachableRow, Recipients
from bot.types import Outcome, Outgoing

TEXT_BYTES = 2048
SEALED = "sealed"
STOPPED = "stopped"
PERSONAL = frozenset({SEALED, STOPPED, *PERSONAL_CODES})


class MpServiceSender:
    """``mp_service {account}``."""

    type = "mp_service"
    pace: Pace | None = Pace(count=60, seconds=60.0, in_flight=1)

    def __init__(
        self,
        accounts: Mapping[str, MpAccount],
        personal: MpPersonal,
        reachable: Reachable,
        recipients: Recipients,
        opt_outs: OptOuts,
        seal: Seal,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._personal = personal
        self._reachable = reachable
        self._recipients = recipients
        self._opt_outs = opt_outs
        self._seal = seal
        self._clock = clock

    def missing(self, target: Mapping[str, object]) -> str:
        name = str(target.get("account", ""))
        account = self._accounts.get(name)
        if account is None:
            return f"配置里没有名叫“{name}”的公众号"
        return "" if account.app_secret else f"公众号“{name}”没有填 app_secret"

    def pace_key(self, target: Mapping[str, object]) -> str:
        return f"{self.type} {target.get('account', '')}"

    def notes(self, target: Mapping[str, object]) -> tuple[str, ...]:
        if self.missing(target):
            return ()
        people = len(self._people(self._accounts[str(target["account"])]))
        return (f"只能发给 48 小时内说过话的人，现在有 {people} 人；每人说话后最多收 {MOST} 条",)

    def render(self, warning: Warning_) -> Rendered:
        return layout.plain_text(warning, TEXT_BYTES)

    def send(self, outgoing: Outgoing) -> Outcome:
        lacking = self.missing(outgoing.target)
        if lacking:
            return misconfigured(lacking)
        account = self._accounts[str(outgoing.target["account"])]
        people = {row.person: row for row in self._people(account)}

        def send_one(rows: Sequence[ReachableRow]) -> Sequence[Outcome]:
            return [self._one(account, outgoing, row) for row in rows]

        outcome = to_each(
            self._recipients,
            self._clock,
            outgoing.idempotency_key,
            people,
            1,
            PERSONAL,
            send_one,
        )
        if outcome.code == "nobody" and not people:
            detail = "48 小时内没有人跟公众号说过话，没有人可发。请换一种方式，例如群发。"
            return Outcome("refused", "nobody", detail)
        return outcome

    def follow_up(self, outgoing: Outgoing, reference: str) -> Outcome | None:
        return None

    def _people(self, account: MpAccount) -> tuple[ReachableRow, ...]:
        rows = self._reachable.since(account.account, self._since(), MOST)
        return tuple(row for row in rows if not self._stopped(account, row))

    def _since(self) -> datetime:
        return self._clock.now() - REACHABLE_FOR

    def _stopped(self, account: MpAccount, row: ReachableRow) -> bool:
        return self._opt_outs.has(f"mp:{account.account}", row.person)

    def _one(self, account: MpAccount, outgoing: Outgoing, row: ReachableRow) -> Outcome:
        # Asked again: with many people, minutes pass between the first and the last.
        if self._stopped(account, row):
            return Outcome("refused", STOPPED, "这个人刚说过不要再发。")
        openid = self._seal.open(row.sealed)
        if openid is None:
            self._reachable.drop(account.account, row.person)
            return Outcome("refused", SEALED, "hash_key 换过，以前的人认不出了。")
        return self._personal.send(account, row.person, openid, outgoing.text)
