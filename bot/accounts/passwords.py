"""Passwords: what is good enough, their hashes, and one-time passwords."""

from __future__ import annotations

import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 10
LONGEST = 128
_FEWEST_DIFFERENT = 4

# OWASP's smallest setting of argon2id; more memory would count against the process's 200 MB when
# several people sign in at once.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_ONE_TIME_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are mistaken for one another when read aloud or from paper."""


def password_problem(name: str, password: str) -> str:
    """Why this password is not good enough for this person, in plain words; '' if it is."""
    plain = password.strip()
    if len(plain) < SHORTEST:
        return f"密码至少要 {SHORTEST} 个字符，现在是 {len(plain)} 个"
    if len(password) > LONGEST:
        return f"密码最多 {LONGEST} 个字符"
    if _folded(name) in _folded(password):
        return "密码里不要带用户名"
    if len(set(password)) < _FEWEST_DIFFERENT:
        return "密码太简单了，请用几个词或一句话"
    return ""


def hash_password(password: str) -> str:
    """The argon2id hash of a password, with its salt and settings."""
    return _hasher.hash(_same_form(password))


def is_password(hashed: str, password: str) -> bool:
    """Whether the hash is of this password. A hash that cannot be read is of none."""
    try:
        return _hasher.verify(hashed, _same_form(password[: LONGEST + 1]))
    except (VerificationError, InvalidHashError):
        return False


def one_time_password() -> str:
    """A fresh password to be read to somebody: 60 bits in three groups."""
    groups = ("".join(secrets.choice(_ONE_TIME_LETTERS) for _ in range(4)) for _ in range(3))
    return "-".join(groups)


def _same_form(password: str) -> str:
    """Keyboards differ in how they compose a character; the password is the same."""
    return unicodedata.normalize("NFC", password)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
