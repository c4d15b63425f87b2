"""How large the numbers of an instance may be, so that the model can compute with them."""

from __future__ import annotations

import bisect
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Most trees compare float32; the margin is for sums. float64, which the linear models use, then never overflows.
_LARGEST_TRANSFORMED = float(np.finfo(np.float32).max) / 10
_LARGEST_EXPONENT = 37


def find_largest_number(preprocessor: Any, n_features: int) -> float:
    """Return the largest power of ten, at least 1, that a fitted `preprocessor` keeps within what estimators hold.

    Tried are rows of just this number, with either sign and with both. Where the preprocessor cannot take such a row
    for another reason than its size, as a logarithm cannot take negative numbers, that row says nothing.
    """
    signs = [np.ones(n_features), -np.ones(n_features), np.where(np.arange(n_features) % 2, 1.0, -1.0)]
    usable = [row for row in signs if np.isfinite(_measure(preprocessor, row))]
    first_refused = bisect.bisect_left(
        range(1, _LARGEST_EXPONENT + 1),
        True,
        key=lambda exponent: any(
            not _measure(preprocessor, row * 10.0**exponent) <= _LARGEST_TRANSFORMED for row in usable
        ),
    )
    return 10.0**first_refused


def _measure(preprocessor: Any, row: NDArray[np.float64]) -> float:
    """Return the greatest magnitude that the preprocessor makes of `row`; NaN when it refuses the row."""
    try:
        with np.errstate(all="ignore"):
            return float(np.abs(preprocessor.transform(row[np.newaxis])).max())
    except (ValueError, FloatingPointError):
        return np.nan
