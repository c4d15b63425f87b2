from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.model_selection import cross_validate as sklearn_cross_validate
from sklearn.pipeline import Pipeline

from tests.support.published_models import load_iris_dataset
from tests.unit.training.evaluation.test_classification import build_tree, load_uneven_iris, name_scorers
from training.dataset import Dataset, load_dataset
from training.evaluation import cross_validate
from training.folds import Folds, choose_folds
from training.splitting import use_all_rows
from training.tasks import REGRESSION


def fold(dataset: Dataset, seed: int) -> Folds:
    return choose_folds(use_all_rows(dataset), seed)


@pytest.fixture(params=[load_dataset, load_uneven_iris], ids=["two classes", "three classes"])
def dataset(request: pytest.FixtureRequest) -> Dataset:
    loaded: Dataset = request.param()
    return loaded


def test_gives_the_mean_and_the_deviation_over_the_folds_of_scikit_learn(dataset: Dataset) -> None:
    folds = StratifiedKFold(n_splits=5, shuffle=True, random_state=7)
    scorers = name_scorers(dataset)
    scores = sklearn_cross_validate(build_tree(), dataset.X, dataset.y, scoring=scorers, cv=folds)
    means = {f"{name}_mean": scores[f"test_{name}"].mean() for name in scorers}
    deviations = {f"{name}_std": scores[f"test_{name}"].std() for name in scorers}
    measured = cross_validate(build_tree, use_all_rows(dataset), fold(dataset, seed=7))
    assert measured == pytest.approx(means | deviations)


def test_holds_out_every_row_in_just_one_of_five_folds(dataset: Dataset) -> None:
    splits = fold(dataset, seed=7).splits
    assert len(splits) == 5
    assert sorted(np.concatenate([held_out for _, held_out in splits])) == list(range(len(dataset.X)))


def test_holds_out_the_classes_in_equal_shares(dataset: Dataset) -> None:
    held_out = [np.bincount(dataset.y[rows]) for _, rows in fold(dataset, seed=7).splits]
    assert np.ptp(held_out, axis=0).max() <= 1


def test_folds_alike_for_the_same_seed(dataset: Dataset) -> None:
    once, again = fold(dataset, seed=7).splits, fold(dataset, seed=7).splits
    assert all(np.array_equal(first, second) for (_, first), (_, second) in zip(once, again, strict=True))


def test_folds_otherwise_for_another_seed(dataset: Dataset) -> None:
    assert not np.array_equal(fold(dataset, seed=7).splits[0][1], fold(dataset, seed=8).splits[0][1])


def test_fits_a_new_pipeline_for_each_fold_and_shows_it_no_held_out_row(dataset: Dataset) -> None:
    built: list[Pipeline] = []

    def build() -> Pipeline:
        built.append(build_tree())
        return built[-1]

    folds = fold(dataset, seed=7)
    cross_validate(build, use_all_rows(dataset), folds)
    fitted_means = [pipeline["preprocessor"].mean_ for pipeline in built]
    assert np.allclose(fitted_means, [dataset.X[train].mean(axis=0) for train, _ in folds.splits], rtol=1e-12)


def test_shows_the_folds_one_by_one() -> None:
    iris, events = load_iris_dataset(), []

    def show(folds: Sequence[Any]) -> Iterator[Any]:
        for number, each in enumerate(folds):
            events.append(f"fold {number}")
            yield each

    def build() -> Pipeline:
        events.append("build")
        return build_tree()

    cross_validate(build, use_all_rows(iris), fold(iris, seed=7), show)
    assert events == ["fold 0", "build", "fold 1", "build", "fold 2", "build", "fold 3", "build", "fold 4", "build"]


def test_counts_a_metric_in_the_folds_in_which_it_has_a_value() -> None:
    y = [1.0, 1.0, 2.0]
    split = use_all_rows(Dataset("test", [[1.0], [2.0], [3.0]], y, ["a"], task=REGRESSION))
    folds = Folds([(np.array([0, 2]), np.array([1])), (np.array([0]), np.array([1, 2]))])
    measured = cross_validate(lambda: Pipeline([("estimator", LinearRegression())]), split, folds)
    assert measured["r2_mean"] == pytest.approx(-1)
    assert measured["r2_std"] == 0
    assert measured["mae_mean"] == pytest.approx(0.5)


def test_measures_nothing_where_there_are_no_folds() -> None:
    assert cross_validate(build_tree, use_all_rows(load_iris_dataset()), Folds([])) == {}
