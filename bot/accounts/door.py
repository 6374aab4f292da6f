"""Signing in: password, code from the phone, lock-out after wrong tries, sessions that expire."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.accounts.desk import subject_of, tidy_name
from bot.accounts.passwords import is_password
from bot.accounts.roles import Permission, permissions
from bot.accounts.totp import matching_step
from bot.clock import Clock
from bot.privacy import Seal
from bot.store.api import SessionRow, Store, UserRow

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
_TOUCH_AFTER = timedelta(minutes=1)
"""A session's last use is written at most this often."""

LOCKED = timedelta(minutes=15)
WRONG_PER_ACCOUNT = 5
WRONG_PER_ADDRESS = 30
"""Many people of one station may share one address."""

_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$UJdm9T0v74xTsm/u8ZTqxg$JTsBRwhcJ3EOmCUHn2dvvYPFjJ1ihLZlG/JeZk8AESs"
"""The hash of a password nobody kept: names nobody has are checked against it, so that the answer
takes as long for them."""

_WRONG = "用户名或密码不对"
_WRONG_CODE = "验证码不对，请看手机上最新的 6 位数字"
_DISABLED = "这个用户已经停用，请找系统管理员"


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in, with what they may do now. ``session`` is the token's hash."""

    name: str
    roles: tuple[str, ...]
    permissions: frozenset[Permission]
    session: str
    must_change: bool = False
    has_totp: bool = False

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions


@dataclass(frozen=True, slots=True)
class Entry:
    """What came of a try to sign in: a session's token, a code that is still needed, or words."""

    token: str = ""
    name: str = ""
    needs_code: bool = False
    problem: str = ""


class Door:
    """Lets people in. ``pseudonym`` turns a network address into what is stored of it."""

    def __init__(
        self, store: Store, clock: Clock, seal: Seal, pseudonym: Callable[[str], str]
    ) -> None:
        self._store = store
        self._clock = clock
        self._seal = seal
        self._pseudonym = pseudonym

    def sign_in(self, name: str, password: str, address: str) -> Entry:
        """Try a name and password. Where a code is needed too, no session begins yet."""
        name = tidy_name(name)[:64]
        locked = self._count_try(name, address)
        if locked:
            return Entry(problem=locked)
        user = self._store.users.get(name)
        right = is_password(user.password if user else _NOBODY, password)
        if user is None or not right:
            return Entry(problem=self._wrong(name, _WRONG))
        if user.disabled:
            return Entry(problem=_DISABLED)
        if user.totp:
            # The tries count on until the code was right as well.
            self._store.users.take_back_try(subject_of(name))
            self._store.users.take_back_try(self._place(address))
            return Entry(name=name, needs_code=True)
        return self._let_in(user, address)

    def confirm(self, name: str, code: str, address: str) -> Entry:
        """The second step, for somebody whose password was right: a code, good for one use."""
        locked = self._count_try(name, address)
        if locked:
            return Entry(problem=locked)
        user = self._store.users.get(name)
        if user is None or user.disabled or not user.totp:
            return Entry(problem="请从头登录")
        secret = self._seal.open(user.totp)
        if secret is None:
            return Entry(problem="hash_key 换过了，动态口令要请系统管理员取消后重设")
        step = matching_step(secret, code, self._clock.now())
        if step is None or not self._store.users.use_step(name, step):
            return Entry(problem=self._wrong(name, _WRONG_CODE))
        return self._let_in(user, address)

    def look(self, token: str, passive: bool = False) -> Person | None:
        """Who holds this token, None where its session has ended.

        ``passive`` requests (a page that renews itself) do not keep a session alive."""
        if not token:
            return None
        now, digest = self._clock.now(), _digest(token)
        session = self._store.users.session(digest)
        if session is None:
            return None
        user = self._store.users.get(session.name)
        if user is None or user.disabled or _is_over(session, now):
            self._store.users.end_session(digest)
            return None
        if not passive and now - session.seen_at >= _TOUCH_AFTER:
            self._store.users.touch_session(digest, now)
        return Person(
            user.name,
            user.roles,
            permissions(user.roles),
            digest,
            user.must_change,
            bool(user.totp),
        )

    def sign_out(self, person: Person) -> None:
        with self._store.transaction():
            self._store.users.end_session(person.session)
            self._note(person.name, "signed_out")

    def _let_in(self, user: UserRow, address: str) -> Entry:
        token = secrets.token_urlsafe(32)
        now = self._clock.now()
        with self._store.transaction():
            current = self._store.users.get(user.name)
            if current is None or current.password != user.password:
                # It was reset while its hash was being compared.
                return Entry(problem=_WRONG)
            self._store.users.clear_tries(subject_of(user.name))
            self._store.users.take_back_try(self._place(address))
            self._store.users.begin_session(SessionRow(_digest(token), user.name, now, now))
            self._store.users.save(replace(current, signed_in_at=now))
            self._note(user.name, "signed_in")
        return Entry(token, user.name)

    def _count_try(self, name: str, address: str) -> str:
        """Count a try as wrong before it is looked at, so that tries at the same time count too;
        in words until when nobody is let in, or ''."""
        now = self._clock.now()
        limits = ((subject_of(name), WRONG_PER_ACCOUNT), (self._place(address), WRONG_PER_ADDRESS))
        with self._store.transaction():
            for subject, limit in limits:
                tries = self._store.users.tries(subject)
                if tries and tries.wrong >= limit and now - tries.last_at < LOCKED:
                    return _locked_words(tries.last_at + LOCKED - now)
            for subject, _ in limits:
                self._store.users.count_try(subject, now - LOCKED, now)
        return ""

    def _wrong(self, name: str, words: str) -> str:
        tries = self._store.users.tries(subject_of(name))
        left = WRONG_PER_ACCOUNT - (tries.wrong if tries else 0)
        if left > 0:
            return f"{words}（还可以试 {left} 次）"
        if self._store.users.get(name) is not None:
            self._note(name, "locked_out")
        return f"{words}。{_locked_words(LOCKED)}"

    def _place(self, address: str) -> str:
        return f"address:{self._pseudonym(address)}"

    def _note(self, name: str, action: str) -> None:
        self._store.audit.note(name, action, subject_of(name), "", self._clock.now())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _is_over(session: SessionRow, now: datetime) -> bool:
    return now - session.seen_at > IDLE or now - session.started_at > LONGEST


def _locked_words(left: timedelta) -> str:
    minutes = -(-int(left.total_seconds()) // 60)
    return f"试错太多次，请过 {max(minutes, 1)} 分钟再试，或请系统管理员重设密码"
