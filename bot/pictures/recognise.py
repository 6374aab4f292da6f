"""A picture's bytes -> the words and codes in it. Runs in the process for pictures only.

``rapidocr`` reads the text and ``zxing-cpp`` the codes; both with Pillow are an optional install
(requirements-pictures.txt). A code's target is read, never opened.
"""

from __future__ import annotations

import io
import logging
import warnings
from typing import Any

from bot.pictures.lines import Box, lines_of
from bot.pictures.seen import Seen

MOST_BYTES = 10 * 1024 * 1024
"""The platforms' own limit for pictures (protocol-push §1, protocol-callbacks §4.4)."""

MOST_PIXELS = 60_000_000
"""Of the header, before anything is unpacked: a bomb of few bytes may claim any size."""

WIDEST = 1080
TALLEST = 6000
"""A screenshot is read in these pixels: a phone's own width, several screens long."""

MOST_CODES = 5
LONGEST_CODE = 500
MOST_CHARACTERS = 4000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "MPO")
LEAST_SURE = 0.5
"""Boxes below this confidence are stripes of wallpaper more often than words."""

_log = logging.getLogger("bot.pictures")


class Recogniser:
    """Loads its models once (about a second, 400 MB)."""

    def __init__(self) -> None:
        """Raises:
        ImportError: the packages are not installed.
        """
        import PIL.Image
        import zxingcpp
        from rapidocr import RapidOCR

        logging.getLogger("RapidOCR").setLevel(logging.WARNING)
        self._image = PIL.Image
        self._codes = zxingcpp
        self._text = RapidOCR(params={"Global.log_level": "error"})

    def __call__(self, picture: bytes) -> Seen:
        """What any bytes at all show; ``trouble`` says why where they show nothing."""
        if len(picture) > MOST_BYTES:
            return Seen(trouble="too_large")
        try:
            opened = self._open(picture)
        except (_TooLarge, self._image.DecompressionBombError):
            return Seen(trouble="too_large")
        except Exception as error:  # noqa: BLE001  # a damaged file makes a decoder raise anything
            _log.info("a picture could not be opened: %s", type(error).__name__)
            return Seen(trouble="broken")
        return Seen(self._lines(opened), self._targets(opened))

    def _open(self, picture: bytes) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image: Any = self._image.open(io.BytesIO(picture), formats=FORMATS)
            if image.width * image.height > MOST_PIXELS:
                raise _TooLarge
            # A JPEG is unpacked at half or a quarter of its size where that is enough.
            image.draft("RGB", (WIDEST, TALLEST))
            image = image.convert("RGB")
        image.thumbnail((WIDEST, TALLEST))
        return image

    def _lines(self, image: Any) -> tuple[str, ...]:
        import numpy as np

        # The reader expects OpenCV's order of colours.
        found: Any = self._text(np.asarray(image)[:, :, ::-1])
        if found.boxes is None:
            return ()
        boxes = [
            Box(
                text,
                float(corners[:, 0].min()),
                float(corners[:, 1].min()),
                float(corners[:, 0].max()),
                float(corners[:, 1].max()),
            )
            for corners, text, sure in zip(found.boxes, found.txts, found.scores, strict=True)
            if sure >= LEAST_SURE
        ]
        kept: list[str] = []
        room = MOST_CHARACTERS
        for line in lines_of(boxes, image.size):
            kept.append(line[:room])
            room -= len(line)
            if room <= 0:
                break
        return tuple(kept)

    def _targets(self, image: Any) -> tuple[str, ...]:
        texts = (code.text.strip() for code in self._codes.read_barcodes(image))
        return tuple(dict.fromkeys(text[:LONGEST_CODE] for text in texts if text))[:MOST_CODES]


class _TooLarge(Exception):
    pass
