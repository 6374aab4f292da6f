"""Draws screenshots as residents send them: chats, SMS, a payment page, posters with codes."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path

import segno
from PIL import Image, ImageDraw, ImageFont

FONT = next(
    path
    for path in sorted(Path("/usr/share/fonts").rglob("*CJK*"))
    if "Sans" in path.name and "Regular" in path.name
)
PHONE = (750, 1334)
BUBBLE_CHARACTERS = 14


@dataclass(frozen=True)
class Look:
    """Colours of one app in one mode."""

    page: str
    bubble: str
    own: str
    ink: str


LIGHT = Look("#ededed", "white", "#95ec69", "black")
DARK = Look("#111111", "#2c2c2c", "#3eb575", "#e6e6e6")
SMS = Look("white", "#e9e9eb", "#34c759", "black")


@dataclass
class Canvas:
    """A phone's screen that is filled from top to bottom."""

    look: Look
    size: tuple[int, int] = PHONE
    top: int = 40
    image: Image.Image = field(init=False)

    def __post_init__(self) -> None:
        self.image = Image.new("RGB", self.size, self.look.page)
        self.pen = ImageDraw.Draw(self.image)

    def words(self, text: str, left: int, size: int = 34, ink: str = "") -> None:
        font = ImageFont.truetype(str(FONT), size)
        self.pen.text((left, self.top), text, font=font, fill=ink or self.look.ink)
        self.top += int(size * 1.35)

    def bubble(self, text: str, own: bool = False) -> None:
        parts = [text[at : at + BUBBLE_CHARACTERS] for at in range(0, len(text), BUBBLE_CHARACTERS)]
        width = min(len(text), BUBBLE_CHARACTERS) * 34 + 40
        left = self.size[0] - 100 - width if own else 100
        height = len(parts) * 46 + 30
        colour = self.look.own if own else self.look.bubble
        self.pen.rounded_rectangle((left, self.top, left + width, self.top + height), 14, colour)
        self.top += 12
        for part in parts:
            self.words(part, left + 20)
        self.top += 40

    def code(self, target: str, scale: int = 9) -> None:
        data = io.BytesIO()
        segno.make(target, error="m").save(data, kind="png", scale=scale, border=4)
        code = Image.open(data).convert("RGB")
        self.image.paste(code, ((self.size[0] - code.width) // 2, self.top))
        self.top += code.height + 20

    def png(self) -> bytes:
        return encoded(self.image, "PNG")

    def jpeg(self, quality: int = 70) -> bytes:
        return encoded(self.image, "JPEG", quality=quality)


def encoded(image: Image.Image, form: str, **options: int) -> bytes:
    data = io.BytesIO()
    image.save(data, form, **options)
    return data.getvalue()


def chat(look: Look, name: str, *lines: str) -> Canvas:
    """A chat; a line that begins with ``>`` is the resident's own."""
    canvas = Canvas(look)
    canvas.words("9:41", 40, 26)
    canvas.words(name, 300, 36)
    canvas.top += 50
    for line in lines:
        canvas.bubble(line.removeprefix(">"), own=line.startswith(">"))
    return canvas


def page(look: Look, title: str, *lines: str) -> Canvas:
    """A page of an app: a title and lines below each other."""
    canvas = Canvas(look)
    canvas.words("22:05", 40, 26)
    canvas.top += 60
    canvas.words(title, 60, 48)
    canvas.top += 40
    for line in lines:
        canvas.words(line, 60)
        canvas.top += 30
    return canvas


def poster(look: Look, target: str, *lines: str) -> Canvas:
    """A poster with a QR code in the middle."""
    canvas = Canvas(look)
    canvas.top = 120
    for line in lines:
        canvas.words(line, 70, 44)
        canvas.top += 20
    canvas.code(target)
    return canvas
