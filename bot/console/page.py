"""What a subject of the console is: its routes and its lines in the navigation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from flask import Blueprint

from bot.accounts.roles import Permission
from bot.console.services import ConsoleServices


@dataclass(frozen=True, slots=True)
class NavItem:
    """A line of the navigation, shown to those who have the permission.

    ``endpoint`` is Flask's full name, such as ``console.users.index``; all endpoints of the same
    blueprint mark the line as current.
    """

    label: str
    endpoint: str
    permission: Permission
    part: Literal["work", "admin"] = "work"


@dataclass(frozen=True, slots=True)
class Page:
    """One subject. ``routes`` makes its blueprint over the services."""

    routes: Callable[[ConsoleServices], Blueprint]
    nav: tuple[NavItem, ...] = ()
