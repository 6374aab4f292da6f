"""The message forms a group robot takes, with their limits (protocol-push §1)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.platform.answers import Refusal

_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Form:
    """A robot's message as its group sees it. ``text`` is a picture's md5 or a card as JSON."""

    kind: str
    text: str
    mentioned: tuple[str, ...] = ()


def read_form(payload: Mapping[str, object]) -> Form:
    """The message in a robot's request body.

    Raises:
        Refusal: 40008 no such msgtype; 44004 empty; 40058, 40007, 40009, 45008, 45034 per form.
    """
    kind = payload.get("msgtype")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise Refusal(40008)
    fields = payload.get(str(kind))
    if not isinstance(fields, dict):
        raise Refusal(40058, f"{kind} missing")
    return reader(fields)


def _text(fields: Mapping[str, object]) -> Form:
    mentioned = tuple(
        str(who)
        for name in ("mentioned_list", "mentioned_mobile_list")
        for who in _list(fields, name)
    )
    return Form("text", _content(fields, "text", 2048), mentioned)


def _markdown(fields: Mapping[str, object]) -> Form:
    return Form("markdown", _content(fields, "markdown", 4096))


def _markdown_v2(fields: Mapping[str, object]) -> Form:
    return Form("markdown_v2", _content(fields, "markdown_v2", 4096))


def _content(fields: Mapping[str, object], kind: str, most_bytes: int) -> str:
    content = fields.get("content", "")
    if not isinstance(content, str):
        raise Refusal(40058, f"{kind}.content is not a string")
    if not content.strip():
        raise Refusal(44004)
    if len(content.encode()) > most_bytes:
        raise Refusal(40058, f"{kind}.content exceed max length {most_bytes}")
    return content


def _image(fields: Mapping[str, object]) -> Form:
    encoded, claimed = fields.get("base64"), fields.get("md5")
    if not isinstance(encoded, str) or not isinstance(claimed, str):
        raise Refusal(40058, "image.base64 or image.md5 missing")
    try:
        picture = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal(40058, "image.base64 is not base64") from error
    if len(picture) > 2 * _MEGABYTE:
        raise Refusal(40009)
    if not picture.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        raise Refusal(40058, "image is neither JPG nor PNG")
    if hashlib.md5(picture, usedforsecurity=False).hexdigest() != claimed:
        raise Refusal(40058, "image.md5 does not match")
    return Form("image", claimed)


def _news(fields: Mapping[str, object]) -> Form:
    articles = _list(fields, "articles")
    if not 1 <= len(articles) <= 8:
        raise Refusal(45008)
    return Form("news", "\n".join(_article(article) for article in articles))


def _article(article: object) -> str:
    if not isinstance(article, dict) or not article.get("title") or not article.get("url"):
        raise Refusal(40058, "article.title or article.url missing")
    url = str(article["url"])
    if not url.startswith(("http://", "https://")):
        raise Refusal(45034)
    # Longer titles and descriptions are cut without a word.
    title = _cut(str(article["title"]), 128)
    description = _cut(str(article.get("description", "")), 512)
    return "\n".join(part for part in (title, description, url) if part)


def _cut(text: str, most_bytes: int) -> str:
    return text.encode()[:most_bytes].decode(errors="ignore")


def _template_card(card: Mapping[str, object]) -> Form:
    if card.get("card_type") not in ("text_notice", "news_notice"):
        raise Refusal(40058, "template_card.card_type is not for robots")
    title = card.get("main_title")
    has_title = isinstance(title, dict) and bool(title.get("title"))
    if card["card_type"] == "text_notice" and not has_title and not card.get("sub_title_text"):
        raise Refusal(40058, "template_card.main_title and sub_title_text are empty")
    if card["card_type"] == "news_notice" and not (
        has_title and (card.get("card_image") or card.get("image_text_area"))
    ):
        raise Refusal(40058, "template_card.main_title or card_image missing")
    for name, most in (
        ("horizontal_content_list", 6),
        ("jump_list", 3),
        ("vertical_content_list", 4),
    ):
        if len(_list(card, name)) > most:
            raise Refusal(40058, f"template_card.{name} exceed max length {most}")
    _check_action(card.get("card_action"))
    return Form("template_card", json.dumps(card, ensure_ascii=False))


def _check_action(action: object) -> None:
    fields = action if isinstance(action, dict) else {}
    needed = {1: "url", 2: "appid"}.get(fields.get("type", 0))
    if needed is None or not fields.get(needed):
        raise Refusal(40058, "template_card.card_action missing or invalid")


def _media(_fields: Mapping[str, object]) -> Form:
    # Nothing can be uploaded here, so no media_id is a valid one.
    raise Refusal(40007)


def _list(fields: Mapping[str, object], name: str) -> list[object]:
    value = fields.get(name, [])
    if not isinstance(value, list):
        raise Refusal(40058, f"{name} is not a list")
    return value


_READERS: Mapping[str, Callable[[Mapping[str, object]], Form]] = {
    "text": _text,
    "markdown": _markdown,
    "markdown_v2": _markdown_v2,
    "image": _image,
    "news": _news,
    "template_card": _template_card,
    "file": _media,
    "voice": _media,
}
