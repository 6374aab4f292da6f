"""The only place that builds objects and hands them to each other."""

from __future__ import annotations

import os
import secrets
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from flask import Blueprint, Flask

from bot.broadcasting.book import load_book
from bot.broadcasting.services import BroadcastServices
from bot.channels.aibot import AibotChannel
from bot.channels.base import Channel, Incoming
from bot.channels.mp import MpChannel
from bot.clock import Clock, SystemClock
from bot.config import DEMO_SECRETS, Config, load_config
from bot.inbox import receive
from bot.judge.model import stored_model
from bot.kb.live import LiveBase
from bot.kb.load import load_knowledge
from bot.privacy import Pseudonyms
from bot.respond import Base, compile_base
from bot.senders.http import Http
from bot.senders.registry import build_senders
from bot.store.api import Store
from bot.store.sqlite import open_sqlite
from bot.talk import Talk
from bot.web import Pages, Readiness, create_app

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
"""Time limits of a push; the platforms name none, and a slow answer is better than an unknown."""


def load(path: Path, env: Mapping[str, str], secrets_needed: bool = True) -> Config:
    """The configuration.

    Raises:
        Invalid: with every problem.
    """
    return load_config(path, env, secrets_needed)


def compiled(folder: Path) -> Base:
    """One knowledge base, read and compiled.

    Raises:
        Invalid: with every problem.
    """
    return compile_base(load_knowledge(folder), stored_model())


def base_of(config: Config) -> Base:
    """The configured knowledge base."""
    return compiled(config.knowledge)


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


def services_over(
    config: Config, env: Mapping[str, str], store: Store, http: Http, clock: Clock
) -> BroadcastServices:
    """The same over a store and a client that are already open."""
    return BroadcastServices(
        book=load_book(config.broadcasts, channel_secrets(config, env)),
        store=store,
        senders=build_senders(
            config, http, store.tokens, clock, uuid.uuid4().hex, lambda: secrets.token_hex(16)
        ),
        config=config,
        clock=clock,
    )


def channels_of(config: Config) -> list[Channel]:
    """Every configured channel in."""
    pseudonym = Pseudonyms(config.hash_key)
    channels: list[Channel] = [MpChannel(account, pseudonym) for account in config.mp]
    channels += [AibotChannel(account, pseudonym) for account in config.aibot]
    return channels


def app_over(
    config: Config,
    env: Mapping[str, str],
    store: Store,
    live: LiveBase[Base],
    clock: Clock,
) -> Flask:
    """The web application over a store and a knowledge base that are already open."""
    talk = Talk(live.current, store, clock)

    def answer(incoming: Incoming) -> str | None:
        return receive(store.inbox, incoming, talk, clock)

    def readiness() -> Readiness:
        return Readiness(ready=True, problems=tuple(map(str, live.problems)))

    return create_app(
        channels_of(config),
        answer,
        Pages(readiness=readiness, blueprints=_demo_pages(config, env, store, clock)),
        clock,
    )


def _demo_pages(
    config: Config, env: Mapping[str, str], store: Store, clock: Clock
) -> tuple[Blueprint, ...]:
    if not config.demo:
        return ()
    from bot.platform import page

    def fire() -> dict[str, object]:
        return {}

    return (page.blueprint(config.api_wecom, fire),)


def web_app() -> Flask:
    """The application of one web process; what to read stands in BOT_CONFIG."""
    config = load(Path(os.environ["BOT_CONFIG"]), os.environ)
    live = LiveBase(config.knowledge, compiled, clock=SystemClock())
    live.start()
    store = open_sqlite(config.database_path)
    return app_over(config, os.environ, store, live, SystemClock())
