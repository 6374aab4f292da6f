"""The console in tests; its parts stand in ``tests/console_kit.py``."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from bot.respond import Base
from tests.console_kit import Site, Visit, Window, make_site

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def site(tmp_path: Path, spelling_base: Base) -> Iterator[Site]:
    """A console with content folders of its own."""
    for name in ("knowledge", "broadcasts"):
        shutil.copytree(ROOT / name, tmp_path / name)
    made = make_site(tmp_path, tmp_path, spelling_base)
    yield made
    made.store.close()


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  # werkzeug's name
        """Say nothing: pytest's output is for people."""


@pytest.fixture
def site_url(site: Site) -> Iterator[str]:
    """The console served on loopback."""
    server = make_server("127.0.0.1", 0, site.app, threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def visit(chromium: Any, site: Site, site_url: str) -> Iterator[Visit]:
    """Open a browser for somebody with these roles, already signed in.

    A fault in a script, or anything that the security policy blocks, fails the test.
    """
    faults: list[str] = []
    contexts: list[Any] = []

    def begin(
        *roles: str, name: str = "", width: int = 1280, height: int = 860, dark: bool = False
    ) -> Window:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            locale="zh-CN",
        )
        contexts.append(context)
        context.set_default_timeout(8000)
        if roles:
            client = site.visitor(*roles, name=name).client
            cookie = client.get_cookie("console", path="/console/")
            assert cookie is not None
            context.add_cookies(
                [{"name": "console", "value": cookie.value, "url": f"{site_url}/console/"}]
            )
        tab = context.new_page()
        tab.on("pageerror", lambda error: faults.append(str(error)))
        tab.on("console", lambda m: faults.append(m.text) if _is_fault(m) else None)
        return Window(tab, site_url)

    yield begin
    for context in contexts:
        context.close()
    assert faults == []


def _is_fault(message: Any) -> bool:
    """Browser and htmx log as an error what a test was refused on purpose."""
    refusals = ("Failed to load resource", "Response Status Error Code 4")
    return message.type == "error" and not message.text.startswith(refusals)
