"""``serve`` and ``simulate``: the processes of a running bot (design §1, §10)."""

from __future__ import annotations

import argparse
import errno
import importlib.util
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.config import Config
from bot.problems import Invalid

if TYPE_CHECKING:
    from flask import Flask

    from bot.broadcasting.model import Book
    from bot.kb.live import LiveBase

_PARENT = "BOT_PARENT"
_LOOK_SECONDS = 0.5
_AGAIN_SECONDS = 1.0
"""How long after its end a child is started again."""

_STOP_SECONDS = 10.0
_DEMO_ADMIN = "admin"
_PORT_PATIENCE_SECONDS = 3.0
"""How long a port may still be held by processes that are ending (after a kill -9)."""

_log = logging.getLogger("bot.serve")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``serve`` and ``simulate`` to the program's commands."""
    serve = subparsers.add_parser("serve", help="启动（不写命令时就是它）")
    serve.add_argument("--role", choices=("all", "web", "worker", "pictures"), default="all")
    simulate = subparsers.add_parser("simulate", help="只启动模拟的微信平台")
    simulate.add_argument("--port", type=int, help="监听哪个端口，默认看 api_base.wecom")


def run(args: argparse.Namespace, config: Config, config_path: Path) -> int:
    """Serve until stopped."""
    if args.command == "simulate":
        return _simulate(config, args.port or config.platform_port)
    if args.role == "worker":
        return _work(config)
    if args.role == "pictures":
        return _read_pictures(config)
    return _serve(config, config_path, alone=args.role == "web")


def _simulate(config: Config, port: int) -> int:
    from bot.clock import SystemClock
    from bot.platform.server import FakePlatform
    from bot.platform.settings import settings_from

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Not SIGINT: a process started in a shell's background ignores it.
    _end_with_parent(_terminate)
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


def _read_pictures(config: Config) -> int:
    from bot.pictures.reading import serve_pictures
    from bot.pictures.recognise import Recogniser
    from bot.pictures.wire import key_of, socket_of

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    _end_with_parent(stop.set)
    address, key = socket_of(config.database_path), key_of(config.hash_key)
    serve_pictures(address, key, Recogniser(), stop)
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

    refusal = _refusal(config.server.host, config.server.port, "server.port")
    if config.demo and not alone:
        refusal = refusal or _refusal("127.0.0.1", config.platform_port, "api_base 的端口")
    if refusal:
        print(refusal, file=sys.stderr)
        return 1
    os.environ["BOT_CONFIG"] = str(config_path)
    os.environ[_PARENT] = str(os.getpid())
    children = [] if alone else _children(config, config_path)
    workers = 1 if config.demo else config.server.workers or os.cpu_count() or 1
    server = Granian(
        "bot.commands.serve:web_app",
        address=config.server.host,
        port=config.server.port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads_of_a_process(),
        workers_kill_timeout=int(_STOP_SECONDS),
        factory=True,
        log_enabled=True,
        log_access=False,
    )
    if config.demo:
        print(
            f"\n打开 http://{config.server.host}:{config.server.port} 就能用（演示模式）\n",
            flush=True,
        )
    print(_console_words(config), flush=True)
    # A web process inherits Granian's handler, which would swallow a stop until it has loaded.
    os.register_at_fork(after_in_child=lambda: signal.signal(signal.SIGTERM, signal.SIG_DFL))
    try:
        server.serve()
    finally:
        for child in children:
            child.stop()
        for child in children:
            child.join()
    return 0


def _console_words(config: Config) -> str:
    """How to get into the console; in demo mode the first start makes its administrator."""
    from bot import wiring
    from bot.accounts.roles import ROLES

    place = f"控制台 http://{config.server.host}:{config.server.port}/console/"
    with wiring.staff_accounts(config) as (accounts, store):
        if store.users.all():
            return f"{place}（忘了密码：python run.py users passwd 用户名）\n"
        if not config.demo:
            return f"{place}（还没有用户：python run.py users add 用户名 --role admin）\n"
        made = accounts.add("demo", _DEMO_ADMIN, ROLES)
    return f"{place}  用户名 {_DEMO_ADMIN}  一次性密码 {made.password}（只显示这一次）\n"


def threads_of_a_process() -> int:
    """How many requests one web process works on at a time."""
    return min(8, 2 * (os.cpu_count() or 1) + 1)


def _refusal(host: str, port: int, setting: str) -> str:
    """Why nobody can listen there, '' where one can. Granian itself would share a taken port."""
    ends = time.monotonic() + _PORT_PATIENCE_SECONDS
    while True:
        try:
            with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
                return ""
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                return f"不能在 {host}:{port} 上监听（{error.strerror}）。请看配置里的 {setting}"
            if time.monotonic() >= ends:
                return (
                    f"端口 {port} 已经有程序在用，可能是另一个反诈小助手。"
                    f"请先停掉它，或者改配置里的 {setting}"
                )
        time.sleep(0.1)


def web_app() -> Flask:
    """The application of one of the server's web processes, which ends with the server."""
    from bot import wiring

    _end_with_parent(_terminate)
    try:
        return wiring.web_app()
    except Invalid as invalid:
        # Here it would end as a traceback of Granian's.
        for problem in invalid.problems:
            print(problem, file=sys.stderr, flush=True)
        raise SystemExit(1) from None


def _children(config: Config, config_path: Path) -> list[_Child]:
    """The worker, the reader of pictures where its packages are installed, and in demo mode the
    fake platform, each as a process of its own."""
    command = [sys.executable, str(Path(sys.argv[0]).resolve()), "--config", str(config_path)]
    children = [_Child("发预警的进程", [*command, "serve", "--role", "worker"])]
    if not config.read_pictures:
        _log.info("按配置（pictures.read）不看图片")
    elif all(importlib.util.find_spec(name) for name in ("rapidocr", "zxingcpp", "PIL")):
        children.append(_Child("看图的进程", [*command, "serve", "--role", "pictures"]))
    else:
        _log.info("没有装看图的组件，图片会请对方把字打出来（安装：make pictures）")
    if config.demo:
        children.append(_Child("模拟平台", [*command, "simulate"]))
    return children


class _Child:
    """A process of ours; it is started again when it ends although nobody stopped it."""

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self._name = name
        self._command = command
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._process = self._start()
        self._watcher = threading.Thread(target=self._watch, name=name, daemon=True)
        self._watcher.start()

    def stop(self) -> None:
        """Ask it to end; ``join`` waits for it."""
        with self._starting:
            self._stopping.set()
            self._process.terminate()

    def join(self) -> None:
        """Wait until it has ended, and kill it where it takes too long."""
        self._watcher.join(_STOP_SECONDS)
        if self._watcher.is_alive():
            self._process.kill()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command)  # noqa: S603  # our own command

    def _watch(self) -> None:
        while True:
            code = self._process.wait()
            if self._stopping.wait(_AGAIN_SECONDS):
                return
            with self._starting:
                if self._stopping.is_set():
                    return
                _log.error("%s停了（退出码 %d），重新启动", self._name, code)
                self._process = self._start()


def _terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


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
