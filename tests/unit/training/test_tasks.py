from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.cluster import DBSCAN, KMeans
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest, StackingClassifier, StackingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import LocalOutlierFactor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from training.errors import EstimatorUnusable
from training.tasks import find_task


class Guesser(BaseEstimator):  # type: ignore[misc]
    """Predicts, and says not what."""

    def fit(self, X: Any, y: Any) -> Guesser:
        return self

    def predict(self, X: Any) -> Any:
        return np.zeros(len(X))


def explain(estimator: Any) -> str:
    with pytest.raises(EstimatorUnusable) as refused:
        find_task(estimator, [0, 1])
    return str(refused.value)


@pytest.mark.parametrize(
    ("estimator", "y", "task"),
    [
        (LogisticRegression(), [0, 1], "classification"),
        (LinearSVC(), ["a", "b"], "classification"),
        (make_pipeline(StandardScaler(), LogisticRegression()), [0, 1], "classification"),
        (GridSearchCV(LogisticRegression(), {"C": [1]}), [0, 1], "classification"),
        (DecisionTreeClassifier(), [[0, 1], [1, 0]], "multilabel"),
        (DecisionTreeClassifier(), [[False, True], [True, False]], "multilabel"),
        (DecisionTreeClassifier(), [[0, 2], [1, 0]], "multioutput"),
        (DecisionTreeClassifier(), [["a", "b"], ["b", "c"]], "multioutput"),
        (DecisionTreeClassifier(), [[0], [1]], "classification"),
        (LinearRegression(), [[0, 1], [1, 0]], "regression"),
        (StackingClassifier([("a", LogisticRegression())]), [0, 1], "classification"),
        (make_pipeline(StandardScaler(), StackingRegressor([("a", LinearRegression())])), [0.5, 1.5], "regression"),
        (IsolationForest(), None, "outlier"),
        (LocalOutlierFactor(novelty=True), None, "outlier"),
        (make_pipeline(StandardScaler(), KMeans()), None, "cluster"),
    ],
)
def test_finds_the_task_of_an_estimator(estimator: Any, y: Any, task: str) -> None:
    assert find_task(estimator, y) == task


@pytest.mark.parametrize(
    ("estimator", "name"),
    [
        (PCA(), "PCA"),
        (LocalOutlierFactor(), "LocalOutlierFactor"),
        (make_pipeline(StandardScaler(), DBSCAN()), "DBSCAN"),
        (make_pipeline(StandardScaler(), "passthrough"), "Pipeline"),
    ],
)
def test_refuses_what_gives_no_answers(estimator: Any, name: str) -> None:
    assert explain(estimator) == (
        f"{name} has no 'predict', so there is nothing to serve: end the pipeline with an estimator that has it."
    )


@pytest.mark.parametrize("thing", [len, "model", LogisticRegression])
def test_refuses_what_is_no_estimator(thing: Any) -> None:
    assert explain(thing) == (
        f"{type(thing).__name__} is no estimator of scikit-learn: "
        "it must be an instance of a class derived from BaseEstimator."
    )


def test_refuses_what_does_not_say_what_it_predicts() -> None:
    assert explain(Guesser()) == (
        "Guesser has a 'predict', but says neither that it is a classifier nor a regressor, an outlier detector or a "
        "clusterer: derive it from scikit-learn's mixin for that."
    )
