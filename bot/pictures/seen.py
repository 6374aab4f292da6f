"""What a picture shows, as plain data that travels between processes."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

Trouble = Literal["", "broken", "too_large", "too_slow", "not_installed"]


@dataclass(frozen=True, slots=True)
class Seen:
    """``lines`` from top to bottom, ``codes`` the targets of QR and bar codes (never opened).

    ``trouble`` is empty where the picture was read:
    broken         no picture of a known kind, or damaged
    too_large      more bytes or pixels than are read
    too_slow       not read in the time that the resident waits
    not_installed  the packages for reading pictures are not there
    """

    lines: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    trouble: Trouble = ""

    @property
    def text(self) -> str:
        """Everything that can be judged, one line each."""
        return "\n".join((*self.lines, *self.codes))


def to_bytes(seen: Seen) -> bytes:
    return json.dumps(asdict(seen)).encode()


def from_bytes(document: bytes) -> Seen:
    """Raises:
    ValueError: it is not what ``to_bytes`` wrote.
    """
    fields = json.loads(document)
    try:
        return Seen(tuple(fields["lines"]), tuple(fields["codes"]), fields["trouble"])
    except (KeyError, TypeError) as error:
        raise ValueError("not a Seen") from error
