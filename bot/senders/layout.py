"""How a warning is laid out, for all channels: title, body, 预警码, the station's name."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.senders.base import Rendered, Warning_

CODE_LINE = "预警码 {code}"
LINK_LINE = "详情：{url}"

FORMATS: Mapping[str, str] = {
    "text": "纯文字",
    "markdown": "markdown",
    "news": "图文",
    "card": "卡片",
    "image": "图片",
}
"""What an author may ask for, and how it is called."""

_FONT = re.compile(r"</?font[^>]*>")
_LINK = re.compile(r"\[([^\]\n]*)\]\(([^)\s]*)\)")
_LEADING = re.compile(r"^[ \t]*(?:#{1,6}|>)[ \t]*", re.MULTILINE)
_WRAPPED = re.compile(r"(\*\*|`)(.+?)\1")


def plain(warning: Warning_) -> str:
    """The form every channel can show. Of a markdown body the words, not the marks."""
    body = unmarked(warning.body) if warning.format == "markdown" else warning.body
    return _joined(warning.title, body, link(warning), _footer(warning))


def plain_text(warning: Warning_, most: int) -> Rendered:
    """The whole warning as text of at most ``most`` bytes, with what the channel cannot show."""
    text = plain(warning)
    return Rendered("text", text, len(text.encode()), most, notes=cannot(warning))


def headed(warning: Warning_) -> str:
    """Title on the first line whatever it holds, and the rest below it: ``split`` parts them. The
    link is not among the words, for it has a place of its own in such a form."""
    title = " ".join(warning.title.split())
    return "\n".join((title, _joined(warning.body, _footer(warning))))


def split(text: str) -> tuple[str, str]:
    """Title and the rest of a ``headed`` text."""
    title, _, rest = text.partition("\n")
    return title, rest


def unmarked(text: str) -> str:
    """Markdown without its marks; a link becomes its words and its address."""
    text = _LINK.sub(lambda m: f"{m[1]} {m[2]}".strip(), _FONT.sub("", text))
    return _WRAPPED.sub(lambda m: m[2], _LEADING.sub("", text))


def link(warning: Warning_) -> str:
    """The line with the warning's link, where it has one."""
    return LINK_LINE.format(url=warning.url) if warning.url else ""


def cannot(warning: Warning_, *shown: str) -> tuple[str, ...]:
    """A note where the author asked for a format that is none of those ``shown`` here."""
    if warning.format in ("", "text", *shown):
        return ()
    return (f"这个渠道不能发{FORMATS[warning.format]}，改发纯文字",)


def markdown(warning: Warning_) -> str:
    """The same with the title as a heading (WeCom's subset, protocol-push §1)."""
    title = warning.title.strip()
    return _joined(title and f"## {title}", warning.body, link(warning), _footer(warning))


def loudspeaker(warning: Warning_) -> str:
    """What is read out, and below it what the LED board shows where the library has such a text."""
    board = f"LED 屏：{warning.led.strip()}" if warning.led.strip() else ""
    return _joined(f"广播：{spoken(warning)}", board, _footer(warning))


def spoken(warning: Warning_) -> str:
    """The words to read out: the library's own, else title and body."""
    body = unmarked(warning.body) if warning.format == "markdown" else warning.body
    return warning.spoken.strip() or f"{warning.title.strip()}。{body.strip()}"


def _footer(warning: Warning_) -> str:
    return _joined(CODE_LINE.format(code=warning.code), warning.station)


def _joined(*parts: str) -> str:
    return "\n".join(part for part in map(str.strip, parts) if part)
