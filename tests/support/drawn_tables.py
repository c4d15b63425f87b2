"""Tables of drawn kinds, gaps and sizes, with a small model trained on each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, IsolationForest, RandomForestRegressor
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

MOST_ROWS = 64


@dataclass(frozen=True)
class Drawn:
    """A table and a model that was fitted to it."""

    X: pd.DataFrame
    model: Any
    task: str
    targets: tuple[str, ...]


Draw = Callable[[np.random.Generator, int, bool], Any]


def _draw_words(rng: np.random.Generator, n_rows: int, has_gaps: bool) -> Any:
    words = ["Rome", "Oslo", "Bonn", "ü", "", "null"][: rng.integers(2, 7)]
    return _leave_gaps(rng, rng.choice(np.array(words, dtype=object), n_rows), has_gaps)


def _leave_gaps(rng: np.random.Generator, values: Any, has_gaps: bool) -> Any:
    objects = np.array(values, dtype=object)
    if has_gaps:
        objects[rng.random(len(objects)) < 0.2] = None
    return objects


def _draw_integers(rng: np.random.Generator, n_rows: int, has_gaps: bool) -> Any:
    return _leave_gaps(rng, rng.integers(-3, rng.integers(0, 1000), n_rows), has_gaps)


NUMBERS: dict[str, Draw] = {
    "float64": lambda rng, n, gaps: _leave_gaps(rng, rng.normal(0, 10.0 ** rng.integers(-3, 6), n), gaps),
    "float32": lambda rng, n, gaps: _leave_gaps(rng, rng.normal(size=n).astype("float32"), gaps),
    "Int64": _draw_integers,
    "int16": lambda rng, n, gaps: _draw_integers(rng, n, False),
}
CATEGORIES: dict[str, Draw] = {
    "object": _draw_words,
    "str": _draw_words,
    "category": _draw_words,
    "bool": lambda rng, n, gaps: rng.random(n) < 0.5,
}
KINDS = {**NUMBERS, **CATEGORIES}
TEXTS = np.array(["good", "bad", "day", "rain", "sun", "snow", "wind", "ice", "12", "é"])


def draw_table(seed: int) -> Drawn:
    """Return a table of 20 to 64 rows and one to six columns, with a model."""
    rng = np.random.default_rng(seed)
    n_rows = int(rng.integers(20, MOST_ROWS + 1))
    dtypes = rng.choice(list(KINDS), rng.integers(1, 7)).tolist()
    X = pd.DataFrame({
        f"{dtype} {place}": pd.Series(KINDS[dtype](rng, n_rows, rng.random() < 0.5)).astype(dtype)
        for place, dtype in enumerate(dtypes)
    })  # fmt: skip
    if rng.random() < 0.3:
        X["text"] = [" ".join(rng.choice(TEXTS, 8)) for _ in range(n_rows)]
    if rng.random() < 0.3:  # which no model looks at, and every row must have
        X["since"] = pd.Timestamp("2020-01-01", tz=rng.choice(["UTC", "Europe/Rome"])) + pd.to_timedelta(
            rng.integers(0, 10**8, n_rows), unit="s"
        )
    return _fit(rng, X, dtypes)


def _fit(rng: np.random.Generator, X: pd.DataFrame, dtypes: list[str]) -> Drawn:
    labels = np.resize(["no", "yes", "maybe"], len(X))
    y = rng.normal(size=len(X))
    models: list[tuple[Any, str, Any]] = [
        (LogisticRegression(max_iter=20), "classification", labels),
        (RidgeClassifier(), "classification", labels == "yes"),
        (GaussianNB(), "classification", np.resize([3, 4], len(X))),
        (HistGradientBoostingClassifier(max_iter=2), "classification", labels),
        (Ridge(), "regression", y),
        (Ridge(), "regression", np.column_stack([y, -y])),
        (RandomForestRegressor(3), "regression", y),
        (IsolationForest(n_estimators=3), "outlier", None),
        (KMeans(2, n_init=1), "cluster", None),
    ]
    estimator, task, target = models[rng.integers(len(models))]
    takes_sparse = not isinstance(estimator, (GaussianNB, HistGradientBoostingClassifier))
    model = make_pipeline(_build_preprocessor(rng, X, dtypes, takes_sparse), estimator).fit(X, target)
    targets = ("p", "q")[: np.ndim(target)] if task == "regression" else ()
    return Drawn(X, model, task, targets)


def _build_preprocessor(rng: np.random.Generator, X: pd.DataFrame, dtypes: list[str], takes_sparse: bool) -> Any:
    columns = dict(zip(X.columns, dtypes, strict=False))
    numbers = [name for name, dtype in columns.items() if dtype in NUMBERS]
    categories = [name for name, dtype in columns.items() if dtype in CATEGORIES]
    encoder = OneHotEncoder(handle_unknown=rng.choice(["ignore", "error"]), sparse_output=False)
    scaler = make_pipeline(SimpleImputer(), StandardScaler())
    steps: list[Any] = [(scaler, numbers), (encoder, categories)]
    if "text" in X:
        steps.append((CountVectorizer(), "text"))
    return make_column_transformer(*steps, sparse_threshold=rng.choice([0.0, 1.0]) * takes_sparse)
