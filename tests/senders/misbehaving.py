"""A small real HTTP server on loopback that answers as it is told, or ruins the exchange."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Seen:
    """One request as it arrived. ``port`` is the caller's: a new one for each connection."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    port: int

    @property
    def document(self) -> dict:
        return json.loads(self.body)


Step = Callable[["Handler"], None]


def answer(document: object, status: int = 200, **headers: str) -> Step:
    return raw(json.dumps(document, ensure_ascii=False).encode(), status, **headers)


def raw(body: bytes, status: int = 200, **headers: str) -> Step:
    def step(handler: Handler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return step


def drop(handler: Handler) -> None:
    """The request was read; the connection ends without an answer."""
    handler.close_connection = True


def reset(handler: Handler) -> None:
    """The request was read; the connection is reset (linger 0: the kernel sends RST)."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True


def cut(handler: Handler) -> None:
    """Half of a good answer."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b'{"errcode":0,')
    handler.close_connection = True


def hang(handler: Handler) -> None:
    """Silence until the test is over."""
    handler.server.over.wait(10)
    handler.close_connection = True


def trickle(handler: Handler) -> None:
    """A good answer, one byte at a time, each within the time limit of a read."""
    body = b'{"errcode":0,"ok":true,"errmsg":"' + b"." * 1000 + b'"}'
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    for byte in body:
        handler.wfile.write(bytes([byte]))
        if handler.server.over.wait(0.02):
            return


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Misbehaving

    def do_POST(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        seen = Seen(
            parts.path, dict(parse_qsl(parts.query)), dict(self.headers), body,
            self.client_address[1],
        )  # fmt: skip
        try:
            self.server.take(seen)(self)
            self.wfile.flush()
        except OSError:
            self.close_connection = True  # the other side gave up first, as the test wants

    do_GET = do_POST

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Silent."""


class Misbehaving(ThreadingHTTPServer):
    """Steps are taken in turn per path; the last one repeats."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[Seen] = []
        self.over = threading.Event()
        self._steps: defaultdict[str, list[Step]] = defaultdict(list)
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def will(self, path: str, *steps: Step) -> None:
        self._steps[path] = list(steps)

    def take(self, seen: Seen) -> Step:
        with self._lock:
            self.seen.append(seen)
            steps = self._steps.get(seen.path) or [answer({"errcode": 404404})]
            return steps.pop(0) if len(steps) > 1 else steps[0]

    def at(self, path: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.path == path]

    def counts(self) -> Counter[str]:
        return Counter(seen.path for seen in self.seen)

    def stop(self) -> None:
        self.over.set()
        self.shutdown()
        self._thread.join()
        self.server_close()


def closed_port() -> str:
    """An address of this machine where nobody listens."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{reserved.getsockname()[1]}"
