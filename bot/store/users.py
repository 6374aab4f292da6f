"""Staff accounts, their sessions, and wrong tries to sign in."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.store.api import SessionRow, TriesRow, UserRow
from bot.store.engine import Engine, Row, Values
from bot.store.moments import from_optional, from_text, to_text

_KEPT = timedelta(days=1)
"""How long sessions and tries are kept after their last use; both mean nothing much earlier."""

_COLUMNS = """name, roles, password, must_change, disabled, totp, totp_step, created_at,
    signed_in_at"""
_ADD = f"""
    INSERT INTO users ({_COLUMNS})
    VALUES (:name, :roles, :password, :must_change, :disabled, :totp, :totp_step, :created_at,
        :signed_in_at)
    ON CONFLICT (name) DO NOTHING"""  # noqa: S608  # the columns are a constant
_GET = f"SELECT {_COLUMNS} FROM users WHERE name = :name"  # noqa: S608
_ALL = f"SELECT {_COLUMNS} FROM users ORDER BY name"  # noqa: S608
_SAVE = """
    UPDATE users SET roles = :roles, password = :password, must_change = :must_change,
        disabled = :disabled, totp = :totp, signed_in_at = :signed_in_at
    WHERE name = :name"""
_USE_STEP = "UPDATE users SET totp_step = :step WHERE name = :name AND totp_step < :step"
_BEGIN = """
    INSERT INTO sessions (token, name, started_at, seen_at)
    VALUES (:token, :name, :started_at, :seen_at)"""
_SESSION = "SELECT token, name, started_at, seen_at FROM sessions WHERE token = :token"
_TOUCH = "UPDATE sessions SET seen_at = :now WHERE token = :token"
_END = "DELETE FROM sessions WHERE token = :token"
_END_ALL = "DELETE FROM sessions WHERE name = :name AND token <> :but"
_TRIES = "SELECT wrong, last_at FROM login_tries WHERE subject = :subject"
_COUNT = """
    INSERT INTO login_tries (subject, wrong, last_at) VALUES (:subject, 1, :now)
    ON CONFLICT (subject) DO UPDATE SET last_at = excluded.last_at,
        wrong = CASE WHEN login_tries.last_at < :anew_before THEN 1 ELSE login_tries.wrong + 1 END"""
_TAKE_BACK = "UPDATE login_tries SET wrong = wrong - 1 WHERE subject = :subject AND wrong > 0"
_CLEAR = "DELETE FROM login_tries WHERE subject = :subject"
_FORGET_SESSIONS = "DELETE FROM sessions WHERE seen_at < :before"
_FORGET_TRIES = "DELETE FROM login_tries WHERE last_at < :before"


class SqlUsers:
    """Implements ``api.Users``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, user: UserRow) -> bool:
        return self._engine.change(_ADD, _values(user)) == 1

    def get(self, name: str) -> UserRow | None:
        rows = self._engine.select(_GET, {"name": name})
        return _user(rows[0]) if rows else None

    def all(self) -> tuple[UserRow, ...]:
        return tuple(map(_user, self._engine.select(_ALL)))

    def save(self, user: UserRow) -> bool:
        return self._engine.change(_SAVE, _values(user)) == 1

    def use_step(self, name: str, step: int) -> bool:
        return self._engine.change(_USE_STEP, {"name": name, "step": step}) == 1

    def begin_session(self, session: SessionRow) -> None:
        self._engine.change(
            _BEGIN,
            {
                "token": session.token,
                "name": session.name,
                "started_at": to_text(session.started_at),
                "seen_at": to_text(session.seen_at),
            },
        )

    def session(self, token: str) -> SessionRow | None:
        rows = self._engine.select(_SESSION, {"token": token})
        if not rows:
            return None
        return SessionRow(rows[0][0], rows[0][1], from_text(rows[0][2]), from_text(rows[0][3]))

    def touch_session(self, token: str, now: datetime) -> None:
        self._engine.change(_TOUCH, {"token": token, "now": to_text(now)})

    def end_session(self, token: str) -> None:
        self._engine.change(_END, {"token": token})

    def end_sessions(self, name: str, but: str = "") -> None:
        self._engine.change(_END_ALL, {"name": name, "but": but})

    def tries(self, subject: str) -> TriesRow | None:
        rows = self._engine.select(_TRIES, {"subject": subject})
        return TriesRow(rows[0][0], from_text(rows[0][1])) if rows else None

    def count_try(self, subject: str, anew_before: datetime, now: datetime) -> None:
        self._engine.change(
            _COUNT,
            {"subject": subject, "anew_before": to_text(anew_before), "now": to_text(now)},
        )

    def take_back_try(self, subject: str) -> None:
        self._engine.change(_TAKE_BACK, {"subject": subject})

    def clear_tries(self, subject: str) -> None:
        self._engine.change(_CLEAR, {"subject": subject})

    def forget(self, now: datetime) -> None:
        before: Values = {"before": to_text(now - _KEPT)}
        self._engine.change(_FORGET_SESSIONS, before)
        self._engine.change(_FORGET_TRIES, before)


def _values(user: UserRow) -> Values:
    return {
        "name": user.name,
        "roles": " ".join(user.roles),
        "password": user.password,
        "must_change": int(user.must_change),
        "disabled": int(user.disabled),
        "totp": user.totp,
        "totp_step": user.totp_step,
        "created_at": to_text(user.created_at),
        "signed_in_at": to_text(user.signed_in_at) if user.signed_in_at else None,
    }


def _user(row: Row) -> UserRow:
    return UserRow(
        name=row[0],
        roles=tuple(row[1].split()),
        password=row[2],
        must_change=bool(row[3]),
        disabled=bool(row[4]),
        totp=row[5],
        totp_step=row[6],
        created_at=from_text(row[7]),
        signed_in_at=from_optional(row[8]),
    )
