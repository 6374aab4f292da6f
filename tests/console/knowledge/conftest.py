"""A console over a small base, whose drafts are really compiled and tried."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.answer.lexicon import lexicon_of
from bot.judge.judge import Judge
from bot.judge.model import stored_model
from bot.kb.items import items_of
from bot.kb.journal import digest_of
from bot.kb.load import load_knowledge
from bot.publishing import tries
from bot.respond import Base
from tests.console_kit import Site, make_site

ROOT = Path(__file__).resolve().parents[3]


def compiled(folder: Path) -> Base:
    """A base that judges by letters alone, as on a machine without the encoder."""
    knowledge = load_knowledge(folder)
    return Base(Judge(knowledge, stored_model()), lexicon_of(knowledge))


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Base]:
    """Content with two entries of every category, which is quick to compile."""
    content = tmp_path_factory.mktemp("small")
    for name in ("knowledge", "broadcasts"):
        shutil.copytree(ROOT / name, content / name)
    for folder, most in (("scams", 2), ("guides", 4)):
        for path in (content / "knowledge" / folder).glob("*.yaml"):
            text = path.read_text("utf-8")
            rest = items_of(f"{folder}/{path.name}", text)[most:]
            if rest:
                lines = text.split("\n")
                path.write_text("\n".join(lines[: rest[0].first]), "utf-8")
    return content, compiled(content / "knowledge")


@pytest.fixture
def site(
    tmp_path: Path, small: tuple[Path, Base], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    """A console whose candidates are really compiled."""
    content, base = small
    for name in ("knowledge", "broadcasts"):
        shutil.copytree(content / name, tmp_path / name)
    original = digest_of(tmp_path / "knowledge")
    # The trials of what was not touched take long, and are tried in a test of their own.
    monkeypatch.setattr(tries, "REST_SECONDS", 0.0)
    made = make_site(
        tmp_path,
        tmp_path,
        base,
        lambda folder: base if digest_of(folder) == original else compiled(folder),
    )
    yield made
    made.store.close()
