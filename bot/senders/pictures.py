"""Pictures that go out with a warning: read when it is sent, and only as they were approved."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from bot.types import Outcome

PICTURE = "picture"
PICTURE_HASH = "picture_hash"
"""Fields of ``Rendered.extra`` and ``Outgoing.extra``."""

SUFFIXES: Mapping[str, bytes] = {".png": b"\x89PNG\r\n\x1a\n", ".jpg": b"\xff\xd8\xff"}
"""File endings and what such a file begins with; both platforms take these two kinds."""

MEDIA_TYPES: Mapping[str, str] = {".png": "image/png", ".jpg": "image/jpeg"}


class Pictures:
    """The folder of pictures."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, extra: Mapping[str, str]) -> bytes | Outcome:
        """The picture's bytes, or a refusal where it is gone or no longer what was approved."""
        name = extra.get(PICTURE, "")
        try:
            content = (self._folder / Path(name).name).read_bytes()
        except OSError:
            return _refused(f"图片 {name} 读不出来")
        if hashlib.sha256(content).hexdigest() != extra.get(PICTURE_HASH):
            return _refused(f"图片 {name} 在定稿之后改过")
        return content


def _refused(what: str) -> Outcome:
    detail = f"{what}，没有发出去。请放回 broadcasts/pictures，或重新编一期。"
    return Outcome("refused", "picture", detail)
