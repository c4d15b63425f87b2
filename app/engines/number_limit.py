"""The number limit: how large the numbers of an instance may be, so that the model can compute with them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Most trees compare float32; the margin is for sums. float64, which the linear models use, then never overflows.
_LARGEST_TRANSFORMED = float(np.finfo(np.float32).max) / 10
_LARGEST_EXPONENT = 37


def find_largest_number(preprocessor: Any, n_features: int, largest_trained: float) -> float:
    """Return the largest power of ten that a fitted `preprocessor` keeps within what estimators hold.

    It is at least 1, and not below `largest_trained`, a number that the model was trained with. Tried are rows of just
    this number, with either sign and with both. A row that the preprocessor refuses for another reason than its size,
    as a logarithm refuses negative numbers and an encoder what it has not seen, says nothing.
    """
    signs = [np.ones(n_features), -np.ones(n_features), np.where(np.arange(n_features) % 2, 1.0, -1.0)]

    def overflows(exponent: int) -> bool:
        return any(_measure(preprocessor, row * 10.0**exponent) > _LARGEST_TRANSFORMED for row in signs)

    # One by one, for far beyond its limit a preprocessor may again refuse rather than overflow.
    exponent = next((each - 1 for each in range(1, _LARGEST_EXPONENT + 1) if overflows(each)), _LARGEST_EXPONENT)
    least_exponent = math.ceil(math.log10(max(largest_trained, 1.0)))
    return 10.0 ** max(exponent, least_exponent)


def _measure(preprocessor: Any, row: NDArray[np.float64]) -> float:
    """Return the greatest magnitude that the preprocessor makes of `row`; NaN when it refuses the row."""
    try:
        with np.errstate(all="ignore"):
            return float(abs(preprocessor.transform(row[np.newaxis])).max())
    except (ValueError, FloatingPointError):
        return np.nan
