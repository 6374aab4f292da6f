"""Tencent Cloud SendSms with a TC3-HMAC-SHA256 signature (protocol-push §5)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from bot.clock import Clock
from bot.config import SmsGateway, SmsTemplate
from bot.senders.http import UNKNOWN, Code, Http, json_bytes, unclear
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

HOST = "https://sms.tencentcloudapi.com"
JSON = "application/json; charset=utf-8"
_LOST = Code("unknown", UNKNOWN)
CODES: VendorCodes = {
    "LimitExceeded.PhoneNumberThirtySecondLimit": NUMBER_LIMIT,
    "LimitExceeded.PhoneNumberOneHourLimit": NUMBER_LIMIT,
    "LimitExceeded.DeliveryFrequencyLimit": NUMBER_LIMIT,
    "LimitExceeded.PhoneNumberDailyLimit": NUMBER_LIMIT,
    "LimitExceeded.PhoneNumberSameContentDailyLimit": NUMBER_LIMIT,
    "LimitExceeded.AppDailyLimit": QUOTA,
    "FailedOperation.MarketingSendTimeConstraint": QUOTA,
    "InvalidParameterValue.IncorrectPhoneNumber": NUMBER,
    "FailedOperation.PhoneNumberInBlacklist": NUMBER,
    "FailedOperation.TemplateIncorrectOrUnapproved": TEMPLATE,
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": TEMPLATE,
    "FailedOperation.SignatureIncorrectOrUnapproved": SIGNATURE,
    "FailedOperation.ContainSensitiveWord": CONTENT,
    "InvalidParameterValue.TemplateParameterLengthLimit": CONTENT,
    "InvalidParameterValue.ContentLengthLimit": CONTENT,
    "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter": CONTENT,
    "FailedOperation.InsufficientBalanceInSmsPackage": BALANCE,
    "LimitExceeded.PhoneNumberCountLimit": BUG,
    "InternalError.Timeout": _LOST,
    "InternalError.SendAndRecvFail": _LOST,
    "InternalError.OtherError": _LOST,
}
_FAMILIES: Mapping[str, Code] = {"UnauthorizedOperation": PERMISSION, "AuthFailure": PERMISSION}
"""Codes of these families all mean the same to us."""


class TencentSms:
    """Up to 200 numbers a call, each with its own code."""

    at_once = 200
    personal = frozenset(code for code, what in CODES.items() if what in (NUMBER, NUMBER_LIMIT))

    def __init__(self, http: Http, clock: Clock) -> None:
        self._http = http
        self._clock = clock

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
                "PhoneNumberSet": [f"+86{number}" for number in numbers],
                "SmsSdkAppId": gateway.app_id,
                "TemplateId": template.id,
                "SignName": gateway.sign_name,
                "TemplateParamSet": list(values),
                "SessionContext": reference,
            }
        )
        url, now = gateway.url or HOST, self._clock.now()
        headers = {
            "Authorization": authorization(
                gateway.key_id, gateway.secret, "sms", urlsplit(url).netloc, now, body
            ),
            "Content-Type": JSON,
            "X-TC-Action": "SendSms",
            "X-TC-Version": "2021-01-11",
            "X-TC-Region": "ap-guangzhou",
            "X-TC-Timestamp": str(int(now.timestamp())),
        }
        reply = self._http.post(f"{url}/", body, headers=headers)
        if isinstance(reply, Outcome):
            return [reply] * len(numbers)
        answer = reply.document.get("Response") if isinstance(reply.document, dict) else None
        fields = answer if isinstance(answer, dict) else {}
        error = fields.get("Error")
        if isinstance(error, dict) and isinstance(error.get("Code"), str):
            return [_read(error["Code"])] * len(numbers)
        rows = fields.get("SendStatusSet")
        return _each(rows if isinstance(rows, list) else [], numbers)


def authorization(
    key_id: str, secret: str, service: str, host: str, now: datetime, body: bytes
) -> str:
    """The Authorization header for a POST of JSON to ``/``; content type and host are signed."""
    moment = now.astimezone(UTC)
    day, stamp = moment.strftime("%Y-%m-%d"), str(int(moment.timestamp()))
    signed = "content-type;host"
    digest = hashlib.sha256(body).hexdigest()
    request = f"POST\n/\n\ncontent-type:{JSON}\nhost:{host}\n\n{signed}\n{digest}"
    scope = f"{day}/{service}/tc3_request"
    hashed = hashlib.sha256(request.encode()).hexdigest()
    text = f"TC3-HMAC-SHA256\n{stamp}\n{scope}\n{hashed}"
    key = f"TC3{secret}".encode()
    for part in (day, service, "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    return (
        f"TC3-HMAC-SHA256 Credential={key_id}/{scope}, "
        f"SignedHeaders={signed}, Signature={signature}"
    )


def _each(rows: Sequence[object], numbers: Sequence[str]) -> Sequence[Outcome]:
    """The outcome of each number; one the answer does not name is unclear."""
    found: dict[str, Outcome] = {}
    for row in rows:
        if isinstance(row, dict) and isinstance(row.get("Code"), str):
            number = str(row.get("PhoneNumber", "")).removeprefix("+86")
            found[number] = _read(row["Code"], str(row.get("SerialNo", "")))
    return [found.get(number, unclear("no status")) for number in numbers]


def _read(code: str, serial: str = "") -> Outcome:
    if code == "Ok":
        return Outcome("sent", reference=serial)
    family = _FAMILIES.get(code.partition(".")[0])
    return outcome_of(code, CODES if family is None else {code: family}, serial)
