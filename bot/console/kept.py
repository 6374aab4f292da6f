"""A form posted after the session had ended: its text goes through the sign-in and comes back.

It travels in the browser's own forms, never in the store.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.console.local import is_console_path

_NOT_KEPT = frozenset({"csrf_token", "kept", "kept_to"})


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a form was to go, and its fields in order."""

    to: str
    fields: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """As one hidden field."""
        return json.dumps(self.fields, ensure_ascii=False)


def ask_to_sign_in() -> Response:
    """The answer to a request without a session; a posted form is kept."""
    if "HX-Request" in request.headers:
        words = "登录过期了。这一页上写的都还在：点“保存”或刷新，登录以后接着来。"
        answer = make_response(render_template("console/notice.html", words=words), 401)
        answer.headers["HX-Retarget"] = "#notices"
        answer.headers["HX-Reswap"] = "innerHTML"
        return answer
    if request.method != "POST":
        address = request.full_path.rstrip("?")
        return redirect(url_for("console.sign_in.page", next=address), 303)
    fields = tuple(
        (name, value) for name, value in request.form.items(multi=True) if name not in _NOT_KEPT
    )
    kept = Kept(request.full_path.rstrip("?"), fields)
    page = render_template("console/sign_in.html", kept=kept, problem="", name="", next="")
    return make_response(page, 401)


def kept_form() -> Kept | None:
    """What the sign-in form carries along; None where it carries nothing that can be used."""
    to, text = request.form.get("kept_to", ""), request.form.get("kept", "")
    if not text or not is_console_path(to):
        return None
    try:
        pairs = json.loads(text)
        fields = tuple((str(name), str(value)) for name, value in pairs)
    except (ValueError, TypeError):
        return None
    return Kept(to, fields)
