"""What is done with accounts: add, change roles, disable, reset, change one's own password.

Each action is one transaction with its audit line. Words returned are for people; '' is success.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.accounts.passwords import (
    hash_password,
    is_password,
    one_time_password,
    password_problem,
)
from bot.accounts.roles import ROLE_NAMES, known_roles
from bot.accounts.totp import matching_step
from bot.clock import Clock
from bot.privacy import Seal
from bot.store.api import Store, UserRow

_NAME = re.compile(r"[\w.-]{2,32}")
_LAST_ADMIN = "这是最后一个能用的系统管理员，请先让别人也当系统管理员"
_Change = Callable[[UserRow], UserRow]


@dataclass(frozen=True, slots=True)
class Made:
    """What came of making a password: a one-time password to show once, or why not."""

    password: str = ""
    problem: str = ""


def subject_of(name: str) -> str:
    """How audit lines name an account."""
    return f"user:{name}"


def tidy_name(name: str) -> str:
    """The stored form of a name as typed: full width and capitals make no difference."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


class Accounts:
    """The actions. ``actor`` is who does it and is named in the audit line."""

    def __init__(self, store: Store, clock: Clock, seal: Seal) -> None:
        self._store = store
        self._clock = clock
        self._seal = seal

    def add(self, actor: str, name: str, roles: Iterable[str], password: str = "") -> Made:
        """Add an account; without ``password`` it gets a one-time password."""
        name, given = tidy_name(name), known_roles(roles)
        problem = _name_problem(name) or ("" if given else "请至少选一个角色")
        if password and not problem:
            problem = password_problem(name, password)
        if problem:
            return Made(problem=problem)
        chosen = password or one_time_password()
        now = self._clock.now()
        user = UserRow(name, given, hash_password(chosen), now, must_change=not password)
        with self._store.transaction():
            if not self._store.users.add(user):
                return Made(problem=f"已经有叫 {name} 的用户了")
            self._note(actor, "user_added", name, now, after=_described(user))
        return Made("" if password else chosen)

    def change_roles(self, actor: str, name: str, roles: Iterable[str]) -> str:
        """Give exactly these roles."""
        given = known_roles(roles)
        if not given:
            return "请至少选一个角色；不让他用了，请停用"
        return self._change(actor, name, "user_roles", lambda user: replace(user, roles=given))

    def disable(self, actor: str, name: str) -> str:
        """Let nobody in under this name any more; open sessions end at once."""
        with self._store.transaction():
            problem = self._change(
                actor, name, "user_disabled", lambda user: replace(user, disabled=True)
            )
            if not problem:
                self._store.users.end_sessions(tidy_name(name))
        return problem

    def enable(self, actor: str, name: str) -> str:
        return self._change(actor, name, "user_enabled", lambda user: replace(user, disabled=False))

    def reset(self, actor: str, name: str, password: str = "", drop_totp: bool = False) -> Made:
        """Set a new password, one-time unless ``password`` is given; sessions and lock end."""
        name = tidy_name(name)
        problem = password_problem(name, password) if password else ""
        if problem:
            return Made(problem=problem)
        chosen = password or one_time_password()
        hashed = hash_password(chosen)
        now = self._clock.now()
        with self._store.transaction():
            user = self._store.users.get(name)
            if user is None:
                return Made(problem=_unknown(name))
            totp = "" if drop_totp else user.totp
            self._store.users.save(
                replace(user, password=hashed, must_change=not password, totp=totp)
            )
            self._store.users.end_sessions(name)
            self._store.users.clear_tries(subject_of(name))
            dropped = "，并取消动态口令" if user.totp and drop_totp else ""
            self._note(actor, "password_reset", name, now, f"重设密码{dropped}")
        return Made("" if password else chosen)

    def change_password(self, name: str, old: str, new: str, session: str) -> str:
        """Change one's own password; all sessions but ``session`` end."""
        user = self._store.users.get(name)
        if user is None:
            return _unknown(name)
        if not is_password(user.password, old):
            return "现在的密码不对"
        problem = password_problem(name, new)
        if problem:
            return problem
        if is_password(user.password, new):
            return "新密码和现在的一样，请换一个"
        hashed = hash_password(new)
        now = self._clock.now()
        with self._store.transaction():
            current = self._store.users.get(name)
            if current is None or current.password != user.password:
                return "密码刚刚被别人改过，请重新登录"
            self._store.users.save(replace(current, password=hashed, must_change=False))
            self._store.users.end_sessions(name, but=session)
            self._note(name, "password_changed", name, now)
        return ""

    def turn_on_totp(self, name: str, secret: str, code: str) -> str:
        """Ask for a code at every sign-in from now on; ``code`` proves the phone has the secret."""
        now = self._clock.now()
        step = matching_step(secret, code, now)
        if step is None:
            return "验证码不对。请看手机上最新的 6 位数字，并确认手机时间是自动对时"
        with self._store.transaction():
            user = self._store.users.get(name)
            if user is None:
                return _unknown(name)
            self._store.users.save(replace(user, totp=self._seal.close(secret)))
            self._store.users.use_step(name, step)
            self._note(name, "totp_on", name, now)
        return ""

    def turn_off_totp(self, name: str, password: str) -> str:
        """Ask for no code any more."""
        user = self._store.users.get(name)
        if user is None:
            return _unknown(name)
        if not is_password(user.password, password):
            return "密码不对"
        with self._store.transaction():
            self._store.users.save(replace(user, totp=""))
            self._note(name, "totp_off", name, self._clock.now())
        return ""

    def _change(self, actor: str, name: str, action: str, change: _Change) -> str:
        name = tidy_name(name)
        with self._store.transaction():
            user = self._store.users.get(name)
            if user is None:
                return _unknown(name)
            changed = change(user)
            if changed == user:
                return ""
            if _is_admin(user) and not _is_admin(changed) and self._only_admin(name):
                return _LAST_ADMIN
            self._store.users.save(changed)
            self._note(
                actor, action, name, self._clock.now(), "", _described(user), _described(changed)
            )
        return ""

    def _only_admin(self, name: str) -> bool:
        return not any(_is_admin(user) and user.name != name for user in self._store.users.all())

    def _note(
        self,
        actor: str,
        action: str,
        name: str,
        now: datetime,
        detail: str = "",
        before: str = "",
        after: str = "",
    ) -> None:
        self._store.audit.note(actor, action, subject_of(name), detail, now, before, after)


def _name_problem(name: str) -> str:
    if not _NAME.fullmatch(name):
        return "用户名要 2 到 32 个字，只用汉字、字母、数字、点、横线和下划线"
    return ""


def _unknown(name: str) -> str:
    return f"没有叫 {name} 的用户"


def _is_admin(user: UserRow) -> bool:
    return "admin" in user.roles and not user.disabled


def _described(user: UserRow) -> str:
    roles = "、".join(ROLE_NAMES[role] for role in known_roles(user.roles))
    return f"角色：{roles}\n状态：{'停用' if user.disabled else '正常'}"
