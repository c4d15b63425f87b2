"""Models of every task and tables of every kind, as people have them, for the tests to serve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.datasets import (
    load_diabetes,
    load_digits,
    load_iris,
    load_linnerud,
    load_wine,
    make_multilabel_classification,
)
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import CategoricalNB, GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from app.artifacts import pack_artifact
from app.publishing.description import Provenance, describe_model
from app.publishing.models import FittedModel, split_model
from app.publishing.store import publish

N_ROWS = 240


@dataclass(frozen=True, eq=False)
class Exhibit:
    """A model that is not fitted yet, and the table that it learns from."""

    model: Any
    X: Any
    y: Any
    task: str = "classification"
    classes: list[Any] | None = None
    targets: list[str] = field(default_factory=list)

    @property
    def feature_names(self) -> list[str]:
        """The names of the columns."""
        if hasattr(self.X, "columns"):
            return list(self.X.columns)
        return ["text"] if isinstance(self.X, list) else [f"x{place}" for place in range(self.X.shape[1])]


def publish_exhibit(artifact_dir: Path, version: str, exhibit: Exhibit) -> None:
    """Fit the model of `exhibit` and publish it as `version`, which becomes the current one."""
    model = exhibit.model.fit(exhibit.X, exhibit.y)
    fitted = FittedModel(model, exhibit.task, exhibit.classes, exhibit.targets)
    provenance = Provenance(version, exhibit.feature_names, {}, {"total": len(exhibit.X)})
    metadata, golden = describe_model(version, fitted, provenance, exhibit.X, exhibit.X, exhibit.X)
    publish(artifact_dir, version, pack_artifact(metadata, golden, *split_model(model)))


def make_customers(n_rows: int = N_ROWS, seed: int = 0) -> pd.DataFrame:
    """Return a table with a column of each kind, and gaps in some."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({
        "age": random.integers(18, 90, n_rows),
        "income": random.normal(50_000, 20_000, n_rows),
        "city": random.choice(np.array(["Bonn", "Oslo", "Rome"], dtype=object), n_rows),
        "plan": pd.Categorical(random.choice(["basic", "gold"], n_rows), categories=["gold", "basic", "none"]),
        "member": random.random(n_rows) > 0.5,
        "since": pd.to_datetime("2020-01-01") + pd.to_timedelta(random.integers(0, 1000, n_rows), unit="D"),
        "note": [f"{'late' if age % 3 else 'prompt'} payer number {age}" for age in range(n_rows)],
    })  # fmt: skip
    frame["city"] = frame["city"].astype(object)
    frame.loc[::7, "income"] = np.nan
    frame.loc[::11, "city"] = np.nan
    return frame


def make_mixed_pipeline(estimator: Any) -> Any:
    """Return a pipeline that uses a column of each kind of `make_customers`."""
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["city", "plan"]),
        (make_pipeline(SimpleImputer(), StandardScaler()), ["income", "age"]),
        (TfidfVectorizer(), "note"),
        ("passthrough", ["member"]),
    )
    return make_pipeline(columns, estimator)


def _of_customers(estimator: Any) -> Exhibit:
    customers = make_customers()
    likes = np.where(customers["age"] > 60, "high", np.where(customers["age"] > 35, "mid", "low"))
    return Exhibit(make_mixed_pipeline(estimator), customers, likes)


def _of_histograms() -> Exhibit:
    customers = make_customers().drop(columns=["since", "note"]).astype({"city": "category"})
    model = HistGradientBoostingRegressor(max_iter=20, categorical_features="from_dtype")
    return Exhibit(model, customers, customers["age"] * 1.5, "regression", targets=["spending"])


def _of_gaps() -> Exhibit:
    X, y = load_iris(return_X_y=True)
    X[::7, 1] = np.nan
    return Exhibit(HistGradientBoostingClassifier(max_iter=10), X, y)


def _of_texts() -> Exhibit:
    texts = make_customers()["note"].tolist()
    labels = ["late" if text.startswith("late") else "prompt" for text in texts]
    return Exhibit(make_pipeline(TfidfVectorizer(), LogisticRegression()), texts, labels)


def _of_codes() -> Exhibit:
    X: NDArray[np.int64] = np.random.default_rng(0).integers(0, 4, (N_ROWS, 4))
    return Exhibit(CategoricalNB(), X, X[:, 0] > 1)


def _of_labels(estimator: Any) -> Exhibit:
    X, y = make_multilabel_classification(N_ROWS, random_state=0)
    return Exhibit(estimator, X, y, "multilabel", targets=list("abcde"))


def _of_two_targets() -> Exhibit:
    X, species = load_iris(return_X_y=True)
    y = np.column_stack([species, X[:, 0] > 5.5]).astype(int)
    forest = RandomForestClassifier(10, random_state=0)
    return Exhibit(forest, X, y, "multioutput", classes=[[0, 1, 2], [0, 1]], targets=["species", "is_long"])


def _of(load: Callable[..., Any], estimator: Any, task: str = "classification", **facts: Any) -> Exhibit:
    X, y = load(return_X_y=True)
    return Exhibit(estimator, X, None if task in {"outlier", "cluster"} else y, task, **facts)


def _scaled(estimator: Any) -> Any:
    return make_pipeline(StandardScaler(), estimator)


def _vote(voting: str) -> Any:
    parts = [
        ("logistic", LogisticRegression()),
        ("tree", DecisionTreeClassifier(random_state=0)),
        ("bayes", GaussianNB()),
    ]
    return _scaled(VotingClassifier(parts, voting=voting))


EXHIBITS: dict[str, Callable[[], Exhibit]] = {
    "customers-logistic": lambda: _of_customers(LogisticRegression(max_iter=1000)),
    "customers-forest": lambda: _of_customers(RandomForestClassifier(20, random_state=0, n_jobs=2)),
    "customers-histograms": _of_histograms,
    "gaps": _of_gaps,
    "texts": _of_texts,
    "codes": _of_codes,
    "diabetes": lambda: _of(load_diabetes, _scaled(Ridge()), "regression", targets=["progression"]),
    "linnerud": lambda: _of(load_linnerud, _scaled(Ridge()), "regression", targets=["weight", "waist", "pulse"]),
    "wine": lambda: _of(load_wine, _scaled(LogisticRegression())),
    "digits": lambda: _of(load_digits, RandomForestClassifier(20, random_state=0)),
    "calibrated": lambda: _of(load_wine, _scaled(CalibratedClassifierCV(LogisticRegression(), cv=2))),
    "voting-soft": lambda: _of(load_wine, _vote("soft")),
    "voting-hard": lambda: _of(load_wine, _vote("hard")),
    "stacking": lambda: _of(load_wine, _scaled(StackingClassifier([("bayes", GaussianNB())], cv=2))),
    "svc": lambda: _of(load_wine, _scaled(SVC())),
    "ridge-classifier": lambda: _of(load_wine, _scaled(RidgeClassifier())),
    "tuned-threshold": lambda: _binary(TunedThresholdClassifierCV(LogisticRegression(), cv=2)),
    "fixed-threshold": lambda: _binary(FixedThresholdClassifier(LogisticRegression(), threshold=0.9)),
    "isolation-forest": lambda: _of(load_wine, IsolationForest(n_estimators=20, random_state=0), "outlier"),
    "k-means": lambda: _of(load_wine, _scaled(KMeans(3, random_state=0, n_init=1)), "cluster"),
    "multilabel-logistic": lambda: _of_labels(MultiOutputClassifier(LogisticRegression(max_iter=1000))),
    "multilabel-forest": lambda: _of_labels(RandomForestClassifier(10, random_state=0)),
    "two-targets": _of_two_targets,
}


def _of_many_columns() -> Exhibit:
    X = np.random.default_rng(0).normal(size=(300, 2000))
    return Exhibit(_scaled(LogisticRegression()), X, X[:, 0] > 0)


def _of_many_classes() -> Exhibit:
    y = np.arange(5000) % 1000
    X = np.random.default_rng(0).normal(size=(5000, 10)) + y[:, np.newaxis]
    return Exhibit(GaussianNB(), X, y)


LARGE_EXHIBITS: dict[str, Callable[[], Exhibit]] = {"2000-columns": _of_many_columns, "1000-classes": _of_many_classes}


def _binary(estimator: Any) -> Exhibit:
    X, y = load_wine(return_X_y=True)
    return Exhibit(_scaled(estimator), X, np.where(y == 1, "yes", "no"))
