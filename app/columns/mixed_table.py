"""Mixed tables: rows with texts, categories, booleans or moments among them, kept as objects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.columns.column import Column
from app.columns.table import FloatMatrix, Rows, Table, replace_nan


class MixedTable(Table):
    """A table of columns of any kind. `None` is a missing value."""

    def check_matrix(self, matrix: NDArray[Any]) -> Rows:
        """Return the rows of `matrix` when it is of shape (n_instances, n_features) and all its values are right.

        Raises `ValueError` for another shape and `InvalidInput` for wrong values.
        """
        self._check_shape(matrix)
        return self.parse_instances(replace_nan(matrix.tolist()))

    def encode(self, rows: Rows) -> FloatMatrix:
        """Return a number for each value: the index of a category, the length of a text, the seconds of a moment."""
        return np.column_stack([column.encode(rows[:, place]) for place, column in enumerate(self.columns)])

    def to_json(self, rows: Rows) -> list[list[Any]]:
        """Return the values, moments as RFC 3339 writes them."""
        return [[_to_json_value(value) for value in row] for row in rows.tolist()]

    def _parse_plain(self, rows: Sequence[Any]) -> Rows | None:
        in_order: list[Any] = [self._in_order(row) if type(row) is dict else row for row in rows]
        if not all(type(row) is list and len(row) == self.n_features for row in in_order):
            return None
        parsed = np.empty((len(rows), self.n_features), dtype=object)
        for place, column in enumerate(self.columns):
            values = [row[place] for row in in_order]
            if not all(_is_right(column, value) for value in values):
                return None
            parsed[:, place] = [_parse(column, value) for value in values]
        return parsed

    def _collect(self, rows: list[list[Any]]) -> Rows:
        collected = np.empty((len(rows), self.n_features), dtype=object)
        for number, row in enumerate(rows):
            collected[number] = [_parse(column, value) for column, value in zip(self.columns, row, strict=True)]
        return collected


def _is_right(column: Column, value: Any) -> bool:
    return column.missing if value is None else column.accepts(value)


def _parse(column: Column, value: Any) -> Any:
    return None if value is None else column.parse(value)


def _to_json_value(value: Any) -> Any:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
