from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from app.prediction_log.quality import VersionAccuracy, VersionErrors


@pytest.mark.parametrize(
    ("n_labelled", "n_correct"), [(1, 0), (1, 1), (10, 10), (80, 75), (1000, 0), (100_000, 50_001)]
)
def test_the_interval_is_wilsons(n_labelled: int, n_correct: int) -> None:
    expected = binomtest(n_correct, n_labelled).proportion_ci(0.95, method="wilson")
    version = VersionAccuracy("v1", n_labelled, n_labelled, n_correct)
    assert version.accuracy == n_correct / n_labelled
    assert version.interval == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_nothing_is_known_without_labels() -> None:
    accuracy, errors = VersionAccuracy("v1", 5), VersionErrors("v1", 5)
    assert (accuracy.accuracy, accuracy.interval) == (None, None)
    assert (errors.n_labelled, errors.mae, errors.rmse, errors.r2) == (0, None, None, None)


def test_the_errors_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    right = rng.normal(100.0, 20.0, 500)
    predicted = right + rng.normal(1.0, 5.0, 500)
    errors = VersionErrors("v1", 500)
    for pair in zip(predicted.tolist(), right.tolist(), strict=True):
        errors.add(*pair)
    expected = [score(right, predicted) for score in (mean_absolute_error, root_mean_squared_error, r2_score)]
    assert errors.n_labelled == 500
    assert [errors.mae, errors.rmse, errors.r2] == pytest.approx(expected)


def test_no_variance_is_explained_where_there_is_none() -> None:
    errors = VersionErrors("v1", 2)
    for predicted in (1.0, 2.0):
        errors.add(predicted, 3.0)
    assert (errors.mae, errors.r2) == (1.5, None)
