from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.linear_model import LinearRegression, LogisticRegression, QuantileRegressor
from sklearn.tree import DecisionTreeClassifier

from training.baseline import measure_baseline
from training.dataset import Dataset, build_dataset
from training.folds import choose_folds
from training.splitting import split_dataset

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(100, 2))
NUMBERS = RANDOM.exponential(size=100)


def measure(dataset: Dataset, estimator: Any) -> Any:
    split = split_dataset(dataset, seed=1)
    return measure_baseline(estimator, split, choose_folds(split, seed=1))


def build(estimator: Any, y: Any, X: Any = X) -> Dataset:
    return build_dataset("test", X, y, estimator=estimator)


def test_orders_no_classes() -> None:
    baseline = measure(build(LogisticRegression(), ["no", "yes", "no", "no"] * 25), LogisticRegression())
    assert (baseline.metrics["test"]["roc_auc"], baseline.metrics["test"]["accuracy"]) == (0.5, 0.75)
    assert baseline.description == "predicts the commonest class always"


def test_predicts_the_mean_of_what_it_was_trained_on() -> None:
    dataset = build(LinearRegression(), NUMBERS)
    split = split_dataset(dataset, seed=1)
    error = np.mean(np.abs(split.y_test - split.y_train.mean()))
    assert measure(dataset, LinearRegression()).metrics["test"]["mae"] == pytest.approx(error)


def test_predicts_the_quantile_that_the_estimator_predicts() -> None:
    estimator = QuantileRegressor(quantile=0.9)
    dataset = build(estimator, NUMBERS)
    baseline = measure(dataset, estimator)
    assert baseline.description == "predicts the quantile 0.9 always"
    assert baseline.metrics["test"]["mae"] > measure(dataset, LinearRegression()).metrics["test"]["mae"]


@pytest.mark.parametrize("y", [RANDOM.integers(0, 2, (100, 2)), RANDOM.choice(["a", "b", "c"], (100, 2))])
def test_has_one_for_several_labels_and_targets(y: Any) -> None:
    assert measure(build(DecisionTreeClassifier(), y), DecisionTreeClassifier()).metrics["test"]


def test_looks_at_no_column() -> None:
    texts = [f"text {row}" for row in range(100)]
    baseline = measure(build(LogisticRegression(), [0, 1] * 50, texts), LogisticRegression())
    assert baseline.metrics["test"]["roc_auc"] == 0.5


def test_is_measured_over_the_folds_where_there_are_no_rows_to_test_on() -> None:
    baseline = measure(build(LogisticRegression(), [0, 1] * 4, X[:8]), LogisticRegression())
    assert baseline.metrics["cross_validation"]["roc_auc_mean"] == 0.5


def test_has_none_where_nothing_is_learnt_from_a_target() -> None:
    assert measure(build(KMeans(), None), KMeans()) is None
