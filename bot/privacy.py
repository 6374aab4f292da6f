"""Personal data kept out of the store and the logs: pseudonyms for people, scrubbed texts."""

from __future__ import annotations

import base64
import hmac
import re

from cryptography.fernet import Fernet, InvalidToken


class Pseudonyms:
    """Turns a platform's id of a person or chat into a keyed hash that nobody can turn back.

    The same id under the same key always gives the same 32 hexadecimal characters (design §7).
    """

    def __init__(self, key: str) -> None:
        """``key`` is ``privacy.hash_key``.

        Raises:
            ValueError: the key is empty.
        """
        if not key:
            raise ValueError("hash_key 是空的")
        self._key = key.encode()

    def __call__(self, value: str) -> str:
        return hmac.digest(self._key, value.encode(), "sha256").hex()[:32]


REACHABLE = "people who may be written to"
"""Purpose of the seal on ids of those who wrote to an official account lately."""

TOTP = "console totp"
"""Purpose of the seal on the secrets of staff's one-time codes."""


class Seal:
    """Encrypts for the store what must be read back, and opens it again.

    The key is derived from ``privacy.hash_key`` for one ``purpose``, so that what is sealed for
    one cannot be opened for another.
    """

    def __init__(self, key: str, purpose: str) -> None:
        """Raises:
        ValueError: the key is empty.
        """
        if not key:
            raise ValueError("hash_key 是空的")
        derived = hmac.digest(key.encode(), purpose.encode(), "sha256")
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

    def close(self, value: str) -> str:
        """The value encrypted; another text each time."""
        return self._fernet.encrypt(value.encode()).decode()

    def open(self, sealed: str) -> str | None:
        """The value, or None where it was sealed under another key."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None


_PUBLIC = re.compile(r"1[12][0-9]{1,3}|100[0-9]{2}|9[56][0-9]{3}|[48]00[0-9]{7}")
"""Emergency lines, government and operators' hotlines, banks, 400/800 numbers."""

_GAP = re.compile(r"[ \u00a0-]")

# The first group rejects most characters of a Chinese text at once. One pass, so that the digits of a host are seen as part of the host. Lengths are bounded to keep
# the time linear for any text. An address with @ must be tried before a bare host.
_PERSONAL = re.compile(
    r"(?=[A-Za-z0-9._%+\-\d扣企微威薇])"
    r"(?:(?P<email>[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24})"
    r"|(?P<link>(?P<host>[A-Za-z]{2,10}://[^\s/?#\u3000-\u9fff\uff00-\uffef]{1,255}"
    r"|(?<![A-Za-z0-9.-])(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?::[0-9]{1,5})?)"
    r"(?P<path>[/?#][^\s\u3000-\u9fff\uff00-\uffef]*)?)"
    r"|(?P<word>(?:QQ|扣扣|企鹅号|微信|威信|薇信|v信|VX|WX|wechat|weixin)"
    r"\s?(?:账号|帐号|群号|号码|号|群|id)?\s?(?:是|为|[:：])?\s?)(?P<account>[A-Za-z0-9_-]{5,20})"
    r"|(?P<number>\+?\d(?:[ \u00a0-]?\d){5,}[Xx]?)(?P<unit>\s?(?:元|块|万|圆|人民币))?)",
    re.IGNORECASE,
)


def scrub(text: str) -> str:
    """``text`` without what could name a person, for logs and the table of answers.

    Blacked out are phone numbers, identity and bank cards, any run of six digits and more (also
    with blanks or hyphens between), e-mail addresses, QQ and WeChat ids after those words, and the
    paths of links. Public hotlines, 400/800 numbers and sums of money stay, for they tell what the
    message was about.
    """
    return _PERSONAL.sub(_black_out, text)


def _black_out(match: re.Match[str]) -> str:
    if match["email"]:
        return "〔邮箱〕"
    if match["link"]:
        host = match["host"].rpartition("@")
        scheme = host[0].partition("://")[0] + "://" if host[0] else ""
        return scheme + host[2] + ("/…" if match["path"] else "")
    if match["account"]:
        account = match["account"]
        return match["word"] + (account if _PUBLIC.fullmatch(account) else "〔账号〕")
    return _black_out_number(match)


def _black_out_number(match: re.Match[str]) -> str:
    written = match["number"]
    unit = match["unit"] or ""
    digits = _GAP.sub("", written)
    if _PUBLIC.fullmatch(digits) or all(map(_PUBLIC.fullmatch, _GAP.split(written))):
        return match[0]
    if unit and len(digits) <= 9 and digits == written:
        return match[0]
    plain = digits.removeprefix("+").removeprefix("86")
    if len(plain) == 11 and plain[0] == "1":
        return f"〔手机号〕{unit}"
    if digits[-1] in "Xx" or len(digits) in (15, 18):
        return f"〔证件号〕{unit}"
    if 16 <= len(digits) <= 19:
        return f"〔卡号〕{unit}"
    return f"〔号码〕{unit}"
