"""An official account's callbacks: signed, encrypted, posted, and the reply read as WeChat reads it
(protocol-callbacks §2)."""

from __future__ import annotations

import secrets
from xml.etree import ElementTree

from bot.clock import Clock
from bot.platform.callbacks import Attempt, Bot, Reply, Retry, Signed, why_no_answer
from bot.platform.customer_service import CustomerService
from bot.platform.envelope import BadEnvelope, decrypt, encrypt, signature
from bot.platform.mass_send import Job
from bot.platform.settings import OfficialAccountSettings
from bot.platform.xmlread import BadXml, cdata, read_xml

_REPLY_BYTES = 2048
_NEWS_ARTICLES = 8


_OPENING_EVENTS = frozenset({"subscribe", "SCAN", "CLICK"})


class OfficialAccount:
    """Follows the account's mode: plain, compatible or aes."""

    def __init__(
        self, account: OfficialAccountSettings, bot: Bot, clock: Clock, service: CustomerService
    ) -> None:
        self.address = f"/callback/mp/{account.account}"
        self._account = account
        self._bot = bot
        self._clock = clock
        self._service = service

    def text(
        self, openid: str, content: str, retry: Retry = "fresh", msg_id: str | None = None
    ) -> Reply:
        """A follower writes; ``msg_id`` is given only to repeat a message."""
        self._service.wrote(openid)
        number = msg_id or str(24 * 10**15 + secrets.randbelow(10**15))
        return self.post(
            openid,
            f"<MsgType>{cdata('text')}</MsgType><Content>{cdata(content)}</Content>"
            f"<MsgId>{number}</MsgId>",
            retry,
        )

    def event(self, openid: str, event: str, key: str = "", retry: Retry = "fresh") -> Reply:
        """A follower subscribes, leaves or presses a menu key."""
        if event == "unsubscribe":
            self._service.leave(openid)
        elif event in _OPENING_EVENTS:
            self._service.touched(openid)
        return self.post(
            openid,
            f"<MsgType>{cdata('event')}</MsgType><Event>{cdata(event)}</Event>"
            f"<EventKey>{cdata(key)}</EventKey>",
            retry,
        )

    def mass_send_ended(self, job: Job) -> Reply:
        """The event that tells how a mass send ended; it comes from the platform, not a person."""
        return self.post(
            "gh_platform",
            f"<MsgType>{cdata('event')}</MsgType><Event>{cdata('MASSSENDJOBFINISH')}</Event>"
            f"<MsgID>{job.id}</MsgID><Status>{cdata(job.status)}</Status>"
            f"<TotalCount>{job.total}</TotalCount><FilterCount>{job.filtered}</FilterCount>"
            f"<SentCount>{job.sent}</SentCount><ErrorCount>{job.failed}</ErrorCount>",
        )

    def post(self, openid: str, elements: str, retry: Retry = "fresh") -> Reply:
        """Any message: ``elements`` is its XML from MsgType on."""
        message = (
            f"<xml><ToUserName>{cdata(self._account.gh_id)}</ToUserName>"
            f"<FromUserName>{cdata(openid)}</FromUserName>"
            f"<CreateTime>{self._seconds()}</CreateTime>{elements}</xml>"
        )
        attempts = self._bot.post(self.address, lambda: self._signed(openid, message), retry)
        return self._read(openid, attempts)

    def verify(self) -> bool:
        """The console's check of the address: does the bot send the echostr back, and only that?"""
        query = self._three_part() | {"echostr": str(secrets.randbelow(10**19))}
        attempt = self._bot.get(self.address, query)
        return attempt.status == 200 and attempt.body == query["echostr"].encode()

    def _seconds(self) -> int:
        return int(self._clock.now().timestamp())

    def _three_part(self) -> dict[str, str]:
        timestamp, nonce = str(self._seconds()), str(secrets.randbelow(10**10))
        return {
            "signature": signature(self._account.token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
        }

    def _signed(self, openid: str, message: str) -> Signed:
        query = self._three_part() | {"openid": openid}
        body = message
        if self._account.mode != "plain":
            encrypted = encrypt(self._account.aes_key, self._account.app_id, message)
            query["encrypt_type"] = "aes"
            query["msg_signature"] = signature(
                self._account.token, query["timestamp"], query["nonce"], encrypted
            )
            sealed = f"<Encrypt>{cdata(encrypted)}</Encrypt></xml>"
            if self._account.mode == "compatible":
                body = message.removesuffix("</xml>") + sealed
            else:
                body = f"<xml><ToUserName>{cdata(self._account.gh_id)}</ToUserName>{sealed}"
        return Signed(query, body.encode(), "text/xml")

    def _read(self, openid: str, attempts: tuple[Attempt, ...]) -> Reply:
        fault = why_no_answer(attempts)
        if fault:
            return Reply(fault=fault, attempts=attempts)
        body = attempts[-1].body
        if body in (b"", b"success"):
            return Reply(attempts=attempts)
        try:
            text = self._passive_reply(openid, self._open(body))
        except (BadEnvelope, BadXml) as error:
            return Reply(fault=f"回复用不了：{error}", attempts=attempts)
        return Reply(text=text, attempts=attempts)

    def _open(self, body: bytes) -> ElementTree.Element:
        try:
            root = read_xml(body.decode())
        except UnicodeDecodeError as error:
            raise BadXml("不是 UTF-8") from error
        encrypted = root.findtext("Encrypt")
        if encrypted is None:
            if self._account.mode == "aes":
                raise BadEnvelope("安全模式下回复没有加密")
            return root
        if self._account.mode == "plain":
            raise BadEnvelope("明文模式下回复却加了密")
        timestamp, nonce = _field(root, "TimeStamp"), _field(root, "Nonce")
        if not timestamp.isdigit():
            raise BadEnvelope("TimeStamp 不是数字")
        signed = signature(self._account.token, timestamp, nonce, encrypted)
        if _field(root, "MsgSignature") != signed:
            raise BadEnvelope("签名不对")
        return read_xml(decrypt(self._account.aes_key, self._account.app_id, encrypted))

    def _passive_reply(self, openid: str, root: ElementTree.Element) -> str:
        if _field(root, "ToUserName") != openid:
            raise BadXml("ToUserName 不是提问的人")
        if _field(root, "FromUserName") != self._account.gh_id:
            raise BadXml("FromUserName 不是本账号")
        if not _field(root, "CreateTime").isdigit():
            raise BadXml("CreateTime 不是数字")
        kind = _field(root, "MsgType")
        if kind == "transfer_customer_service":
            return ""
        if kind == "news":
            return _news(root)
        if kind != "text":
            raise BadXml(f"MsgType {kind} 这里收不了")
        content = _field(root, "Content")
        if len(content.encode()) > _REPLY_BYTES:
            raise BadXml(f"文字超过 {_REPLY_BYTES} 字节")
        return content


def _news(root: ElementTree.Element) -> str:
    articles = root.findall("Articles/item")
    if not 1 <= len(articles) <= _NEWS_ARTICLES:
        raise BadXml("图文条数不对")
    # Only the first article is shown in answer to a message (protocol-callbacks §2.5).
    shown = (articles[0].findtext(name) or "" for name in ("Title", "Description", "Url"))
    return "\n".join(part for part in shown if part)


def _field(root: ElementTree.Element, name: str) -> str:
    found = root.findall(name)
    text = found[0].text if len(found) == 1 else None
    if not text or not text.strip():
        raise BadXml(f"缺少 {name}")
    return text
