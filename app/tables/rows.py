"""Rows of a typed table, as requests would give them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.columns.column import Column, to_plain
from app.columns.table import Rows
from app.tables.typed_table import is_missing, list_columns


def to_rows(X: Any, columns: Sequence[Column]) -> Rows:
    """Return the rows of `X` as checked rows of these columns: float64 where all are numeric, else objects."""
    of_columns = [typed.values for typed in list_columns(X)]
    if all(column.is_numeric for column in columns):
        return np.column_stack([_to_floats(values) for values in of_columns])
    rows = np.empty((len(of_columns[0]), len(columns)), dtype=object)
    for place, (column, values) in enumerate(zip(columns, of_columns, strict=True)):
        rows[:, place] = _to_objects(column, values)
    return rows


def take(X: Any, places: NDArray[np.intp]) -> Any:
    """Return the rows of `X` at `places`, of the same types."""
    if hasattr(X, "iloc"):
        return X.iloc[places]
    return [X[place] for place in places] if isinstance(X, (list, tuple)) else X[places]


def _to_floats(values: NDArray[Any]) -> NDArray[np.float64]:
    if values.dtype.kind != "O":
        return values.astype(np.float64)
    missing = is_missing(values)
    numbers = np.full(len(values), np.nan)
    numbers[~missing] = values[~missing].astype(np.float64)
    return numbers


def _to_objects(column: Column, values: NDArray[Any]) -> list[Any]:
    missing = is_missing(values).tolist()
    present: list[Any] = values.tolist()
    return [
        None if is_gap else column.parse(_to_aware(to_plain(value)))
        for value, is_gap in zip(present, missing, strict=True)
    ]


def _to_aware(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value
