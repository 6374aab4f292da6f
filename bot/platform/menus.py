"""The official account's menu and its QR codes with scenes, as the platform keeps them.

Limits and codes from the platform's pages on 自定义菜单 and 带参数的二维码.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from flask import Blueprint, Response, request

from bot.platform.answers import Refusal, accepted, answer, api, read_json
from bot.platform.tokens import TokenDesk

_MOST_AT_BOTTOM, _MOST_ABOVE = 3, 5
_KEY_BYTES = 128
_SCENE_CHARACTERS = 64
_MOST_SCENES = 100_000
_LASTING = frozenset({"QR_LIMIT_STR_SCENE", "QR_LIMIT_SCENE"})
_PASSING = frozenset({"QR_STR_SCENE", "QR_SCENE"})


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the menu; a title has ``below`` and no ``key``."""

    label: str
    key: str = ""
    below: tuple[Key, ...] = ()


class Menus:
    """Safe from several threads."""

    def __init__(self) -> None:
        self._menu: tuple[Key, ...] = ()
        self._scenes: dict[str, str] = {}
        self._lock = Lock()

    @property
    def shown(self) -> tuple[Key, ...]:
        """The menu as it stands; empty until one is created."""
        with self._lock:
            return self._menu

    def create(self, payload: Mapping[str, object]) -> None:
        """menu/create: replaces the menu.

        Raises:
            Refusal: 40016 number, 40017 kind, 40018 name, 40019 key, 40022 a third level; above
                40023 number, 40024 kind, 40025 name, 40026 key.
        """
        rows = _rows(payload.get("button"), _MOST_AT_BOTTOM, 40016)
        menu = tuple(_key(row, _AT_BOTTOM) for row in rows)
        with self._lock:
            self._menu = menu

    def code(self, payload: Mapping[str, object]) -> tuple[str, str]:
        """qrcode/create: ticket and content of a code; the same scene has the same one.

        Raises:
            Refusal: 40052 no such kind; 40053 no usable scene; 45009 too many.
        """
        action, info = payload.get("action_name"), payload.get("action_info")
        fields = info.get("scene") if isinstance(info, dict) else None
        if action not in _LASTING | _PASSING:
            raise Refusal(40052)
        if not isinstance(fields, dict):
            raise Refusal(40053)
        scene = _scene(str(action), fields)
        with self._lock:
            ticket = next((t for t, known in self._scenes.items() if known == scene), "")
            if not ticket and len(self._scenes) >= _MOST_SCENES:
                raise Refusal(45009)
            ticket = ticket or f"gQ{secrets.token_urlsafe(24)}=="
            self._scenes[ticket] = scene
        return ticket, f"http://weixin.example/q/{ticket[2:14]}"

    def scene(self, ticket: str) -> str:
        """What a code holds.

        Raises:
            Refusal: 40053 no such code.
        """
        with self._lock:
            if ticket not in self._scenes:
                raise Refusal(40053)
            return self._scenes[ticket]


def _rows(value: object, most: int, code: int) -> Sequence[Mapping[str, object]]:
    rows = value if isinstance(value, list) else []
    if not 1 <= len(rows) <= most or not all(isinstance(row, dict) for row in rows):
        raise Refusal(code)
    return rows


@dataclass(frozen=True, slots=True)
class _Level:
    """How long a name may be, and the codes of a wrong name, kind and key."""

    longest: int
    name: int
    kind: int
    key: int


_AT_BOTTOM = _Level(16, 40018, 40017, 40019)
_ABOVE = _Level(60, 40025, 40024, 40026)


def _key(row: Mapping[str, object], level: _Level) -> Key:
    name = row.get("name")
    if not isinstance(name, str) or not 0 < len(name.encode()) <= level.longest:
        raise Refusal(level.name)
    if row.get("sub_button"):
        if level is _ABOVE:
            raise Refusal(40022)
        above = _rows(row["sub_button"], _MOST_ABOVE, 40023)
        return Key(name, below=tuple(_key(each, _ABOVE) for each in above))
    if row.get("type") != "click":
        raise Refusal(level.kind)
    key = row.get("key")
    if not isinstance(key, str) or not 0 < len(key.encode()) <= _KEY_BYTES:
        raise Refusal(level.key)
    return Key(name, key)


def _scene(action: str, fields: Mapping[str, object]) -> str:
    if action.endswith("STR_SCENE"):
        scene = fields.get("scene_str")
        if isinstance(scene, str) and 0 < len(scene) <= _SCENE_CHARACTERS:
            return scene
        raise Refusal(40053)
    number = fields.get("scene_id")
    if type(number) is int and 0 < number <= _MOST_SCENES:
        return str(number)
    raise Refusal(40053)


def blueprint(menus: Menus, desk: TokenDesk) -> Blueprint:
    """Both addresses demand a valid token."""
    routes = api("menus")
    routes.url_prefix = "/cgi-bin"

    def payload() -> dict[str, object]:
        desk.check_mp(request.args.get("access_token", ""))
        return read_json(request.get_data(), broken=47001)

    @routes.post("/menu/create")
    def create() -> Response:
        menus.create(payload())
        return accepted()

    @routes.post("/qrcode/create")
    def code() -> Response:
        ticket, url = menus.code(payload())
        return answer({"ticket": ticket, "url": url})

    return routes
