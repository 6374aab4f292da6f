"""Who may open which address. Every view says it in one mark; a view without one is refused.

Marks are read in one place, before any view of the console runs, so no view can forget to check.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import abort, current_app, g, redirect, request, session, url_for
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response

from bot.accounts.door import Door, Person
from bot.accounts.roles import Permission
from bot.console.kept import ask_to_sign_in

LARGEST_UPLOAD = 5 * 1024 * 1024
"""Bytes of a form with files; a group book of 5,000 rows has about 1 MB."""

LARGEST_FORM = 2 * 1024 * 1024
"""Bytes of a form without files; a Chinese character takes nine on the way."""

PASSIVE_HEADER = "X-Poll"
"""Sent by fragments that renew themselves: such a request does not keep a session alive."""

View = TypeVar("View", bound=Callable[..., Any])
_ATTRIBUTE = "console_access"
_log = logging.getLogger("bot.console")
csrf = CSRFProtect()


@dataclass(frozen=True, slots=True)
class Access:
    """``permission`` None needs no more than being signed in; ``anyone`` not even that.

    ``before_change`` views can be used while a one-time password has not been changed yet."""

    permission: Permission | None = None
    anyone: bool = False
    before_change: bool = False


def needs(permission: Permission) -> Callable[[View], View]:
    """Mark a view as open to those who have the permission."""
    return _mark(Access(permission))


def signed_in(before_change: bool = False) -> Callable[[View], View]:
    """Mark a view as open to everybody who is signed in."""
    return _mark(Access(before_change=before_change))


def anyone() -> Callable[[View], View]:
    """Mark a view as open to the world."""
    return _mark(Access(anyone=True))


def access_of(view: Callable[..., Any]) -> Access | None:
    """The mark of a view; None where there is none."""
    return getattr(view, _ATTRIBUTE, None)


def person() -> Person:
    """Who makes this request.

    Raises:
        RuntimeError: nobody is signed in (only possible in a view marked ``anyone``).
    """
    found: Person | None = g.get("person")
    if found is None:
        raise RuntimeError("nobody is signed in here")
    return found


def check(door: Door) -> Response | None:
    """Refuse the request, or let it through to its view (None)."""
    access = access_of(current_app.view_functions[request.endpoint or ""])
    if access is None:
        _log.error("%s has no access mark and is refused", request.endpoint)
        abort(403)
    with_files = request.mimetype == "multipart/form-data"
    request.max_content_length = LARGEST_UPLOAD if with_files else LARGEST_FORM
    request.max_form_memory_size = LARGEST_FORM
    # First of all: what was typed is kept over an expired session only if it came from our page.
    csrf.protect()
    g.person = door.look(session.get("token", ""), PASSIVE_HEADER in request.headers)
    if access.anyone:
        return None
    if g.person is None:
        return ask_to_sign_in()
    if g.person.must_change and not access.before_change:
        return redirect(url_for("console.account.password"), 303)
    if access.permission is not None and not g.person.may(access.permission):
        abort(403)
    return None


def _mark(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        setattr(view, _ATTRIBUTE, access)
        return view

    return mark
