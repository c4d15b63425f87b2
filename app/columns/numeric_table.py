"""Numeric tables: rows of numbers alone, kept as one matrix of float64."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.columns.faults import FaultList
from app.columns.integer import IntegerColumn
from app.columns.number import PLAIN_NUMBERS, NumberColumn
from app.columns.table import FloatMatrix, Table, replace_nan

_PLAIN_OR_MISSING = PLAIN_NUMBERS | {type(None)}


class NumericTable(Table):
    """A table whose columns are all numbers or integers: checked in one pass over numpy. NaN is a missing value."""

    noun = "numbers"

    def __init__(self, columns: Sequence[NumberColumn]) -> None:
        super().__init__(columns)
        # What is within it is right in every column; else each column is asked.
        self._largest = min(column.largest for column in columns)
        self._may_miss = np.array([column.missing for column in columns])
        self._have_gaps = bool(self._may_miss.any())
        self._integers = np.flatnonzero([isinstance(column, IntegerColumn) for column in columns])
        limits = [column.limits for column in columns if isinstance(column, IntegerColumn)]
        self._least, self._greatest = np.array(limits, dtype=np.float64).reshape(-1, 2).T

    def check_matrix(self, matrix: NDArray[Any]) -> FloatMatrix:
        """Return `matrix` as float64 when it is of shape (n_instances, n_features) and all its numbers are right.

        Raises `ValueError` for another shape or type and `InvalidInput` for wrong numbers.
        """
        self._check_shape(matrix)
        if matrix.dtype.kind not in "iuf":
            raise ValueError(f"The instances must be numbers, not {matrix.dtype}.")
        with np.errstate(over="ignore"):  # longer numbers become infinite, and are refused for it
            checked = matrix.astype(np.float64, copy=False)
        if not self._is_right(checked):
            faults = FaultList()
            for row, numbers in enumerate(self.to_json(checked) if self._have_gaps else checked.tolist()):
                self._check_values(numbers, (row,), self.columns, range(self.n_features), faults)
            faults.raise_if_any()
        return checked

    def encode(self, rows: FloatMatrix) -> FloatMatrix:
        """Return the numbers themselves."""
        return rows

    def to_json(self, rows: FloatMatrix) -> list[list[Any]]:
        """Return the numbers, `None` for a missing one."""
        values: list[list[Any]] = rows.tolist()
        return replace_nan(values) if self._have_gaps else values

    def _parse_plain(self, rows: Sequence[Any]) -> FloatMatrix | None:
        """Return the matrix when every row is plain and right, else `None`. The work is done in C."""
        numbers: list[Any] = []
        for row in rows:
            if type(row) is dict:
                row = self._in_order(row)
            if type(row) is not list or len(row) != self.n_features:
                return None
            numbers.extend(row)
        if not PLAIN_NUMBERS.issuperset(map(type, numbers)):
            return self._parse_gaps(numbers, len(rows))
        matrix = self._to_matrix(numbers, len(rows))
        return None if matrix is None or self._have_gaps and np.isnan(matrix).any() else matrix

    def _parse_gaps(self, numbers: list[Any], n_rows: int) -> FloatMatrix | None:
        """Return the matrix of numbers among which some are missing, when all is right, else `None`.

        A missing value is written as null: NaN itself, which old clients send as a bare word, is no number.
        """
        if not self._have_gaps or not _PLAIN_OR_MISSING.issuperset(map(type, numbers)):
            return None
        matrix = self._to_matrix([np.nan if number is None else number for number in numbers], n_rows)
        return None if matrix is None or np.count_nonzero(np.isnan(matrix)) > numbers.count(None) else matrix

    def _to_matrix(self, numbers: list[float], n_rows: int) -> FloatMatrix | None:
        try:
            matrix = np.fromiter(numbers, np.float64, len(numbers)).reshape(n_rows, self.n_features)
        except OverflowError:
            return None
        return matrix if self._is_right(matrix) else None

    def _collect(self, rows: list[list[Any]]) -> FloatMatrix:
        # Through objects, of which numpy makes NaN where there is None.
        return np.array(rows, dtype=object).astype(np.float64) if self._have_gaps else np.array(rows, dtype=np.float64)

    def _is_right(self, matrix: FloatMatrix) -> bool:
        are_right = np.abs(matrix) <= self._largest  # which NaN is not
        if self._have_gaps:
            are_right |= np.isnan(matrix) & self._may_miss
        if not are_right.all():
            return False
        integers = self._integers
        if not integers.size:
            return True
        parts = matrix[:, integers]
        are_right = (parts == np.floor(parts)) & (parts >= self._least) & (parts <= self._greatest)
        return bool((are_right | np.isnan(parts)).all())
