"""An XML passive reply as the platform reads it (protocol-callbacks §2.5, §3.5)."""

from __future__ import annotations

from xml.etree import ElementTree

from bot.platform.envelope import BadEnvelope, decrypt, signature
from bot.platform.xmlread import BadXml, read_xml

_REPLY_BYTES = 2048
_NEWS_ARTICLES = 8


def open_envelope(
    root: ElementTree.Element, token: str, aes_key: str, receive_id: str
) -> ElementTree.Element:
    """The reply inside an encrypted one.

    Raises:
        BadEnvelope: wrong signature, or it cannot be decrypted.
        BadXml: a field is missing.
    """
    encrypted, timestamp, nonce = (field(root, n) for n in ("Encrypt", "TimeStamp", "Nonce"))
    if not timestamp.isdigit():
        raise BadEnvelope("TimeStamp 不是数字")
    if field(root, "MsgSignature") != signature(token, timestamp, nonce, encrypted):
        raise BadEnvelope("签名不对")
    return read_xml(decrypt(aes_key, receive_id, encrypted))


def shown_text(root: ElementTree.Element, to: str, sender: str) -> str:
    """What the reply shows to ``to``.

    Raises:
        BadXml: it is for or from somebody else, or nothing the platform takes.
    """
    if field(root, "ToUserName") != to:
        raise BadXml("ToUserName 不是提问的人")
    if field(root, "FromUserName") != sender:
        raise BadXml("FromUserName 不是本账号")
    if not field(root, "CreateTime").isdigit():
        raise BadXml("CreateTime 不是数字")
    kind = field(root, "MsgType")
    if kind == "transfer_customer_service":
        return ""
    if kind == "news":
        return _news(root)
    if kind != "text":
        raise BadXml(f"MsgType {kind} 这里收不了")
    content = field(root, "Content")
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


def field(root: ElementTree.Element, name: str) -> str:
    found = root.findall(name)
    text = found[0].text if len(found) == 1 else None
    if not text or not text.strip():
        raise BadXml(f"缺少 {name}")
    return text
