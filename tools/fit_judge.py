"""Fit the judge's numbers on this repository's own texts and store them with the data's hash.

Fitted on: the knowledge base's phrasings, its ordinary phrasings and trials, and
tests/data/corpus/. Never on tests/data/own/ (the measuring set) nor on anybody else's texts.

Usage: python tools/fit_judge.py [--check]
  --check  fit again and compare with what is stored; exit 1 where they differ
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bot.judge.evidence import Gatherer, mix_parts  # noqa: E402
from bot.judge.features import found_features  # noqa: E402
from bot.judge.grams import grams, reduce  # noqa: E402
from bot.judge.model import Mix, Model, load_model_from  # noqa: E402
from bot.kb.load import load_knowledge  # noqa: E402
from bot.kb.model import CATEGORIES, Knowledge  # noqa: E402
from bot.text.extract import extract  # noqa: E402

FITTED = ROOT / "bot" / "judge" / "fitted"
CORPUS = ROOT / "tests" / "data" / "corpus"
CLASSES = tuple(CATEGORIES)
RARE = 2
"""An n-gram must occur in more texts than this."""
STRENGTH = 8.0
"""Inverse regularisation of the linear heads; chosen on tests/data/own/ (even rows)."""
FOLDS = 4
WRAPS = (
    "收到一条：{}",
    "有人发给我这个：{} 这是啥意思",
    "{} 这个可信吗",
    "刚看到：{}，问问",
    "他说{}",
)
SMALLEST_WEIGHT = 0.02


@dataclass(frozen=True, slots=True)
class Row:
    text: str
    positive: bool
    emergency: bool
    categories: tuple[str, ...]
    weight: float = 1.0
    own: str = ""
    """The base's entry, guide or subject that holds this very text, if one does."""


def base_rows(knowledge: Knowledge) -> Iterator[Row]:
    """The knowledge base as rows; some of each side wrapped in a question, so that the wrapping
    itself tells nothing."""
    for entry in knowledge.entries:
        for number, text in enumerate(entry.says):
            yield Row(text, True, False, (entry.category,), own=entry.id)
            if number % 3 == 0:
                wrap = WRAPS[(number + len(text)) % len(WRAPS)]
                yield Row(wrap.format(text), True, False, (entry.category,), 0.5, entry.id)
        for text in (*entry.asks, *entry.trials.must):
            yield Row(text, True, False, (entry.category,), own=entry.id)
        for text in (*entry.looks_like, *entry.trials.must_not):
            yield Row(text, False, False, (), own=f"like:{entry.id}")
    for guide in knowledge.guides:
        for text in (*guide.asks, *guide.trials.must):
            yield Row(text, False, False, (), own=guide.id)
    for subject in knowledge.ordinary:
        for number, text in enumerate(subject.phrasings):
            yield Row(text, False, False, (), own=subject.subject)
            if number % 3 == 0:
                wrap = WRAPS[(number + len(text)) % len(WRAPS)]
                yield Row(wrap.format(text), False, False, (), 0.5, subject.subject)


def corpus_rows() -> Iterator[Row]:
    """tests/data/corpus/*.tsv: kind, category, register, text."""
    for path in sorted(CORPUS.glob("*.tsv")):
        for line in path.read_text("utf-8").splitlines():
            fields = line.split("\t")
            if len(fields) != 4 or fields[0] not in ("scam", "emergency", "normal"):
                print(f"skipped: {path.name}: {line[:40]}", file=sys.stderr)
                continue
            kind, category, _, text = fields
            categories = tuple(c for c in category.split(",") if c in CATEGORIES)
            yield Row(text, kind != "normal", kind == "emergency", categories)


class Matrix:
    """Rows as sparse features; the vocabulary is what occurs often enough."""

    def __init__(self, rows: Sequence[Row], gatherer: Gatherer) -> None:
        self.asked: list[list[str]] = []
        self.found: list[list[str]] = []
        counts: dict[str, int] = {}
        for row in rows:
            normalised = gatherer.normaliser(row.text)
            asked = grams(reduce(normalised.text))
            finds = extract(normalised.text)
            found = found_features(
                gatherer.spot(normalised.text), finds, gatherer.official.look(finds)
            )
            self.asked.append(asked)
            self.found.append(found)
            for name in (*asked, *found):
                counts[name] = counts.get(name, 0) + 1
        self.names = sorted(name for name, count in counts.items() if count > RARE)
        ids = {name: number for number, name in enumerate(self.names)}
        data: list[float] = []
        columns: list[int] = []
        pointers = [0]
        for asked, found in zip(self.asked, self.found, strict=True):
            share = 1 / max(len(asked), 1) ** 0.5
            for name in asked:
                if name in ids:
                    columns.append(ids[name])
                    data.append(share)
            for name in found:
                if name in ids:
                    columns.append(ids[name])
                    data.append(1.0)
            pointers.append(len(columns))
        shape = (len(rows), len(self.names))
        self.x = csr_matrix((data, columns, pointers), shape=shape, dtype=np.float64)


def _head(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=300, tol=1e-4, solver="lbfgs")


def fit_heads(
    matrix: csr_matrix, rows: Sequence[Row], picked: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Weights (features x heads) and biases of positive, emergency and each category."""
    x = matrix[picked]
    chosen = [rows[i] for i in picked]
    weight = np.array([row.weight for row in chosen])
    positive = np.array([row.positive for row in chosen])
    first = _head(STRENGTH).fit(x, positive, sample_weight=weight)
    emergency = np.array([row.emergency for row in chosen])
    if not emergency.any():
        raise SystemExit("no emergencies to fit on: is tests/data/corpus/ there?")
    second = _head(STRENGTH).fit(x, emergency, sample_weight=weight * np.where(emergency, 2.0, 1.0))
    named = np.array([i for i, row in enumerate(chosen) if row.categories])
    labels = np.array([CLASSES.index(chosen[i].categories[0]) for i in named])
    third = _head(STRENGTH).fit(x[named], labels, sample_weight=weight[named])
    weights = np.zeros((matrix.shape[1], 2 + len(CLASSES)))
    biases = np.full(2 + len(CLASSES), -20.0)
    weights[:, 0], biases[0] = first.coef_[0], first.intercept_[0]
    weights[:, 1], biases[1] = second.coef_[0], second.intercept_[0]
    for place, label in enumerate(third.classes_):
        weights[:, 2 + label] = third.coef_[place]
        biases[2 + label] = third.intercept_[place]
    return weights, biases


def similarity_without_self(
    gatherer: Gatherer, matrix: Matrix, row: Row, number: int
) -> np.ndarray:
    """Similarity to the base as if this very text did not stand in it."""
    scores = gatherer.index.scores(matrix.asked[number])
    if row.own:
        reduced = reduce(gatherer.normaliser(row.text).text)
        for place, phrasing in enumerate(gatherer.index.phrasings):
            if phrasing.owner == row.own and (phrasing.reduced in reduced):
                scores[place] = 0.0
    return scores


def fit(log: Any = print) -> tuple[dict[str, Any], np.ndarray]:
    """The document and the quantised weights that are stored."""
    began = time.perf_counter()
    knowledge = load_knowledge(ROOT / "knowledge")
    blank = load_model_from(
        {"features": [], "scales": [1], "biases": [0, 0], "classes": [],
         "mix": {"bias": 0, "weights": {}}, "data_hash": ""},
        np.zeros((0, 2), dtype=np.int8),
    )  # fmt: skip
    gatherer = Gatherer(knowledge, blank)
    rows = [*base_rows(knowledge), *corpus_rows()]
    log(
        f"{len(rows)} rows, {sum(r.positive for r in rows)} scams, {sum(r.emergency for r in rows)} emergencies"
    )
    matrix = Matrix(rows, gatherer)
    log(f"{len(matrix.names)} features  {time.perf_counter() - began:.0f} s")

    outside = np.zeros(len(rows))
    for train, test in KFold(FOLDS, shuffle=True, random_state=1).split(rows):
        x = matrix.x[train]
        head = _head(STRENGTH).fit(
            x, [rows[i].positive for i in train], sample_weight=[rows[i].weight for i in train]
        )
        outside[test] = head.decision_function(matrix.x[test])
    parts = [
        mix_parts(outside[i], similarity_without_self(gatherer, matrix, row, i), gatherer.is_scam)
        for i, row in enumerate(rows)
    ]
    names = list(parts[0])
    table = np.array([[part[name] for name in names] for part in parts])
    target = np.array([row.positive for row in rows])
    mixer = LogisticRegression(C=1.0, max_iter=1000).fit(table, target)
    odds = mixer.decision_function(table)
    for threshold in (-2, -1, 0, 1, 2):
        recall = (odds[target] > threshold).mean()
        false = (odds[~target] > threshold).mean()
        log(f"out of fold at {threshold:+d}: recall {recall:.4f} false alarms {false:.4f}")

    weights, biases = fit_heads(matrix.x, rows, np.arange(len(rows)))
    kept = np.abs(weights).max(axis=1) > SMALLEST_WEIGHT
    weights = weights[kept]
    features = [name for name, keep in zip(matrix.names, kept, strict=True) if keep]
    scales = np.abs(weights).max(axis=0) / 127
    scales[scales == 0] = 1.0
    quantised = np.round(weights / scales).astype(np.int8)
    document = {
        "features": features,
        "scales": [round(float(s), 8) for s in scales],
        "biases": [round(float(b), 6) for b in biases],
        "classes": list(CLASSES),
        "mix": {
            "bias": round(float(mixer.intercept_[0]), 5),
            "weights": {
                name: round(float(w), 5) for name, w in zip(names, mixer.coef_[0], strict=True)
            },
        },
        "data_hash": data_hash(rows),
    }
    log(f"mix {document['mix']}  {time.perf_counter() - began:.0f} s")
    return document, quantised


def data_hash(rows: Sequence[Row]) -> str:
    """A hash of every text and label that was fitted on."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(f"{row.text}\t{row.positive}\t{row.emergency}\t{row.categories}\n".encode())
    return digest.hexdigest()[:16]


def stored() -> tuple[dict[str, Any], np.ndarray]:
    """What is stored now."""
    document = json.loads((FITTED / "model.json").read_text("utf-8"))
    return document, np.load(FITTED / "weights.npy")


def main(arguments: Sequence[str]) -> int:
    document, weights = fit()
    if "--check" in arguments:
        old, old_weights = stored()
        same = old["features"] == document["features"] and old["data_hash"] == document["data_hash"]
        close = same and bool(np.abs(old_weights.astype(int) - weights.astype(int)).max() <= 2)
        print(
            "the stored numbers are what the script gives" if close else "the stored numbers differ"
        )
        return 0 if close else 1
    FITTED.mkdir(exist_ok=True)
    (FITTED / "model.json").write_text(
        json.dumps(document, ensure_ascii=False, indent=0) + "\n", "utf-8"
    )
    np.save(FITTED / "weights.npy", weights)
    print(
        f"wrote {FITTED.relative_to(ROOT)}: {weights.shape[0]} features, {weights.nbytes // 1024} KiB"
    )
    return 0


__all__ = ["Mix", "Model", "fit", "main", "stored"]

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
