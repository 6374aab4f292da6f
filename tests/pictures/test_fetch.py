"""Pictures fetched over real HTTP: only from where they may come from, never too much or too long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bot.pictures.fetch import HOSTS, Fetcher, NotFetched
from bot.pictures.recognise import MOST_BYTES

Answer = Callable[[BaseHTTPRequestHandler], None]


class Host:
    """A web server on loopback; ``answers`` by path."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers: dict[str, Answer] = {}
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host.asked.append(self.path)
                host.answers[self.path](self)

            def log_message(self, *_: object) -> None:
                """Tests are quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def host() -> Iterator[Host]:
    running = Host()
    yield running
    running.close()


@pytest.fixture
def fetch(host: Host) -> Iterator[Fetcher]:
    fetcher = Fetcher(origins={host.origin})
    yield fetcher
    fetcher.close()


def body(content: bytes, length: int | None = None, status: int = 200) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        if length is not None:
            handler.send_header("Content-Length", str(length))
        handler.end_headers()
        try:
            handler.wfile.write(content)
        except OSError:
            handler.close_connection = True

    return answer


def moved(to: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", to)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def why(fetch: Fetcher, url: str, seconds: float = 2.0) -> str:
    with pytest.raises(NotFetched) as reason:
        fetch(url, seconds)
    return reason.value.trouble


def test_a_picture_is_fetched(fetch: Fetcher, host: Host) -> None:
    host.answers["/p?x=1"] = body(b"bytes", 5)

    assert fetch(host.origin + "/p?x=1", 2.0) == b"bytes"


def test_it_follows_to_an_allowed_place_and_no_further(fetch: Fetcher, host: Host) -> None:
    host.answers["/a"] = moved("/p")
    host.answers["/p"] = body(b"bytes", 5)
    host.answers["/round"] = moved("/round")
    host.answers["/away"] = moved("http://127.0.0.1:1/secret")
    host.answers["/file"] = moved("file:///etc/passwd")

    assert fetch(host.origin + "/a", 2.0) == b"bytes"
    assert why(fetch, host.origin + "/round") == "broken"
    assert why(fetch, host.origin + "/away") == "broken"
    assert why(fetch, host.origin + "/file") == "broken"
    assert host.asked.count("/round") == 3


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x", "https://169.254.169.254/latest", "https://evil.com/mmbiz.qpic.cn",
        "https://mmbiz.qpic.cn.evil.com/x", "https://evilqpic.cn/x", "https://qpic.cn@evil.com/x",
        "https://mmbiz.qpic.cn:8443/x", "ftp://mmbiz.qpic.cn/x", "file:///etc/passwd", "", "x",
        "https://user:pw@mmbiz.qpic.cn/x", "http://[", "https://mybucket.cos.ap-guangzhou.myqcloud.com/x",
        "https://mmbiz.qpic.cn:99999/x", "//mmbiz.qpic.cn/x",
    ],
)  # fmt: skip
def test_no_other_place_is_ever_asked(url: str) -> None:
    fetcher = Fetcher()
    assert why(fetcher, url, 0.5) == "broken"


@pytest.mark.parametrize(
    "name",
    [
        "mmbiz.qpic.cn", "wework.qpic.cn", "p.qpic.cn", "wx.qlogo.cn",
        "ww-aibot-img-1258476243.cos.ap-guangzhou.myqcloud.com",
    ],
)  # fmt: skip
def test_the_platforms_hosts_are_known(name: str) -> None:
    assert HOSTS.fullmatch(name)


def test_http_of_a_known_host_is_asked_over_https() -> None:
    fetcher = Fetcher(more_hosts={"pictures.example.cn"})

    for url in ("http://mmbiz.qpic.cn/x/0?a=%2F", "http://Pictures.example.CN:80/x/0?a=%2F"):
        asked = fetcher._allowed(url)
        assert asked.startswith("https://")
        assert asked.endswith("cn/x/0?a=%2F")


def test_more_than_any_picture_is_not_read(fetch: Fetcher, host: Host) -> None:
    host.answers["/said"] = body(b"", MOST_BYTES + 1)
    host.answers["/unsaid"] = body(bytes(MOST_BYTES + 1))

    assert why(fetch, host.origin + "/said") == "too_large"
    assert why(fetch, host.origin + "/unsaid", 10.0) == "too_large"


def test_a_host_that_hangs_or_trickles_takes_no_longer_than_told(
    fetch: Fetcher, host: Host
) -> None:
    over = threading.Event()

    def hang(handler: BaseHTTPRequestHandler) -> None:
        over.wait(5)

    def trickle(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not over.wait(0.05):
            handler.wfile.write(b"x")

    host.answers |= {"/hang": hang, "/trickle": trickle}
    began = time.monotonic()

    assert why(fetch, host.origin + "/hang", 0.2) == "too_slow"
    assert why(fetch, host.origin + "/trickle", 0.3) == "too_slow"
    assert time.monotonic() - began < 1.5
    over.set()


def test_an_error_or_a_cut_answer_is_no_picture(fetch: Fetcher, host: Host) -> None:
    host.answers["/gone"] = body(b"", 0, 404)
    host.answers["/cut"] = body(b"half", 100)

    assert why(fetch, host.origin + "/gone") == "broken"
    assert why(fetch, host.origin + "/cut") == "broken"
    assert why(Fetcher(origins={"http://127.0.0.1:1"}), "http://127.0.0.1:1/x") == "broken"
