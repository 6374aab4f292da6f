"""Any other SMS gateway behind a small signed JSON interface of ours; the demo's is one.

POST ``<url>/sms/send``, signed as design §5 says: ``{"id", "template", "numbers": ["138…"],
"values": {name: value}}``. ``id`` is the delivery's own and stays the same. Answer ``{"results":
[{"number", "code", "id"}]}`` with a row for each number, or ``{"code"}`` where nothing was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.clock import Clock
from bot.config import SmsGateway, SmsTemplate
from bot.senders.http import Http, json_bytes, unclear, wait
from bot.senders.signature import signed
from bot.senders.sms_vendor import (
    BALANCE,
    CONTENT,
    NUMBER,
    NUMBER_LIMIT,
    PERMISSION,
    QUOTA,
    TEMPLATE,
    VendorCodes,
    outcome_of,
)
from bot.types import Outcome

CODES: VendorCodes = {
    "number": NUMBER,
    "number_limit": NUMBER_LIMIT,
    "quota": QUOTA,
    "template": TEMPLATE,
    "content": CONTENT,
    "balance": BALANCE,
    "signature": PERMISSION,
    "busy": wait(5.0, "短信平台正忙，没有收下。稍后会再试。"),
    "rate": wait(60.0, "短信发得太快，平台没有收下。一分钟后会再试。"),
}


class HttpSms:
    """``base`` is where a gateway without an address of its own is: the demo's platform."""

    at_once = 100
    personal = frozenset({"number", "number_limit"})

    def __init__(self, http: Http, clock: Clock, nonce: Callable[[], str], base: str = "") -> None:
        self._http = http
        self._clock = clock
        self._nonce = nonce
        self._base = base

    def send(
        self,
        gateway: SmsGateway,
        template: SmsTemplate,
        values: Sequence[str],
        numbers: Sequence[str],
        reference: str,
    ) -> Sequence[Outcome]:
        body = json_bytes(
            {
                "id": reference,
                "template": template.id,
                "numbers": list(numbers),
                "values": dict(zip(template.names, values, strict=True)),
            }
        )
        headers = signed(gateway.secret, body, self._clock.now(), self._nonce())
        url = f"{gateway.url or self._base}/sms/send"
        reply = self._http.post(url, body, headers=headers)
        if isinstance(reply, Outcome):
            return [reply] * len(numbers)
        fields = reply.document if isinstance(reply.document, dict) else {}
        code, rows = fields.get("code"), fields.get("results")
        if reply.status < 500 and isinstance(code, str) and code:
            return [outcome_of(code, CODES)] * len(numbers)
        if reply.status != 200 or not isinstance(rows, list):
            return [unclear(f"http {reply.status}")] * len(numbers)
        found = {
            str(row.get("number")): _read(str(row.get("code", "")), str(row.get("id", "")))
            for row in rows
            if isinstance(row, dict)
        }
        return [found.get(number, unclear("no status")) for number in numbers]


def _read(code: str, vendor_id: str) -> Outcome:
    if code == "ok":
        return Outcome("sent", reference=vendor_id)
    outcome = outcome_of(code, CODES)
    # Within one call a number cannot be asked to wait: the others went out.
    return outcome if outcome.kind == "refused" else unclear(code)
