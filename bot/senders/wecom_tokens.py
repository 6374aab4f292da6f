"""Calls to WeCom that need an access token: fetched once, shared, renewed when refused.

The platform voids tokens early and limits how often they may be fetched, and a wrong secret tried
often blocks our address for an hour (protocol-push §2.1). So one thread of one process fetches,
all others wait for its result, and a failure is remembered for a while.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock
from typing import TypeGuard

from bot.clock import Clock
from bot.config import WecomAccount
from bot.senders.fingerprint import fingerprint
from bot.senders.http import Codes, Http, json_bytes, read_errcode, refuse, unclear
from bot.senders.wecom_codes import APP_CODES, TOKEN_CODES
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

_FETCH_CODES: Codes = {
    **APP_CODES,
    40001: refuse(
        "企业微信的 secret 不对，或不属于这个企业，或应用已停用。请管理员到后台重新复制 secret。"
    ),
}


def token_name(account: WecomAccount) -> str:
    """Under which name the account's token is shared: one per (corp, secret), neither readable."""
    return f"wecom {fingerprint(account.corp_id, account.secret)}"


class WecomApi:
    """The interface of WeCom for apps; safe to share between threads.

    ``holder`` names this process towards the others that use the same ``tokens``.
    """

    def __init__(self, base: str, http: Http, tokens: Tokens, clock: Clock, holder: str) -> None:
        self._base = base
        self._http = http
        self._tokens = tokens
        self._clock = clock
        self._holder = holder
        self._locks: dict[str, Lock] = {}
        self._failures: dict[str, tuple[Outcome, datetime]] = {}

    def call(
        self,
        account: WecomAccount,
        path: str,
        document: Mapping[str, object],
        codes: Codes,
        channel: str,
    ) -> Mapping[str, object] | Outcome:
        """POST once, and once more with a new token where the first was refused, the same bytes.

        Returns the answer's fields where the platform accepted.
        """
        body = json_bytes(document)
        name = token_name(account)
        first = self._token(account, name, refused="")
        if isinstance(first, Outcome):
            return first
        answer = self._post(path, body, first, codes, channel)
        if not _token_refused(answer):
            return answer
        second = self._token(account, name, refused=first)
        if isinstance(second, Outcome):
            return second
        answer = self._post(path, body, second, codes, channel)
        if _token_refused(answer):
            self._tokens.drop(name, second)
            self._remember(name, answer)
        return answer

    def _post(
        self, path: str, body: bytes, token: str, codes: Codes, channel: str
    ) -> Mapping[str, object] | Outcome:
        reply = self._http.post(f"{self._base}{path}", body, {"access_token": token})
        return reply if isinstance(reply, Outcome) else read_errcode(reply, codes, channel)

    def _token(self, account: WecomAccount, name: str, refused: str) -> str | Outcome:
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

    def _renew(self, account: WecomAccount, name: str, refused: str) -> str | Outcome:
        give_up = self._clock.now() + timedelta(seconds=WAIT_SECONDS)
        while not self._tokens.begin_refresh(name, self._holder, self._clock.now()):
            if self._clock.now() >= give_up:
                detail = "正在等企业微信的令牌，这条没有发出去。稍后会再试。"
                return Outcome("later", "token", detail, retry_after=REMEMBER_FAULT)
            self._clock.sleep(POLL_SECONDS)
            token = self._shared(name, refused)
            if token:
                return token
        try:
            return self._shared(name, refused) or self._fetch(account, name)
        finally:
            self._tokens.end_refresh(name, self._holder)

    def _fetch(self, account: WecomAccount, name: str) -> str | Outcome:
        query = {"corpid": account.corp_id, "corpsecret": account.secret}
        reply = self._http.get(f"{self._base}/cgi-bin/gettoken", query)
        answer = (
            reply if isinstance(reply, Outcome) else read_errcode(reply, _FETCH_CODES, "gettoken")
        )
        token = answer if isinstance(answer, Outcome) else self._keep(name, answer)
        if isinstance(token, Outcome):
            token = _nothing_left(token)
            self._remember(name, token)
        return token

    def _keep(self, name: str, fields: Mapping[str, object]) -> str | Outcome:
        token, seconds = fields.get("access_token"), fields.get("expires_in")
        if not isinstance(token, str) or not token or type(seconds) is not int or seconds <= 0:
            return unclear("token")
        usable = seconds - min(EARLY_SECONDS, seconds / 10)
        self._tokens.put(name, token, self._clock.now() + timedelta(seconds=usable))
        log.info("new WeCom access token %s for %d seconds", name, usable)
        return token

    def _remember(self, name: str, failure: Outcome) -> None:
        waits = REMEMBER_REFUSED if failure.kind == "refused" else REMEMBER_FAULT
        seconds = max(waits, failure.retry_after)
        self._failures[name] = (failure, self._clock.now() + timedelta(seconds=seconds))


def _token_refused(answer: Mapping[str, object] | Outcome) -> TypeGuard[Outcome]:
    return isinstance(answer, Outcome) and answer.code in TOKEN_CODES


def _nothing_left(outcome: Outcome) -> Outcome:
    """Without a token no message left: what is unclear about the token is clear about that."""
    if outcome.kind != "unknown":
        return outcome
    detail = "没有拿到企业微信的令牌，这条没有发出去。稍后会再试。"
    return replace(outcome, kind="not_sent", detail=detail)
