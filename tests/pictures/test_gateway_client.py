"""The gateway's small client makes pictures small enough, and what they say can still be read."""

from __future__ import annotations

import base64
import io
import os
from argparse import Namespace
from pathlib import Path

import pytest

from bot.channels.base import BODY_LIMIT
from bot.pictures.recognise import Recogniser
from tests.pictures.drawing import LIGHT, chat
from tools.gateway_client import MOST_PICTURE_BYTES, message_of, small_enough

Image = pytest.importorskip("PIL.Image", reason="run `make pictures` first")
ImageFilter = pytest.importorskip("PIL.ImageFilter")

SAYS = "下一单要先垫付三百，做完三连单"


def photo(width: int, height: int, kind: str) -> bytes:
    """A screenshot photographed from another screen: large, and with grain that compresses badly."""
    screen = Image.open(io.BytesIO(chat(LIGHT, "派单老师", SAYS, "本金和佣金一起返给你").png()))
    grain = Image.frombytes("L", (width // 2, height // 2), os.urandom(width // 2 * (height // 2)))
    screen = screen.convert("RGB").resize((width, height))
    noisy = Image.blend(screen, grain.resize((width, height)).convert("RGB"), 0.12)
    out = io.BytesIO()
    noisy.save(out, kind, quality=92)
    return out.getvalue()


def test_a_small_picture_is_sent_as_it_is() -> None:
    assert small_enough(b"x" * MOST_PICTURE_BYTES) == b"x" * MOST_PICTURE_BYTES


@pytest.mark.parametrize(("width", "height"), [(1080, 2400), (2160, 4800)])
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_large_one_is_shrunk_and_still_read(width: int, height: int, kind: str) -> None:
    picture = photo(width, height, kind)
    assert len(picture) > MOST_PICTURE_BYTES
    smaller = small_enough(picture)

    assert smaller is not None
    assert len(smaller) <= MOST_PICTURE_BYTES
    pytest.importorskip("rapidocr", reason="run `make pictures` first")
    assert "先垫付三百" in Recogniser()(smaller).text


def test_what_cannot_be_shrunk_is_left_out_and_the_message_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "no picture"
    path.write_bytes(os.urandom(MOST_PICTURE_BYTES + 1))
    options = Namespace(group=None, sender="p-1", id=None, text="", mentioned=False, picture=path)

    assert message_of(options).keys() >= {"id", "chat", "from", "type"}
    assert "image" not in message_of(options)


def test_the_largest_picture_fits_into_a_body() -> None:
    assert len(base64.b64encode(b"x" * MOST_PICTURE_BYTES)) < BODY_LIMIT - 4 * 1024
