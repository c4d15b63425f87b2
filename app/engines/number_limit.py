"""The number limit: how large the numbers of an instance may be, so that the model can compute with them."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.columns.table import Rows

# Most trees compare float32; the margin is for sums. float64, which the linear models use, then never overflows.
_LARGEST_TRANSFORMED = float(np.finfo(np.float32).max) / 10
_LARGEST_EXPONENT = 37
_N_SIGNS = 3


def find_largest_number(
    transform: Callable[[Rows], Any], known_row: Rows, numeric: NDArray[np.intp], largest_trained: float
) -> float:
    """Return the largest power of ten that a preprocessor's `transform` keeps within what estimators hold.

    It is at least 1, and not below `largest_trained`, a number that the model was trained with. Tried are rows of just
    this number in the `numeric` columns, with either sign and with both, and in the others what `known_row` has, which
    is of shape (1, n_features). A row that the preprocessor refuses for another reason than its size, as a logarithm
    refuses negative numbers and an encoder what it has not seen, says nothing.
    """
    if not numeric.size:
        return sys.float_info.max
    exponents = np.arange(1, _LARGEST_EXPONENT + 1)
    magnitudes = _measure(transform, _build_rows(known_row, numeric, exponents))
    # One by one where that fails: far beyond its limit a preprocessor may refuse what it would have overflowed at.
    if magnitudes is None:
        magnitudes = _measure_one_by_one(transform, known_row, numeric)
    overflowing = np.flatnonzero((magnitudes > _LARGEST_TRANSFORMED).reshape(len(exponents), _N_SIGNS).any(axis=1))
    exponent = int(overflowing[0]) if overflowing.size else _LARGEST_EXPONENT
    least_exponent = math.ceil(math.log10(max(largest_trained, 1.0)))
    return 10.0 ** max(exponent, least_exponent)


def _build_rows(known_row: Rows, numeric: NDArray[np.intp], exponents: NDArray[np.int64]) -> Rows:
    """Return three rows for each exponent: of positive numbers, of negative ones, and of both in turn."""
    n_numbers = len(numeric)
    signs = np.array([np.ones(n_numbers), -np.ones(n_numbers), np.where(np.arange(n_numbers) % 2, 1.0, -1.0)])
    numbers = (10.0 ** exponents[:, np.newaxis, np.newaxis] * signs).reshape(-1, n_numbers)
    rows = np.repeat(known_row, len(numbers), axis=0)
    rows[:, numeric] = numbers
    return rows


def _measure(transform: Callable[[Rows], Any], rows: Rows) -> NDArray[np.float64] | None:
    """Return the greatest magnitude that the preprocessor makes of each row; `None` when it refuses them."""
    try:
        with np.errstate(all="ignore"):
            transformed = transform(rows)
            if hasattr(transformed, "tocsr"):
                return np.asarray(abs(transformed.tocsr()).max(axis=1).toarray()[:, 0], dtype=np.float64)
            magnitudes: NDArray[np.float64] = (
                np.abs(np.asarray(transformed)).astype(np.float64).max(axis=1, initial=0.0)
            )
            return magnitudes
    except (ValueError, TypeError, ArithmeticError):
        return None


def _measure_one_by_one(
    transform: Callable[[Rows], Any], known_row: Rows, numeric: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return the same up to the first exponent that overflows, and NaN for a row that is refused."""
    magnitudes = np.full((_LARGEST_EXPONENT, _N_SIGNS), np.nan)
    for place in range(_LARGEST_EXPONENT):
        rows = _build_rows(known_row, numeric, np.array([place + 1]))
        for sign in range(_N_SIGNS):
            measured = _measure(transform, rows[sign : sign + 1])
            magnitudes[place, sign] = np.nan if measured is None else measured[0]
        if (magnitudes[place] > _LARGEST_TRANSFORMED).any():
            break
    return magnitudes.ravel()
