"""Frames: the columns of a DataFrame, each with the type that it is trained on and served with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from training.errors import DatasetInvalid
from training.instances import check_finite, check_names
from training.values import cast_values

_WIDE = {"f": "float64", "i": "int64", "u": "int64"}


def cast_frame(frame: pd.DataFrame, feature_names: Sequence[Any]) -> tuple[pd.DataFrame, list[str]]:
    """Return a frame of the same columns with wide numbers and rows numbered from 0, and the columns' names.

    No `feature_names` means those of the frame. Raises `DatasetInvalid`.
    """
    if frame.shape[0] == 0 or frame.shape[1] == 0:
        rows, columns = frame.shape
        raise DatasetInvalid(f"X must have at least one row and one column: rows {rows}, columns {columns}.")
    names = check_names(list(frame.columns), frame.shape[1])
    if len(feature_names) and check_names(feature_names, frame.shape[1]) != names:
        raise DatasetInvalid("The feature names are not those of the DataFrame's columns: leave them out.")
    columns = [_cast_column(frame.iloc[:, position], name) for position, name in enumerate(names)]
    return pd.DataFrame(dict(zip(names, columns, strict=True))), names


def _cast_column(values: pd.Series, name: str) -> pd.Series:
    column = values.reset_index(drop=True)
    dtype = column.dtype
    if isinstance(dtype, (pd.CategoricalDtype, pd.DatetimeTZDtype, pd.StringDtype, pd.BooleanDtype)):
        return column
    if isinstance(dtype, np.dtype) and dtype.kind == "M":
        return column
    if not isinstance(dtype, np.dtype):
        return _cast_extension(column, name)
    cast = cast_values(column.to_numpy(), f"The column {name!r}")
    check_finite(cast, name)
    return pd.Series(cast, dtype=cast.dtype)


def _cast_extension(column: pd.Series, name: str) -> pd.Series:
    """Return a column of one of pandas' own number types as numpy's, with NaN for what is missing."""
    if not pd.api.types.is_numeric_dtype(column.dtype) or isinstance(column.dtype, pd.SparseDtype):
        raise DatasetInvalid(
            f"The column {name!r} is of the type {column.dtype}: "
            "it must be of numbers, booleans, categories, texts or dates."
        )
    is_whole = pd.api.types.is_integer_dtype(column.dtype) and not column.isna().any()
    cast = column.to_numpy(dtype="int64" if is_whole else "float64", na_value=None if is_whole else np.nan)
    check_finite(cast, name)
    return pd.Series(cast, dtype=cast.dtype)
