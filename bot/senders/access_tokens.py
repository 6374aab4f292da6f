"""Calls that need an access token: fetched once, shared, renewed when refused.

The platforms void tokens early and limit how often they may be fetched, and a wrong secret tried
often blocks our address for an hour (protocol-push §2.1, §4.1). So one thread of one process
fetches, all others wait for its result, and a failure is remembered for a while.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, TypeGuard, TypeVar

from bot.clock import Clock
from bot.senders.http import Http, Reply, unclear
from bot.store.api import Tokens
from bot.types import Outcome

log = logging.getLogger("bot.senders")

EARLY_SECONDS = 300
"""How long before its end a token is renewed; of short-lived tokens a tenth of their life."""
WAIT_SECONDS = 15.0
"""How long to wait for another process that is fetching (the store's lease lasts as long)."""
POLL_SECONDS = 0.1
REMEMBER_REFUSED = 60.0
"""Seconds before a refused secret is tried again; a changed one is tried at once."""
REMEMBER_FAULT = 5.0

Account = TypeVar("Account")
Answer = Mapping[str, object] | Outcome
Post = Callable[[str], Answer]
"""Makes one call with the token it is given."""


class TokenApi(ABC, Generic[Account]):
    """A platform's interface for holders of a token; safe to share between threads.

    ``holder`` names this process towards the others that use the same ``tokens``.
    """

    platform: str
    """How the platform is called in words to the operator."""
    token_codes: frozenset[str]
    """The token was refused before anything was done: fetch a new one, send once more."""

    def __init__(self, base: str, http: Http, tokens: Tokens, clock: Clock, holder: str) -> None:
        self._base = base
        self._http = http
        self._tokens = tokens
        self._clock = clock
        self._holder = holder
        self._locks: dict[str, Lock] = {}
        self._failures: dict[str, tuple[Outcome, datetime]] = {}

    @abstractmethod
    def _name(self, account: Account) -> str:
        """Under which name the account's token is shared; no secret is readable in it."""

    @abstractmethod
    def _fetched(self, account: Account) -> Answer:
        """Ask the platform for a token; the answer's fields where it gave one."""

    def with_token(self, account: Account, post: Post) -> Answer:
        """Call once, and once more with a new token where the first was refused.

        ``post`` must send the same bytes each time.
        """
        name = self._name(account)
        first = self._token(account, name, refused="")
        if isinstance(first, Outcome):
            return first
        answer = post(first)
        if not self._token_refused(answer):
            return answer
        second = self._token(account, name, refused=first)
        if isinstance(second, Outcome):
            return second
        answer = post(second)
        if self._token_refused(answer):
            self._tokens.drop(name, second)
            self._remember(name, answer)
        return answer

    def _post(
        self,
        path: str,
        body: bytes,
        token: str,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply | Outcome:
        asked = {"access_token": token, **(query or {})}
        return self._http.post(f"{self._base}{path}", body, asked, headers)

    def _token(self, account: Account, name: str, refused: str) -> str | Outcome:
        with self._locks.setdefault(name, Lock()):
            token = self._shared(name, refused)
            if token:
                return token
            failure, until = self._failures.get(name, (None, self._clock.now()))
            if failure is not None and self._clock.now() < until:
                return failure
            return self._renew(account, name, refused)

    def _shared(self, name: str, refused: str) -> str:
        token = self._tokens.get(name, self._clock.now()) or ""
        if token and token == refused:
            self._tokens.drop(name, token)
            return ""
        return token

    def _renew(self, account: Account, name: str, refused: str) -> str | Outcome:
        give_up = self._clock.now() + timedelta(seconds=WAIT_SECONDS)
        while not self._tokens.begin_refresh(name, self._holder, self._clock.now()):
            if self._clock.now() >= give_up:
                detail = f"正在等{self.platform}的令牌，这条没有发出去。稍后会再试。"
                return Outcome("later", "token", detail, retry_after=REMEMBER_FAULT)
            self._clock.sleep(POLL_SECONDS)
            token = self._shared(name, refused)
            if token:
                return token
        try:
            return self._shared(name, refused) or self._fetch(account, name)
        finally:
            self._tokens.end_refresh(name, self._holder)

    def _fetch(self, account: Account, name: str) -> str | Outcome:
        answer = self._fetched(account)
        token = answer if isinstance(answer, Outcome) else self._keep(name, answer)
        if isinstance(token, Outcome):
            token = self._nothing_left(token)
            self._remember(name, token)
        return token

    def _keep(self, name: str, fields: Mapping[str, object]) -> str | Outcome:
        token, seconds = fields.get("access_token"), fields.get("expires_in")
        if not isinstance(token, str) or not token or type(seconds) is not int or seconds <= 0:
            return unclear("token")
        usable = seconds - min(EARLY_SECONDS, seconds / 10)
        self._tokens.put(name, token, self._clock.now() + timedelta(seconds=usable))
        log.info("new access token %s for %d seconds", name, usable)
        return token

    def _remember(self, name: str, failure: Outcome) -> None:
        waits = REMEMBER_REFUSED if failure.kind == "refused" else REMEMBER_FAULT
        seconds = max(waits, failure.retry_after)
        self._failures[name] = (failure, self._clock.now() + timedelta(seconds=seconds))

    def _token_refused(self, answer: Answer) -> TypeGuard[Outcome]:
        return isinstance(answer, Outcome) and answer.code in self.token_codes

    def _nothing_left(self, outcome: Outcome) -> Outcome:
        """Without a token no message left: what is unclear about the token is clear about that."""
        if outcome.kind != "unknown":
            return outcome
        detail = f"没有拿到{self.platform}的令牌，这条没有发出去。稍后会再试。"
        return replace(outcome, kind="not_sent", detail=detail)
