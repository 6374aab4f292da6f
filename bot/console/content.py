"""Seeing at once what one has just saved below broadcasts/, in whichever process answers next."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import session

from bot.console.services import ConsoleServices

_SAVED = "content_saved"
_SOON = timedelta(seconds=10)
"""By then every process has looked at the files by itself."""


def saved_content(services: ConsoleServices) -> None:
    """This person has just written below broadcasts/."""
    session[_SAVED] = services.clock.now().isoformat()
    _look(services)


def look_if_saved(services: ConsoleServices) -> None:
    """Take the files up where this person wrote them a moment ago, maybe in another process."""
    saved = session.get(_SAVED)
    if saved is None:
        return
    if services.clock.now() - datetime.fromisoformat(saved) > _SOON:
        session.pop(_SAVED)
    else:
        _look(services)


def _look(services: ConsoleServices) -> None:
    # A change is taken up when two looks in a row see the same.
    if not services.book.refresh():
        services.book.refresh()
