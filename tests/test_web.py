from __future__ import annotations

import http.client
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from flask import Blueprint
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from bot.channels.base import BODY_LIMIT, Incoming, RawRequest, RawResponse, Refused
from bot.clock import FixedClock
from bot.store.api_sightings import Sighting, SightingKind
from bot.types import Message, Reply
from bot.web import Pages, Readiness, create_app

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)
SECRET = "对方让我转账"


@dataclass
class ScriptedChannel:
    """A channel that does what the request's ``do`` parameter says and keeps what it was given."""

    name: str = "mp:demo"
    address: str = "/callback/mp/demo"
    requests: list[RawRequest] = field(default_factory=list)

    def read(self, request: RawRequest, now: datetime) -> Incoming | RawResponse:
        assert now == NOW
        self.requests.append(request)
        wish = dict(request.query).get("do", "message")
        if wish == "refuse":
            raise Refused("签名不对")
        if wish == "stray":
            raise Refused("timestamp 或 nonce 缺少或格式不对", stray=True)
        if wish == "unusable":
            raise Refused("XML 格式不对", 400)
        if wish == "break":
            raise KeyError(SECRET)
        if wish == "echo":
            return RawResponse(200, b"echo")
        message = Message("7", self.name, "s", "s", "private", "text", wish)
        return Incoming(message, "sig", "print")

    def write(self, incoming: Incoming, reply: Reply, now: datetime) -> RawResponse:
        return RawResponse(
            200, f"<xml>{reply.text}</xml>".encode(), "application/xml; charset=utf-8"
        )


def receive(incoming: Incoming) -> Reply:
    if incoming.message.text == "forged":
        raise Refused("同一个签名带了另一条消息")
    if incoming.message.text == "broken-work":
        raise ValueError(SECRET)
    return Reply(f"收到{incoming.message.text}")


@dataclass
class Site:
    channel: ScriptedChannel
    client: FlaskClient
    readiness: Readiness = field(default_factory=lambda: Readiness(True))
    noticed: list[Sighting] = field(default_factory=list)


@pytest.fixture
def site() -> Site:
    channel = ScriptedChannel()
    pages = Blueprint("pages", __name__)

    @pages.get("/broken-page")
    def broken_page() -> str:
        raise RuntimeError(SECRET)

    app = create_app(
        [channel],
        receive,
        Pages(lambda: made.readiness, lambda: "bot_questions 3\n", [pages]),
        FixedClock(NOW),
        lambda sighting: made.noticed.append(sighting),
    )
    made = Site(channel, app.test_client())
    return made


def test_a_message_is_read_received_and_answered(site: Site) -> None:
    response = site.client.post("/callback/mp/demo?do=hello", data=b"<xml/>")

    assert (response.status_code, response.get_data(as_text=True)) == (200, "<xml>收到hello</xml>")
    assert response.content_type == "application/xml; charset=utf-8"
    assert site.channel.requests[0].body == b"<xml/>"


def test_a_channel_may_answer_by_itself(site: Site) -> None:
    response = site.client.get("/callback/mp/demo?do=echo")

    assert (response.status_code, response.data) == (200, b"echo")
    assert response.content_type.startswith("text/plain")


def test_the_query_is_decoded_once_and_keeps_repetitions(site: Site) -> None:
    site.client.get("/callback/mp/demo?do=echo&a=1&a=%2B%2525&empty=")

    assert site.channel.requests[0].query == (
        ("do", "echo"),
        ("a", "1"),
        ("a", "+%25"),
        ("empty", ""),
    )


def test_a_query_without_escapes_is_read_alike(site: Site) -> None:
    site.client.get("/callback/mp/demo?do=echo&&a=1=2&a=&b")

    assert site.channel.requests[0].query == (
        ("do", "echo"),
        ("a", "1=2"),
        ("a", ""),
        ("b", ""),
    )


def test_headers_reach_the_channel(site: Site) -> None:
    site.client.post("/callback/mp/demo?do=echo", headers={"X-Signature": "abc"})

    assert ("X-Signature", "abc") in site.channel.requests[0].headers


@pytest.mark.parametrize(
    ("wish", "status"),
    [("refuse", 403), ("unusable", 400), ("forged", 403), ("break", 500), ("broken-work", 500)],
)
def test_a_failure_is_an_empty_answer_and_one_line_without_the_message(
    site: Site, caplog: pytest.LogCaptureFixture, wish: str, status: int
) -> None:
    with caplog.at_level(logging.INFO):
        response = site.client.post(f"/callback/mp/demo?do={wish}", data=SECRET.encode())

    assert (response.status_code, response.data) == (status, b"")
    [record] = caplog.records
    assert record.getMessage().startswith("mp:demo: ")
    assert record.exc_info is None
    assert SECRET not in caplog.text
    assert "\n" not in record.getMessage()


@pytest.mark.parametrize("query", ["a=%ff", "&".join(f"a{i}=1" for i in range(30)), "a=%ed%a0%80"])
def test_a_query_that_cannot_be_read_is_refused(site: Site, query: str) -> None:
    response = site.client.post(f"/callback/mp/demo?{query}")

    assert (response.status_code, response.data) == (400, b"")
    assert not site.channel.requests


def test_a_query_with_raw_bytes_is_refused(site: Site) -> None:
    response = site.client.post(
        "/callback/mp/demo", environ_overrides={"QUERY_STRING": "a=\u00e9&b=%20"}
    )

    assert (response.status_code, response.data) == (400, b"")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/callback/mp/nobody", "/callback/other/demo", "/callback/x/y/z"])
def test_an_unknown_account_is_not_found(site: Site, method: str, path: str) -> None:
    response = site.client.open(path, method=method)

    assert (response.status_code, response.data) == (404, b"")


def test_a_known_account_takes_only_get_and_post(site: Site) -> None:
    assert site.client.put("/callback/mp/demo").status_code == 404
    assert site.client.put("/callback/mp/demo").data == b""
    assert not site.channel.requests


def test_an_oversized_body_is_refused(site: Site) -> None:
    fits = site.client.post("/callback/mp/demo", data=b"x" * BODY_LIMIT)
    too_large = site.client.post("/callback/mp/demo", data=b"x" * (BODY_LIMIT + 1))

    assert fits.status_code == 200
    assert (too_large.status_code, too_large.data) == (400, b"")
    assert len(site.channel.requests) == 1


@pytest.fixture
def connection(site: Site) -> Iterator[http.client.HTTPConnection]:
    server = make_server("127.0.0.1", 0, site.client.application)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    client = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
    yield client
    client.close()
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_announced_oversized_body_is_refused_before_it_is_sent(
    site: Site, connection: http.client.HTTPConnection
) -> None:
    connection.putrequest("POST", "/callback/mp/demo")
    connection.putheader("Content-Length", str(10**12))
    connection.endheaders()

    response = connection.getresponse()

    assert (response.status, response.read()) == (400, b"")
    assert not site.channel.requests


def test_a_body_over_a_real_connection_arrives_whole(
    site: Site, connection: http.client.HTTPConnection
) -> None:
    body = "反诈".encode() * 10_000
    connection.request("POST", "/callback/mp/demo?do=hi", body)

    response = connection.getresponse()

    assert (response.status, response.read().decode()) == (200, "<xml>收到hi</xml>")
    assert site.channel.requests[0].body == body


def chunks(total: int) -> Iterator[bytes]:
    for _ in range(total // 1024):
        yield b"x" * 1024


def test_a_chunked_body_is_bounded_while_it_is_read(
    site: Site, connection: http.client.HTTPConnection
) -> None:
    statuses = []
    for total in (BODY_LIMIT, BODY_LIMIT + 1024):
        connection.request("POST", "/callback/mp/demo", chunks(total), encode_chunked=True)
        response = connection.getresponse()
        response.read()
        statuses.append(response.status)
        connection.close()

    assert statuses == [200, 400]
    assert [len(request.body) for request in site.channel.requests] == [BODY_LIMIT]


def test_a_body_shorter_than_announced_is_refused(site: Site) -> None:
    response = site.client.post(
        "/callback/mp/demo", data=b"<xml/>", environ_overrides={"CONTENT_LENGTH": "20"}
    )

    assert (response.status_code, response.data) == (400, b"")


def test_a_head_request_has_no_body(site: Site) -> None:
    response = site.client.head("/callback/mp/demo?do=echo")

    assert (response.status_code, response.data) == (200, b"")


def test_a_page_that_fails_shows_nothing(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    response = site.client.get("/broken-page")

    assert (response.status_code, response.data) == (500, b"")
    [record] = caplog.records
    assert "RuntimeError" in record.getMessage()
    assert "test_web.py" in record.getMessage()
    assert SECRET not in caplog.text


def test_health_and_readiness(site: Site) -> None:
    assert site.client.get("/healthz").status_code == 200

    ready = site.client.get("/readyz")
    site.readiness = Readiness(False, ("知识库读不出来",))
    unready = site.client.get("/readyz")

    assert (ready.status_code, ready.json) == (200, {"ready": True, "problems": []})
    assert (unready.status_code, unready.json) == (
        503,
        {"ready": False, "problems": ["知识库读不出来"]},
    )


def test_metrics_count_what_became_of_the_callbacks(site: Site) -> None:
    for wish in ("hello", "hello", "refuse", "break"):
        site.client.post(f"/callback/mp/demo?do={wish}")

    response = site.client.get("/metrics")

    assert response.get_data(as_text=True) == (
        "# TYPE callbacks_total counter\n"
        'callbacks_total{channel="mp:demo",outcome="answered"} 2\n'
        'callbacks_total{channel="mp:demo",outcome="failed"} 1\n'
        'callbacks_total{channel="mp:demo",outcome="refused"} 1\n'
        "bot_questions 3\n"
    )
    assert response.content_type.startswith("text/plain")


@pytest.mark.parametrize(
    ("method", "wish", "kind", "words", "code"),
    [
        ("GET", "echo", "verified", "", ""),
        ("POST", "echo", "heard", "", ""),
        ("POST", "refuse", "refused", "签名不对", ""),
        ("POST", "unusable", "refused", "XML 格式不对", ""),
        ("POST", "stray", "stray", "timestamp 或 nonce 缺少或格式不对", ""),
        ("POST", "break", "failed", "", "KeyError"),
        ("POST", "broken-work", "failed", "", "ValueError"),
    ],
)
def test_what_leaves_no_message_is_noticed(
    site: Site, method: str, wish: str, kind: SightingKind, words: str, code: str
) -> None:
    site.client.open(f"/callback/mp/demo?do={wish}", method=method)

    assert site.noticed == [Sighting(kind, "mp:demo", NOW, words=words, code=code)]
    assert SECRET not in repr(site.noticed)


def test_a_message_that_is_answered_is_not_noticed_besides(site: Site) -> None:
    site.client.post("/callback/mp/demo?do=hello")
    site.client.get("/callback/mp/nobody")

    assert site.noticed == []


def test_an_unknown_page_is_not_found(site: Site) -> None:
    assert site.client.get("/nothing-here").status_code == 404
