from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest
from sklearn.metrics import precision_score, recall_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from training.evaluation import measure

RANDOM = np.random.default_rng(0)
X = np.vstack([RANDOM.normal(size=(90, 2)), RANDOM.normal(loc=2, size=(10, 2))])
Y = np.r_[np.ones(90), -np.ones(10)].astype(np.int64)


@pytest.fixture(scope="module")
def pipeline() -> Any:
    return make_pipeline(StandardScaler(), IsolationForest(n_estimators=10, random_state=0)).fit(X)


def test_measures_the_share_of_outliers(pipeline: Any) -> None:
    assert measure(pipeline, X, None) == {"outlier_share": float(np.mean(pipeline.predict(X) == -1))}


def test_measures_how_well_known_outliers_are_found(pipeline: Any) -> None:
    predicted = pipeline.predict(X)
    assert measure(pipeline, X, Y) == {
        "outlier_share": float(np.mean(predicted == -1)),
        "precision": precision_score(Y, predicted, pos_label=-1),
        "recall": recall_score(Y, predicted, pos_label=-1),
        "roc_auc": roc_auc_score(Y == -1, -pipeline.decision_function(X)),
    }


def test_orders_nothing_where_there_are_no_outliers(pipeline: Any) -> None:
    assert list(measure(pipeline, X[:50], Y[:50])) == ["outlier_share", "precision", "recall"]
