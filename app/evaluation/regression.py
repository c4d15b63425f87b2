"""Metrics of regressors, for one target or several."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import mean_absolute_error, mean_pinball_loss, r2_score, root_mean_squared_error

from app.evaluation.predictions import Predictions

LABELS = {"r2": "R2", "mae": "MAE", "rmse": "RMSE"}
PINBALL = "pinball_"
QUANTILES = (0.1, 0.5, 0.9)


def measure(predictions: Predictions, y: NDArray[np.float64], targets: Sequence[str] = ()) -> dict[str, float]:
    """Return the metrics of predicted numbers: of several targets the mean, and those of each by its name.

    R2 is left out where it has no value: for fewer than two rows, or where a target does not vary.
    """
    predicted = predictions.predicted.astype(np.float64)
    quantiles = QUANTILES if predictions.quantile is None else (predictions.quantile,)
    if y.ndim == 1:
        return _measure_target(y, predicted, quantiles)
    columns = [_measure_target(*pair, quantiles) for pair in zip(y.T, predicted.T, strict=True)]
    names = targets or [str(index) for index in range(len(columns))]
    shared = [name for name in columns[0] if all(name in column for column in columns)]
    means = {name: float(np.mean([column[name] for column in columns])) for name in shared}
    by_name = zip(names, columns, strict=True)
    return means | {f"{name}[{target}]": value for target, column in by_name for name, value in column.items()}


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
