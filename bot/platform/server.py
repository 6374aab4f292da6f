"""The fake platform as one server: in a thread beside a test or the demo, or on its own."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from bot.clock import Clock
from bot.platform import (
    app_messages,
    control,
    control_out,
    mass_routes,
    media,
    menus,
    mp_routes,
    partners,
    phone_routes,
    robot,
    tokens,
)
from bot.platform.app_messages import AppMessages
from bot.platform.callbacks import Bot
from bot.platform.customer_service import CustomerService
from bot.platform.faults import Faults
from bot.platform.gate import Gate
from bot.platform.ledger import Ledger
from bot.platform.mass_confirm import MassConfirm
from bot.platform.mass_send import Job, MassSends
from bot.platform.materials import Materials
from bot.platform.media import Media
from bot.platform.menus import Menus
from bot.platform.official_account import OfficialAccount
from bot.platform.partners import Partners
from bot.platform.phone import Phone, PhoneParts
from bot.platform.robot import Robots
from bot.platform.settings import PlatformSettings
from bot.platform.smart_bot import SmartBot
from bot.platform.tokens import TokenDesk
from bot.platform.wecom_app import WecomApp

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_HOST = "127.0.0.1"
_POLL_SECONDS = 0.02
"""How soon a stop is noticed: a test starts and stops a platform hundreds of times."""
_log = logging.getLogger("bot.platform")


class FakePlatform:
    """Accounts, robots and groups of WeChat and WeCom as the bot meets them, on loopback only.

    Its parts may be called directly by a test in the same process; other processes use
    ``/_control/`` (control.py). Token ends, rate windows and months follow ``clock``; waiting
    (faults, time limits of callbacks) is real.
    """

    def __init__(self, settings: PlatformSettings, clock: Clock) -> None:
        self.settings = settings
        self.ledger = Ledger()
        self.faults = Faults()
        self.robots = Robots(settings.robots, clock, self.ledger, settings.robot_in_flight)
        self.tokens = TokenDesk(settings.corp, settings.mp, clock)
        self.mass = MassConfirm(
            settings.customer_groups,
            clock,
            self.ledger,
            ZoneInfo(settings.timezone),
            settings.dispatch_seconds,
        )
        self._stopped = Event()
        self.bot = Bot(settings.bot_url, settings.callback_timeout, settings.callback_tries)
        self.media = Media()
        self.wecom_app = WecomApp(settings.corp, self.bot, clock, self.media)
        self.service = CustomerService(clock, self.ledger)
        self.account = OfficialAccount(settings.mp, self.bot, clock, self.service, self.media)
        self.materials = Materials()
        self.menus = Menus()
        self._events = ThreadPoolExecutor(1, "platform-events")
        self.sends = MassSends(
            settings.mp.kind,
            settings.mp.followers,
            self.materials,
            clock,
            self.ledger,
            ZoneInfo(settings.timezone),
            self._tell,
        )
        self.app_messages = AppMessages(settings.corp, clock, self.ledger)
        self.partners = Partners(settings.sms, settings.hook_secret, clock, self.ledger)
        self.smart_bot = SmartBot(settings.aibot, self.bot, clock, self._stopped, self.media)
        self.phone = Phone(
            settings,
            clock,
            PhoneParts(
                self.account, self.smart_bot, self.ledger, self.mass, self.menus, self.media
            ),
        )
        self._server: BaseWSGIServer | None = None
        self._thread: Thread | None = None

    def start(self, port: int = 0) -> str:
        """Serve in a thread; the base address, for ``api_base``. Port 0: any free one."""
        self._server = self._listen(port)
        self._thread = Thread(
            target=self._server.serve_forever, args=(_POLL_SECONDS,), name="platform", daemon=True
        )
        self._thread.start()
        return f"http://{_HOST}:{self._server.server_port}"

    def serve(self, port: int) -> None:
        """Serve in this thread until interrupted."""
        self._server = self._listen(port)
        try:
            self._server.serve_forever()
        finally:
            self.stop()

    def stop(self) -> None:
        """End every wait and stop serving; a stopped platform cannot be started again."""
        self._stopped.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        if self._thread is not None:
            self._thread.join()
        self._events.shutdown(wait=True, cancel_futures=True)
        self.phone.close()
        self.bot.close()

    def _tell(self, job: Job) -> None:
        """Post a job's end, where there is a bot; whoever made the job end does not wait for it."""
        if self.bot.url and not self._stopped.is_set():
            self._events.submit(self.account.mass_send_ended, job)

    def _listen(self, port: int) -> BaseWSGIServer:
        app = Flask("bot.platform", static_folder=None)
        app.register_blueprint(robot.blueprint(self.robots))
        app.register_blueprint(tokens.blueprint(self.tokens))
        app.register_blueprint(media.blueprint(self.media))
        app.register_blueprint(
            mass_routes.blueprint(self.mass, self.tokens, self.settings.page_size)
        )
        app.register_blueprint(app_messages.blueprint(self.app_messages, self.tokens))
        app.register_blueprint(
            mp_routes.blueprint(self.sends, self.service, self.materials, self.tokens)
        )
        app.register_blueprint(menus.blueprint(self.menus, self.tokens))
        app.register_blueprint(partners.blueprint(self.partners))
        app.register_blueprint(phone_routes.blueprint(self.phone))
        app.register_blueprint(
            control_out.blueprint(self.sends, self.service, self.partners, self.account)
        )
        app.register_blueprint(
            control.blueprint(
                control.Controlled(
                    self.faults,
                    self.ledger,
                    self.robots,
                    self.mass,
                    self.tokens,
                    self.account,
                    self.smart_bot,
                    self.wecom_app,
                )
            )
        )
        app.json.ensure_ascii = False  # type: ignore[attr-defined]  # DefaultJSONProvider has it
        gate = Gate(app.wsgi_app, self.faults, self._stopped)
        server = make_server(_HOST, port, gate, threaded=True, request_handler=_SilentHandler)
        self.media.base = f"http://{_HOST}:{server.server_port}"
        _log.info("模拟平台在 http://%s:%d", _HOST, server.server_port)
        return server


class _SilentHandler(WSGIRequestHandler):
    """Logs no requests: their addresses hold keys and tokens, a broken one even its text."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002  # werkzeug's name
        """Nothing is kept of a request."""

    def connection_dropped(
        self, error: BaseException, environ: WSGIEnvironment | None = None
    ) -> None:
        # A fault closed the connection before any header said so: it must not be kept alive.
        self.close_connection = True
