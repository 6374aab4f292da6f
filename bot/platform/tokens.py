"""Access tokens of WeCom and of the official account (protocol-push §2.1, §4.1, §7.2)."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock

from flask import Blueprint, Response, request

from bot.clock import Clock
from bot.platform.answers import Refusal, accepted, answer, api, read_json
from bot.platform.settings import CorpSettings, OfficialAccountSettings

_LIFE = timedelta(seconds=7200)
_OVERLAP = timedelta(minutes=5)
_FORCED_PER_DAY = 20
_FORCED_APART = timedelta(seconds=30)
_PLAIN_PER_DAY = 2000


@dataclass(frozen=True, slots=True)
class Grant:
    """A token and until when it holds."""

    token: str
    ends_at: datetime


class TokenDesk:
    """Issues and checks tokens. ``fetches`` counts the calls per address, refused ones too."""

    def __init__(self, corp: CorpSettings, mp: OfficialAccountSettings, clock: Clock) -> None:
        self.fetches: Counter[str] = Counter()
        self._corp_settings = corp
        self._mp_settings = mp
        self._clock = clock
        self._corp: list[Grant] = []
        self._plain: list[Grant] = []
        self._stable: list[Grant] = []
        self._forced: list[datetime] = []
        self._plain_on: tuple[date, int] = (date.min, 0)
        self._lock = Lock()

    def corp_token(self, corp_id: str, secret: str) -> Grant:
        """gettoken: the same token while it holds.

        Raises:
            Refusal: 41002, 41004 missing; 40013 corpid; 40001 secret.
        """
        with self._lock:
            self.fetches["gettoken"] += 1
            _check_pair(corp_id, secret, self._corp_settings.corp_id, self._corp_settings.secret)
            now = self._clock.now()
            if not self._corp or self._corp[-1].ends_at <= now:
                self._corp.append(_grant(now))
            return self._corp[-1]

    def mp_token(self, app_id: str, secret: str) -> Grant:
        """cgi-bin/token: always a new one; the one before holds for 5 more minutes.

        Raises:
            Refusal: as ``corp_token``; 45009 over 2000 a day.
        """
        with self._lock:
            self.fetches["token"] += 1
            _check_pair(app_id, secret, self._mp_settings.app_id, self._mp_settings.app_secret)
            now = self._clock.now()
            day, count = self._plain_on
            count = count + 1 if day == now.date() else 1
            if count > _PLAIN_PER_DAY:
                raise Refusal(45009, "reach max api daily quota limit")
            self._plain_on = (now.date(), count)
            if self._plain:
                last = self._plain[-1]
                self._plain[-1] = Grant(last.token, min(last.ends_at, now + _OVERLAP))
            self._plain.append(_grant(now))
            return self._plain[-1]

    def stable_token(self, app_id: str, secret: str, force: bool) -> Grant:
        """stable_token: the same until its last 5 minutes; a forced one voids it at once.

        Raises:
            Refusal: as ``corp_token``; 45009, 45011 for forcing too often.
        """
        with self._lock:
            self.fetches["stable_token"] += 1
            _check_pair(app_id, secret, self._mp_settings.app_id, self._mp_settings.app_secret)
            now = self._clock.now()
            if force:
                self._force(now)
            if not self._stable or self._stable[-1].ends_at - now <= _OVERLAP:
                self._stable.append(_grant(now))
            return self._stable[-1]

    def _force(self, now: datetime) -> None:
        if self._forced and now - self._forced[-1] < _FORCED_APART:
            raise Refusal(45011)
        if sum(moment.date() == now.date() for moment in self._forced) >= _FORCED_PER_DAY:
            raise Refusal(45009, "reach max api daily quota limit")
        self._forced.append(now)
        self._stable.clear()

    def revoke_all(self) -> None:
        """Void every token now, as the platform may at any time."""
        with self._lock:
            for grants in (self._corp, self._plain, self._stable):
                grants.clear()

    def check_corp(self, token: str) -> None:
        """Raises Refusal: 41001 missing, 42001 expired, 40014 unknown or revoked."""
        with self._lock:
            self._check(token, self._corp, 40014)

    def check_mp(self, token: str) -> None:
        """Raises Refusal: 41001 missing, 42001 expired, 40001 unknown or revoked."""
        with self._lock:
            self._check(token, [*self._plain, *self._stable], 40001)

    def _check(self, token: str, grants: list[Grant], unknown: int) -> None:
        if not token:
            raise Refusal(41001)
        grant = next((grant for grant in grants if grant.token == token), None)
        if grant is None:
            raise Refusal(unknown)
        if grant.ends_at <= self._clock.now():
            raise Refusal(42001)

    def seconds_left(self, grant: Grant) -> int:
        """What the answer calls expires_in."""
        return int((grant.ends_at - self._clock.now()).total_seconds())


def _grant(now: datetime) -> Grant:
    return Grant(secrets.token_urlsafe(64), now + _LIFE)


def _check_pair(given_id: str, given_secret: str, right_id: str, right_secret: str) -> None:
    if not given_id:
        raise Refusal(41002)
    if not given_secret:
        raise Refusal(41004)
    if given_id != right_id:
        raise Refusal(40013)
    if given_secret != right_secret:
        raise Refusal(40001)


def blueprint(desk: TokenDesk) -> Blueprint:
    """The three token addresses."""
    routes = api("tokens")

    @routes.get("/cgi-bin/gettoken")
    def gettoken() -> Response:
        grant = desk.corp_token(request.args.get("corpid", ""), request.args.get("corpsecret", ""))
        return accepted(access_token=grant.token, expires_in=desk.seconds_left(grant))

    @routes.get("/cgi-bin/token")
    def token() -> Response:
        _check_grant_type(request.args.get("grant_type"))
        grant = desk.mp_token(request.args.get("appid", ""), request.args.get("secret", ""))
        # The official account leaves errcode out where all is well.
        return answer({"access_token": grant.token, "expires_in": desk.seconds_left(grant)})

    @routes.post("/cgi-bin/stable_token")
    def stable_token() -> Response:
        payload = read_json(request.get_data(), broken=47001)
        _check_grant_type(payload.get("grant_type"))
        grant = desk.stable_token(
            str(payload.get("appid") or ""),
            str(payload.get("secret") or ""),
            payload.get("force_refresh") is True,
        )
        return answer({"access_token": grant.token, "expires_in": desk.seconds_left(grant)})

    return routes


def _check_grant_type(grant_type: object) -> None:
    if grant_type != "client_credential":
        raise Refusal(40002)
