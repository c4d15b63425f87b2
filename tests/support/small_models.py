"""Small models of every task and kind of column, as artifacts in memory, for tests of what is said of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_iris, load_linnerud, make_multilabel_classification
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from app.artifacts import Artifact, pack_artifact
from app.columns.kinds import build_table
from app.publishing.description import Provenance, describe_model
from app.publishing.models import FittedModel, split_model
from app.tables.rows import to_rows

N_ROWS = 300


@dataclass(frozen=True, eq=False)
class SmallModel:
    """An artifact, and all rows that its model was trained on, as JSON has them."""

    artifact: Artifact
    rows: list[list[Any]]


def build_mixed_frame() -> pd.DataFrame:
    """Return a table with a column of each kind, with gaps in some."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 90, N_ROWS),
            "income": rng.normal(50.0, 20.0, N_ROWS),
            "city": rng.choice(["Rome", "Oslo", "Bonn"], N_ROWS),
            "member": rng.random(N_ROWS) > 0.5,
            "since": pd.to_datetime("2020-01-01") + pd.to_timedelta(rng.integers(0, 1000, N_ROWS), unit="D"),
            "note": [f"{'word ' * int(rng.integers(1, 9))}{number}" for number in range(N_ROWS)],
        }
    )
    frame.loc[::7, "income"] = np.nan
    frame.loc[::11, "city"] = None
    return frame


def build_model(
    model: Any,
    X: Any,
    y: Any,
    task: str,
    classes: Sequence[Any] | None = None,
    targets: Sequence[str] = (),
    names: Sequence[str] = (),
) -> SmallModel:
    """Fit `model` to `X` and `y`, and return it as it would be published."""
    model.fit(X, y)
    fitted = FittedModel(model, task, classes, targets)
    provenance = Provenance("a small table", list(names) or _name_features(X), {"test": {}}, {"total": len(X)})
    metadata, golden = describe_model("small", fitted, provenance, X, X, X)
    files = pack_artifact(metadata, golden, *split_model(model))
    artifact = Artifact(metadata, golden, files["preprocessor.pkl"], files["model.pkl"])
    columns = metadata.parse_columns()
    return SmallModel(artifact, build_table(columns).to_json(to_rows(X, columns)))


def _name_features(X: Any) -> list[str]:
    if isinstance(X, pd.DataFrame):
        return list(map(str, X.columns))
    return ["text"] if isinstance(X, list) else [f"x{number}" for number in range(X.shape[1])]


def _build_mixed() -> SmallModel:
    frame = build_mixed_frame()
    prepared = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["city"]), (SimpleImputer(), ["income"]), ("passthrough", ["age"])
    )
    model = make_pipeline(prepared, LogisticRegression(max_iter=1000))
    return build_model(model, frame, np.where(frame["age"] > 50, "yes", "no"), "classification")


def _build_texts() -> SmallModel:
    texts = [f"{'good' if number % 2 else 'bad'} {'day ' * (number % 9)}{number}" for number in range(N_ROWS)]
    labels = ["pos" if number % 2 else "neg" for number in range(N_ROWS)]
    return build_model(make_pipeline(TfidfVectorizer(), LogisticRegression()), texts, labels, "classification")


def _build_multioutput() -> SmallModel:
    X, y = load_iris(return_X_y=True)
    model = RandomForestClassifier(5, random_state=0)
    kinds = ["large", "middle", "small"]
    y_both = np.column_stack([np.array(kinds)[y], np.where(X[:, 0] > 5.5, "yes", "no")])
    return build_model(model, X, y_both, "multioutput", [kinds, ["no", "yes"]], ["kind", "tall"])


def _build_multilabel() -> SmallModel:
    X, y = make_multilabel_classification(n_features=4, n_classes=3, random_state=0)
    return build_model(MultiOutputClassifier(LogisticRegression()), X, y, "multilabel", targets=["a", "b", "c"])


def _build_threshold() -> SmallModel:
    X, y = load_iris(return_X_y=True)
    model = FixedThresholdClassifier(LogisticRegression(max_iter=500), threshold=0.2)
    return build_model(model, X, (y == 1).astype(int), "classification")


_BUILDERS: dict[str, Callable[[], SmallModel]] = {
    "mixed": _build_mixed,
    "texts": _build_texts,
    "integer classes": lambda: build_model(
        LogisticRegression(max_iter=500), load_iris().data, load_iris().target + 3, "classification"
    ),
    "scores": lambda: build_model(SVC(), load_iris().data, load_iris().target, "classification"),
    "threshold": _build_threshold,
    "regression": lambda: build_model(
        make_pipeline(StandardScaler(), Ridge()),
        load_linnerud().data,
        load_linnerud().target[:, 0],
        "regression",
        targets=["weight"],
    ),
    "several targets": lambda: build_model(
        Ridge(), load_linnerud().data, load_linnerud().target, "regression", targets=["weight", "waist", "pulse"]
    ),
    "multilabel": _build_multilabel,
    "multioutput": _build_multioutput,
    "outlier": lambda: build_model(IsolationForest(n_estimators=20, random_state=0), load_iris().data, None, "outlier"),
    "cluster": lambda: build_model(KMeans(4, random_state=0), load_iris().data, None, "cluster"),
}
SMALL_MODELS = tuple(_BUILDERS)
"""The names of the models that there are."""


@cache
def get_small_model(name: str) -> SmallModel:
    """Return the model of that name, fitted once a process."""
    return _BUILDERS[name]()
