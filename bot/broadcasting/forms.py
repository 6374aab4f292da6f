"""The optional form of a library text: its format, its link, its picture; checked where written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bot.senders.layout import FORMATS
from bot.senders.pictures import SUFFIXES
from bot.yamlread import Reader

FIELDS = frozenset({"format", "url", "picture"})
PICTURE_BYTES = 2 * 1024 * 1024
"""What a group robot takes before it is encoded (protocol-push §1); the official account takes
more."""
URL_BYTES = 1024

_NEEDS: Mapping[str, str] = {"news": "url", "card": "url", "image": "picture"}


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of ``LibraryText`` that say how a text looks."""

    format: str = ""
    url: str = ""
    picture: str = ""
    picture_hash: str = ""


def read_form(text: Reader, fields: Mapping[str, Reader], pictures: Path) -> Form:
    """Read and check them; faults carry their line."""
    chosen = fields["format"].choice(FORMATS.keys()) if "format" in fields else ""
    needed = _NEEDS.get(chosen)
    if needed is not None and needed not in fields:
        text.fault(f"format 是 {chosen} 时要有 {needed}", f"请补上 {needed}，或换一个 format")
    if "picture" in fields and chosen not in ("image", "news"):
        fields["picture"].fault(
            "这个 format 不发图片", "请删掉 picture，或写 format: image 或 news"
        )
    name = fields["picture"].text(64) if "picture" in fields else ""
    return Form(
        format=chosen,
        url=_url(fields["url"]) if "url" in fields else "",
        picture=name,
        picture_hash=_picture(fields["picture"], pictures, name) if name else "",
    )


def _url(reader: Reader) -> str:
    url = reader.text().strip()
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        sound = False
    if url and (not sound or any(mark.isspace() for mark in url)):
        reader.fault(f"{url} 不是网址", "要以 http:// 或 https:// 开头，中间没有空格")
    elif len(url.encode()) > URL_BYTES:
        reader.fault(f"网址有 {len(url.encode())} 字节，最多 {URL_BYTES}", "请换一个短的链接")
    return url


def _picture(reader: Reader, folder: Path, name: str) -> str:
    """The SHA-256 of the picture's file, '' after noting what is wrong with it."""
    if Path(name).name != name or Path(name).suffix not in SUFFIXES:
        reader.fault(
            f"{name} 不是图片的文件名", "只写文件名，放在 broadcasts/pictures，用 .png 或 .jpg"
        )
        return ""
    try:
        content = (folder / name).read_bytes()
    except OSError:
        reader.fault(f"pictures/ 里没有 {name}", "请把图片放进 broadcasts/pictures")
        return ""
    if not content.startswith(SUFFIXES[Path(name).suffix]):
        reader.fault(f"{name} 的内容不是 {Path(name).suffix} 图片", "请用画图软件重新另存")
    elif len(content) > PICTURE_BYTES:
        kilobytes = len(content) // 1024
        reader.fault(f"{name} 有 {kilobytes} KB，最多 {PICTURE_BYTES // 1024} KB", "请压缩后再放")
    return hashlib.sha256(content).hexdigest()
