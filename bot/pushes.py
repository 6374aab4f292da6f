"""How an answer reaches its person when the platform no longer waits for it: one way per account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from bot.config import MpAccount, WecomAccount
from bot.privacy import Seal
from bot.senders.mp_personal import MpPersonal
from bot.senders.wecom_text import send_text
from bot.senders.wecom_tokens import WecomApi
from bot.store.api import REACHABLE_FOR, Reachable
from bot.types import Outcome


class Push(Protocol):
    """``person`` is a pseudonym, ``reach`` the platform's own id."""

    repeatable: bool
    """Whether the same text sent twice arrives once."""

    def opened(self, person: str, reach: str, at: datetime) -> None:
        """They wrote, so that they may be written to for a while."""

    def send(self, person: str, reach: str, text: str) -> Outcome:
        """Once; never raises for anything the network does."""


class MpPush:
    """Customer-service messages of an official account (protocol-push §4.3)."""

    repeatable = False

    def __init__(
        self,
        account: MpAccount,
        personal: MpPersonal,
        reachable: Reachable,
        seal: Seal,
        remembers: Callable[[], bool],
    ) -> None:
        """``remembers``: whether followers who wrote are remembered for other reasons too."""
        self._account = account
        self._personal = personal
        self._reachable = reachable
        self._seal = seal
        self._remembers = remembers

    def opened(self, person: str, reach: str, at: datetime) -> None:
        sealed = self._seal.close(reach)
        self._reachable.touch(self._account.account, person, sealed, at, at - REACHABLE_FOR)

    def send(self, person: str, reach: str, text: str) -> Outcome:
        outcome = self._personal.send(self._account, person, reach, text)
        if outcome.kind == "sent" and not self._remembers():
            self._reachable.drop(self._account.account, person)
        return outcome


class WecomPush:
    """Messages of a WeCom app; the platform drops the same text to the same member (§2.2)."""

    repeatable = True

    def __init__(self, account: WecomAccount, api: WecomApi) -> None:
        self._account = account
        self._api = api

    def opened(self, person: str, reach: str, at: datetime) -> None:
        """A member can always be written to."""

    def send(self, person: str, reach: str, text: str) -> Outcome:
        answer = send_text(self._api, self._account, (reach,), text)
        if isinstance(answer, Outcome):
            return answer
        if answer.get("invaliduser") or answer.get("unlicenseduser"):
            # Said beside errcode 0: the one member this was for did not get it.
            return Outcome(
                "refused", "invaliduser", "这个成员收不到应用的消息，请核对可见范围和许可。"
            )
        return Outcome("sent")
