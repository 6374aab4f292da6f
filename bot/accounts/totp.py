"""One-time codes from a phone's authenticator (RFC 6238): secrets and the check."""

from __future__ import annotations

import hmac
from datetime import datetime

import pyotp

STEP_SECONDS = 30
DIGITS = 6
_DRIFT_STEPS = 1
"""How many steps a phone's clock may be off, either way."""


def fresh_secret() -> str:
    return pyotp.random_base32()


def address(secret: str, name: str, station: str) -> str:
    """The ``otpauth:`` address an authenticator reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=f"反诈小助手 {station}")


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is, None where it is none that holds now."""
    digits = code.replace(" ", "")
    if len(digits) != DIGITS or not digits.isascii() or not digits.isdigit():
        return None
    totp = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
    current = int(now.timestamp()) // STEP_SECONDS
    for step in range(current - _DRIFT_STEPS, current + _DRIFT_STEPS + 1):
        if hmac.compare_digest(totp.at(step * STEP_SECONDS), digits):
            return step
    return None
