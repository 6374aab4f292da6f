"""The console's files: their addresses change with their content, so browsers keep them for good."""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Blueprint, Response, abort, send_from_directory, url_for

from bot.console.guard import anyone

FOLDER = Path(__file__).parent / "static"
_FOREVER = 365 * 24 * 3600


def routes() -> Blueprint:
    """Serves ``static/`` and gives the templates ``asset('app.css')``."""
    pages = Blueprint("assets", __name__)
    versions = {
        path.relative_to(FOLDER).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        for path in FOLDER.rglob("*")
        if path.suffix in (".css", ".js", ".svg")
    }

    @pages.get("/static/<path:name>")
    @anyone()
    def file(name: str) -> Response:
        if name not in versions:
            abort(404)
        answer = send_from_directory(FOLDER, name, max_age=_FOREVER)
        answer.cache_control.public = True
        answer.cache_control.immutable = True
        return answer

    def asset(name: str) -> str:
        return url_for("console.assets.file", name=name, v=versions[name])

    pages.record_once(lambda state: state.app.jinja_env.globals.update(asset=asset))
    return pages
