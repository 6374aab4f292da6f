"""Pictures as the platform keeps them for the bot to fetch."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from threading import Lock

from flask import Blueprint, Response

_KEPT = 200


_KINDS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
)


def picture_kind(content: bytes) -> str:
    """The content type of a picture, by its first bytes; '' where it is none."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _KINDS if content.startswith(start)), "")


class Media:
    """The newest pictures, each under an address of its own; ``base`` is where they are served."""

    def __init__(self) -> None:
        self.base = ""
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def url(self, content: bytes) -> str:
        """Keep these bytes; their address."""
        name = secrets.token_hex(16)
        with self._lock:
            self._kept[name] = content
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return f"{self.base}/media/{name}"

    def get(self, name: str) -> bytes | None:
        with self._lock:
            return self._kept.get(name)


def blueprint(media: Media) -> Blueprint:
    """Where the bot fetches what a message named."""
    routes = Blueprint("media", __name__)

    @routes.get("/media/<name>")
    def fetch(name: str) -> Response:
        content = media.get(name)
        if content is None:
            return Response(status=404)
        return Response(content, content_type="application/octet-stream")

    return routes
