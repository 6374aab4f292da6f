"""One customer-service message (客服消息) to one follower, within the platform's limits
(protocol-push §4.3): five after each time they wrote, within two days. The count stands in the store."""

from __future__ import annotations

from bot.clock import Clock
from bot.config import MpAccount
from bot.senders.http import Codes, refuse
from bot.senders.mp_codes import MP_CODES
from bot.senders.mp_tokens import MpApi
from bot.store.api import REACHABLE_FOR, Reachable
from bot.types import Outcome

MOST = 5
"""Messages somebody may get after each time they wrote."""

_PERSONAL: Codes = {
    40003: refuse("平台不认识这个人，可能已取消关注。"),
    43004: refuse("这个人没有关注公众号。"),
    43019: refuse("这个人在公众号的黑名单里。"),
    45015: refuse("这个人超过 48 小时没有说话，或已取消关注。"),
    45047: refuse("这个人说话以后已经收过 5 条。"),
    48002: refuse("这个人关掉了公众号的消息。"),
}
CODES: Codes = {**MP_CODES, **_PERSONAL}
TAKEN = "taken"
PERSONAL_CODES = frozenset({TAKEN, *map(str, _PERSONAL)})
"""Refusals that concern this person only."""

GONE = frozenset({"40003", "43004", "45015"})
"""Codes after which it is of no use to keep the person until they write again."""
USED_UP = "45047"


class MpPersonal:
    """Safe from several threads and processes: what is counted is counted before it goes."""

    def __init__(self, api: MpApi, reachable: Reachable, clock: Clock) -> None:
        self._api = api
        self._reachable = reachable
        self._clock = clock

    def send(self, account: MpAccount, person: str, openid: str, text: str) -> Outcome:
        """``person`` is the pseudonym under which they were noted as having written."""
        since = self._clock.now() - REACHABLE_FOR
        # Counted beforehand, so that two who send at once cannot exceed the limit together.
        if not self._reachable.take(account.account, person, since, MOST):
            return Outcome("refused", TAKEN, "这个人的 48 小时已过，或说话以后已经收过 5 条。")
        document = {"touser": openid, "msgtype": "text", "text": {"content": text}}
        answer = self._api.call(
            account, "/cgi-bin/message/custom/send", document, CODES, "mp_service"
        )
        if not isinstance(answer, Outcome):
            return Outcome("sent")
        if answer.code in GONE:
            self._reachable.drop(account.account, person)
        elif answer.code == USED_UP:
            self._reachable.use_up(account.account, person, MOST)
        elif answer.kind != "unknown":
            self._reachable.give_back(account.account, person)
        return answer
