"""Two partners that speak our own signed JSON: an SMS gateway, and another system's web hook
(design §5, protocol-push §5, §7.9)."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Lock

from flask import Blueprint, Response, jsonify, request

from bot.clock import Clock
from bot.platform.ledger import Ledger
from bot.platform.settings import SmsSettings

_MOST_NUMBERS = 100
_APART = timedelta(minutes=1)
"""How soon the same number may get another one."""
_URL = re.compile(r"https?:|www\.")
_NUMBER = re.compile(r"1[3-9][0-9]{9}")
_LONGEST_VALUE = 35


class Partners:
    """``refuse(number)`` lets a number be on the gateway's black list."""

    def __init__(self, sms: SmsSettings, hook_secret: str, clock: Clock, ledger: Ledger) -> None:
        self._sms = sms
        self._hook_secret = hook_secret
        self._clock = clock
        self._ledger = ledger
        self._refused: set[str] = set()
        self._last: dict[str, datetime] = {}
        self._lock = Lock()

    def refuse(self, number: str) -> None:
        with self._lock:
            self._refused.add(number)

    def sms(self, body: bytes, headers: Mapping[str, str]) -> Mapping[str, object]:
        """Text messages by template: a code for the call, or one for each number."""
        if not _signed(self._sms.secret, body, headers):
            return {"code": "signature"}
        asked = _object(body)
        variables = self._sms.templates.get(str(asked.get("template")))
        values, numbers = asked.get("values"), asked.get("numbers")
        if not isinstance(values, dict) or not isinstance(numbers, list):
            return {"code": "template"}
        if variables is None or tuple(values) != variables:
            return {"code": "template"}
        texts = [str(value) for value in values.values()]
        if any(_URL.search(text) or not 0 < len(text) <= _LONGEST_VALUE for text in texts):
            return {"code": "content"}
        if not 1 <= len(numbers) <= _MOST_NUMBERS:
            return {"code": "number_count"}
        with self._lock:
            rows = [self._one(str(number), "，".join(texts)) for number in numbers]
        return {"results": rows}

    def hook(self, name: str, body: bytes, headers: Mapping[str, str]) -> tuple[object, int]:
        """Another system takes a warning for one of its groups."""
        if not _signed(self._hook_secret, body, headers):
            return {"ok": False}, 401
        asked = _object(body)
        text = asked.get("text")
        if not isinstance(text, str) or not text:
            return {"ok": False}, 400
        self._ledger.receive(
            self._clock.now(), name, "webhook", "text", text, reference=str(asked.get("id", ""))
        )
        return {"ok": True}, 200

    def _one(self, number: str, text: str) -> Mapping[str, object]:
        if not _NUMBER.fullmatch(number) or number in self._refused:
            return {"number": number, "code": "number"}
        now = self._clock.now()
        last = self._last.get(number)
        if last is not None and now - last < _APART:
            return {"number": number, "code": "number_limit"}
        self._last[number] = now
        serial = secrets.token_hex(8)
        self._ledger.receive(now, number, "sms", "sms", text, reference=serial)
        return {"number": number, "code": "ok", "id": serial}


def _signed(secret: str, body: bytes, headers: Mapping[str, str]) -> bool:
    parts = (headers.get("X-Timestamp", ""), headers.get("X-Nonce", ""))
    if not secret or not all(parts):
        return False
    text = "\n".join(parts).encode() + b"\n" + body
    wanted = hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted, headers.get("X-Signature", ""))


def _object(body: bytes) -> Mapping[str, object]:
    try:
        asked = json.loads(body)
    except ValueError:
        return {}
    return asked if isinstance(asked, dict) else {}


def blueprint(partners: Partners) -> Blueprint:
    """The addresses of both."""
    routes = Blueprint("partners", __name__)

    @routes.post("/sms/send")
    def sms() -> Response:
        return jsonify(partners.sms(request.get_data(), dict(request.headers)))

    @routes.post("/hook/<name>")
    def hook(name: str) -> tuple[Response, int]:
        answer, status = partners.hook(name, request.get_data(), dict(request.headers))
        return jsonify(answer), status

    return routes
