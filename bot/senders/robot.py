"""WeCom group robot (群机器人), protocol-push §1: internal groups only, one key per group."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace

from bot.senders import layout
from bot.senders.base import Pace, Rendered, Warning_
from bot.senders.fingerprint import fingerprint
from bot.senders.http import Codes, Http, json_bytes, misconfigured, read_errcode, refuse
from bot.senders.pictures import PICTURE, PICTURE_HASH, Pictures
from bot.senders.wecom_codes import MESSAGE_CODES
from bot.types import Outcome, Outgoing

TEXT_BYTES = 2048
MARKDOWN_BYTES = 4096
NEWS_TITLE_BYTES = 128
NEWS_BYTES = 512
"""Longer titles and descriptions of a news article are cut by the platform without a word."""
CARD_TITLE_CHARACTERS = 36
CARD_CHARACTERS = 160
"""What the platform advises for the title and the words below it; more is not shown."""
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
    """``wecom_robot {key}``. The platform gives no message id: nothing to ask afterwards.

    A warning with an image is two messages, for a picture alone carries no 预警码: the text counts,
    the picture follows it once and what came of it is told in the detail.
    """

    type = "wecom_robot"
    pace: Pace | None = Pace(count=20, seconds=60.0, in_flight=2)

    def __init__(self, base: str, http: Http, pictures: Pictures) -> None:
        self._url = f"{base}/cgi-bin/webhook/send"
        self._http = http
        self._pictures = pictures

    def missing(self, target: Mapping[str, object]) -> str:
        return "" if target.get("key") else "这个群没有填群机器人的 key"

    def pace_key(self, target: Mapping[str, object]) -> str:
        return f"{self.type} {fingerprint(str(target.get('key', '')))}"

    def render(self, warning: Warning_) -> Rendered:
        """As the author asked; without a wish as a heading and text where nothing acts as markup."""
        if warning.format in ("news", "card"):
            return _headed(warning)
        text = _rendered("text", layout.plain(warning), TEXT_BYTES)
        if warning.format == "image":
            picture = {PICTURE: warning.picture, PICTURE_HASH: warning.picture_hash}
            return replace(text, format="image", extra=picture)
        wanted = warning.format or ("markdown" if _suits_markdown(warning) else "text")
        if wanted == "text" and (text.fits or warning.format):
            return text
        return _rendered("markdown", layout.markdown(warning), MARKDOWN_BYTES)

    def send(self, outgoing: Outgoing) -> Outcome:
        lacking = self.missing(outgoing.target)
        if lacking:
            return misconfigured(lacking)
        if outgoing.format != "image":
            return self._post(outgoing, _document(outgoing))
        picture = self._pictures.read(outgoing.extra)
        if isinstance(picture, Outcome):
            return picture
        outcome = self._post(outgoing, _text(outgoing.text))
        if outcome.kind != "sent":
            return outcome
        second = self._post(outgoing, _image(picture))
        return outcome if second.kind == "sent" else replace(outcome, detail=_no_picture(second))

    def _post(self, outgoing: Outgoing, document: Mapping[str, object]) -> Outcome:
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


def _headed(warning: Warning_) -> Rendered:
    """A news article or a card. Of title and words the one that is too long is measured."""
    text = layout.headed(warning)
    title, words = layout.split(text)
    extra = {"url": warning.url}
    if warning.format == "news":
        heading = (len(title.encode()), NEWS_TITLE_BYTES, "字节（标题）")
        below = (len(words.encode()), NEWS_BYTES, "字节")
    else:
        heading = (len(title), CARD_TITLE_CHARACTERS, "字（标题）")
        below = (len(words), CARD_CHARACTERS, "字")
    size, limit, unit = heading if heading[0] > heading[1] else below
    return Rendered(warning.format, text, size, limit, unit, extra)


def _document(outgoing: Outgoing) -> Mapping[str, object]:
    if outgoing.format not in ("news", "card"):
        return {"msgtype": outgoing.format, outgoing.format: {"content": outgoing.text}}
    title, words = layout.split(outgoing.text)
    url = outgoing.extra.get("url", "")
    if outgoing.format == "news":
        article = {"title": title, "description": words, "url": url}
        return {"msgtype": "news", "news": {"articles": [article]}}
    card = {
        "card_type": "text_notice",
        "main_title": {"title": title},
        "sub_title_text": words,
        "card_action": {"type": 1, "url": url},
    }
    return {"msgtype": "template_card", "template_card": card}


def _text(content: str) -> Mapping[str, object]:
    return {"msgtype": "text", "text": {"content": content}}


def _image(picture: bytes) -> Mapping[str, object]:
    digest = hashlib.md5(picture, usedforsecurity=False).hexdigest()
    encoded = base64.b64encode(picture).decode()
    return {"msgtype": "image", "image": {"base64": encoded, "md5": digest}}


def _no_picture(outcome: Outcome) -> str:
    if outcome.kind == "unknown":
        return "文字发到了，图片不知道到没到，请到群里看一眼，没有就手动补发图片。"
    return "文字发到了，图片没有发出去，请手动补发图片。"


def _rendered(form: str, text: str, limit: int) -> Rendered:
    return Rendered(form, text, len(text.encode()), limit)
