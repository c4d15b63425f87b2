from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression, QuantileRegressor
from sklearn.metrics import mean_absolute_error, mean_pinball_loss, r2_score, root_mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from training.evaluation import find_predicted_quantile, measure

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(80, 3))
Y = X @ [1.0, 2.0, 0.5] + RANDOM.normal(size=80)


@pytest.fixture(scope="module")
def pipeline() -> Any:
    return make_pipeline(StandardScaler(), LinearRegression()).fit(X, Y)


def test_measures_what_scikit_learn_measures(pipeline: Any) -> None:
    predicted = pipeline.predict(X)
    assert measure(pipeline, X, Y) == {
        "r2": r2_score(Y, predicted),
        "mae": mean_absolute_error(Y, predicted),
        "rmse": root_mean_squared_error(Y, predicted),
        "pinball_0.1": mean_pinball_loss(Y, predicted, alpha=0.1),
        "pinball_0.5": mean_pinball_loss(Y, predicted, alpha=0.5),
        "pinball_0.9": mean_pinball_loss(Y, predicted, alpha=0.9),
    }


def test_measures_a_quantile_by_its_own_loss() -> None:
    pipeline = make_pipeline(StandardScaler(), QuantileRegressor(quantile=0.8)).fit(X, Y)
    metrics = measure(pipeline, X, Y)
    assert metrics["pinball_0.8"] == mean_pinball_loss(Y, pipeline.predict(X), alpha=0.8)
    assert [name for name in metrics if name.startswith("pinball")] == ["pinball_0.8"]


@pytest.mark.parametrize(
    ("estimator", "quantile"),
    [
        (QuantileRegressor(quantile=0.8, alpha=0.1), 0.8),
        (HistGradientBoostingRegressor(loss="quantile", quantile=0.25), 0.25),
        (HistGradientBoostingRegressor(loss="squared_error", quantile=0.25), None),
        (GradientBoostingRegressor(loss="quantile", alpha=0.95), 0.95),
        (GradientBoostingRegressor(loss="huber", alpha=0.95), None),
        (LinearRegression(), None),
    ],
)
def test_finds_the_quantile_that_an_estimator_predicts(estimator: Any, quantile: float | None) -> None:
    assert find_predicted_quantile(make_pipeline(StandardScaler(), estimator)) == quantile
    assert find_predicted_quantile(estimator) == quantile


def test_averages_over_targets_and_names_each() -> None:
    y = np.column_stack([Y, 100 * Y**2])
    pipeline = make_pipeline(StandardScaler(), LinearRegression()).fit(X, y)
    metrics = measure(pipeline, X, y, targets=["price", "rent"])
    errors = [mean_absolute_error(y[:, index], pipeline.predict(X)[:, index]) for index in range(2)]
    assert [metrics["mae[price]"], metrics["mae[rent]"]] == errors
    assert metrics["mae"] == pytest.approx(np.mean(errors))
    assert metrics["r2"] == pytest.approx(r2_score(y, pipeline.predict(X)))


@pytest.mark.parametrize("rows", [slice(0, 1), [3, 3, 3]])
def test_has_no_r2_where_a_target_does_not_vary(pipeline: Any, rows: Any) -> None:
    metrics = measure(pipeline, X[rows], Y[rows])
    assert "r2" not in metrics and metrics["mae"] >= 0


def test_measures_plain_numbers(pipeline: Any) -> None:
    assert {type(value) for value in measure(pipeline, X, Y).values()} == {float}
