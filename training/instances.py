"""Instances: what a model is trained on, as an array, a DataFrame or texts, each cast once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.errors import DatasetInvalid
from training.values import cast_values


def is_frame(X: Any) -> bool:
    """Return whether `X` is a DataFrame, without importing pandas for it."""
    return hasattr(X, "iloc") and X.ndim == 2


def cast_instances(X: Any, feature_names: Sequence[Any]) -> tuple[Any, list[str]]:
    """Return `X` as it is trained on, and the names of its columns.

    X : array-like of shape (n_samples, n_features), DataFrame, or texts of shape (n_samples,)

    Numbers become float64, unless all of an array, or of a column of a DataFrame, are whole: those become int64. Gaps
    stay. Raises `DatasetInvalid`.
    """
    if is_frame(X):
        from training.frames import cast_frame

        return cast_frame(X, feature_names)
    array = cast_values(X, "X")
    if array.ndim == 1 and array.dtype == object:
        return _cast_texts(array), check_names(feature_names, n_columns=1)
    if array.ndim != 2:
        raise DatasetInvalid(
            f"X must have rows and columns, or be a sequence of texts: it has {array.ndim} dimensions, not 2."
        )
    _check_size(*array.shape)
    names = check_names(feature_names, array.shape[1])
    for name, values in zip(names, array.T, strict=True):
        check_finite(values, name)
    return array, names


def check_names(names: Sequence[Any], n_columns: int) -> list[str]:
    """Return the names as texts. Raises `DatasetInvalid` where they are not distinct texts, one a column."""
    if len(names) != n_columns:
        raise DatasetInvalid(f"There must be a name for each column of X: names {len(names)}, columns {n_columns}.")
    texts = [_to_text(name) for name in names]
    places: dict[str, int] = {}
    for position, name in enumerate(texts):
        if (first := places.setdefault(name, position)) != position:
            raise DatasetInvalid(
                f"The columns of X must have distinct names: {name!r} names the columns {first} and {position}."
            )
    return texts


def check_finite(values: NDArray[Any], name: str) -> None:
    """Raise `DatasetInvalid` where a number among the values of a column is infinite."""
    if values.dtype.kind == "f":
        infinite = np.isinf(values)
    elif values.dtype.kind == "O":
        infinite = np.array([isinstance(value, (float, np.floating)) and np.isinf(value) for value in values])
    else:
        return
    if infinite.any():
        raise DatasetInvalid(
            f"The column {name!r} holds an infinite number, first in row {int(infinite.argmax())}: "
            "leave that row out, or have it be a gap (NaN)."
        )


def take_rows(values: Any, rows: NDArray[np.int64]) -> Any:
    """Return some rows of X or y in that order; `None` stays `None`."""
    if values is None:
        return None
    return values.iloc[rows].reset_index(drop=True) if is_frame(values) else values[rows]


def _cast_texts(array: NDArray[Any]) -> NDArray[Any]:
    _check_size(len(array), 1)
    for row, value in enumerate(array):
        if not isinstance(value, str):
            raise DatasetInvalid(
                f"X is a sequence of texts, but row {row} is none: leave that row out, or name a text."
            )
    return array


def _check_size(n_rows: int, n_columns: int) -> None:
    if n_rows == 0 or n_columns == 0:
        raise DatasetInvalid(f"X must have at least one row and one column: rows {n_rows}, columns {n_columns}.")


def _to_text(name: Any) -> str:
    if isinstance(name, (int, np.integer)) and not isinstance(name, bool):
        return str(int(name))
    if not isinstance(name, str) or not name.strip():
        raise DatasetInvalid(f"The name of a column must be a text that is not empty, not {name!r}.")
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise DatasetInvalid(f"The name of a column cannot be written as UTF-8: {name!r}.") from error
    return str(name)
