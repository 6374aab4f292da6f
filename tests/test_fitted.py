"""The judge's stored numbers and the script that makes them.

Fitting on everything takes minutes, so the full comparison (``tools/fit_judge.py --check``) runs only
with ``FIT_CHECK=1 pytest tests/test_fitted.py``; it also fails as long as knowledge/ or the corpus was
changed and the numbers were not fitted again. Without it the script is held to be deterministic on
a fixed part of the rows, and the stored numbers to fit together.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from bot.judge.examples import NO_CATEGORY, stored_examples
from bot.judge.grams import grams
from bot.judge.index import phrasings_of
from bot.judge.model import stored_model
from bot.judge.vectors import EMPTY, SIZE, key_of, stored_shelf
from bot.kb.model import CATEGORIES, Knowledge
from bot.text.normalise import Normaliser
from tools import fit_judge
from tools.fit_judge import Row

HEADS = 2 + len(CATEGORIES)
SUBSET = 1500


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """The matrices are small: threads of the algebra library wait for each other, twenty times
    longer than the work takes."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def rows(real_knowledge: Knowledge) -> list[Row]:
    return [*fit_judge.base_rows(real_knowledge), *fit_judge.corpus_rows()]


def _matrix(rows: list[Row], knowledge: Knowledge) -> fit_judge.Matrix:
    lexical = fit_judge.Lexical(knowledge)
    return fit_judge.Matrix([lexical.normaliser(row.text).text for row in rows], lexical)


@pytest.fixture(scope="module")
def part(rows: list[Row]) -> list[Row]:
    """1,500 rows, evenly drawn."""
    return [rows[place * len(rows) // SUBSET] for place in range(SUBSET)]


@pytest.fixture(scope="module")
def matrix(part: list[Row], real_knowledge: Knowledge) -> fit_judge.Matrix:
    return _matrix(part, real_knowledge)


def test_features_and_scores_out_of_fold_are_the_same_twice(
    part: list[Row], matrix: fit_judge.Matrix, real_knowledge: Knowledge
) -> None:
    again = _matrix(part, real_knowledge)
    assert again.names == matrix.names
    assert (again.x != matrix.x).nnz == 0
    assert fit_judge.outside_scores(again.x, part) == fit_judge.outside_scores(matrix.x, part)


def test_heads_are_the_same_twice(part: list[Row], matrix: fit_judge.Matrix) -> None:
    first, second = (fit_judge.fit_heads(matrix.x, part) for _ in range(2))
    assert np.array_equal(first[0], second[0])
    assert np.array_equal(first[1], second[1])
    assert first[0].shape == (len(matrix.names), HEADS)


def test_scams_score_higher_than_ordinary_rows_they_were_not_fitted_on(
    part: list[Row], matrix: fit_judge.Matrix
) -> None:
    scores = fit_judge.outside_scores(matrix.x, part)
    positive = [s.positive for s, row in zip(scores, part, strict=True) if row.positive]
    ordinary = [s.positive for s, row in zip(scores, part, strict=True) if not row.positive]
    assert np.mean(positive) > np.mean(ordinary)


def test_the_hash_names_texts_and_labels(rows: list[Row]) -> None:
    part = rows[:50]
    assert fit_judge.data_hash(part) == fit_judge.data_hash(list(part))
    other = Row(part[0].text, not part[0].positive, False, part[0].categories)
    assert fit_judge.data_hash([other, *part[1:]]) != fit_judge.data_hash(part)
    assert fit_judge.data_hash(part[1:]) != fit_judge.data_hash(part)


def test_nothing_of_the_measuring_set_is_fitted_on(rows: list[Row]) -> None:
    measuring = fit_judge.ROOT / "tests" / "data" / "own" / "questions.jsonl"
    texts = measuring.read_text("utf-8")
    long = [row.text for row in rows if row.example and len(row.text) > 12]
    assert not [text for text in long if f'"text": "{text}"' in texts]


def test_the_stored_document_fits_together() -> None:
    document, weights = fit_judge.stored()
    assert document.keys() >= {"features", "scales", "biases", "classes", "mixes", "center"}
    assert weights.dtype == np.int8
    assert weights.shape == (len(document["features"]), HEADS)
    assert len(set(document["features"])) == len(document["features"])
    assert len(document["scales"]) == len(document["biases"]) == HEADS
    assert document["classes"] == list(CATEGORIES)
    assert len(document["center"]) == SIZE
    assert len(document["data_hash"]) == 16
    assert int(document["data_hash"], 16) >= 0
    names = {
        "lexical": fit_judge.LEXICAL,
        "encoded": fit_judge.ENCODED,
        "emergency": fit_judge.EMERGENCY,
    }
    assert {n: tuple(m["weights"]) for n, m in document["mixes"].items()} == names


def test_the_model_the_judge_loads_is_the_stored_one() -> None:
    document, _ = fit_judge.stored()
    model = stored_model()
    assert model.data_hash == document["data_hash"]
    assert set(model(grams(""), []).categories) == set(CATEGORIES)


def test_every_stored_example_has_its_vector_and_labels() -> None:
    examples, shelf = stored_examples(), stored_shelf()
    size = len(examples.keys)
    assert size == len(examples.positive) == len(examples.emergency) == len(examples.categories)
    assert all(int(key) in shelf for key in examples.keys)
    assert not (examples.emergency & ~examples.positive).any()
    assert examples.categories.min() >= NO_CATEGORY
    assert examples.categories.max() < len(CATEGORIES)


def test_a_stored_fit_agrees_with_itself_and_a_changed_one_is_named() -> None:
    document, weights = fit_judge.stored()
    assert fit_judge.differences((document, weights), (document, weights)) == []
    other = {**document, "data_hash": "0" * 16}
    assert fit_judge.differences((document, weights), (other, weights)) == ["data_hash differs"]
    moved = weights.copy()
    moved[0, 0] = -100 if moved[0, 0] > 0 else 100
    assert fit_judge.differences((document, weights), (document, moved)) == ["weights differ"]
    mixes = {**document["mixes"], "lexical": {**document["mixes"]["lexical"], "bias": 99.0}}
    found = fit_judge.differences((document, weights), ({**document, "mixes": mixes}, weights))
    assert found == ["mix lexical differs"]


@pytest.mark.skipif(
    os.environ.get("FIT_CHECK") != "1", reason="takes minutes; set FIT_CHECK=1 to fit again"
)
@pytest.mark.timeout(1200)
def test_the_stored_numbers_are_what_the_script_gives() -> None:
    assert stored_shelf() is not EMPTY
    assert fit_judge.main(["--check"]) == 0


def test_the_shipped_vectors_cover_the_shipped_phrasings(real_knowledge: Knowledge) -> None:
    """Or every start would encode them anew: run ``make fit``."""
    phrasings = phrasings_of(real_knowledge, Normaliser(real_knowledge.aliases))
    missing = [p.normalised for p in phrasings if key_of(p.normalised) not in stored_shelf()]
    assert len(missing) <= 50, missing[:5]
