"""The data for trying the console: the same each time, and such that its pages can show it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from bot.broadcasting.book import load_book
from bot.store.asked import AnswerSearch
from bot.store.sqlite import open_sqlite

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def seeding() -> ModuleType:
    spec = importlib.util.spec_from_file_location("seed_tool", ROOT / "tools" / "seed.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up by name.
    import sys

    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_two_runs_make_the_same_year_and_the_store_reads_it(
    seeding: ModuleType, tmp_path: Path
) -> None:
    sizes = seeding.Sizes(answers=400, editions=2, groups=30, audit=20)
    found = []
    for name in ("one", "two"):
        path = seeding.seed(tmp_path / name, sizes)
        store = open_sqlite(path)
        rows = store.answer_log.find(AnswerSearch(), 500)
        assert 350 < len(rows) <= 400
        assert store.unanswered.count() == sum(
            group.size for group in store.questions.groups(True, 500)
        )
        edition = store.editions.newest(limit=1)[0]
        assert len(store.deliveries.of(edition.id)) == 30
        found.append((rows, edition, store.questions.groups(False, 500)))
        store.close()
    assert found[0] == found[1]
    book = load_book(tmp_path / "one" / "broadcasts", {})
    assert seeding.group_name(29) in book.groups


def test_a_database_in_use_is_left_alone(seeding: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "bot.db").write_bytes(b"")
    with pytest.raises(FileExistsError):
        seeding.seed(tmp_path)
