"""The web application: callbacks in front, pages and health behind them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Blueprint, Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from bot.callbacks import Callbacks, log_failure
from bot.channels.base import Channel, Incoming
from bot.clock import Clock
from bot.counters import Counters
from bot.store.api_sightings import Sighting
from bot.types import Reply


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether the bot can answer, and what an operator should mend, in plain words.

    There may be problems although it is ready: it answers from its last good knowledge.
    """

    ready: bool
    problems: tuple[str, ...] = ()


def _no_metrics() -> str:
    return ""


def _unnoticed(sighting: Sighting) -> None:
    """Where nobody asks afterwards what was refused."""


@dataclass(frozen=True, slots=True)
class Pages:
    """What is served besides the callbacks. ``metrics`` gives further lines in Prometheus text."""

    readiness: Callable[[], Readiness]
    metrics: Callable[[], str] = _no_metrics
    blueprints: Sequence[Blueprint] = ()


def create_app(
    channels: Sequence[Channel],
    receive: Callable[[Incoming], Reply],
    pages: Pages,
    clock: Clock,
    notice: Callable[[Sighting], None] = _unnoticed,
) -> Flask:
    """The application. ``receive`` turns a verified message into the reply, ``notice`` learns of
    callbacks that bring none."""
    app = Flask("bot", static_folder=None)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # DefaultJSONProvider has it
    counters = Counters()
    _add_health(app, pages, counters)
    for blueprint in pages.blueprints:
        app.register_blueprint(blueprint)
    app.register_error_handler(Exception, _fail)
    callbacks = Callbacks(channels, receive, clock, counters, notice, app.wsgi_app)
    app.wsgi_app = callbacks  # type: ignore[method-assign]  # Flask's documented way to wrap itself
    return app


def _add_health(app: Flask, pages: Pages, counters: Counters) -> None:
    def healthz() -> Response:
        return Response("ok\n", content_type="text/plain; charset=utf-8")

    def readyz() -> Response:
        readiness = pages.readiness()
        answer = jsonify(ready=readiness.ready, problems=readiness.problems)
        answer.status_code = 200 if readiness.ready else 503
        return answer

    def metrics() -> Response:
        text = counters.text() + pages.metrics()
        return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")

    for view in (healthz, readyz, metrics):
        app.add_url_rule(f"/{view.__name__}", view_func=view)


def _fail(error: Exception) -> Response | HTTPException:
    if isinstance(error, HTTPException):
        return error
    log_failure(request.path, error)
    return Response(status=500)
