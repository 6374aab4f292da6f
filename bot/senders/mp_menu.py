"""The official account's menu and the QR codes that tell which community brought a resident.

Both calls may be repeated: a menu replaces the one before, and a code of the same scene is the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from bot.answer.menu import Button
from bot.config import MpAccount
from bot.senders.http import Codes, refuse
from bot.senders.mp_codes import MP_CODES
from bot.senders.mp_tokens import MpApi
from bot.types import Outcome

_PICTURE = "https://mp.weixin.qq.com/cgi-bin/showqrcode"

CODES: Codes = {
    **MP_CODES,
    40015: refuse("菜单的类型平台不认识。这是程序的问题，请联系技术人员。"),
    40016: refuse("底部的菜单最多三个。这是程序的问题，请联系技术人员。"),
    40017: refuse("菜单的数量或类型平台不认识。这是程序的问题，请联系技术人员。"),
    40018: refuse("底部菜单的名字太长，最多 16 个字节。请改 knowledge/replies.yaml 里的 menu。"),
    40019: refuse("菜单的代号太长。这是程序的问题，请联系技术人员。"),
    40022: refuse("菜单最多两层。这是程序的问题，请联系技术人员。"),
    40023: refuse("每个菜单上面最多五个。这是程序的问题，请联系技术人员。"),
    40024: refuse("上层菜单的类型平台不认识。这是程序的问题，请联系技术人员。"),
    40025: refuse("上层菜单的名字太长，最多 60 个字节。请改 knowledge/replies.yaml 里的 menu。"),
    40026: refuse("上层菜单的代号太长。这是程序的问题，请联系技术人员。"),
    40033: refuse("菜单里有平台不收的字符。请改 knowledge/replies.yaml 里的 menu。"),
    40052: refuse("二维码的种类平台不认识。这是程序的问题，请联系技术人员。"),
    40053: refuse("二维码的参数不对，群的 id 最多 64 个字符。请核对群的 id。"),
    45009: refuse("今天换菜单、做二维码的次数用完了。请明天再试。"),
}
"""Codes from the platform's global table, where 40017 is a number of buttons and a kind of button
answers to it as well; 40052 (action_name) and 40053 (action_info) are its qrcode/create's. The rest
is as of any call (protocol-push §4)."""


def menu_document(menu: Sequence[Button]) -> Mapping[str, object]:
    """What ``menu/create`` takes."""
    return {"button": [_row(button) for button in menu]}


def _row(button: Button) -> Mapping[str, object]:
    if button.below:
        return {"name": button.label, "sub_button": [_row(each) for each in button.below]}
    return {"type": "click", "name": button.label, "key": button.key}


class MpMenu:
    """What is set up once for an account."""

    def __init__(self, api: MpApi) -> None:
        self._api = api

    def publish(self, account: MpAccount, menu: Sequence[Button]) -> Outcome:
        """Replace the account's menu; residents see the new one within a day, or after following
        anew."""
        document = menu_document(menu)
        answer = self._api.call(account, "/cgi-bin/menu/create", document, CODES, "menu")
        return answer if isinstance(answer, Outcome) else Outcome("sent")

    def scene_code(self, account: MpAccount, scene: str) -> Outcome:
        """A lasting QR code whose followers come with ``scene`` (1 to 64 characters); ``reference``
        is the address of its picture, ``detail`` what the code holds."""
        document = {
            "action_name": "QR_LIMIT_STR_SCENE",
            "action_info": {"scene": {"scene_str": scene}},
        }
        answer = self._api.call(
            account, "/cgi-bin/qrcode/create", document, CODES, "qrcode", proof="ticket"
        )
        if isinstance(answer, Outcome):
            return answer
        ticket = str(answer.get("ticket", ""))
        return Outcome("sent", detail=str(answer.get("url", "")), reference=_address(ticket))


def _address(ticket: str) -> str:
    return f"{_PICTURE}?ticket={quote(ticket, safe='')}"
