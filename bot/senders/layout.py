"""How a warning is laid out, for all channels: title, body, 预警码, the station's name."""

from __future__ import annotations

from bot.senders.base import Warning_

CODE_LINE = "预警码 {code}"


def plain(warning: Warning_) -> str:
    """The form every channel can show."""
    return _joined(warning.title, warning.body, _footer(warning))


def markdown(warning: Warning_) -> str:
    """The same with the title as a heading (WeCom's subset, protocol-push §1)."""
    title = warning.title.strip()
    return _joined(title and f"## {title}", warning.body, _footer(warning))


def loudspeaker(warning: Warning_) -> str:
    """What is read out, and below it what the LED board shows where the library has such a text."""
    board = f"LED 屏：{warning.led.strip()}" if warning.led.strip() else ""
    return _joined(f"广播：{spoken(warning)}", board, _footer(warning))


def spoken(warning: Warning_) -> str:
    """The words to read out: the library's own, else title and body."""
    return warning.spoken.strip() or f"{warning.title.strip()}。{warning.body.strip()}"


def _footer(warning: Warning_) -> str:
    return _joined(CODE_LINE.format(code=warning.code), warning.station)


def _joined(*parts: str) -> str:
    return "\n".join(part for part in map(str.strip, parts) if part)
