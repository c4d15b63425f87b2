from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.metrics import get_scorer
from sklearn.model_selection import StratifiedKFold
from sklearn.model_selection import cross_validate as sklearn_cross_validate
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from tests.support.published_models import load_iris_dataset
from training.dataset import Dataset, load_dataset
from training.evaluation import cross_validate, measure
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


def build_tree() -> Pipeline:
    """Return a classifier that errs, so that each metric has a value of its own."""
    return build_pipeline(StandardScaler(), DecisionTreeClassifier(max_depth=2, random_state=0))


def name_scorers(dataset: Dataset) -> dict[str, str]:
    return {**SCORERS, "roc_auc": ROC_AUC_SCORERS[len(dataset.classes)]}


def find_folds(dataset: Dataset, seed: int) -> list[Any]:
    handed: list[Any] = []

    def keep(folds: Sequence[Any]) -> Sequence[Any]:
        handed.extend(folds)
        return folds

    cross_validate(build_tree, dataset.X, dataset.y, seed, keep)
    return handed


def load_uneven_iris() -> Dataset:
    """Return two features of iris and classes of 50, 40 and 25 rows, so that every way to average differs."""
    iris = load_iris_dataset()
    rows = np.r_[0:50, 50:90, 100:125]
    return dataclasses.replace(iris, X=iris.X[rows, 1:3], y=iris.y[rows], feature_names=iris.feature_names[1:3])


@pytest.fixture(params=[load_dataset, load_uneven_iris], ids=["two classes", "three classes"])
def dataset(request: pytest.FixtureRequest) -> Dataset:
    loaded: Dataset = request.param()
    return loaded


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


def test_gives_the_mean_and_the_deviation_over_the_folds_of_scikit_learn(dataset: Dataset) -> None:
    folds = StratifiedKFold(n_splits=5, shuffle=True, random_state=7)
    scorers = name_scorers(dataset)
    scores = sklearn_cross_validate(build_tree(), dataset.X, dataset.y, scoring=scorers, cv=folds)
    means = {f"{name}_mean": scores[f"test_{name}"].mean() for name in scorers}
    deviations = {f"{name}_std": scores[f"test_{name}"].std() for name in scorers}
    assert cross_validate(build_tree, dataset.X, dataset.y, seed=7) == pytest.approx(means | deviations)


def test_holds_out_every_row_in_just_one_of_five_folds(dataset: Dataset) -> None:
    folds = find_folds(dataset, seed=7)
    assert len(folds) == 5
    assert sorted(np.concatenate([held_out for _, held_out in folds])) == list(range(len(dataset.X)))


def test_holds_out_the_classes_in_equal_shares(dataset: Dataset) -> None:
    held_out = [np.bincount(dataset.y[rows]) for _, rows in find_folds(dataset, seed=7)]
    assert np.ptp(held_out, axis=0).max() <= 1


def test_folds_alike_for_the_same_seed(dataset: Dataset) -> None:
    once, again = find_folds(dataset, seed=7), find_folds(dataset, seed=7)
    assert all(np.array_equal(first, second) for (_, first), (_, second) in zip(once, again, strict=True))


def test_folds_otherwise_for_another_seed(dataset: Dataset) -> None:
    assert not np.array_equal(find_folds(dataset, seed=7)[0][1], find_folds(dataset, seed=8)[0][1])


def test_fits_a_new_pipeline_for_each_fold_and_shows_it_no_held_out_row(dataset: Dataset) -> None:
    built: list[Pipeline] = []

    def build() -> Pipeline:
        built.append(build_tree())
        return built[-1]

    folds = find_folds(dataset, seed=7)
    cross_validate(build, dataset.X, dataset.y, seed=7)
    fitted_means = [pipeline["preprocessor"].mean_ for pipeline in built]
    assert np.allclose(fitted_means, [dataset.X[train].mean(axis=0) for train, _ in folds], rtol=1e-12)


def test_shows_the_folds_one_by_one() -> None:
    iris, events = load_iris_dataset(), []

    def show(folds: Sequence[Any]) -> Iterator[Any]:
        for number, fold in enumerate(folds):
            events.append(f"fold {number}")
            yield fold

    def build() -> Pipeline:
        events.append("build")
        return build_tree()

    cross_validate(build, iris.X, iris.y, seed=7, show_progress=show)
    assert events == ["fold 0", "build", "fold 1", "build", "fold 2", "build", "fold 3", "build", "fold 4", "build"]
