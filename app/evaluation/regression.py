"""Metrics of regressors, for one target or several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import mean_absolute_error, mean_pinball_loss, r2_score, root_mean_squared_error
from sklearn.pipeline import Pipeline

from training.evaluation.predicting import get_estimator, predict

LABELS = {"r2": "R2", "mae": "MAE", "rmse": "RMSE"}
PINBALL = "pinball_"
QUANTILES = (0.1, 0.5, 0.9)


def measure(pipeline: Pipeline, X: Any, y: NDArray[np.float64], targets: Sequence[str] = ()) -> dict[str, float]:
    """Return the metrics of a fitted pipeline: of several targets the mean, and those of each by its name.

    R2 is left out where it has no value: for fewer than two rows, or where a target does not vary.
    """
    predicted = predict(pipeline, X).astype(np.float64)
    quantile = find_quantile(pipeline)
    quantiles = QUANTILES if quantile is None else (quantile,)
    if y.ndim == 1:
        return _measure_target(y, predicted, quantiles)
    columns = [_measure_target(*pair, quantiles) for pair in zip(y.T, predicted.T, strict=True)]
    names = targets or [str(index) for index in range(len(columns))]
    shared = [name for name in columns[0] if all(name in column for column in columns)]
    means = {name: float(np.mean([column[name] for column in columns])) for name in shared}
    by_name = zip(names, columns, strict=True)
    return means | {f"{name}[{target}]": value for target, column in by_name for name, value in column.items()}


def find_quantile(pipeline: Pipeline) -> float | None:
    """Return the quantile that a pipeline's estimator is trained to predict, `None` where it predicts the mean."""
    estimator = get_estimator(pipeline)
    parameters = estimator.get_params(deep=False)
    if "quantile" in parameters and parameters.get("loss", "quantile") == "quantile":
        quantile = parameters["quantile"]
    elif "quantile" in (parameters.get("loss"), parameters.get("objective")):
        quantile = parameters.get("alpha")
    else:
        quantile = None
    return float(quantile) if isinstance(quantile, (int, float)) and 0 < quantile < 1 else None


def _measure_target(
    y: NDArray[np.float64], predicted: NDArray[np.float64], quantiles: Sequence[float]
) -> dict[str, float]:
    r2 = {"r2": float(r2_score(y, predicted))} if len(y) > 1 and np.ptp(y) > 0 else {}
    return {
        **r2,
        "mae": float(mean_absolute_error(y, predicted)),
        "rmse": float(root_mean_squared_error(y, predicted)),
        **{f"{PINBALL}{each:g}": float(mean_pinball_loss(y, predicted, alpha=each)) for each in quantiles},
    }
