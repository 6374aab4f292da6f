"""Fit the judge's numbers on this repository's own texts and store them with the data's hash.

Fitted on: the knowledge base's phrasings, its ordinary phrasings and trials, and
tests/data/corpus/. Never on tests/data/own/ (the measuring set) nor on anybody else's texts.

Usage: python tools/fit_judge.py [--check]
  --check  fit again (without encoding anew) and compare with what is stored; exit 1 on a difference
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

from bot.judge.encoder import NanoEncoder  # noqa: E402
from bot.judge.evidence import Lexical, encoded_parts, lexical_parts  # noqa: E402
from bot.judge.examples import NO_CATEGORY, Examples  # noqa: E402
from bot.judge.grams import Codes, name_of, reduce  # noqa: E402
from bot.judge.meaning import Meaning  # noqa: E402
from bot.judge.model import Scores  # noqa: E402
from bot.judge.vectors import EMPTY, SIZE, Shelf, key_of, load_shelf  # noqa: E402
from bot.kb.load import load_knowledge  # noqa: E402
from bot.kb.model import CATEGORIES, Knowledge  # noqa: E402

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
LEXICAL = ("linear", "scam_best", "other_best", "scam_mean", "other_mean")
ENCODED = (*LEXICAL, "near_scam", "near_other")
EMERGENCY = ("linear_emergency", "linear", "near_emergency", "near_no_emergency")


@dataclass(frozen=True, slots=True)
class Row:
    text: str
    positive: bool
    emergency: bool
    categories: tuple[str, ...]
    weight: float = 1.0
    example: bool = False
    """Of the corpus, and so an example of the second stage."""


def base_rows(knowledge: Knowledge) -> Iterator[Row]:
    """The knowledge base as rows; some of each side wrapped in a question, so that the wrapping
    itself tells nothing."""
    for entry in knowledge.entries:
        for number, text in enumerate(entry.says):
            yield Row(text, True, False, (entry.category,))
            if number % 3 == 0:
                wrap = WRAPS[(number + len(text)) % len(WRAPS)]
                yield Row(wrap.format(text), True, False, (entry.category,), 0.5)
        for text in (*entry.asks, *entry.trials.must):
            yield Row(text, True, False, (entry.category,))
        for text in (*entry.looks_like, *entry.trials.must_not):
            yield Row(text, False, False, ())
    for guide in knowledge.guides:
        for text in (*guide.asks, *guide.trials.must):
            yield Row(text, False, False, ())
    for subject in knowledge.ordinary:
        for number, text in enumerate(subject.phrasings):
            yield Row(text, False, False, ())
            if number % 3 == 0:
                wrap = WRAPS[(number + len(text)) % len(WRAPS)]
                yield Row(wrap.format(text), False, False, (), 0.5)


def corpus_rows() -> Iterator[Row]:
    """tests/data/corpus/*.tsv: kind, category, register, text."""
    for path in sorted(CORPUS.glob("*.tsv")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            fields = line.split("\t")
            if len(fields) != 4 or fields[0] not in ("scam", "emergency", "normal"):
                raise SystemExit(f"{path.name}:{number}: not kind, category, register, text")
            kind, category, _, text = fields
            categories = tuple(c for c in category.split(",") if c in CATEGORIES)
            yield Row(text, kind != "normal", kind == "emergency", categories, example=True)


class Matrix:
    """Rows as sparse features; the vocabulary is what occurs often enough."""

    def __init__(self, normalised: Sequence[str], lexical: Lexical) -> None:
        self.asked: list[Codes] = []
        spelt: list[list[str]] = []
        found: list[list[str]] = []
        counts: dict[str, int] = {}
        for text in normalised:
            reading = lexical.read(reduce(text), text)
            self.asked.append(reading.grams)
            spelt.append([name_of(code) for code in reading.grams.tolist()])
            found.append(reading.features)
            for name in (*spelt[-1], *found[-1]):
                counts[name] = counts.get(name, 0) + 1
        self.names = sorted(name for name, count in counts.items() if count > RARE)
        ids = {name: number for number, name in enumerate(self.names)}
        data: list[float] = []
        columns: list[int] = []
        pointers = [0]
        for asked, names in zip(spelt, found, strict=True):
            share = 1 / max(len(asked), 1) ** 0.5
            for group, value in ((asked, share), (names, 1.0)):
                known = [ids[name] for name in group if name in ids]
                columns += known
                data += [value] * len(known)
            pointers.append(len(columns))
        shape = (len(normalised), len(self.names))
        self.x = csr_matrix((data, columns, pointers), shape=shape, dtype=np.float64)


def _head() -> LogisticRegression:
    return LogisticRegression(C=STRENGTH, max_iter=300, tol=1e-4, solver="lbfgs")


def _column(rows: Sequence[Row], name: str) -> np.ndarray:
    return np.array([getattr(row, name) for row in rows])


def fit_heads(matrix: csr_matrix, rows: Sequence[Row]) -> tuple[np.ndarray, np.ndarray]:
    """Weights (features x heads) and biases of positive, emergency and each category."""
    weight = _column(rows, "weight")
    first = _head().fit(matrix, _column(rows, "positive"), sample_weight=weight)
    second = _emergency_head(matrix, rows, np.arange(len(rows)))
    named = np.array([i for i, row in enumerate(rows) if row.categories])
    labels = np.array([CLASSES.index(rows[i].categories[0]) for i in named])
    third = _head().fit(matrix[named], labels, sample_weight=weight[named])
    weights = np.zeros((matrix.shape[1], 2 + len(CLASSES)))
    biases = np.full(2 + len(CLASSES), -20.0)
    weights[:, 0], biases[0] = first.coef_[0], first.intercept_[0]
    weights[:, 1], biases[1] = second.coef_[0], second.intercept_[0]
    for place, label in enumerate(third.classes_):
        weights[:, 2 + label] = third.coef_[place]
        biases[2 + label] = third.intercept_[place]
    return weights, biases


def _emergency_head(
    matrix: csr_matrix, rows: Sequence[Row], picked: np.ndarray
) -> LogisticRegression:
    emergency = _column(rows, "emergency")[picked]
    weight = _column(rows, "weight")[picked] * np.where(emergency, 2.0, 1.0)
    return _head().fit(matrix[picked], emergency, sample_weight=weight)


def outside_scores(matrix: csr_matrix, rows: Sequence[Row]) -> list[Scores]:
    """Scores of each row by heads fitted without it."""
    positive = np.zeros(len(rows))
    emergency = np.zeros(len(rows))
    for train, test in KFold(FOLDS, shuffle=True, random_state=1).split(rows):
        weight = _column(rows, "weight")[train]
        head = _head().fit(matrix[train], _column(rows, "positive")[train], sample_weight=weight)
        positive[test] = head.decision_function(matrix[test])
        emergency[test] = _emergency_head(matrix, rows, train).decision_function(matrix[test])
    return [Scores(float(p), float(e), {}) for p, e in zip(positive, emergency, strict=True)]


def encode_all(texts: Sequence[str], stored: Shelf) -> Shelf:
    """The vectors of all texts; what is not stored yet is encoded now, with a count on the way."""
    missing = [text for text in dict.fromkeys(texts) if key_of(text) not in stored]
    if not missing:
        return stored
    encoder = NanoEncoder()
    shelf = stored
    for begin in range(0, len(missing), 500):
        shelf = shelf.extended(missing[begin : begin + 500], encoder)
        print(f"encoded {min(begin + 500, len(missing))}/{len(missing)}", flush=True)
    return shelf


def fit(shelf: Shelf, log: Any = print) -> tuple[dict[str, Any], np.ndarray, Examples, Shelf]:
    """The document, the quantised weights, the examples and the vectors that are stored."""
    began = time.perf_counter()
    lexical = Lexical(load_knowledge(ROOT / "knowledge"))
    rows = [*base_rows(load_knowledge(ROOT / "knowledge")), *corpus_rows()]
    normalised = [lexical.normaliser(row.text).text for row in rows]
    log(
        f"{len(rows)} rows, {sum(r.positive for r in rows)} scams, "
        f"{sum(r.emergency for r in rows)} emergencies, {sum(r.example for r in rows)} of the corpus"
    )
    matrix = Matrix(normalised, lexical)
    scores = outside_scores(matrix.x, rows)
    log(f"{len(matrix.names)} features  {time.perf_counter() - began:.0f} s")

    shelf = encode_all([*(p.normalised for p in lexical.phrasings), *normalised], shelf)
    center = shelf.rows(key_of(text) for text in normalised).mean(axis=0)
    center = np.round(center.astype(np.float64), 5)
    taught = [i for i, row in enumerate(rows) if row.example]
    examples = Examples(
        keys=np.array([key_of(normalised[i]) for i in taught], dtype=np.uint64),
        positive=np.array([rows[i].positive for i in taught], dtype=bool),
        emergency=np.array([rows[i].emergency for i in taught], dtype=bool),
        categories=np.array(
            [
                CLASSES.index(rows[i].categories[0]) if rows[i].categories else NO_CATEGORY
                for i in taught
            ],
            dtype=np.int8,
        ),
    )
    meaning = Meaning(
        lambda _: None, shelf, center.astype(np.float32), lexical.phrasings, examples, CLASSES
    )
    parts = _parts(rows, normalised, matrix, scores, lexical, meaning, shelf, examples)
    log(f"compared  {time.perf_counter() - began:.0f} s")
    whole = np.array([row.weight == 1.0 for row in rows])
    positive = _column(rows, "positive")
    mixes = {
        "lexical": _mix(parts, LEXICAL, positive, whole, log, "lexical"),
        "encoded": _mix(parts, ENCODED, positive, whole, log, "encoded"),
        "emergency": _mix(
            parts,
            EMERGENCY,
            _column(rows, "emergency"),
            whole & _column(rows, "example"),
            log,
            "emergency",
        ),
    }
    weights, biases = fit_heads(matrix.x, rows)
    kept = np.abs(weights).max(axis=1) > SMALLEST_WEIGHT
    weights = weights[kept]
    scales = np.abs(weights).max(axis=0) / 127
    scales[scales == 0] = 1.0
    document = {
        "features": [name for name, keep in zip(matrix.names, kept, strict=True) if keep],
        "scales": [round(float(s), 8) for s in scales],
        "biases": [round(float(b), 6) for b in biases],
        "classes": list(CLASSES),
        "mixes": mixes,
        "center": center.tolist(),
        "data_hash": data_hash(rows),
    }
    log(f"fitted  {time.perf_counter() - began:.0f} s")
    needed = [*(key_of(p.normalised) for p in lexical.phrasings), *examples.keys.tolist()]
    needed += [key_of(text) for text in normalised]
    return document, np.round(weights / scales).astype(np.int8), examples, shelf.only(needed)


def _parts(
    rows: Sequence[Row],
    normalised: Sequence[str],
    matrix: Matrix,
    scores: Sequence[Scores],
    lexical: Lexical,
    meaning: Meaning,
    shelf: Shelf,
    examples: Examples,
) -> list[dict[str, float]]:
    """The inputs of the mixes, each row compared as if it stood nowhere in the base or corpus."""
    reduced_places: dict[str, list[int]] = {}
    for place, phrasing in enumerate(lexical.phrasings):
        reduced_places.setdefault(phrasing.normalised, []).append(place)
    example_places: dict[int, list[int]] = {}
    for place, key in enumerate(examples.keys.tolist()):
        example_places.setdefault(key, []).append(place + len(lexical.phrasings))
    found = []
    for row, text, asked, score in zip(rows, normalised, matrix.asked, scores, strict=True):
        own = list(reduced_places.get(text, ()))
        if row.weight < 1.0:
            own += [p for t, places in reduced_places.items() if t and t in text for p in places]
        similarity = lexical.index.scores(asked)
        similarity[own] = 0.0
        own += example_places.get(key_of(text), [])
        parts = lexical_parts(score, lexical.owners.nearest(similarity))
        vector = shelf.rows([key_of(text)])[0]
        found.append(parts | encoded_parts(meaning.nearness(vector, own)))
    return found


def _mix(
    parts: Sequence[dict[str, float]],
    names: Sequence[str],
    target: np.ndarray,
    used: np.ndarray,
    log: Any,
    label: str,
) -> dict[str, Any]:
    table = np.array([[part[name] for name in names] for part in parts])
    mixer = LogisticRegression(C=1.0, max_iter=2000).fit(table[used], target[used])
    odds = mixer.decision_function(table)
    for threshold in (-2, -1, 0, 1, 2):
        right = (odds[target & used] > threshold).mean()
        wrong = (odds[~target & used] > threshold).mean()
        log(f"{label}, out of fold, at {threshold:+d}: found {right:.4f} wrongly {wrong:.4f}")
    return {
        "bias": round(float(mixer.intercept_[0]), 4),
        "weights": {
            name: round(float(w), 4) for name, w in zip(names, mixer.coef_[0], strict=True)
        },
    }


def data_hash(rows: Sequence[Row]) -> str:
    """A hash of every text and label that was fitted on."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(f"{row.text}\t{row.positive}\t{row.emergency}\t{row.categories}\n".encode())
    return digest.hexdigest()[:16]


def differences(
    old: tuple[dict[str, Any], np.ndarray], new: tuple[dict[str, Any], np.ndarray]
) -> list[str]:
    """How a stored fit and a new one differ beyond the last digits; empty where they agree."""
    (old_document, old_weights), (document, weights) = old, new
    found = [
        f"{name} differs"
        for name in ("data_hash", "features", "classes")
        if old_document[name] != document[name]
    ]
    if found:
        return found
    if np.abs(old_weights.astype(int) - weights.astype(int)).max() > 2:
        found.append("weights differ")
    for name, mix in document["mixes"].items():
        stored = old_document["mixes"][name]
        pairs = [(stored["bias"], mix["bias"])]
        pairs += [(stored["weights"][key], value) for key, value in mix["weights"].items()]
        if any(abs(a - b) > 0.05 * max(1.0, abs(a)) for a, b in pairs):
            found.append(f"mix {name} differs")
    return found


def stored() -> tuple[dict[str, Any], np.ndarray]:
    """What is stored now."""
    document = json.loads((FITTED / "model.json").read_text("utf-8"))
    return document, np.load(FITTED / "weights.npy")


def main(arguments: Sequence[str]) -> int:
    vectors = FITTED / "vectors.npz"
    shelf = load_shelf(vectors) if vectors.exists() else Shelf((), np.zeros((0, SIZE), np.int8))
    document, weights, examples, shelf = fit(shelf)
    if "--check" in arguments:
        found = differences(stored(), (document, weights))
        print("\n".join(found) or "the stored numbers are what the script gives")
        return 1 if found else 0
    FITTED.mkdir(exist_ok=True)
    (FITTED / "model.json").write_text(
        json.dumps(document, ensure_ascii=False, indent=0) + "\n", "utf-8"
    )
    np.save(FITTED / "weights.npy", weights)
    examples.save(FITTED / "examples.npz")
    shelf.save(vectors)
    size = sum(path.stat().st_size for path in FITTED.iterdir()) // 1024
    print(f"wrote {FITTED.relative_to(ROOT)}: {weights.shape[0]} features, {size} KiB")
    return 0


__all__ = ["EMPTY", "differences", "fit", "main", "stored"]

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
