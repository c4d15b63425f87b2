"""Inputs: what an estimator is handed for checked rows, which is of the types that it was trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from app.columns.category import CategoryColumn
from app.columns.column import Column
from app.columns.table import Rows

if TYPE_CHECKING:
    import pandas as pd

BuildInput = Callable[[Rows], Any]


def choose_input(container: str, columns: Sequence[Column]) -> BuildInput:
    """Return what makes the input of an estimator out of rows: an array, a frame or a list of texts."""
    if container == "frame":
        return FrameInput(columns)
    if container == "texts":
        return build_texts
    return ArrayInput(columns)


class ArrayInput:
    """An array of the type that the training array had, row by row in memory."""

    def __init__(self, columns: Sequence[Column]) -> None:
        dtypes = {column.dtype for column in columns}
        self._columns = columns
        self._dtype = np.dtype(object) if "object" in dtypes else np.result_type(*dtypes)

    def __call__(self, rows: Rows) -> NDArray[Any]:
        """Return `rows` as that type; as they are, where that is float64. NaN is a missing value."""
        if self._dtype.kind != "O":
            return np.ascontiguousarray(rows, dtype=self._dtype)
        restored = np.empty(rows.shape, dtype=object)
        for place, column in enumerate(self._columns):
            restored[:, place] = restore_objects(column, rows[:, place])
        return restored


class FrameInput:
    """A pandas frame, each column of the type that it had in training, whatever is in this one row."""

    def __init__(self, columns: Sequence[Column]) -> None:
        import pandas as pd  # takes a third of a second, and most models do without

        self._pandas = pd
        self._columns = columns
        self._types = [build_dtype(column) for column in columns]

    def __call__(self, rows: Rows) -> pd.DataFrame:
        """Return `rows` as a frame."""
        series = {
            column.name: self._build_series(column, dtype, rows[:, place])
            for place, (column, dtype) in enumerate(zip(self._columns, self._types, strict=True))
        }
        return self._pandas.DataFrame(series)

    def _build_series(self, column: Column, dtype: Any, values: NDArray[Any]) -> Any:
        pd = self._pandas
        if isinstance(dtype, pd.CategoricalDtype):
            codes = np.nan_to_num(column.encode(values), nan=-1.0)
            return pd.Categorical.from_codes(codes.astype(np.intp), dtype=dtype)
        if column.kind == "date-time":
            return _build_moments(pd, values, dtype)
        if isinstance(dtype, np.dtype):
            # As a series of that type, for of an array of strings alone a frame makes a type of its own.
            is_object = dtype.kind == "O"
            return pd.Series(restore_objects(column, values) if is_object else values, dtype=dtype)
        return pd.array(values.tolist() if values.dtype == object else values, dtype=dtype)


def build_dtype(column: Column) -> Any:
    """Return the type of a frame's column, as numpy or pandas know it."""
    import pandas as pd

    if column.dtype == "category" and isinstance(column, CategoryColumn):
        return pd.CategoricalDtype(pd.Index(column.values, dtype=column.values_dtype), column.ordered)
    return pd.api.types.pandas_dtype(column.dtype)


def restore_objects(column: Column, values: NDArray[Any]) -> NDArray[Any]:
    """Return the values of a column of objects as training had them: integers, and its own mark where one is missing.

    Encoders and imputers know the mark that they were trained on, and take another for a value that is unknown.
    """
    mark = _find_mark(column.gap)
    restored = np.empty(len(values), dtype=object)
    restored[:] = [mark if value is None or value != value else column.parse(value) for value in values.tolist()]
    return restored


def _find_mark(gap: str) -> Any:
    if gap != "NA":
        return None if gap == "None" else np.nan
    import pandas as pd

    return pd.NA


def build_texts(rows: Rows) -> list[str]:
    """Return the texts of rows that have just one column."""
    texts: list[str] = rows[:, 0].tolist()
    return texts


def _build_moments(pd: Any, values: NDArray[Any], dtype: Any) -> Any:
    moments = pd.DatetimeIndex(pd.to_datetime(pd.Series(values, dtype=object), utc=True))
    if isinstance(dtype, pd.DatetimeTZDtype):
        return moments.astype(dtype)
    return moments.tz_localize(None).astype(dtype)
