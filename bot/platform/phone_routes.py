"""The phone's addresses, as JSON."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import asdict

from flask import Blueprint, Response, jsonify, request

from bot.platform.answers import Refusal
from bot.platform.media import picture_kind
from bot.platform.menus import Key
from bot.platform.phone import Line, Phone, UnknownChat

_LONGEST_TEXT = 2000
_LARGEST_PICTURE = 4 * 1024 * 1024


class _Wrong(Exception):
    """The request cannot be used; the text says why."""


def blueprint(phone: Phone) -> Blueprint:
    """Bad input answers 400 with the reason in ``error``, what does not exist 404."""
    routes = Blueprint("phone", __name__, url_prefix="/phone")
    routes.register_error_handler(_Wrong, lambda wrong: (jsonify(error=str(wrong)), 400))
    routes.register_error_handler(UnknownChat, lambda _: (jsonify(error="没有这个聊天"), 404))
    _add_people(routes, phone)
    _add_keys(routes, phone)
    _add_readings(routes, phone)
    return routes


def _add_people(routes: Blueprint, phone: Phone) -> None:
    @routes.post("/say")
    def say() -> Response:
        fields = _fields()
        return jsonify(number=phone.say(_word(fields, "chat"), _text(fields), _speaker(fields)))

    @routes.post("/speak")
    def speak() -> Response:
        """A voice message; ``text`` is what was heard."""
        fields = _fields()
        return jsonify(number=phone.speak(_word(fields, "chat"), _text(fields), _speaker(fields)))

    @routes.post("/picture")
    def picture() -> Response:
        """A picture in base64."""
        fields = _fields()
        content = _picture(fields)
        return jsonify(number=phone.show(_word(fields, "chat"), content, _speaker(fields)))

    @routes.post("/forward")
    def forward() -> tuple[Response, int]:
        """A link, mini program, place, file or chat record is passed on; ``what`` names it."""
        fields = _fields()
        number = phone.forward(_word(fields, "chat"), _word(fields, "what"), _speaker(fields))
        if number is None:
            return jsonify(error="这里发不了这个"), 404
        return jsonify(number=number), 200


def _add_keys(routes: Blueprint, phone: Phone) -> None:
    @routes.post("/press")
    def press() -> tuple[Response, int]:
        fields = _fields()
        if phone.press(_word(fields, "key"), _speaker(fields)):
            return jsonify(ok=True), 200
        return jsonify(error="菜单里没有这一项"), 404

    @routes.post("/scan")
    def scan() -> tuple[Response, int]:
        fields = _fields()
        if phone.scan(_word(fields, "group"), _speaker(fields)):
            return jsonify(ok=True), 200
        return jsonify(error="没有这个二维码"), 404

    @routes.post("/tap")
    def tap() -> Response:
        fields = _fields()
        task, key = _word(fields, "task"), _word(fields, "key")
        phone.tap(_word(fields, "chat"), task, key, _speaker(fields))
        return jsonify(ok=True)

    @routes.post("/confirm")
    def confirm() -> tuple[Response, int]:
        try:
            return jsonify(received=phone.confirm(_word(_fields(), "task"))), 200
        except Refusal:
            return jsonify(error="这个群发已经取消或不存在"), 409


def _add_readings(routes: Blueprint, phone: Phone) -> None:
    @routes.get("/state")
    def state() -> Response:
        since = request.args.get("since", 0, type=int)
        # Asked before the lines: an answer that arrives in between must not leave its dots behind.
        typing = phone.typing()
        return jsonify(
            run=phone.run,
            chats=[
                {"id": c.id, "name": c.name, "kind": c.kind, "me": c.me, "hint": c.hint}
                for c in phone.chats.values()
            ],
            typing=typing,
            lines=[_line_row(line) for line in phone.lines(since)],
            tasks=phone.waiting_tasks(),
            menu=[_key_row(key) for key in phone.menu()],
        )

    @routes.get("/wire")
    def wire() -> Response:
        """What went over the wire for the last message of ?chat=; null where none did."""
        found = phone.wire(request.args.get("chat", ""))
        return jsonify(None if found is None else asdict(found))


def _fields() -> Mapping[str, object]:
    asked = request.get_json()
    return asked if isinstance(asked, dict) else {}


def _word(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise _Wrong(f"请求里缺少 {name}")
    return value


def _speaker(fields: Mapping[str, object]) -> str:
    return _word({"as": "我", **fields}, "as")


def _text(fields: Mapping[str, object]) -> str:
    text = fields.get("text")
    if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST_TEXT:
        raise _Wrong(f"请写 1 到 {_LONGEST_TEXT} 个字")
    return text


def _picture(fields: Mapping[str, object]) -> bytes:
    try:
        content = base64.b64decode(_word(fields, "picture"), validate=True)
    except binascii.Error as error:
        raise _Wrong("图片没有传完整，请再试一次") from error
    if len(content) > _LARGEST_PICTURE:
        raise _Wrong("图片太大，请换一张 4 MB 以内的")
    if not picture_kind(content):
        raise _Wrong("这不是图片，请选 PNG、JPEG、WebP 或 GIF")
    return content


def _key_row(key: Key) -> dict[str, object]:
    return {"label": key.label, "key": key.key, "below": [_key_row(each) for each in key.below]}


def _line_row(line: Line) -> dict[str, object]:
    return {
        "number": line.number,
        "chat": line.chat,
        "kind": line.kind,
        "speaker": line.speaker,
        "text": line.text,
        "form": line.form,
        "at": line.at.isoformat(),
        "media": line.media,
        "buttons": [{"label": label, "key": key} for label, key in line.buttons],
        "task": line.task,
    }
