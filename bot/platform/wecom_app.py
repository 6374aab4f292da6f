"""A WeCom self-built app's callbacks: always encrypted, members instead of followers
(protocol-callbacks §3)."""

from __future__ import annotations

import secrets

from bot.clock import Clock
from bot.platform.callbacks import Attempt, Bot, Reply, Retry, Signed, why_no_answer
from bot.platform.envelope import BadEnvelope, encrypt, signature
from bot.platform.media import Media
from bot.platform.passive import open_envelope, shown_text
from bot.platform.settings import CorpSettings
from bot.platform.xmlread import BadXml, cdata, read_xml


class WecomApp:
    """The first app of the corporation."""

    def __init__(self, corp: CorpSettings, bot: Bot, clock: Clock, media: Media) -> None:
        self.address = f"/callback/wecom/{corp.account}"
        self._corp = corp
        self._bot = bot
        self._clock = clock
        self._media = media

    def text(
        self, member: str, content: str, retry: Retry = "fresh", msg_id: str | None = None
    ) -> Reply:
        """A member writes to the app."""
        inner = f"<MsgType>{cdata('text')}</MsgType><Content>{cdata(content)}</Content>"
        return self.post(member, inner + _id(msg_id), retry)

    def picture(self, member: str, picture: bytes, retry: Retry = "fresh") -> Reply:
        """A member sends a picture, which can be fetched from this platform."""
        inner = (
            f"<MsgType>{cdata('image')}</MsgType><PicUrl>{cdata(self._media.url(picture))}</PicUrl>"
            f"<MediaId>{cdata(secrets.token_hex(16))}</MediaId>"
        )
        return self.post(member, inner + _id(None), retry)

    def event(self, member: str, event: str, key: str = "", retry: Retry = "fresh") -> Reply:
        """A member opens the app or presses a menu key."""
        inner = (
            f"<MsgType>{cdata('event')}</MsgType><Event>{cdata(event)}</Event>"
            f"<EventKey>{cdata(key)}</EventKey>"
        )
        return self.post(member, inner, retry)

    def post(self, member: str, elements: str, retry: Retry = "fresh") -> Reply:
        """Any message: ``elements`` is its XML from MsgType on."""
        message = (
            f"<xml><ToUserName>{cdata(self._corp.corp_id)}</ToUserName>"
            f"<FromUserName>{cdata(member)}</FromUserName>"
            f"<CreateTime>{self._seconds()}</CreateTime>{elements}"
            f"<AgentID>{self._corp.agent_id}</AgentID></xml>"
        )
        attempts = self._bot.post(self.address, lambda: self._signed(message), retry)
        return self._read(member, attempts)

    def verify(self) -> bool:
        """The console's check of the address: does the bot send the decrypted echostr back?"""
        echo = str(secrets.randbelow(10**19))
        encrypted = encrypt(self._corp.aes_key, self._corp.corp_id, echo)
        attempt = self._bot.get(self.address, self._query(encrypted) | {"echostr": encrypted})
        return attempt.status == 200 and attempt.body == echo.encode()

    def _seconds(self) -> int:
        return int(self._clock.now().timestamp())

    def _query(self, encrypted: str) -> dict[str, str]:
        timestamp, nonce = str(self._seconds()), str(secrets.randbelow(10**10))
        return {
            "msg_signature": signature(self._corp.token, timestamp, nonce, encrypted),
            "timestamp": timestamp,
            "nonce": nonce,
        }

    def _signed(self, message: str) -> Signed:
        encrypted = encrypt(self._corp.aes_key, self._corp.corp_id, message)
        body = (
            f"<xml><ToUserName>{cdata(self._corp.corp_id)}</ToUserName>"
            f"<AgentID>{cdata(str(self._corp.agent_id))}</AgentID>"
            f"<Encrypt>{cdata(encrypted)}</Encrypt></xml>"
        )
        return Signed(self._query(encrypted), body.encode(), "text/xml")

    def _read(self, member: str, attempts: tuple[Attempt, ...]) -> Reply:
        fault = why_no_answer(attempts)
        if fault:
            return Reply(fault=fault, attempts=attempts)
        body = attempts[-1].body
        if body in (b"", b"success"):
            return Reply(attempts=attempts)
        corp = self._corp
        try:
            root = open_envelope(read_xml(body.decode()), corp.token, corp.aes_key, corp.corp_id)
            text = shown_text(root, member, corp.corp_id)
        except (BadEnvelope, BadXml, UnicodeDecodeError) as error:
            return Reply(fault=f"回复用不了：{error}", attempts=attempts)
        return Reply(text=text, attempts=attempts)


def _id(given: str | None) -> str:
    return f"<MsgId>{given or 10**15 + secrets.randbelow(10**15)}</MsgId>"
