"""What a text on the wire may hold: which characters, how many bytes."""

from __future__ import annotations

import re

_ILLEGIBLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CLOSING = "…"


def legible(text: str) -> str:
    """``text`` without the characters XML 1.0 forbids: controls, lone surrogates, U+FFFE, U+FFFF."""
    return _ILLEGIBLE.sub("", text)


def cut(text: str, most: int) -> str:
    """``text`` in at most ``most`` bytes of UTF-8, whole characters, "…" where something was lost."""
    encoded = text.encode()
    if len(encoded) <= most:
        return text
    room = most - len(_CLOSING.encode())
    return encoded[:room].decode("utf-8", "ignore").rstrip() + _CLOSING
