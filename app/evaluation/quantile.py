"""The quantile that a regressor was asked to predict, in place of the mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def find_quantile(parameters: Mapping[str, Any]) -> float | None:
    """Return the quantile that an estimator with such parameters predicts, `None` where it predicts the mean."""
    if "quantile" in parameters and parameters.get("loss", "quantile") == "quantile":
        quantile = parameters["quantile"]
    elif "quantile" in (parameters.get("loss"), parameters.get("objective")):
        quantile = parameters.get("alpha")
    else:
        quantile = None
    return float(quantile) if isinstance(quantile, (int, float)) and 0 < quantile < 1 else None
