"""The demo's page as the bot's web app serves it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from bot.platform import page

EDITION = {"edition": "weekly-1", "plan": "weekly", "deliveries": []}


def client(platform_url: str = "http://127.0.0.1:9", **calls: Any) -> Any:
    app = Flask("web", static_folder=None)
    app.register_blueprint(
        page.blueprint(
            platform_url, calls.get("fire", lambda: EDITION), calls.get("status", lambda: None)
        )
    )
    return app.test_client()


def test_the_page_allows_nothing_but_its_own_files() -> None:
    answer = client().get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    html = answer.get_data(as_text=True)
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|https?://", html)


def test_all_files_of_the_page_are_there() -> None:
    app = client()
    html = app.get("/").get_data(as_text=True)
    files = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert len(files) == 10
    for file in files:
        with app.get(file) as answer:
            assert (file, answer.status_code) == (file, 200)


def test_what_the_phone_says_goes_through_to_the_platform(running: Any, echo: Any) -> None:
    app = client(running.url)
    body = {"chat": "jinxiu-garden", "text": "您好", "as": "我"}
    assert app.post("/demo/api/say", json=body).json == {"number": 1}
    state = app.get("/demo/api/state?since=0").json
    assert state["lines"][0]["text"] == "您好"
    assert app.get("/demo/api/state?since=2").json["lines"] == []
    assert app.post("/demo/api/confirm", json={"task": "nobody"}).status_code == 409


def test_a_platform_that_is_away_is_told_in_plain_words() -> None:
    answer = client().get("/demo/api/state")
    assert answer.status_code == 502
    assert answer.json == {"error": "模拟平台没有回答，请看看它是否在运行"}


@pytest.mark.parametrize("action", ["say", "confirm", "fire"])
def test_a_form_of_another_site_starts_nothing(action: str) -> None:
    fired: list[int] = []
    app = client(fire=lambda: fired.append(1) or EDITION)
    assert app.post(f"/demo/api/{action}", data={"chat": "private"}).status_code == 415
    assert app.post(f"/demo/api/{action}", json={"text": "字" * 20_000}).status_code == 413
    assert fired == []


def test_only_the_phones_addresses_are_passed_on(running: Any) -> None:
    app = client(running.url)
    assert app.get("/demo/api/ledger").status_code == 404
    assert app.post("/demo/api/faults", json={}).status_code == 404


def test_firing_starts_the_warning_and_returns_its_status() -> None:
    assert client().post("/demo/api/fire", json={}).json == EDITION


def test_a_warning_that_was_not_started_says_why() -> None:
    def fire() -> dict[str, object]:
        raise page.NotStarted("这一期今天已经发过了")

    answer = client(fire=fire).post("/demo/api/fire", json={})
    assert (answer.status_code, answer.json) == (409, {"error": "这一期今天已经发过了"})


def test_the_status_is_that_of_the_last_edition_or_nothing() -> None:
    assert client().get("/demo/api/status").json is None
    assert client(status=lambda: EDITION).get("/demo/api/status").json == EDITION


def test_a_platform_elsewhere_is_refused() -> None:
    with pytest.raises(ValueError, match="this machine"):
        client("http://example.com")


def test_a_sent_picture_is_shown_and_nothing_else_the_platform_keeps(running: Any) -> None:
    app = client(running.url)
    keep = running.platform.media.url
    shown = keep(b"\x89PNG\r\n\x1a\n...").rpartition("/")[2]
    other = keep(b"<svg onload=alert(1)>").rpartition("/")[2]
    answer = app.get(f"/demo/api/picture/{shown}")
    assert (answer.status_code, answer.content_type) == (200, "image/png")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for name in (other, "nowhere", "..%2F..%2Fphone%2Fstate"):
        assert app.get(f"/demo/api/picture/{name}").status_code == 404


def test_a_picture_may_be_larger_than_a_message_but_not_boundless(running: Any, echo: Any) -> None:
    app = client(running.url)
    body = {"chat": "private", "picture": "A" * 100_000}
    assert app.post("/demo/api/picture", json=body).status_code == 400, "no picture"
    assert app.post("/demo/api/speak", json=body).status_code == 413
    body["picture"] = "A" * (6 * 1024 * 1024)
    assert app.post("/demo/api/picture", json=body).status_code == 413
    assert app.get("/demo/api/wire?chat=private").json is None


def test_whoever_opens_the_page_is_noticed() -> None:
    seen: list[int] = []
    app = Flask("web", static_folder=None)
    opened = lambda: seen.append(1)  # noqa: E731  # shorter than a function
    app.register_blueprint(
        page.blueprint("http://127.0.0.1:9", lambda: EDITION, lambda: None, opened)
    )
    app.test_client().get("/")
    assert seen == [1]
