"""The contract of an SMS vendor, and what their codes have in common (protocol-push §5).

Every vendor sends only a template's id and the values of its variables: free text cannot be sent.
No vendor knows a message again, so an unclear answer is never followed by a second call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.config import SmsGateway, SmsTemplate
from bot.senders.http import Code, refuse
from bot.types import Outcome

VendorCodes = Mapping[str, Code]

TEMPLATE = refuse("短信模板没有审核通过，或和变量对不上。请管理员到短信平台核对模板。")
SIGNATURE = refuse("短信签名没有审核通过。请管理员到短信平台核对签名。")
CONTENT = refuse("短信平台不收这些字（敏感词、网址或太长）。请改标题再发。")
BALANCE = refuse("短信余额不足或账号停用。请管理员到短信平台充值或处理。")
PERMISSION = refuse(
    "短信平台不认这个账号（密钥、IP 或权限）。请管理员核对 key_id、secret 和白名单。"
)
BUG = refuse("一次发的号码太多。这是程序的问题，请联系技术人员。")
NUMBER = refuse("有的号码不对，或在短信平台的黑名单里。请核对。")
NUMBER_LIMIT = refuse("有的号码收短信的次数到了上限。请改天再发。")
QUOTA = refuse("短信账号今天或本月的条数用完了，没有发出去。请改天再发。")
OTHER = "短信平台拒绝了，错误码 {code}。请管理员按这个码查短信平台的文档。"


class SmsVendor(Protocol):
    """``at_once`` numbers go in one call; ``personal`` codes concern one number only."""

    at_once: int
    personal: frozenset[str]

    def send(
        self,
        gateway: SmsGateway,
        template: SmsTemplate,
        values: Sequence[str],
        numbers: Sequence[str],
        reference: str,
    ) -> Sequence[Outcome]:
        """One call; an outcome for each number, in their order. ``values`` are those of the
        template's variables. ``numbers`` are mainland ones of 11 digits."""


def outcome_of(code: str, codes: VendorCodes, vendor_id: str = "") -> Outcome:
    """What a vendor's code means; one that is not listed is refused and named."""
    known = codes.get(code) or refuse(OTHER.format(code=code[:60]))
    return Outcome(known.kind, code[:60], known.detail, vendor_id, known.retry_after)
