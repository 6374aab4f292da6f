"""The encrypted XML envelope of official account and WeCom app (protocol-callbacks §2.2, §3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.channels.crypto import MessageCipher
from bot.channels.signing import Signer, Stamp
from bot.channels.xml import read_xml, write_xml


class XmlEnvelope:
    """Opens and seals with one account's token and key."""

    def __init__(self, signer: Signer, cipher: MessageCipher) -> None:
        self._signer = signer
        self._cipher = cipher

    def open(self, parameters: Mapping[str, str], stamp: Stamp, encrypted: str) -> tuple[str, str]:
        """The checked signature and the message it vouches for.

        Raises:
            Refused: the signature is another one, or the ciphertext not sound.
        """
        signature = parameters.get("msg_signature", "")
        self._signer.check(signature, stamp.timestamp, stamp.nonce, encrypted)
        return signature, self._cipher.decrypt(encrypted)

    def open_body(
        self, parameters: Mapping[str, str], stamp: Stamp, body: bytes
    ) -> tuple[str, str]:
        """The same of a posted envelope. What else stands in it is not signed and so not read
        (protocol-callbacks §7.9).

        Raises:
            Refused: as ``open``, or the envelope is no sound XML.
        """
        return self.open(parameters, stamp, read_xml(body).get("Encrypt", ""))

    def seal(self, document: str, nonce: str, now: datetime) -> str:
        """The envelope of a reply; ``nonce`` is the request's."""
        moment = int(now.timestamp())
        encrypted = self._cipher.encrypt(document)
        return write_xml(
            (
                ("Encrypt", encrypted),
                ("MsgSignature", self._signer.sign(str(moment), nonce, encrypted)),
                ("TimeStamp", moment),
                ("Nonce", nonce),
            )
        )


def text_reply(to: str, sender: str, text: str, now: datetime) -> str:
    """The XML of a passive reply in words (protocol-callbacks §2.5)."""
    return write_xml(
        (
            ("ToUserName", to),
            ("FromUserName", sender),
            ("CreateTime", int(now.timestamp())),
            ("MsgType", "text"),
            ("Content", text),
        )
    )
