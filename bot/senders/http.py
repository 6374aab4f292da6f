"""The one HTTP client of all senders: time limits, faults -> Outcome, errcode -> Outcome.

Requests go through httpx's transport, not its Client: the Client logs every address, and an
address holds a key or a token (protocol-push §1, §8). Nothing here logs or returns more of an
address than its host.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx

from bot.types import Outcome, OutcomeKind

log = logging.getLogger("bot.senders")

ANSWER_LIMIT = 2 * 1024 * 1024
"""Largest answer read, in bytes: a page of 100 tasks of 4000 bytes each is far below it."""

NOT_SENT = "连不上对方的服务器，这条没有发出去。稍后会再试；一直连不上，请检查网络和接口地址。"
UNKNOWN = "已经发出，但没有收到明确的回音，不知道到没到。请到群里看一眼，再标记为已发或没发。"
BAD_ADDRESS = "地址写得不对，没有发出去。请管理员核对地址，应是 http:// 或 https:// 开头。"
UNLISTED = "平台拒绝了，错误码 {number}，没有发出去。请管理员按这个号码查平台的错误码表。"

_SURELY_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_UNUSABLE = (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError)
_HINT = re.compile(r"hint: ?\[(\d+[0-9A-Za-z_]{0,40})\]")


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer that arrived whole. ``document`` is its JSON, None where it is none.

    ``retry_after`` is in seconds, 0 where the header is absent or is no whole number.
    """

    status: int
    document: object
    retry_after: float = 0.0


@dataclass(frozen=True, slots=True)
class Code:
    """What one error code of a platform means: what is wrong and who must do what."""

    kind: OutcomeKind
    detail: str
    retry_after: float = 0.0


Codes = Mapping[int, Code]


def refuse(detail: str) -> Code:
    """A code after which repeating the same will not help."""
    return Code("refused", detail)


def wait(seconds: float, detail: str) -> Code:
    """A code after which the same may go again, ``seconds`` later."""
    return Code("later", detail, seconds)


class Http:
    """Sends one request over one fresh connection, never twice; safe to share between threads."""

    def __init__(
        self,
        connect_seconds: float,
        read_seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``read_seconds`` limits each wait for bytes, and reading the answer's body as a whole."""
        self._transport = httpx.HTTPTransport(
            trust_env=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )
        self._timeout = httpx.Timeout(read_seconds, connect=connect_seconds).as_dict()
        self._read_seconds = read_seconds
        self._monotonic = monotonic

    def post(
        self,
        url: str,
        body: bytes,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply | Outcome:
        """POST a body, JSON unless ``headers`` say otherwise; an Outcome (``not_sent``, ``unknown``, ``refused``) where no whole
        answer came back."""
        kept = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
        return self._exchange("POST", url, query, kept, body)

    def get(self, url: str, query: Mapping[str, str]) -> Reply | Outcome:
        """GET, with the same promises as ``post``."""
        return self._exchange("GET", url, query, {}, b"")

    def close(self) -> None:
        self._transport.close()

    def _exchange(
        self,
        method: str,
        url: str,
        query: Mapping[str, str] | None,
        headers: Mapping[str, str],
        body: bytes,
    ) -> Reply | Outcome:
        host = "?"
        try:
            request = httpx.Request(
                method,
                url,
                params=query or None,
                headers={**headers, "Accept": "application/json", "Connection": "close"},
                content=body,
                extensions={"timeout": self._timeout},
            )
            host = request.url.host
            response = self._transport.handle_request(request)
            try:
                return self._read(response, host)
            finally:
                response.close()
        except _UNUSABLE as error:
            log.warning("address of %s cannot be used: %s", host, type(error).__name__)
            return Outcome("refused", "address", BAD_ADDRESS)
        except _SURELY_NOT_SENT as error:
            log.warning("no connection to %s: %s", host, type(error).__name__)
            return Outcome("not_sent", "connect", NOT_SENT)
        except httpx.HTTPError as error:
            log.warning("no whole answer from %s: %s", host, type(error).__name__)
            code = "timeout" if isinstance(error, httpx.TimeoutException) else "dropped"
            return Outcome("unknown", code, UNKNOWN)

    def _read(self, response: httpx.Response, host: str) -> Reply | Outcome:
        ends_at = self._monotonic() + self._read_seconds
        body = bytearray()
        for piece in response.iter_bytes():
            body += piece
            if len(body) > ANSWER_LIMIT or self._monotonic() > ends_at:
                log.warning("answer of %s is too slow or too long", host)
                return Outcome("unknown", "timeout", UNKNOWN)
        after = response.headers.get("Retry-After", "")
        return Reply(
            response.status_code,
            _document(bytes(body)),
            float(after) if re.fullmatch(r"[0-9]{1,6}", after) else 0.0,
        )


def _document(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def json_bytes(document: object) -> bytes:
    """JSON in UTF-8 with Chinese unescaped: the platforms count bytes (protocol-push §8)."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def form_bytes(field: str, name: str, kind: str, content: bytes) -> tuple[bytes, str]:
    """One file as a form upload, and the Content-Type that goes with it; the same bytes for the
    same file, so that a call may be repeated."""
    boundary = f"file-{hashlib.sha256(content).hexdigest()[:32]}"
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
        f"Content-Type: {kind}\r\n\r\n"
    )
    body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


def unclear(code: str) -> Outcome:
    """An answer came, but it does not say whether the message was taken."""
    return Outcome("unknown", code, UNKNOWN)


def misconfigured(lacking: str) -> Outcome:
    """Nothing is sent while the group's channel lacks something (``Sender.missing``)."""
    return Outcome("refused", "config", f"{lacking}，没有发出去。请管理员补上再重发。")


def read_errcode(
    reply: Reply, codes: Codes, channel: str, proof: str = ""
) -> Mapping[str, object] | Outcome:
    """The answer's fields where the platform accepted, else what its errcode means.

    errcode 0 inside HTTP 200 is the only success; errmsg is never looked at, except for its hint
    number, which the platform's support asks for (protocol-push §0). Some calls of the official
    account leave errcode out where all is well (§4): there the field ``proof`` stands for it. A
    code that is not in ``codes`` is refused and named.
    """
    fields = reply.document if isinstance(reply.document, dict) else {}
    number = fields.get("errcode")
    if proof and "errcode" not in fields and fields.get(proof) and reply.status == 200:
        return fields
    if reply.status >= 500 or type(number) is not int or (number == 0 and reply.status != 200):
        log.warning("%s: unclear answer, HTTP %d", channel, reply.status)
        return unclear(f"http {reply.status}")
    if number == 0:
        return fields
    hint = _HINT.search(str(fields.get("errmsg", "")))
    log.warning("%s: errcode %d, hint %s", channel, number, hint.group(1) if hint else "none")
    code = codes.get(number) or refuse(UNLISTED.format(number=number))
    # A refusal as a duplicate names what was accepted earlier (protocol-push §4.2).
    earlier = str(fields.get("msg_id") or "")
    return Outcome(code.kind, str(number), code.detail, earlier, code.retry_after)
