"""``/warning/<code>``: the text of a warning as it went out, and a box to compare one with it.

The page holds no script and nothing of another site; what is pasted is compared and not kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from bot.broadcasting.published import PublicWarning
from bot.warnings import Finding

LARGEST_FORM = 64 * 1024
"""Bytes of a pasted text, as a browser encodes it; a warning has at most 6."""

SHORTEST = 10
"""Characters below which there is nothing to compare."""

_CODE = re.compile(r"\D*((?:\d\s*){6})\D*")
_POLICY = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


def blueprint(
    show: Callable[[str], PublicWarning | None],
    compare: Callable[[str, str], Finding | None],
    hotline: str = "96110",
) -> Blueprint:
    """The pages. ``show`` gives the warning of a code, ``compare`` what a pasted text is to it."""
    routes = Blueprint(
        "warning",
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path="/warning/static",
    )

    @routes.after_request
    def protect(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response

    @routes.get("/warning/")
    def ask() -> Response:
        """A code typed into the box leads to its page."""
        raw = request.args.get("code", "")[:40]
        match = _CODE.fullmatch("".join(_digit(character) for character in raw))
        if match is None:
            return _page(None, raw, 200 if not raw else 404)
        code = re.sub(r"\s", "", match.group(1))
        return make_response(redirect(url_for("warning.one", code=code), 303))

    @routes.get("/warning/<code>")
    def one(code: str) -> Response:
        found = show(code) if re.fullmatch(r"[0-9]{6}", code) else None
        return _page(found, code[:40], 200 if found else 404)

    @routes.post("/warning/<code>")
    def check(code: str) -> Response:
        if request.content_length is None or request.content_length > LARGEST_FORM:
            raise RequestEntityTooLarge
        found = show(code) if re.fullmatch(r"[0-9]{6}", code) else None
        text = request.form.get("text", "").strip()
        if found is None:
            return _page(None, code[:40], 404)
        finding = compare(code, text) if len(text) >= SHORTEST else None
        return _page(found, code, 200, finding, text, too_short=finding is None)

    def _page(
        found: PublicWarning | None,
        code: str,
        status: int,
        finding: Finding | None = None,
        text: str = "",
        too_short: bool = False,
    ) -> Response:
        words = render_template(
            "warning.html",
            found=found,
            code=code,
            finding=finding,
            text=text,
            too_short=too_short,
            hotline=hotline,
        )
        return make_response(words, status)

    return routes


def _digit(character: str) -> str:
    """Full-width digits as plain ones."""
    return str(int(character)) if character.isdecimal() else character
