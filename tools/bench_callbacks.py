"""Signed AES callbacks a second, against a bare Flask XML echo under the same server (design §11).

    python tools/bench_callbacks.py
    python tools/bench_callbacks.py --app bench_callbacks:durable_app
    BOT_CONFIG=config.yaml python tools/bench_callbacks.py --app bot.wiring:web_app

Both applications run under granian with one worker and as many threads as ``serve`` gives it, so
that the client, this process, has a core of its own. The client keeps a bounded number of connections open, sends the same bodies to both,
checks every answer, and alternates between the two so that a busy machine disturbs them alike.
``--app`` is a factory of a WSGI application that serves the official account given by ``--address``,
``--token``, ``--aes-key`` and ``--app-id``; the defaults are the demo's.
"""

from __future__ import annotations

import argparse
import asyncio
import atexit
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import median, quantiles

from flask import Flask, Response, request

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.channels.base import Incoming  # noqa: E402
from bot.channels.crypto import MessageCipher  # noqa: E402
from bot.channels.mp import MpChannel  # noqa: E402
from bot.channels.signing import Signer  # noqa: E402
from bot.channels.xml import write_xml  # noqa: E402
from bot.clock import SystemClock  # noqa: E402
from bot.commands.serve import threads_of_a_process  # noqa: E402
from bot.config import DEMO_APP_ID, DEMO_SECRETS, MpAccount  # noqa: E402
from bot.inbox import Judged, receive  # noqa: E402
from bot.privacy import Pseudonyms  # noqa: E402
from bot.store.api import Claim, Inbox  # noqa: E402
from bot.store.sqlite import open_sqlite  # noqa: E402
from bot.types import Message, Reply  # noqa: E402
from bot.web import Pages, Readiness, create_app  # noqa: E402

QUESTIONS = (
    "有人打电话说我涉嫌洗钱，让我把钱转到安全账户，是真的吗？",
    "兼职群里让我先垫 300 元做任务，做完返 390，能信吗",
    "快递丢了客服说要双倍赔我，让我下载一个会议软件共享屏幕",
    "明天社区活动几点开始",
    "儿子用 QQ 说学校要交 3800 元培训费，催得很急",
)
REPLY = "这是诈骗。不轻信：先挂电话。不透露：验证码一个字都别给。不转账：钱留在自己卡里。拿不准打 96110。"
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class MemoryInbox:
    """Never forgets: for a benchmark of some ten thousand messages only."""

    def __init__(self) -> None:
        self._claims: dict[str, Claim] = {}
        self._prints: dict[str, str] = {}
        self._lock = threading.Lock()

    def claim(self, message: Message, signature: str, fingerprint: str, now: datetime) -> Claim:
        with self._lock:
            if self._prints.setdefault(signature, fingerprint) != fingerprint:
                return Claim("forged")
            known = self._claims.get(message.key)
            if known is None:
                self._claims[message.key] = Claim("busy")
        return known or Claim("new")

    def last_answered(self, channel: str) -> datetime | None:
        return None

    def look(self, message: Message, now: datetime) -> Claim:
        return self._claims.get(message.key) or Claim("new")

    def finish(
        self, message: Message, reply: str | None, now: datetime, keep: Callable[[], None]
    ) -> str | None:
        keep()
        with self._lock:
            self._claims[message.key] = Claim("done", reply)
        return reply


def echo_app() -> Flask:
    """The measure: a Flask view that sends the XML back."""
    app = Flask("echo", static_folder=None)

    @app.post("/<path:_rest>")
    def echo(_rest: str) -> Response:
        return Response(request.get_data(), content_type="application/xml")

    return app


def bot_app() -> Flask:
    """Our web, channel and inbox with nothing to judge and nothing on disk."""
    return _app(MemoryInbox())


def durable_app() -> Flask:
    """The same with the inbox in an SQLite file."""
    path = Path(tempfile.mkdtemp()) / "bot.db"
    atexit.register(shutil.rmtree, path.parent)
    return _app(open_sqlite(path).inbox)


def _app(inbox: Inbox) -> Flask:
    account = MpAccount(
        "demo", DEMO_APP_ID, DEMO_SECRETS["MP_TOKEN"], "aes", DEMO_SECRETS["MP_AES_KEY"]
    )
    clock = SystemClock()

    def answer(incoming: Incoming) -> Reply:
        return receive(inbox, incoming, lambda _: Judged(Reply(REPLY), lambda: None), clock)

    channel = MpChannel(account, Pseudonyms(DEMO_SECRETS["HASH_KEY"]))
    return create_app([channel], answer, Pages(lambda: Readiness(True)), clock)


@dataclass(frozen=True)
class Figures:
    """Of one run: requests a second, and milliseconds from request to whole answer."""

    rate: float
    p50: float
    p99: float


def make_requests(count: int, options: argparse.Namespace) -> list[bytes]:
    """Ready-made HTTP requests, each a message of its own, signed now."""
    signer, cipher = Signer(options.token), MessageCipher(options.aes_key, options.app_id)
    moment = str(int(time.time()))
    first = secrets.randbelow(10**15) + 10**16
    made = []
    for number in range(count):
        message = write_xml(
            (
                ("ToUserName", "gh_0123456789ab"),
                ("FromUserName", f"oBENCH{number % 5000:04d}"),
                ("CreateTime", int(moment)),
                ("MsgType", "text"),
                ("Content", QUESTIONS[number % len(QUESTIONS)]),
                ("MsgId", first + number),
            )
        )
        encrypted, nonce = cipher.encrypt(message), str(10**9 + number)
        body = write_xml((("ToUserName", "gh_0123456789ab"), ("Encrypt", encrypted))).encode()
        made.append(
            f"POST {options.address}?signature={signer.sign(moment, nonce)}&timestamp={moment}"
            f"&nonce={nonce}&openid=oBENCH&encrypt_type=aes"
            f"&msg_signature={signer.sign(moment, nonce, encrypted)} HTTP/1.1\r\n"
            f"Host: 127.0.0.1\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
    return made


class Caller(asyncio.Protocol):
    """One keep-alive connection: sends the next request as soon as the last is answered."""

    def __init__(
        self, requests: Iterator[bytes], times: list[float], done: asyncio.Future[None]
    ) -> None:
        self._requests = requests
        self._times = times
        self._done = done
        self._received = b""
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head = self._received.find(b"\r\n\r\n")
        if head < 0:
            return
        length = _LENGTH.search(self._received, 0, head)
        if length and len(self._received) < head + 4 + int(length[1]):
            return
        self._times.append(time.perf_counter() - self._sent_at)
        if not self._received.startswith(b"HTTP/1.1 200") or b"<Encrypt>" not in self._received:
            self._finish(RuntimeError(f"unexpected answer {self._received[:200]!r}"))
            return
        self._received = b""
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._finish(exc or ConnectionError("the server closed a connection"))

    def _next(self) -> None:
        following = next(self._requests, None)
        if following is None:
            self._finish(None)
            return
        self._sent_at = time.perf_counter()
        self._transport.write(following)

    def _finish(self, error: Exception | None) -> None:
        if self._done.done():
            return
        if error:
            self._done.set_exception(error)
        else:
            self._done.set_result(None)
        self._transport.close()


async def load(port: int, requests: list[bytes], connections: int) -> Figures:
    """Send all requests over that many connections."""
    loop = asyncio.get_running_loop()
    waiting, times = iter(requests), list[float]()
    ends = [loop.create_future() for _ in range(connections)]
    started = time.perf_counter()
    for end in ends:
        caller = partial(Caller, waiting, times, end)
        await loop.create_connection(caller, "127.0.0.1", port)
    await asyncio.gather(*ends)
    elapsed = time.perf_counter() - started
    p99 = quantiles(times, n=100)[98]
    return Figures(len(times) / elapsed, median(times) * 1000, p99 * 1000)


@contextmanager
def serving(factory: str, workers: int) -> Iterator[tuple[int, int]]:
    """A granian process with that application; its port and process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--port", str(port),
            "--workers", str(workers), "--blocking-threads", str(threads_of_a_process()),
            "--log-level", "warning", factory,
        ],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    try:
        wait_for(port, process)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("the server did not start")


def cpu_seconds(process: int) -> float:
    """What a process and its children have used; unlike the rate, hardly touched by other work
    on the machine. 0 where there is no /proc."""
    folder = Path(f"/proc/{process}")
    if not folder.exists():
        return 0.0
    ticks = folder.joinpath("stat").read_text().rpartition(")")[2].split()[11:13]
    children = folder.joinpath(f"task/{process}/children").read_text().split()
    own = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
    return own + sum(cpu_seconds(int(child)) for child in children)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--app", default="bench_callbacks:bot_app", help="module:factory")
    parser.add_argument("--label", help="what the last line calls the application")
    parser.add_argument("--requests", type=int, default=8000, help="a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--workers", type=int, default=1, help="granian's processes")
    parser.add_argument("--address", default="/callback/mp/demo")
    parser.add_argument("--token", default=DEMO_SECRETS["MP_TOKEN"])
    parser.add_argument("--aes-key", default=DEMO_SECRETS["MP_AES_KEY"])
    parser.add_argument("--app-id", default=DEMO_APP_ID)
    options = parser.parse_args()

    rates: dict[str, list[float]] = {"echo": [], "app": []}
    costs: dict[str, list[float]] = {"echo": [], "app": []}
    with (
        serving("bench_callbacks:echo_app", options.workers) as echo,
        serving(options.app, options.workers) as app,
    ):
        for port, _ in (echo, app):
            asyncio.run(load(port, make_requests(500, options), options.connections))
        for number in range(options.rounds):
            for name, (port, process) in (("echo", echo), ("app", app)):
                requests = make_requests(options.requests, options)
                used = cpu_seconds(process)
                figures = asyncio.run(load(port, requests, options.connections))
                cost = (cpu_seconds(process) - used) / options.requests * 1000
                costs[name].append(cost)
                rates[name].append(figures.rate)
                print(
                    f"round {number + 1} {name:4}: {figures.rate:7.0f} requests/s, "
                    f"p50 {figures.p50:.1f} ms, p99 {figures.p99:.1f} ms, processor {cost:.2f} ms each"
                )
    ratio = median(app / echo for echo, app in zip(rates["echo"], rates["app"], strict=True))
    print(
        f"{options.label or options.app}: {median(rates['app']):.0f} requests/s, "
        f"{ratio:.2f} of a bare Flask XML echo ({median(rates['echo']):.0f} requests/s); "
        f"processor {median(costs['app']):.2f} ms each, the echo's {median(costs['echo']):.2f} ms"
    )


if __name__ == "__main__":
    main()
