"""The signature of our own JSON interfaces, in and out (design §5)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime


def signed(secret: str, body: bytes, now: datetime, nonce: str) -> Mapping[str, str]:
    """Headers: hex HMAC-SHA256 over timestamp, nonce and body, a line each."""
    timestamp = str(int(now.timestamp()))
    text = f"{timestamp}\n{nonce}\n".encode() + body
    digest = hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
    return {"X-Timestamp": timestamp, "X-Nonce": nonce, "X-Signature": digest}
