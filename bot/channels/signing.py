"""Who sent this request, and when: signatures of the WeChat family (protocol-callbacks §1, §7).

The digest runs over the sorted parts with nothing between them, so it does not tell which part was
which. Only the strict forms here keep a signed request from being read in another way.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha1

from bot.channels.base import WINDOW_SECONDS, Refused

_TIMESTAMP = re.compile(r"[0-9]{10}")
_NONCE = re.compile(r"[0-9A-Za-z_-]{1,64}")
_SIGNATURE = re.compile(r"[0-9a-f]{40}")


class Signer:
    """Makes and checks signatures with one account's token."""

    def __init__(self, token: str) -> None:
        """Raises:
        ValueError: the token is empty; anybody could sign with it (protocol-callbacks §7).
        """
        if not token.strip():
            raise ValueError("token 是空的，谁都能伪造签名")
        self._token = token

    def sign(self, *parts: str) -> str:
        """SHA-1 over token and parts: three parts in all, or four with the ciphertext."""
        # Sorting by code point is sorting by UTF-8 bytes. The platform prescribes SHA-1.
        return sha1("".join(sorted((self._token, *parts))).encode()).hexdigest()  # noqa: S324

    def check(self, given: str, *parts: str) -> None:
        """Raises:
        Refused: ``given`` is not the signature of these parts.
        """
        if not _SIGNATURE.fullmatch(given) or not hmac.compare_digest(self.sign(*parts), given):
            raise Refused("签名不对")


@dataclass(frozen=True, slots=True)
class Stamp:
    """The signed time and nonce of a request, exactly as they stood in its address."""

    timestamp: str
    nonce: str


def read_parameters(query: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """The query's parameters by name.

    Raises:
        Refused: one is repeated, so that two readers could see two requests.
    """
    parameters = dict(query)
    if len(parameters) != len(query):
        raise Refused("网址里有重复的参数", stray=True)
    return parameters


def read_stamp(parameters: Mapping[str, str], now: datetime) -> Stamp:
    """Time and nonce, the time within WINDOW_SECONDS of ``now`` either way.

    Raises:
        Refused: either is missing, not of the platform's form, or the time is too far off.
    """
    timestamp = parameters.get("timestamp", "")
    nonce = parameters.get("nonce", "")
    if not _TIMESTAMP.fullmatch(timestamp) or not _NONCE.fullmatch(nonce):
        raise Refused("timestamp 或 nonce 缺少或格式不对", stray=True)
    if abs(now.timestamp() - int(timestamp)) > WINDOW_SECONDS:
        raise Refused("请求时间和本机相差太多，请核对服务器时钟")
    return Stamp(timestamp, nonce)
