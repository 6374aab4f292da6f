"""``serve`` and ``simulate``: the processes of a running bot (design §1, §10)."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bot.broadcasting.model import Book
from bot.config import Config
from bot.kb.live import LiveBase

_PARENT = "BOT_PARENT"
_LOOK_SECONDS = 0.5
_log = logging.getLogger("bot.serve")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``serve`` and ``simulate`` to the program's commands."""
    serve = subparsers.add_parser("serve", help="启动（不写命令时就是它）")
    serve.add_argument("--role", choices=("all", "web", "worker"), default="all")
    simulate = subparsers.add_parser("simulate", help="只启动模拟的微信平台")
    simulate.add_argument("--port", type=int, help="监听哪个端口，默认看 api_base.wecom")


def run(args: argparse.Namespace, config: Config, config_path: Path) -> int:
    """Serve until stopped."""
    if args.command == "simulate":
        return _simulate(config, args.port or config.platform_port)
    if args.role == "worker":
        return _work(config)
    return _serve(config, config_path, alone=args.role == "web")


def _simulate(config: Config, port: int) -> int:
    from bot.clock import SystemClock
    from bot.platform.server import FakePlatform
    from bot.platform.settings import settings_from

    _end_with_parent(lambda: os.kill(os.getpid(), signal.SIGINT))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    FakePlatform(settings_from(config), SystemClock()).serve(port)
    return 0


def _work(config: Config) -> int:
    from bot import wiring
    from bot.worker import Worker, run_worker

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    _end_with_parent(stop.set)
    with wiring.broadcast_services(config, os.environ) as services:
        book = wiring.live_book(config, os.environ, services.clock)
        book.start()
        while not stop.is_set():
            current = book.current()
            renew = threading.Event()
            watcher = threading.Thread(target=_watch, args=(book, current, stop, renew))
            watcher.start()
            run_worker(Worker(replace(services, book=current)), renew)
            watcher.join()
        book.stop()
    return 0


def _watch(
    book: LiveBase[Book], current: Book, stop: threading.Event, renew: threading.Event
) -> None:
    """Set ``renew`` once the book was edited or the process is to stop."""
    while book.current() is current and not stop.wait(_LOOK_SECONDS):
        continue
    renew.set()


def _serve(config: Config, config_path: Path, alone: bool) -> int:
    from granian import Granian
    from granian.constants import Interfaces

    os.environ["BOT_CONFIG"] = str(config_path)
    children = [] if alone else _children(config, config_path)
    workers = 1 if config.demo else config.server.workers or os.cpu_count() or 1
    server = Granian(
        "bot.wiring:web_app",
        address=config.server.host,
        port=config.server.port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=8,
        factory=True,
        log_enabled=True,
        log_access=False,
    )
    if config.demo:
        print(
            f"\n打开 http://{config.server.host}:{config.server.port} 就能用（演示模式）\n",
            flush=True,
        )
    try:
        server.serve()
    finally:
        _stop(children)
    return 0


def _children(config: Config, config_path: Path) -> list[subprocess.Popen[bytes]]:
    """The worker, and in demo mode the fake platform, each as a process of its own."""
    command = [sys.executable, str(Path(sys.argv[0]).resolve()), "--config", str(config_path)]
    environment = {**os.environ, _PARENT: str(os.getpid())}
    roles = [["serve", "--role", "worker"]]
    if config.demo:
        roles.append(["simulate"])
    return [subprocess.Popen([*command, *role], env=environment) for role in roles]  # noqa: S603


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()


def _end_with_parent(end: Callable[[], None]) -> None:
    """Call ``end`` once the process that started this one is gone, however it went."""
    parent = os.environ.get(_PARENT)
    if parent is None:
        return

    def watch() -> None:
        while os.getppid() == int(parent):
            time.sleep(_LOOK_SECONDS)
        _log.info("主进程不在了，跟着停")
        end()

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
