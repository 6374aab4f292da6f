"""Where the process for pictures listens, and the form of what goes over that socket."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path


def socket_of(database: Path) -> str:
    """One socket per store. Not beside it: a socket's path may have 107 bytes only."""
    name = hashlib.sha256(str(database.resolve()).encode()).hexdigest()[:20]
    return str(Path(tempfile.gettempdir()) / f"fanzha-pictures-{name}.sock")


def key_of(hash_key: str) -> bytes:
    """The secret both ends prove to each other, so that no other user of the machine can ask."""
    return hashlib.sha256(b"pictures\0" + hash_key.encode()).digest()
