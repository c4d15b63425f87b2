from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.metrics import average_precision_score, get_scorer, roc_auc_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from app.artifacts import Artifact
from tests.support.published_models import load_iris_dataset
from training.dataset import Dataset, load_dataset
from training.evaluation import measure, predict
from training.packing import build_pipeline
from training.splitting import split_dataset

SCORERS = {
    "accuracy": "accuracy",
    "precision_macro": "precision_macro",
    "recall_macro": "recall_macro",
    "f1_macro": "f1_macro",
    "average_precision": "average_precision",
}
ROC_AUC_SCORERS = {2: "roc_auc", 3: "roc_auc_ovr"}
EXAMPLE_METRICS = {
    "train": {
        "accuracy": 1.0,
        "precision_macro": 1.0,
        "recall_macro": 1.0,
        "f1_macro": 1.0,
        "roc_auc": 1.0,
        "average_precision": 1.0,
    },
    "test": {
        "accuracy": 0.956140350877193,
        "precision_macro": 0.9605128205128205,
        "recall_macro": 0.9454365079365079,
        "f1_macro": 0.9521289997480473,
        "roc_auc": 0.9920634920634921,
        "average_precision": 0.9953844678063539,
    },
    "cross_validation": {
        "accuracy_mean": 0.9670329670329672,
        "accuracy_std": 0.01838813245129838,
        "precision_macro_mean": 0.9649146011547385,
        "precision_macro_std": 0.020352031770413358,
        "recall_macro_mean": 0.9653766769865841,
        "recall_macro_std": 0.01941639741744215,
        "f1_macro_mean": 0.9648379145735992,
        "f1_macro_std": 0.01957203496981172,
        "roc_auc_mean": 0.9923632610939113,
        "roc_auc_std": 0.005376270909238828,
        "average_precision_mean": 0.9947296499998552,
        "average_precision_std": 0.004183754135467974,
    },
}


def build_tree() -> Pipeline:
    """Return a classifier that errs, so that each metric has a value of its own."""
    return build_pipeline(StandardScaler(), DecisionTreeClassifier(max_depth=2, random_state=0))


def name_scorers(dataset: Dataset) -> dict[str, str]:
    return {**SCORERS, "roc_auc": ROC_AUC_SCORERS[len(dataset.classes)]}


def load_uneven_iris() -> Dataset:
    """Return two features of iris and classes of 50, 40 and 25 rows, so that every way to average differs."""
    iris = load_iris_dataset()
    rows = np.r_[0:50, 50:90, 100:125]
    return dataclasses.replace(iris, X=iris.X[rows, 1:3], y=iris.y[rows], feature_names=iris.feature_names[1:3])


@pytest.fixture(params=[load_dataset, load_uneven_iris], ids=["two classes", "three classes"])
def dataset(request: pytest.FixtureRequest) -> Dataset:
    loaded: Dataset = request.param()
    return loaded


def test_the_metrics_of_the_example_are_what_they_were_bit_for_bit(example_artifact: Artifact) -> None:
    assert example_artifact.metadata.metrics == EXAMPLE_METRICS


def test_measures_what_the_scorers_of_scikit_learn_measure(dataset: Dataset) -> None:
    split = split_dataset(dataset, seed=42)
    pipeline = build_tree().fit(split.X_train, split.y_train)
    expected = {
        name: get_scorer(scorer)(pipeline, split.X_test, split.y_test) for name, scorer in name_scorers(dataset).items()
    }
    assert measure(pipeline, split.X_test, split.y_test) == pytest.approx(expected)


def test_measures_a_class_that_is_never_predicted_as_zero(dataset: Dataset) -> None:
    pipeline = build_pipeline(StandardScaler(), DummyClassifier(strategy="constant", constant=0))
    metrics = measure(pipeline.fit(dataset.X, dataset.y), dataset.X, dataset.y)
    share, n_classes = float(np.mean(dataset.y == 0)), len(dataset.classes)
    assert (metrics["precision_macro"], metrics["recall_macro"]) == pytest.approx((share / n_classes, 1 / n_classes))


@pytest.mark.parametrize("classes", [["no", "yes"], [False, True], [3, 7]])
def test_measures_the_same_whatever_the_classes_are_called(classes: list[Any]) -> None:
    dataset = load_dataset()
    y = np.array(classes)[dataset.y]
    expected = measure(build_tree().fit(dataset.X, dataset.y), dataset.X, dataset.y)
    assert measure(build_tree().fit(dataset.X, y), dataset.X, y) == expected


def test_orders_two_classes_by_their_decision_where_there_are_no_probabilities() -> None:
    dataset = load_dataset()
    pipeline = build_pipeline(StandardScaler(), LinearSVC()).fit(dataset.X[:, :2], dataset.y)
    metrics = measure(pipeline, dataset.X[:, :2], dataset.y)
    decision = pipeline.decision_function(dataset.X[:, :2])
    assert metrics["roc_auc"] == roc_auc_score(dataset.y, decision)
    assert metrics["average_precision"] == average_precision_score(dataset.y, decision)


def test_orders_three_classes_by_their_decision_functions() -> None:
    iris = load_uneven_iris()
    pipeline = build_pipeline(StandardScaler(), RidgeClassifier()).fit(iris.X, iris.y)
    scores = pipeline.decision_function(iris.X)
    areas = [roc_auc_score(iris.y == each, scores[:, each]) for each in range(3)]
    assert measure(pipeline, iris.X, iris.y)["roc_auc"] == pytest.approx(np.mean(areas))


def test_takes_no_decision_between_two_classes_for_the_order_of_one() -> None:
    iris = load_uneven_iris()
    pipeline = build_pipeline(StandardScaler(), SVC(decision_function_shape="ovo")).fit(iris.X, iris.y)
    assert list(measure(pipeline, iris.X, iris.y)) == ["accuracy", "precision_macro", "recall_macro", "f1_macro"]


def test_averages_over_the_classes_that_occur() -> None:
    iris = load_uneven_iris()
    pipeline = build_tree().fit(iris.X, iris.y)
    rows = iris.y > 0
    X, y = iris.X[rows], iris.y[rows]
    probabilities = pipeline.predict_proba(X)
    expected = np.mean([roc_auc_score(y == each, probabilities[:, each]) for each in (1, 2)])
    assert measure(pipeline, X, y)["roc_auc"] == expected


def test_measures_rows_of_a_class_that_the_model_does_not_know() -> None:
    iris = load_uneven_iris()
    pipeline = build_tree().fit(iris.X[iris.y < 2], iris.y[iris.y < 2])
    metrics = measure(pipeline, iris.X, iris.y)
    assert metrics["accuracy"] <= 90 / 115
    assert metrics["roc_auc"] == roc_auc_score(iris.y == 1, pipeline.predict_proba(iris.X)[:, 1])


def test_orders_nothing_where_one_class_alone_occurs() -> None:
    dataset = load_dataset()
    pipeline = build_tree().fit(dataset.X, dataset.y)
    metrics = measure(pipeline, dataset.X[dataset.y == 1], dataset.y[dataset.y == 1])
    assert list(metrics) == ["accuracy", "precision_macro", "recall_macro", "f1_macro"]


def test_measures_plain_numbers() -> None:
    iris = load_uneven_iris()
    metrics = measure(build_pipeline(StandardScaler(), LogisticRegression()).fit(iris.X, iris.y), iris.X, iris.y)
    assert {type(value) for value in metrics.values()} == {float}


def test_measures_and_predicts_nothing_of_no_rows() -> None:
    iris = load_uneven_iris()
    assert predict(build_tree().fit(iris.X, iris.y), iris.X[:0]).shape == (0,)
    assert measure(build_tree().fit(iris.X, iris.y), iris.X[:0], iris.y[:0]) == {}
