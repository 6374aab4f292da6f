"""Permanent pictures and drafts of an official account (protocol-push §4.6, §4.7)."""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from bot.platform.answers import Refusal

_PICTURE_BYTES = 10 * 1024 * 1024
_ARTICLES = 8
_TITLE = 32
_CONTENT = 20_000
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as its readers would see it."""

    text: str


class Materials:
    """What was uploaded; a draft is gone once it was sent."""

    def __init__(self) -> None:
        self._pictures: set[str] = set()
        self._drafts: dict[str, Draft] = {}
        self._lock = Lock()

    def add_picture(self, kind: str, content: bytes) -> str:
        """add_material: the media id.

        Raises:
            Refusal: 40004 kind; 40007 no picture; 40009 too large.
        """
        if kind != "image":
            raise Refusal(40004)
        if not content.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
            raise Refusal(40007)
        if len(content) > _PICTURE_BYTES:
            raise Refusal(40009)
        with self._lock:
            media_id = f"P{secrets.token_urlsafe(16)}"
            self._pictures.add(media_id)
            return media_id

    def add_draft(self, payload: Mapping[str, object]) -> str:
        """draft/add: the draft's media id.

        Raises:
            Refusal: 45008 number of articles; 40007 cover; 45003 title; 45002 content; 44004 empty.
        """
        articles = payload.get("articles")
        if not isinstance(articles, list) or not 1 <= len(articles) <= _ARTICLES:
            raise Refusal(45008)
        with self._lock:
            texts = [self._article(article) for article in articles]
            media_id = f"D{secrets.token_urlsafe(16)}"
            self._drafts[media_id] = Draft("\n".join(texts))
            return media_id

    def take(self, media_id: object) -> Draft:
        """The draft, for sending.

        Raises:
            Refusal: 40007 no such draft (any more).
        """
        with self._lock:
            draft = self._drafts.pop(media_id, None) if isinstance(media_id, str) else None
        if draft is None:
            raise Refusal(40007)
        return draft

    def has(self, media_id: object) -> bool:
        with self._lock:
            return media_id in self._drafts

    def _article(self, article: object) -> str:
        fields = article if isinstance(article, dict) else {}
        title, content = fields.get("title"), fields.get("content")
        if not isinstance(title, str) or not isinstance(content, str) or not title or not content:
            raise Refusal(44004)
        if len(title) > _TITLE:
            raise Refusal(45003)
        if len(content) >= _CONTENT:
            raise Refusal(45002)
        if fields.get("thumb_media_id") not in self._pictures:
            raise Refusal(40007)
        words = html.unescape(_TAG.sub("\n", content))
        return "\n".join(line for line in (title, *words.splitlines()) if line)
