"""Links, numbers, amounts and senders found in a normalised text, as plain data."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINK = re.compile(
    r"(?:https?://)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}"
    r"(?:com|cn|net|org|top|cc|icu|xyz|vip|club|info|shop|site|online|app|link|me|co|io|tv|"
    r"work|fun|pro|live|ltd|cyou|tk|ml|wang|biz|asia|hk|us|ru|in|example|store|space|tech|win|bid)"
    r"(?![a-z0-9-])(?::\d{1,5})?(?:/[a-z0-9\-._~%!$&'()*+,;=:@/?#x]*)?"
)
_IP_LINK = re.compile(r"https?://\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?(?:/\S*)?")
_HOST = re.compile(r"(?:https?://)?([^/:?#]+)")
_FOREIGN = re.compile(r"(?<![\d.])(?:\+(?!86)|00)\d[\d\-x* ]{6,16}\d(?!\d)")
"""A number written with + (not +86) or 00; 0086 is how calls from abroad pose as ours."""

_MOBILE = re.compile(r"(?<![\dx*])1[3-9][\dx*]{9}(?![\dx*])")
_LANDLINE = re.compile(r"(?<!\d)0\d{2,3}-?[\dx*]{7,8}(?!\d)")
_SERVICE = re.compile(r"(?<![\dx*.])(?:400|800)-?[\dx*]{3}-?[\dx*]{3,4}(?!\d)")
_SHORT = re.compile(
    r"(?<![\dx*.a-z/])(?:11[0279]|12[0-9]{1,3}|9[56]\d{3,4}|100\d{2}|106\d{5,12})(?![\dx*.:])"
)
_AMOUNT = re.compile(
    r"(?<![\d.])(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(?=\s*(万|千|百|w|k|元|块|圆|rmb|人民币|美元|刀|u(?![a-z])|usdt))"
)
_CHINESE_AMOUNT = re.compile(r"[一二两三四五六七八九十百千万几好]{1,6}(?:万|千|百|块|元)")
_SIGNATURE = re.compile(r"【([^】]{2,16})】|\[([\u4e00-\u9fff]{2,12})\]")
_UNITS = {"万": 10_000.0, "w": 10_000.0, "千": 1_000.0, "k": 1_000.0, "百": 100.0}


@dataclass(frozen=True, slots=True)
class Finds:
    """What a text names. ``hosts`` are lower case; ``amount`` is the largest sum in yuan (0: none)."""

    hosts: tuple[str, ...] = ()
    foreign_numbers: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    short_numbers: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    amount: float = 0.0


def extract(text: str) -> Finds:
    """Everything in ``text`` (already normalised) that can be looked up."""
    if not text:
        return Finds()
    hosts: tuple[str, ...] = ()
    if "." in text:
        links = _LINK.findall(text) + _IP_LINK.findall(text)
        hosts = tuple(dict.fromkeys(_host(link) for link in links))
    digits = any(character.isdigit() for character in text)
    senders = (
        tuple(a or b for a, b in _SIGNATURE.findall(text)) if "【" in text or "[" in text else ()
    )
    if not digits:
        return Finds(hosts=hosts, senders=senders, amount=_words_amount(text))
    return Finds(
        hosts=hosts,
        foreign_numbers=tuple(match.group(0) for match in _FOREIGN.finditer(text)),
        phones=tuple(_MOBILE.findall(text) + _LANDLINE.findall(text) + _SERVICE.findall(text)),
        short_numbers=tuple(_SHORT.findall(text)),
        senders=senders,
        amount=max(_digits_amount(text), _words_amount(text)),
    )


def _host(link: str) -> str:
    match = _HOST.match(link)
    return match.group(1) if match else link


def _digits_amount(text: str) -> float:
    largest = 0.0
    for whole, fraction, unit in _AMOUNT.findall(text):
        digits = whole.replace(",", "")
        if len(digits) > 9:
            continue
        largest = max(largest, float(digits + fraction) * _UNITS.get(unit, 1.0))
    return largest


def _words_amount(text: str) -> float:
    words = _CHINESE_AMOUNT.findall(text)
    if not words:
        return 0.0
    if any("万" in word for word in words):
        return 10_000.0
    if any("千" in word for word in words):
        return 1_000.0
    return 100.0
