"""Fetches a picture from the platform that named it: few hosts, bounded in bytes and time.

The address comes out of a signed message, but a resident had a hand in what it shows: nothing but
the platforms' own picture hosts is ever asked, also not after a redirect (protocol-callbacks §7.11).
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Collection
from urllib.parse import urlsplit

import httpx

from bot.pictures.recognise import MOST_BYTES
from bot.pictures.seen import Trouble

HOSTS = re.compile(
    r"(?:[a-z0-9-]+\.)*(?:qpic\.cn|qlogo\.cn)"
    r"|ww-aibot-img-[0-9]+\.cos\.[a-z0-9-]+\.myqcloud\.com"
)
"""Official account and WeCom app (mmbiz.qpic.cn, wework.qpic.cn …), and the one bucket of the smart
bots; other buckets under myqcloud.com belong to anybody."""

MOST_REDIRECTS = 2

_log = logging.getLogger("bot.pictures")


class NotFetched(Exception):
    """``trouble`` is why, in the terms of ``seen.Seen``."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble)
        self.trouble: Trouble = trouble


class Fetcher:
    """Asks one address at a time over a fresh connection; safe to share between threads."""

    def __init__(
        self,
        more_hosts: Collection[str] = (),
        origins: Collection[str] = (),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``more_hosts`` are allowed over https too. ``origins`` (scheme, host and port) are
        allowed as they are written: the demo's platform."""
        self._more_hosts = frozenset(host.lower() for host in more_hosts)
        self._origins = frozenset(origins)
        self._monotonic = monotonic
        # Not httpx's Client: it logs addresses, and these hold signatures that open the picture.
        self._transport = httpx.HTTPTransport(
            trust_env=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )

    def __call__(self, url: str, seconds: float) -> bytes:
        """The bytes at ``url``.

        Raises:
            NotFetched: not an allowed address, or not there within ``seconds`` and MOST_BYTES.
        """
        ends = self._monotonic() + seconds
        try:
            for _ in range(MOST_REDIRECTS + 1):
                answer = self._once(self._allowed(url), ends)
                if isinstance(answer, bytes):
                    return answer
                url = answer
        except httpx.TimeoutException as error:
            raise NotFetched("too_slow") from error
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            _log.warning("a picture could not be fetched: %s", type(error).__name__)
            raise NotFetched("broken") from error
        raise NotFetched("broken")

    def close(self) -> None:
        self._transport.close()

    def _allowed(self, url: str) -> str:
        """The address as it will be asked: the platforms write http, and answer https as well."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError as error:
            raise NotFetched("broken") from error
        if f"{parts.scheme}://{parts.netloc}" in self._origins:
            return url
        known = HOSTS.fullmatch(host) is not None or host in self._more_hosts
        usual = parts.scheme in ("http", "https") and port in (None, 80, 443)
        if not known or not usual or parts.username is not None:
            _log.warning("拒绝下载图片：%s 不在图片网址表里（pictures.hosts）", host[:80] or "？")
            raise NotFetched("broken")
        return parts._replace(scheme="https", netloc=host).geturl()

    def _once(self, url: str, ends: float) -> bytes | str:
        """The picture, or where it is said to be instead."""
        left = ends - self._monotonic()
        if left <= 0:
            raise NotFetched("too_slow")
        request = httpx.Request(
            "GET",
            url,
            headers={"Accept": "image/*,*/*", "Connection": "close"},
            extensions={"timeout": httpx.Timeout(left).as_dict()},
        )
        response = self._transport.handle_request(request)
        try:
            if response.status_code in (301, 302, 303, 307, 308):
                return str(httpx.URL(url).join(response.headers.get("Location", "")))
            if response.status_code != 200:
                _log.warning("a picture's host answered %d", response.status_code)
                raise NotFetched("broken")
            return self._read(response, ends)
        finally:
            response.close()

    def _read(self, response: httpx.Response, ends: float) -> bytes:
        announced = response.headers.get("Content-Length", "")
        if announced.isdecimal() and int(announced) > MOST_BYTES:
            raise NotFetched("too_large")
        picture = bytearray()
        # The bytes as they come: a compressed answer could unpack to any size.
        for piece in response.iter_raw():
            picture += piece
            if len(picture) > MOST_BYTES:
                raise NotFetched("too_large")
            if self._monotonic() > ends:
                raise NotFetched("too_slow")
        return bytes(picture)
