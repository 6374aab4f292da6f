"""A console for tests: real store, real pages, people of every role who are already signed in."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.accounts.desk import Accounts
from bot.accounts.door import Door
from bot.accounts.passwords import hash_password
from bot.broadcasting.book import load_book
from bot.broadcasting.model import CHANNEL_FIELDS
from bot.broadcasting.services import BroadcastServices
from bot.clock import FixedClock
from bot.config import DEMO_SECRETS, AibotAccount, Broadcast, Config, MpAccount
from bot.console.app import console_blueprint
from bot.console.services import ConsoleServices
from bot.health.state import Health
from bot.kb.live import LiveBase
from bot.privacy import TOTP, Pseudonyms, Seal
from bot.respond import Base
from bot.senders.http import Http
from bot.senders.mp_menu import MpMenu
from bot.senders.mp_tokens import MpApi
from bot.senders.trial import Trial
from bot.store.api import SessionRow, UserRow
from bot.store.sqlite import open_sqlite
from bot.store.sqlstore import SqlStore
from bot.types import Reply
from bot.web import Pages, Readiness, create_app
from tests.warning_fakes import MONDAY_NINE, FakeSender

ASSETS = Path(__file__).parent / "assets"
SHOTS = os.environ.get("SHOTS")
"""A folder for pictures of the pages, for people to look at; none are taken without it."""

PASSWORD = "一句好记的话 2026"
_HASHED = hash_password(PASSWORD)
_TOKEN = re.compile(r"X-CSRFToken\": \"([^\"]+)\"")
_numbers = itertools.count()


@dataclass
class Site:
    """A running console. ``services`` is what its pages work with; ``problems`` can be set."""

    app: Flask
    services: ConsoleServices
    clock: FixedClock
    store: SqlStore
    content: Path
    problems: list[str] = field(default_factory=list)

    def add(self, name: str, *roles: str, **fields: Any) -> UserRow:
        """An account with the password ``PASSWORD``."""
        user = UserRow(name, roles, _HASHED, self.clock.now(), **fields)
        assert self.store.users.add(user)
        return user

    def visitor(self, *roles: str, name: str = "") -> Visitor:
        """Somebody with these roles, signed in; nobody in particular without roles."""
        client = self.app.test_client()
        if roles:
            name = name or f"{roles[0]}{next(_numbers)}"
            self.add(name, *roles)
            self.sign_in(client, name)
        return Visitor(client, name)

    def sign_in(self, client: FlaskClient, name: str) -> None:
        """Begin a session without the sign-in page."""
        token, now = f"token-{next(_numbers)}", self.clock.now()
        digest = hashlib.sha256(token.encode()).hexdigest()
        self.store.users.begin_session(SessionRow(digest, name, now, now))
        with client.session_transaction(base_url="http://localhost/console/") as session:
            session["token"] = token


@dataclass
class Visitor:
    """A browser without pictures: ``post`` sends the page's token along, as its forms do."""

    client: FlaskClient
    name: str
    _token: str = ""

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def post(self, path: str, fields: Any = None, **options: Any) -> TestResponse:
        data = {**(fields or {}), "csrf_token": self.token()}
        return self.client.post(path, data=data, **options)

    def token(self) -> str:
        """The token that the pages shown to this visitor carry now."""
        page = self.client.get("/console/sign-in", follow_redirects=True)
        found = _TOKEN.search(page.get_data(as_text=True))
        assert found, page.get_data(as_text=True)
        return found.group(1)


def make_site(
    folder: Path,
    content: Path,
    base: Base,
    build: Callable[[Path], Base] | None = None,
    **changes: Any,
) -> Site:
    """A console over a fresh store in ``folder`` and the content folders below ``content``.

    ``build`` makes bases of other folders, and of an edited one; without it all are ``base``.
    ``changes`` are fields of the configuration."""
    clock = FixedClock(MONDAY_NINE)
    store = open_sqlite(folder / "bot.db")
    config = replace(
        Config(
            root=folder,
            demo=True,
            knowledge=content / "knowledge",
            broadcasts=content / "broadcasts",
            mp=(MpAccount("demo", "wxdemo", "secret-token", "aes", "secret-aes", "secret-app"),),
            aibot=(AibotAccount("demo", "secret-bot-token", "secret-bot-aes"),),
            hash_key=DEMO_SECRETS["HASH_KEY"],
            broadcast=Broadcast(approval=True),
        ),
        **changes,
    )
    book = LiveBase(config.broadcasts, lambda place: load_book(place, DEMO_SECRETS), clock=clock)
    senders = {kind: FakeSender(kind) for kind in CHANNEL_FIELDS}
    seal = Seal(config.hash_key, TOTP)
    problems: list[str] = []
    live = LiveBase(config.knowledge, build or (lambda place: base), clock=clock)
    broadcasts = BroadcastServices(book.current(), store, senders, config, clock)
    services = ConsoleServices(
        store=store,
        clock=clock,
        config=config,
        accounts=Accounts(store, clock, seal),
        door=Door(store, clock, seal, Pseudonyms(config.hash_key)),
        live=live,
        book=book,
        broadcasts=broadcasts,
        trial=Trial(config.api_mp, config.api_wecom, Http(1.0, 2.0)),
        codes=MpMenu(MpApi(config.api_mp, Http(1.0, 2.0), store.tokens, clock, "console")),
        health=Health(
            store=store,
            config=config,
            clock=clock,
            services=lambda: replace(broadcasts, book=book.current()),
            knowledge=live,
            revision=lambda: live.current().revision,
            book=book,
            pictures=lambda: None,
        ),
        problems=lambda: tuple(problems),
    )
    pages = Pages(lambda: Readiness(True), blueprints=[console_blueprint(services)])
    app = create_app([], lambda incoming: Reply(None), pages, clock)
    return Site(app, services, clock, store, content, problems)


@dataclass
class Window:
    """A browser's tab on the console, opened by ``visit`` (a fixture)."""

    tab: Any
    url: str

    def open(self, path: str, status: int = 200) -> Any:
        answer = self.tab.goto(self.url + path)
        assert answer.status == status, path
        return self.tab


Visit = Callable[..., Window]


def assert_accessible(tab: Any) -> None:
    """Fail on serious and critical findings of axe-core on the page as it is shown now."""
    # Handed in by the browser's own protocol, which the page's policy does not bind.
    tab.evaluate(ASSETS.joinpath("axe.min.js").read_text("utf-8") + "\n;undefined")
    found = tab.evaluate("axe.run(document, {resultTypes: ['violations']})")
    serious = [
        f"{finding['id']}: {finding['help']}\n  "
        + "\n  ".join(
            node["html"][:160] + " " + node.get("failureSummary", "")[:200]
            for node in finding["nodes"][:4]
        )
        for finding in found["violations"]
        if finding["impact"] in ("serious", "critical")
    ]
    assert not serious, "\n".join(serious)


def assert_fits(tab: Any) -> None:
    """Fail where the page can be scrolled sideways."""
    width = tab.viewport_size["width"]
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


def shoot(tab: Any, name: str) -> None:
    """A picture of the whole page, where people want to look at some."""
    if SHOTS:
        tab.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
