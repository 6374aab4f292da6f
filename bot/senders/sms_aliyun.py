"""Aliyun SendSms, RPC style with an AccessKey signature (protocol-push §5)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from urllib.parse import quote

from bot.clock import Clock
from bot.config import SmsGateway, SmsTemplate
from bot.senders.http import UNKNOWN, Code, Http, unclear
from bot.senders.sms_vendor import (
    BALANCE,
    BUG,
    CONTENT,
    NUMBER,
    NUMBER_LIMIT,
    PERMISSION,
    QUOTA,
    SIGNATURE,
    TEMPLATE,
    VendorCodes,
    outcome_of,
)
from bot.types import Outcome

HOST = "https://dysmsapi.aliyuncs.com"
CODES: VendorCodes = {
    "isv.BUSINESS_LIMIT_CONTROL": NUMBER_LIMIT,
    "isv.DAY_LIMIT_CONTROL": QUOTA,
    "isv.MONTH_LIMIT_CONTROL": QUOTA,
    "isv.MOBILE_NUMBER_ILLEGAL": NUMBER,
    "isv.BLACK_KEY_CONTROL_LIMIT": NUMBER,
    "isv.SMS_TEMPLATE_ILLEGAL": TEMPLATE,
    "isv.TEMPLATE_MISSING_PARAMETERS": TEMPLATE,
    "isv.INVALID_JSON_PARAM": TEMPLATE,
    "isv.SMS_SIGNATURE_ILLEGAL": SIGNATURE,
    "isv.PARAM_LENGTH_LIMIT": CONTENT,
    "isv.PARAM_NOT_SUPPORT_URL": CONTENT,
    "isv.AMOUNT_NOT_ENOUGH": BALANCE,
    "isv.OUT_OF_SERVICE": BALANCE,
    "isv.ACCOUNT_ABNORMAL": BALANCE,
    "isv.DENY_IP_RANGE": PERMISSION,
    "isv.MOBILE_COUNT_OVER_LIMIT": BUG,
    "SignatureDoesNotMatch": PERMISSION,
    "InvalidAccessKeyId.NotFound": PERMISSION,
    "isp.SYSTEM_ERROR": Code("unknown", UNKNOWN),
}


class AliyunSms:
    """One number a call, for the answer holds one code whatever the number of numbers."""

    at_once = 1
    personal = frozenset(code for code, what in CODES.items() if what in (NUMBER, NUMBER_LIMIT))

    def __init__(self, http: Http, clock: Clock, nonce: Callable[[], str]) -> None:
        self._http = http
        self._clock = clock
        self._nonce = nonce

    def send(
        self,
        gateway: SmsGateway,
        template: SmsTemplate,
        values: Sequence[str],
        numbers: Sequence[str],
        reference: str,
    ) -> Sequence[Outcome]:
        parameters = {
            "AccessKeyId": gateway.key_id,
            "Action": "SendSms",
            "Format": "JSON",
            "OutId": reference,
            "PhoneNumbers": ",".join(numbers),
            "RegionId": "cn-hangzhou",
            "SignName": gateway.sign_name,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureNonce": self._nonce(),
            "SignatureVersion": "1.0",
            "TemplateCode": template.id,
            "TemplateParam": json.dumps(
                dict(zip(template.names, values, strict=True)), ensure_ascii=False
            ),
            "Timestamp": self._clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Version": "2017-05-25",
        }
        signed = {**parameters, "Signature": signature("POST", parameters, gateway.secret)}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        reply = self._http.post(f"{gateway.url or HOST}/", _query(signed).encode(), headers=headers)
        if isinstance(reply, Outcome):
            return [reply] * len(numbers)
        fields = reply.document if isinstance(reply.document, dict) else {}
        code = fields.get("Code")
        if not isinstance(code, str) or not code or reply.status >= 500:
            return [unclear(f"http {reply.status}")] * len(numbers)
        if code == "OK":
            return [Outcome("sent", reference=str(fields.get("BizId", "")))] * len(numbers)
        return [outcome_of(code, CODES)] * len(numbers)


def signature(method: str, parameters: Mapping[str, str], secret: str) -> str:
    """Base64 of HMAC-SHA1 over the sorted, twice encoded parameters; the key ends in ``&``."""
    text = "&".join((method, _encoded("/"), _encoded(_query(parameters))))
    digest = hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def _query(parameters: Mapping[str, str]) -> str:
    pairs = sorted(parameters.items())
    return "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in pairs)


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")
