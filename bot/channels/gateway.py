"""Signed JSON gateway for the platforms of others (design §5; docs/gateway.md)."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

from bot.channels.base import Incoming, RawRequest, RawResponse, Refused
from bot.channels.gateway_message import parse
from bot.channels.signing import read_stamp
from bot.config import GatewayAccount
from bot.types import Reply

_SIGNATURE = re.compile(r"[0-9a-f]{64}")
_HEADERS = {"X-Timestamp": "timestamp", "X-Nonce": "nonce", "X-Signature": "signature"}


class GatewayChannel:
    """One partner. Whoever knows the secret may send in its name."""

    def __init__(self, account: GatewayAccount, pseudonym: Callable[[str], str]) -> None:
        """Raises:
        ValueError: the secret is empty.
        """
        if not account.secret.strip():
            raise ValueError("网关的 secret 是空的，谁都能伪造签名")
        self.name = f"gateway:{account.account}"
        self.address = f"/callback/gateway/{account.account}"
        self._secret = account.secret.encode()
        self._pseudonym = pseudonym

    def read(self, request: RawRequest, now: datetime) -> Incoming | RawResponse:
        """See ``base.Channel``."""
        if request.method != "POST":
            raise Refused("网关只接受 POST", 400, stray=True)
        fields = {_HEADERS[name]: value for name, value in request.headers if name in _HEADERS}
        stamp = read_stamp(fields, now)
        signature = fields.get("signature", "").lower()
        signed = f"{stamp.timestamp}\n{stamp.nonce}\n".encode() + request.body
        expected = hmac.digest(self._secret, signed, "sha256").hex()
        if not _SIGNATURE.fullmatch(signature) or not hmac.compare_digest(expected, signature):
            raise Refused("签名不对")
        message, pictures = parse(request.body, self.name, self._pseudonym)
        return Incoming(
            message=message,
            signature=signature,
            fingerprint=sha256(request.body).hexdigest(),
            pictures=pictures,
        )

    def write(self, incoming: Incoming, reply: Reply, now: datetime) -> RawResponse:
        """See ``base.Channel``."""
        answer = {"reply": reply.text, "verdict": reply.verdict, "silent": reply.text is None}
        return RawResponse(200, json.dumps(answer, ensure_ascii=False).encode(), "application/json")
