from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from app.evaluation.tasks import TASKS
from training.dataset import Dataset, build_dataset
from training.errors import EstimatorUnusable
from training.fitting import Candidate, FitFailed, check_estimator, fit_candidate
from training.packing import build_pipeline
from training.splitting import split_dataset

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 2))
CANNOT_FIT = "Nothing was published: the pipeline cannot be fitted to the data, or does not answer for some of them "
Y = (X[:, 0] + 0.1 * RANDOM.normal(size=60) > 0).astype(np.int64)


def fit(X: Any, y: Any, estimator: Any, preprocessor: Any = None, **options: Any) -> tuple[Dataset, Candidate]:
    dataset = build_dataset("test", X, y, estimator=estimator)
    build = partial(build_pipeline, preprocessor or StandardScaler(), estimator)
    return dataset, fit_candidate(build, split_dataset(dataset, seed=1), seed=1, **options)


@pytest.mark.parametrize(
    ("X", "y", "estimator", "preprocessor"),
    [
        (X, Y, LogisticRegression(), None),
        (X, np.where(Y == 1, "yes", "no"), LogisticRegression(), None),
        (X, X[:, 0], LinearRegression(), None),
        (X, X, LinearRegression(), None),
        (X, (X > 0).astype(int), DecisionTreeClassifier(), None),
        (X, np.where(X > 0, "a", "b"), DecisionTreeClassifier(), None),
        (X, None, IsolationForest(n_estimators=5), None),
        (X, np.where(Y == 1, -1, 1), IsolationForest(n_estimators=5), None),
        (X, None, KMeans(2, n_init=1), None),
        (np.where(X > 1, np.nan, X), Y, LogisticRegression(), SimpleImputer()),
        ([f"text {'a' if each else 'bb'}" for each in Y], Y, LogisticRegression(), TfidfVectorizer()),
        (
            [["a" if each else "b", None if each else 1.5] for each in Y],
            Y,
            LogisticRegression(),
            make_column_transformer((OneHotEncoder(), [0]), (SimpleImputer(), [1])),
        ),
    ],
)
def test_measures_every_task_on_every_part(X: Any, y: Any, estimator: Any, preprocessor: Any) -> None:
    dataset, candidate = fit(X, y, estimator, preprocessor)
    assert set(candidate.metrics) == {"train", "test", "cross_validation"}
    for part in candidate.metrics.values():
        assert part and all(type(value) is float and np.isfinite(value) for value in part.values())
    assert next(iter(TASKS[dataset.task].labels)) in candidate.metrics["test"]


def test_measures_what_is_published_in_one_thread() -> None:
    _, candidate = fit(X, Y, RandomForestClassifier(n_estimators=5, n_jobs=2))
    assert candidate.pipeline["estimator"].n_jobs == 1


def test_cross_validates_what_is_too_small_to_be_tested() -> None:
    _, candidate = fit(X[:8], [0, 1] * 4, LogisticRegression())
    assert candidate.metrics["test"] == {}
    assert "roc_auc_mean" in candidate.metrics["cross_validation"]
    assert candidate.baseline is not None and list(candidate.baseline.metrics) == ["cross_validation"]


def test_measures_a_class_of_three_rows_in_300() -> None:
    y = np.r_[np.zeros(150), np.ones(147), np.full(3, 2)].astype(int)
    _, candidate = fit(RANDOM.normal(size=(300, 2)), y, LogisticRegression())
    assert candidate.warnings == ("There are 2 folds, as the rarest class has 2 rows to train on.",)
    assert "roc_auc_mean" in candidate.metrics["cross_validation"]


def test_measures_a_class_of_one_row_in_300() -> None:
    y = np.r_[np.zeros(150), np.ones(149), [2]].astype(int)
    _, candidate = fit(RANDOM.normal(size=(300, 2)), y, LogisticRegression())
    assert candidate.pipeline.classes_.tolist() == [0, 1, 2]
    assert "roc_auc" in candidate.metrics["test"]


@pytest.mark.parametrize(
    ("X", "y", "estimator", "sentence"),
    [
        (np.where(X > 1, np.nan, X), Y, LogisticRegression(), "ValueError: Input X contains NaN"),
        ([["a", "b"]] * 30 + [["c", "d"]] * 30, Y, LogisticRegression(), "ValueError: could not convert string"),
    ],
)
def test_says_in_one_sentence_that_the_pipeline_cannot_be_fitted(X: Any, y: Any, estimator: Any, sentence: str) -> None:
    with pytest.raises(FitFailed) as refused:
        fit(X, y, estimator)
    assert str(refused.value).startswith(f"{CANNOT_FIT}({sentence}")
    assert "\n" not in str(refused.value)


def test_shows_what_it_does() -> None:
    stages: list[str] = []

    @contextmanager
    def show(label: str) -> Iterator[None]:
        stages.append(label)
        yield

    fit(X, Y, LogisticRegression(), show_stage=show)
    assert stages == ["Final fit", "Metrics", "Baseline"]


def test_measures_no_baseline_where_none_is_asked_for() -> None:
    assert fit(X, Y, LogisticRegression(), with_baseline=False)[1].baseline is None


def test_refuses_three_classes_for_an_estimator_of_two() -> None:
    estimator = FixedThresholdClassifier(LogisticRegression())
    dataset = build_dataset("test", X, np.arange(60) % 3, estimator=estimator)
    with pytest.raises(EstimatorUnusable) as refused:
        check_estimator(estimator, split_dataset(dataset, seed=1))
    assert str(refused.value) == (
        "FixedThresholdClassifier tells two classes apart, and y holds 3: choose an estimator for several classes."
    )
    with pytest.raises(EstimatorUnusable, match="^FixedThresholdClassifier tells two classes apart"):
        check_estimator(build_pipeline(StandardScaler(), estimator), split_dataset(dataset, seed=1))
    check_estimator(LogisticRegression(), split_dataset(dataset, seed=1))
