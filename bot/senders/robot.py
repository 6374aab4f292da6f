"""WeCom group robot (群机器人), protocol-push §1: internal groups only, one key per group."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.senders import layout
from bot.senders.base import Pace, Rendered, Warning_
from bot.senders.fingerprint import fingerprint
from bot.senders.http import Codes, Http, json_bytes, misconfigured, read_errcode, refuse
from bot.senders.wecom_codes import MESSAGE_CODES
from bot.types import Outcome, Outgoing

TEXT_BYTES = 2048
MARKDOWN_BYTES = 4096
HEADING_CHARACTERS = 40
"""A longer title is a sentence, and no heading on a phone."""

CODES: Codes = {
    **MESSAGE_CODES,
    93000: refuse(
        "机器人的 key 不对，或机器人已被移出群。请群主重新添加群机器人，把新 key 交给管理员。"
    ),
    93004: refuse("机器人已被停用。请群主在群设置里启用它，再重发。"),
    93008: refuse("机器人不在这个群里。请群主重新添加群机器人，把新 key 交给管理员。"),
    40007: refuse("附件不对或已过期，没有发出去。请重新上传再发。"),
    40009: refuse("图片大小不合要求，没有发出去。请换一张图片。"),
    40039: refuse("链接太长，没有发出去。请换一个短的链接。"),
    45008: refuse("图文条数不合要求，没有发出去。请减到 1 至 8 条。"),
    45034: refuse("链接不完整，没有发出去。链接要以 http:// 或 https:// 开头。"),
}

_MARKUP = re.compile(r"[*_`~\[\]<>|\\]|^\s*[#>]", re.MULTILINE)


class RobotSender:
    """``wecom_robot {key}``. The platform gives no message id: nothing to ask afterwards."""

    type = "wecom_robot"
    pace: Pace | None = Pace(count=20, seconds=60.0, in_flight=2)

    def __init__(self, base: str, http: Http) -> None:
        self._url = f"{base}/cgi-bin/webhook/send"
        self._http = http

    def missing(self, target: Mapping[str, object]) -> str:
        return "" if target.get("key") else "这个群没有填群机器人的 key"

    def pace_key(self, target: Mapping[str, object]) -> str:
        return f"{self.type} {fingerprint(str(target.get('key', '')))}"

    def render(self, warning: Warning_) -> Rendered:
        text = _rendered("text", layout.plain(warning), TEXT_BYTES)
        if text.fits and not _suits_markdown(warning):
            return text
        return _rendered("markdown", layout.markdown(warning), MARKDOWN_BYTES)

    def send(self, outgoing: Outgoing) -> Outcome:
        lacking = self.missing(outgoing.target)
        if lacking:
            return misconfigured(lacking)
        document = {"msgtype": outgoing.format, outgoing.format: {"content": outgoing.text}}
        key = {"key": str(outgoing.target["key"])}
        reply = self._http.post(self._url, json_bytes(document), key)
        answer = reply if isinstance(reply, Outcome) else read_errcode(reply, CODES, self.type)
        return answer if isinstance(answer, Outcome) else Outcome("sent")

    def follow_up(self, outgoing: Outgoing, reference: str) -> Outcome | None:
        return None


def _suits_markdown(warning: Warning_) -> bool:
    """Whether the title is worth a heading and no character of the text would act as markup."""
    title = warning.title.strip()
    worth_heading = bool(title) and len(title) <= HEADING_CHARACTERS and "\n" not in title
    return worth_heading and not _MARKUP.search(f"{title}\n{warning.body}\n{warning.station}")


def _rendered(form: str, text: str, limit: int) -> Rendered:
    return Rendered(form, text, len(text.encode()), limit)
