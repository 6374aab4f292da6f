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
from bot.platform.media import Media
from bot.platform.passive import open_envelope, shown_text
from bot.platform.settings import OfficialAccountSettings
from bot.platform.xmlread import BadXml, cdata, read_xml

_OPENING_EVENTS = frozenset({"subscribe", "SCAN", "CLICK"})


class OfficialAccount:
    """Follows the account's mode: plain, compatible or aes."""

    def __init__(
        self,
        account: OfficialAccountSettings,
        bot: Bot,
        clock: Clock,
        service: CustomerService,
        media: Media,
    ) -> None:
        self.address = f"/callback/mp/{account.account}"
        self._account = account
        self._bot = bot
        self._clock = clock
        self._media = media
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

    def picture(self, openid: str, picture: bytes, retry: Retry = "fresh") -> Reply:
        """A follower sends a picture, which can be fetched from this platform."""
        self._service.wrote(openid)
        return self.post(
            openid,
            f"<MsgType>{cdata('image')}</MsgType><PicUrl>{cdata(self._media.url(picture))}</PicUrl>"
            f"<MediaId>{cdata(secrets.token_hex(16))}</MediaId>"
            f"<MsgId>{24 * 10**15 + secrets.randbelow(10**15)}</MsgId>",
            retry,
        )

    def voice(self, openid: str, recognition: str = "", retry: Retry = "fresh") -> Reply:
        """A follower speaks; ``recognition`` is what the platform heard, '' where it heard nothing."""
        self._service.wrote(openid)
        return self.post(
            openid,
            f"<MsgType>{cdata('voice')}</MsgType><MediaId>{cdata(secrets.token_hex(16))}</MediaId>"
            f"<Format>{cdata('amr')}</Format><Recognition>{cdata(recognition)}</Recognition>"
            f"<MsgId>{24 * 10**15 + secrets.randbelow(10**15)}</MsgId>",
            retry,
        )

    def forward(self, openid: str, elements: str) -> Reply:
        """A follower passes something on; ``elements`` is its XML without the MsgId."""
        self._service.wrote(openid)
        number = 24 * 10**15 + secrets.randbelow(10**15)
        return self.post(openid, f"{elements}<MsgId>{number}</MsgId>")

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

    def scan(self, openid: str, scene: str, retry: Retry = "fresh") -> Reply:
        """Somebody scans a code of the account: who is new follows by it (protocol-callbacks §2.4)."""
        if self._service.follows(openid):
            return self.event(openid, "SCAN", scene, retry)
        return self.event(openid, "subscribe", f"qrscene_{scene}", retry)

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
        return Signed(query, body.encode(), "text/xml", message)

    def opened(self, body: bytes) -> str:
        """What is inside an answer of the bot's, as text; '' where there is nothing to open.

        Raises:
            BadEnvelope: it cannot be opened.
        """
        try:
            encrypted = read_xml(body.decode()).findtext("Encrypt")
        except (BadXml, UnicodeDecodeError):
            return ""
        if not encrypted:
            return ""
        return decrypt(self._account.aes_key, self._account.app_id, encrypted)

    def _read(self, openid: str, attempts: tuple[Attempt, ...]) -> Reply:
        fault = why_no_answer(attempts)
        if fault:
            return Reply(fault=fault, attempts=attempts)
        body = attempts[-1].body
        if body in (b"", b"success"):
            return Reply(attempts=attempts)
        try:
            text = shown_text(self._open(body), openid, self._account.gh_id)
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
        account = self._account
        return open_envelope(root, account.token, account.aes_key, account.app_id)
