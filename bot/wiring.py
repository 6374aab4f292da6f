"""The only place that builds objects and hands them to each other."""

from __future__ import annotations

import logging
import os
import secrets
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from flask import Blueprint, Flask

from bot.accounts.desk import Accounts
from bot.accounts.door import Door
from bot.answer.lexicon import lexicon_of
from bot.answer.menu import menu_of
from bot.broadcasting.book import load_book
from bot.broadcasting.desk import Desk
from bot.broadcasting.model import Book
from bot.broadcasting.published import Publications
from bot.broadcasting.report import report
from bot.broadcasting.services import BroadcastServices
from bot.channels.aibot import AibotChannel
from bot.channels.base import Channel
from bot.channels.gateway import GatewayChannel
from bot.channels.gateway_message import chat_name
from bot.channels.mp import MpChannel
from bot.channels.wecom import WecomChannel
from bot.clock import Clock, SystemClock
from bot.config import DEMO_SECRETS, Config
from bot.config_file import load_config
from bot.console.app import console_blueprint
from bot.console.services import ConsoleServices
from bot.followers import Followers
from bot.health.notebook import Notebook
from bot.health.parts import listening_since
from bot.health.state import Health
from bot.judge.encoder import open_encoder
from bot.judge.examples import stored_examples
from bot.judge.index import phrasings_of
from bot.judge.judge import Judge
from bot.judge.model import stored_model
from bot.judge.vectors import EMPTY, key_of, load_shelf, stored_shelf
from bot.kb.journal import finish as finish_publishing
from bot.kb.live import LiveBase
from bot.kb.load import load_knowledge
from bot.kb.model import Knowledge
from bot.pictures.fetch import Fetcher
from bot.pictures.reader import PictureReader
from bot.pictures.seen import Seen
from bot.pictures.wire import key_of as picture_key
from bot.pictures.wire import socket_of
from bot.privacy import REACHABLE, TOTP, Pseudonyms, Seal
from bot.problems import Invalid
from bot.promises import PROMISED, Promises, Work
from bot.public.warning import blueprint as warning_pages
from bot.pushes import MpPush, Push, WecomPush
from bot.reception import Reception, Steps
from bot.respond import Base
from bot.senders.http import Http
from bot.senders.mp_menu import MpMenu
from bot.senders.mp_personal import MpPersonal
from bot.senders.mp_tokens import MpApi
from bot.senders.registry import build_senders
from bot.senders.trial import Trial
from bot.senders.wecom_tokens import WecomApi
from bot.setup import MenuServices
from bot.sight import Sight
from bot.store.api import Store
from bot.store.sqlite import open_sqlite
from bot.surroundings import Surroundings
from bot.talk import Manners, Talk
from bot.text.normalise import Normaliser
from bot.web import Pages, Readiness, create_app
from bot.workdays import ChineseWorkdays

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
"""Time limits of a push; the platforms name none, and a slow answer is better than an unknown."""

TRIAL_SECONDS = 8.0
"""How long a person waits for a platform's answer to a trial."""

MOST_ENCODED = 400
"""Phrasings encoded at once (about 25 ms each); the others are judged by their letters."""

DEMO_PLAN = "weekly"

_log = logging.getLogger("bot.wiring")


def load(path: Path, env: Mapping[str, str], secrets_needed: bool = True) -> Config:
    """The configuration.

    Raises:
        Invalid: with every problem.
    """
    return load_config(path, env, secrets_needed)


class Compiler:
    """Reads and compiles knowledge bases; keeps encoder and vectors from one to the next.

    Phrasings whose vectors do not ship (edited ones) are encoded when they are first met; ``cache``
    keeps them over a restart.
    """

    def __init__(self, cache: Path | None = None) -> None:
        self._encoder = open_encoder()
        self._cache = cache
        self._shelf = EMPTY if self._encoder is None else stored_shelf()
        if self._encoder is not None and cache is not None and cache.exists():
            self._shelf = self._shelf.joined(load_shelf(cache))

    def __call__(self, folder: Path) -> Base:
        """One base, ready for answering, after a publication that was cut short is written out.

        Raises:
            Invalid: with every problem.
        """
        finish_publishing(folder)
        return self.compile(load_knowledge(folder))

    def compile(self, knowledge: Knowledge) -> Base:
        """One base that is already read."""
        if self._encoder is None:
            return Base(Judge(knowledge, stored_model()), lexicon_of(knowledge))
        self._learn(knowledge)
        judge = Judge(knowledge, stored_model(), self._encoder, self._shelf, stored_examples())
        return Base(judge, lexicon_of(knowledge))

    def _learn(self, knowledge: Knowledge) -> None:
        if self._encoder is None:
            return
        normaliser = Normaliser(knowledge.aliases)
        texts = [p.normalised for p in phrasings_of(knowledge, normaliser)]
        missing = [text for text in texts if key_of(text) not in self._shelf]
        if not missing:
            return
        if len(missing) > MOST_ENCODED:
            _log.warning("有 %d 条新说法还没有语义向量，运行 make fit 补上", len(missing))
        missing = missing[:MOST_ENCODED]
        self._shelf = self._shelf.extended(missing, self._encoder)
        if self._cache is not None:
            self._cache.parent.mkdir(parents=True, exist_ok=True)
            self._shelf.without(stored_shelf()).save(self._cache)


def base_of(config: Config) -> Base:
    """The configured knowledge base, compiled once."""
    return Compiler()(config.knowledge)


def channel_secrets(config: Config, env: Mapping[str, str]) -> Mapping[str, str]:
    """Where ``${NAME}`` of a group's channel is looked up: the environment, in demo its stand-ins."""
    return {**DEMO_SECRETS, **env} if config.demo else env


@contextmanager
def broadcast_services(config: Config, env: Mapping[str, str]) -> Iterator[BroadcastServices]:
    """What the warning flow works with; the store and the connections are closed afterwards."""
    store = open_sqlite(config.database_path)
    http = Http(CONNECT_SECONDS, READ_SECONDS)
    try:
        yield services_over(config, env, store, http, SystemClock())
    finally:
        http.close()
        store.close()


def live_book(config: Config, env: Mapping[str, str], clock: Clock) -> LiveBase[Book]:
    """The book of groups, plans and texts, renewed when its files change.

    Raises:
        Invalid: its first reading found problems.
    """
    known = channel_secrets(config, env)
    return LiveBase(config.broadcasts, lambda folder: load_book(folder, known), clock=clock)


def services_over(
    config: Config, env: Mapping[str, str], store: Store, http: Http, clock: Clock
) -> BroadcastServices:
    """The same over a store and a client that are already open."""
    return BroadcastServices(
        book=load_book(config.broadcasts, channel_secrets(config, env)),
        store=store,
        senders=build_senders(
            config, http, store, clock, uuid.uuid4().hex, lambda: secrets.token_hex(16)
        ),
        config=config,
        clock=clock,
        workday=ChineseWorkdays(),
    )


def channels_of(config: Config, store: Store, book: LiveBase[Book], clock: Clock) -> list[Channel]:
    """Every configured channel in."""
    pseudonym, seal = Pseudonyms(config.hash_key), Seal(config.hash_key, REACHABLE)

    def followers_of(name: str) -> Followers:
        return Followers(
            name, store, seal, lambda: book.current().has_channel("mp_service", name), clock
        )

    channels: list[Channel] = [
        MpChannel(account, pseudonym, followers_of(account.account)) for account in config.mp
    ]
    channels += [WecomChannel(account, pseudonym) for account in config.wecom if account.token]
    channels += [AibotChannel(account, pseudonym) for account in config.aibot]
    channels += [GatewayChannel(account, pseudonym) for account in config.gateway]
    return channels


def accounts_over(config: Config, store: Store, clock: Clock) -> Accounts:
    """What is done with staff accounts."""
    return Accounts(store, clock, Seal(config.hash_key, TOTP))


@contextmanager
def staff_accounts(config: Config) -> Iterator[tuple[Accounts, Store]]:
    """Staff accounts over the configured store, which is closed afterwards."""
    store = open_sqlite(config.database_path)
    try:
        yield accounts_over(config, store, SystemClock()), store
    finally:
        store.close()


@contextmanager
def menu_services(config: Config, env: Mapping[str, str]) -> Iterator[MenuServices]:
    """What menu and QR codes of the official accounts are set up with."""
    clock = SystemClock()
    store = open_sqlite(config.database_path)
    http = Http(CONNECT_SECONDS, READ_SECONDS)
    try:
        book = load_book(config.broadcasts, channel_secrets(config, env))
        yield MenuServices(
            accounts={account.account: account for account in config.mp},
            menu=menu_of(lexicon_of(load_knowledge(config.knowledge))),
            setup=MpMenu(MpApi(config.api_mp, http, store.tokens, clock, uuid.uuid4().hex)),
            groups={group.id: group.name for group in book.groups.values()},
            store=store,
            zone=config.timezone,
            now=clock.now,
        )
    finally:
        http.close()
        store.close()


def sight_of(config: Config) -> Sight:
    """How pictures are fetched and read; where they are not to be read, it says so."""
    origins = {config.api_mp, config.api_wecom} if config.demo else set()
    if not config.read_pictures:
        return Sight(
            lambda url, seconds: b"", lambda picture, seconds: Seen(trouble="not_installed")
        )
    reader = PictureReader(socket_of(config.database_path), picture_key(config.hash_key))
    return Sight(Fetcher(config.picture_hosts, origins), reader.read)


def manners_of(config: Config) -> Manners:
    """How the bot behaves in groups."""
    pseudonym = Pseudonyms(config.hash_key)
    return Manners(
        config.groups.speak_unasked,
        frozenset(pseudonym(chat_name(chat)) for chat in config.groups.silent),
        timedelta(minutes=config.groups.cool_down_minutes),
        config.timezone,
    )


def pushes_over(
    config: Config, store: Store, book: LiveBase[Book], http: Http, clock: Clock
) -> Mapping[str, Push]:
    """How residents are written to on their own, by channel; accounts without a secret have no way."""
    holder = uuid.uuid4().hex
    seal = Seal(config.hash_key, REACHABLE)
    personal = MpPersonal(
        MpApi(config.api_mp, http, store.tokens, clock, holder), store.reachable, clock
    )
    wecom = WecomApi(config.api_wecom, http, store.tokens, clock, holder)

    def remembers(name: str) -> Callable[[], bool]:
        return lambda: book.current().has_channel("mp_service", name)

    pushes: dict[str, Push] = {
        f"mp:{one.account}": MpPush(one, personal, store.reachable, seal, remembers(one.account))
        for one in config.mp
        if one.app_secret
    }
    members = {f"wecom:{one.account}": WecomPush(one, wecom) for one in config.wecom if one.secret}
    return {**pushes, **members}


def talk_over(
    config: Config,
    store: Store,
    live: LiveBase[Base],
    book: LiveBase[Book],
    published: Publications,
    clock: Clock,
) -> Talk:
    """The message flow over a store and a knowledge base that are already open."""
    return Talk(
        live.current,
        store,
        clock,
        published.find,
        manners_of(config),
        Surroundings(
            config.station,
            {f"mp:{account.account}": account.scenes for account in config.mp},
            book.current,
            published,
            store,
            config.timezone,
        ),
    )


def app_over(
    config: Config,
    store: Store,
    live: LiveBase[Base],
    book: LiveBase[Book],
    services: BroadcastServices,
    http: Http,
    clock: Clock,
) -> tuple[Flask, Promises]:
    """The web application over a store and a knowledge base that are already open, and what keeps
    the promises it makes.

    ``services`` is what console and demo page work on warnings with."""
    published = Publications(store, clock, config.station.name, config.timezone)
    warnings = warning_pages(lambda code: published.show(code, book.current()), published.compare)
    talk = talk_over(config, store, live, book, published, clock)

    def say(path: str, **slots: str) -> str:
        return live.current().lexicon.say(path, **slots)

    promises = Promises(
        store,
        Seal(config.hash_key, PROMISED),
        # An eye of its own: who waits at the platform must not wait behind what is promised.
        Work(sight_of(config), talk, say),
        pushes_over(config, store, book, http, clock),
        clock,
    )
    reception = Reception(
        store,
        Steps(sight_of(config), talk, say, promises, config.messages_per_minute),
        clock,
    )

    def problems() -> tuple[str, ...]:
        unset = (
            f"群 {group} 的渠道缺少环境变量 {'、'.join(names)}，预警发不过去"
            for group, names in book.current().unset().items()
        )
        files = (*map(str, live.problems), *map(str, book.problems))
        return (*files, *unset, *scenes(), *health.problems())

    def scenes() -> Iterator[str]:
        for account in config.mp:
            for number, group in account.scenes.items():
                if group not in book.current().groups:
                    yield f"公众号 {account.account} 的二维码 {number} 指向的群 {group} 不在群簿里"

    health = Health(
        store=store,
        config=config,
        clock=clock,
        services=lambda: replace(services, book=book.current()),
        knowledge=live,
        revision=lambda: live.current().revision,
        book=book,
        pictures=lambda: listening_since(socket_of(config.database_path)),
    )
    seal = Seal(config.hash_key, TOTP)
    # Somebody sits before the page and waits.
    attended = Http(CONNECT_SECONDS, TRIAL_SECONDS)
    console = console_blueprint(
        ConsoleServices(
            store=store,
            clock=clock,
            config=config,
            accounts=Accounts(store, clock, seal),
            door=Door(store, clock, seal, Pseudonyms(config.hash_key)),
            live=live,
            book=book,
            broadcasts=services,
            trial=Trial(config.api_mp, config.api_wecom, attended),
            codes=MpMenu(MpApi(config.api_mp, attended, store.tokens, clock, uuid.uuid4().hex)),
            health=health,
            problems=problems,
        )
    )
    demo = _demo_pages(config, book, services) if config.demo else ()
    pages = Pages(lambda: Readiness(True, problems()), blueprints=(*demo, console, warnings))
    channels = channels_of(config, store, book, clock)
    app = create_app(channels, reception, pages, clock, Notebook(store.sightings.note))
    return app, promises


def _demo_pages(
    config: Config, book: LiveBase[Book], services: BroadcastServices
) -> tuple[Blueprint, ...]:
    from bot.platform.page import NotStarted, blueprint

    def status() -> Mapping[str, object] | None:
        newest = services.store.editions.newest()
        if not newest:
            return None
        found = report(newest[0], services.store.deliveries.of(newest[0].id), config.timezone)
        return dict(found)

    def fire() -> Mapping[str, object]:
        today = replace(services, book=book.current())
        plan = today.book.plans.get(DEMO_PLAN)
        if plan is None:
            raise NotStarted(f"没有计划 {DEMO_PLAN}，请看 broadcasts/plans")
        desk = Desk(today, "演示页面")
        started = desk.start_now(plan, again=True, now=services.clock.now())
        if started.problem:
            raise NotStarted(started.problem)
        return status() or {}

    menu = DemoMenu(config, services.store)
    return (blueprint(config.api_wecom, fire, status, menu.show),)


class DemoMenu:
    """Puts the menu on the demo's account once somebody looks, as ``menu publish`` would."""

    def __init__(self, config: Config, store: Store) -> None:
        self._config = config
        self._store = store
        self._lock = threading.Lock()

    def show(self) -> None:
        """Returns at once; the page shows the menu when the platform has it."""
        threading.Thread(target=self._publish, name="demo-menu", daemon=True).start()

    def _publish(self) -> None:
        config = self._config
        if not config.mp or not self._lock.acquire(blocking=False):
            return
        http = Http(CONNECT_SECONDS, CONNECT_SECONDS)
        try:
            api = MpApi(config.api_mp, http, self._store.tokens, SystemClock(), uuid.uuid4().hex)
            menu = menu_of(lexicon_of(load_knowledge(config.knowledge)))
            outcome = MpMenu(api).publish(config.mp[0], menu)
            if outcome.kind != "sent":
                _log.warning("演示公众号的菜单没有换上：%s", outcome.detail)
        except Invalid:
            _log.warning("知识库有错，演示公众号的菜单没有换上")
        finally:
            http.close()
            self._lock.release()


def web_app() -> Flask:
    """The application of one web process; what to read stands in BOT_CONFIG."""
    config = load(Path(os.environ["BOT_CONFIG"]), os.environ)
    clock = SystemClock()
    store = open_sqlite(config.database_path)
    compiler = Compiler(config.database_path.with_name("vectors.npz"))
    live = LiveBase(config.knowledge, compiler, clock=clock)
    live.start()
    book = live_book(config, os.environ, clock)
    book.start()
    http = Http(CONNECT_SECONDS, READ_SECONDS)
    services = services_over(config, os.environ, store, http, clock)
    app, promises = app_over(config, store, live, book, services, http, clock)
    promises.start(threading.Event())
    return app
