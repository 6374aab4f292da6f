"""Names for things whose own name is a secret."""

from __future__ import annotations

import hashlib


def fingerprint(*parts: str) -> str:
    """Sixteen hex digits that stand for a key, a secret or an address in logs and in the store."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
