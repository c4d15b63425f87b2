from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from training.evaluation import measure

RANDOM = np.random.default_rng(0)
X = np.vstack([RANDOM.normal(size=(30, 2)), RANDOM.normal(loc=8, size=(10, 2))]) * [1, 100]


def test_measures_the_clusters_of_what_the_estimator_sees() -> None:
    pipeline = make_pipeline(StandardScaler(), KMeans(2, n_init=1, random_state=0)).fit(X)
    silhouette = silhouette_score(pipeline[:-1].transform(X), pipeline.predict(X))
    assert measure(pipeline, X, None) == {"clusters": 2.0, "silhouette": silhouette, "largest_share": 0.75}


def test_measures_the_clusters_of_a_lone_estimator() -> None:
    estimator = KMeans(2, n_init=1, random_state=0).fit(X)
    assert measure(estimator, X, None)["silhouette"] == silhouette_score(X, estimator.predict(X))


def test_has_no_silhouette_of_one_cluster() -> None:
    pipeline = make_pipeline(StandardScaler(), KMeans(1, n_init=1, random_state=0)).fit(X)
    assert measure(pipeline, X, None) == {"clusters": 1.0, "largest_share": 1.0}


def test_measures_the_silhouette_of_2000_rows_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[int] = []

    def score(rows: Any, labels: Any) -> float:
        counts.append(len(rows))
        return 0.5

    monkeypatch.setattr("app.evaluation.cluster.silhouette_score", score)
    many = np.resize(X, (5000, 2))
    measure(make_pipeline(StandardScaler(), KMeans(2, n_init=1, random_state=0)).fit(many), many, None)
    assert counts == [2000]
