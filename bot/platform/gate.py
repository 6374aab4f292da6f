"""In front of the platform's interface: lets a request through, late, or ruins it as was asked."""

from __future__ import annotations

import socket
import struct
from collections import Counter
from collections.abc import Iterable, Iterator
from threading import Event, Lock
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from bot.platform.answers import refused
from bot.platform.faults import Fault, Faults

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

IN_FLIGHT = "platform.in_flight"
"""Where a request finds how many of its address and key are under way, itself among them."""

_INTERFACE = ("/cgi-bin/", "/sms/", "/hook/", "/media/")
_BAD_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


class Gate:
    """WSGI middleware; ``stopped`` ends every wait at once."""

    def __init__(self, app: WSGIApplication, faults: Faults, stopped: Event) -> None:
        self._app = app
        self._faults = faults
        self._stopped = stopped
        self._in_flight: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        address = str(environ["PATH_INFO"])
        if not address.startswith(_INTERFACE):
            return self._app(environ, start_response)
        key = (parse_qs(str(environ["QUERY_STRING"])).get("key") or [""])[0]
        with self._lock:
            self._in_flight[address, key] += 1
            environ[IN_FLIGHT] = self._in_flight[address, key]
        try:
            delay, fault = self._faults.meet(address, key)
            if delay:
                self._stopped.wait(delay)
            if fault is None:
                return self._app(environ, start_response)
            return self._ruin(fault, environ, start_response)
        finally:
            with self._lock:
                self._in_flight[address, key] -= 1

    def _ruin(
        self, fault: Fault, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        if fault.kind == "reset":
            _reset_on_close(environ["werkzeug.socket"])
            raise ConnectionAbortedError
        if fault.kind == "refuse":
            return refused(fault.code)(environ, start_response)
        if fault.kind == "bad_gateway":
            if fault.handled:
                self._handle(environ)
            start_response("502 Bad Gateway", [("Content-Type", "text/html")])
            return [_BAD_GATEWAY]
        body = self._handle(environ)
        if fault.kind == "hang":
            self._stopped.wait(fault.seconds)
        if fault.kind in ("hang", "drop"):
            raise ConnectionAbortedError
        start_response(
            "200 OK",
            [("Content-Type", "application/json"), ("Content-Length", str(len(body)))],
        )
        return [body[: len(body) // 2]] if fault.kind == "half" else self._trickle(body, fault)

    def _handle(self, environ: WSGIEnvironment) -> bytes:
        """Let the interface do its work and keep its answer back."""
        return b"".join(self._app(environ, lambda *_: lambda _: None))

    def _trickle(self, body: bytes, fault: Fault) -> Iterator[bytes]:
        for place in range(len(body)):
            self._stopped.wait(fault.seconds)
            yield body[place : place + 1]


def _reset_on_close(connection: socket.socket) -> None:
    # With linger 0 the kernel answers RST instead of a tidy end.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
