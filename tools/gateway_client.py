"""Sends one message through the signed gateway and prints the answer; only Python's own library.

    GATEWAY_SECRET=... python tools/gateway_client.py http://127.0.0.1:8000/callback/gateway/demo "让我垫钱刷单"
    ... --group room-7 --from p-1 --mentioned --picture screenshot.jpg

``sign``, ``send`` and ``small_enough`` are all that another program needs; docs/gateway.md explains
every field. Only pictures that must be shrunk need Pillow.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import io
import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TIMEOUT_SECONDS = 10.0
"""The bot answers within 5 s, also where it looks at a picture."""

MOST_PICTURE_BYTES = 180 * 1024
"""As base64 in a body of at most 256 KiB, with room for the other fields."""

WIDEST, TALLEST = 1080, 6000
"""Pixels; the bot reads no picture in more."""


def sign(secret: str, timestamp: str, nonce: str, body: bytes) -> str:
    """The X-Signature of a request: hex HMAC-SHA256 over timestamp, nonce and the very bytes sent."""
    return hmac.new(
        secret.encode(), f"{timestamp}\n{nonce}\n".encode() + body, hashlib.sha256
    ).hexdigest()


def send(url: str, secret: str, message: Mapping[str, Any]) -> dict[str, Any]:
    """Post one message; the answer {"reply", "verdict", "silent"}.

    To repeat a message after a time-out, call this again with the same ``id``: it is judged once and
    answered alike.

    Raises:
        urllib.error.HTTPError: 403 wrong secret or clock, 400 a field is wrong (see the bot's log).
        urllib.error.URLError: no answer.
    """
    body = json.dumps(message, ensure_ascii=False).encode()
    timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
    request = urllib.request.Request(
        url,
        data=body,
        headers={
            "Content-Type": "application/json",
            "X-Timestamp": timestamp,
            "X-Nonce": nonce,
            "X-Signature": sign(secret, timestamp, nonce, body),
        },
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
        fields: dict[str, Any] = json.load(answer)
        return fields


def small_enough(picture: bytes) -> bytes | None:
    """The picture as it may be sent: unchanged, or as a smaller JPEG; None where even that is too
    large, or it is no picture.

    Raises:
        ImportError: it must be shrunk, and Pillow is not installed.
    """
    if len(picture) <= MOST_PICTURE_BYTES:
        return picture
    from PIL import Image, ImageOps

    try:
        opened = Image.open(io.BytesIO(picture))
        opened.draft("RGB", (WIDEST, TALLEST))
        image = ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    image.thumbnail((WIDEST, TALLEST))
    # Letters outlive the loss of colour better than that of edges.
    for mode, quality, scale in (("RGB", 80, 1), ("L", 75, 1), ("L", 55, 1), ("L", 50, 2)):
        smaller = io.BytesIO()
        width, height = image.width // scale, image.height // scale
        image.convert(mode).resize((max(width, 1), max(height, 1))).save(
            smaller, "JPEG", quality=quality, optimize=True
        )
        if smaller.tell() <= MOST_PICTURE_BYTES:
            return smaller.getvalue()
    return None


def message_of(options: argparse.Namespace) -> dict[str, Any]:
    """The message that the command line describes."""
    chat = options.group or options.sender
    message: dict[str, Any] = {
        "id": options.id or secrets.token_hex(16),
        "chat": {"id": chat, "type": "group" if options.group else "private"},
        "from": {"id": options.sender},
        "type": "text",
        "text": options.text,
        "mentioned": options.mentioned,
    }
    if options.picture:
        message["type"] = "image"
        picture = small_enough(options.picture.read_bytes())
        if picture is None:
            print("图片压不到 180 KB 以内，不带图发：居民会被请截小一点", file=sys.stderr)
        else:
            message["image"] = base64.b64encode(picture).decode()
    return message


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("url", help="https://…/callback/gateway/<account>")
    parser.add_argument("text", nargs="?", default="")
    parser.add_argument("--id", help="the message's own id; give the same one to repeat it")
    parser.add_argument("--from", dest="sender", default="person-1", help="who wrote it")
    parser.add_argument("--group", help="the group it was written in")
    parser.add_argument("--mentioned", action="store_true", help="the bot was mentioned")
    parser.add_argument("--picture", type=Path, help="a picture; a large one is shrunk")
    options = parser.parse_args()
    secret = os.environ.get("GATEWAY_SECRET", "")
    if not secret:
        print("请先设置环境变量 GATEWAY_SECRET", file=sys.stderr)
        return 2
    try:
        answer = send(options.url, secret, message_of(options))
    except ImportError:
        print("图片超过 180 KB，要先压缩：pip install pillow，或换一张小的", file=sys.stderr)
        return 1
    except urllib.error.HTTPError as error:
        print(f"被拒绝：HTTP {error.code}，原因在机器人的日志里", file=sys.stderr)
        return 1
    except urllib.error.URLError as error:
        print(f"没有连上：{error.reason}", file=sys.stderr)
        return 1
    print(json.dumps(answer, ensure_ascii=False, indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
