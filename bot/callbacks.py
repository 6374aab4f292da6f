"""The addresses of the channels, as a WSGI application of their own in front of the pages.

A callback needs one look-up of its address and nothing of what a web framework prepares for a
page. Through a Flask view the preparations cost about as much time as reading, decrypting,
encrypting and writing together; tools/bench_callbacks.py measures the whole.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from urllib.parse import parse_qsl
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.wsgi import get_input_stream

from bot.channels.base import BODY_LIMIT, Channel, Incoming, RawRequest, RawResponse, Refused
from bot.clock import Clock
from bot.counters import Counters
from bot.store.api_sightings import Sighting, SightingKind
from bot.types import Reply

PREFIX = "/callback/"

_COUNTER = "callbacks_total"
_TOO_LARGE = (
    f"请求体太大，最多 {BODY_LIMIT // 1024} KiB。带图片的要先压到 180 KB 以内（docs/gateway.md）"
)
_MOST_PARAMETERS = 20
_METHODS = frozenset({"GET", "HEAD", "POST"})
_PHRASES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}

_log = logging.getLogger("bot.web")


class Callbacks:
    """Answers what is addressed to a channel and hands everything else on.

    Whatever goes wrong, the outside sees a status and an empty body, the log one line. ``notice``
    learns of what leaves no row in the inbox; it must return at once.
    """

    def __init__(
        self,
        channels: Sequence[Channel],
        receive: Callable[[Incoming], Reply],
        clock: Clock,
        counters: Counters,
        notice: Callable[[Sighting], None],
        otherwise: WSGIApplication,
    ) -> None:
        self._channels = {channel.address: channel for channel in channels}
        self._receive = receive
        self._clock = clock
        self._counters = counters
        self._notice = notice
        self._otherwise = otherwise

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not path.startswith(PREFIX):
            return self._otherwise(environ, start_response)
        channel = self._channels.get(path)
        if channel is None or environ["REQUEST_METHOD"] not in _METHODS:
            answer = RawResponse(404)
        else:
            answer = self._answer(channel, environ)
        length = str(len(answer.body))
        start_response(
            _PHRASES[answer.status],
            [("Content-Type", answer.content_type), ("Content-Length", length)],
        )
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    def _answer(self, channel: Channel, environ: WSGIEnvironment) -> RawResponse:
        try:
            incoming = channel.read(read_request(environ), self._clock.now())
            if isinstance(incoming, RawResponse):
                answer = incoming
                posted = environ["REQUEST_METHOD"] == "POST"
                self._see(channel, "heard" if posted else "verified")
            else:
                answer = channel.write(incoming, self._receive(incoming), self._clock.now())
            outcome = "answered"
        except Refused as refusal:
            _log.warning(
                "%s: 拒绝了一个请求（%d）：%s", channel.name, refusal.status, refusal.reason
            )
            answer, outcome = RawResponse(refusal.status), "refused"
            self._see(channel, "stray" if refusal.stray else "refused", refusal.reason)
        except Exception as error:  # noqa: BLE001 - the platform must never see why
            log_failure(channel.name, error)
            answer, outcome = RawResponse(500), "failed"
            self._see(channel, "failed", code=type(error).__name__)
        self._counters.add(_COUNTER, channel=channel.name, outcome=outcome)
        return answer

    def _see(self, channel: Channel, kind: SightingKind, words: str = "", code: str = "") -> None:
        self._notice(Sighting(kind, channel.name, self._clock.now(), code=code, words=words))


def read_request(environ: WSGIEnvironment) -> RawRequest:
    """The request as plain data; of its headers those that begin with ``X-``.

    Raises:
        Refused: with status 400; the query or body is malformed, incomplete or too large.
    """
    method = environ["REQUEST_METHOD"]
    headers = tuple(
        (name[5:].replace("_", "-").title(), value)
        for name, value in environ.items()
        if name.startswith("HTTP_X_")
    )
    body = _read_body(environ) if method == "POST" else b""
    return RawRequest(method, _read_query(environ.get("QUERY_STRING", "")), body, headers)


def log_failure(where: str, error: Exception) -> None:
    """One line: the kind of error and the way to it. The error's own words may quote a resident."""
    frames = traceback.extract_tb(error.__traceback__)
    way = " < ".join(f"{f.filename.rpartition('/')[2]}:{f.lineno} {f.name}" for f in frames[::-1])
    _log.error("%s: 出错了，%s（%s）", where, type(error).__name__, way)


def _read_query(query: str) -> tuple[tuple[str, str], ...]:
    if query.count("&") >= _MOST_PARAMETERS or not query.isascii():
        raise Refused("网址的参数太多或格式不对", 400, stray=True)
    try:
        return tuple(parse_qsl(query, keep_blank_values=True, errors="strict"))
    except ValueError as error:
        raise Refused("网址的参数读不出来", 400, stray=True) from error


def _read_body(environ: WSGIEnvironment) -> bytes:
    announced = environ.get("CONTENT_LENGTH", "")
    if not announced.isdecimal():
        return _read_unannounced_body(environ)
    length = int(announced)
    if length > BODY_LIMIT:
        raise Refused(_TOO_LARGE, 400, stray=True)
    body: bytes = environ["wsgi.input"].read(length)
    if len(body) != length:
        raise Refused("请求体没有传完", 400, stray=True)
    return body


def _read_unannounced_body(environ: WSGIEnvironment) -> bytes:
    """A chunked body, which the server ends where the client ended it."""
    stream = get_input_stream(environ)
    body = bytearray()
    while part := stream.read(BODY_LIMIT):
        body += part
        if len(body) > BODY_LIMIT:
            raise Refused(_TOO_LARGE, 400, stray=True)
    return bytes(body)
