"""Tables: the columns of a model in their order, and the rows of values that they accept.

One pass over numpy when all is well, an exact one to name the culprits.
"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.columns.column import Column, name_type
from app.columns.faults import MAX_QUOTED_NAME_LENGTH, FaultKind, FaultList, Place
from app.columns.json_object import repeated_keys
from app.columns.number import PLAIN_NUMBERS, NumberColumn

FloatMatrix = NDArray[np.float64]

# Looking for the name that was meant costs about 20 microseconds a feature: bounded, for a hostile body.
_MAX_FEATURES_TO_SUGGEST_FROM = 200


class Table:
    """The rows that a model accepts: one value for each of its columns, in their order or by name.

    Every `path` below is where the value stands in the caller's body; the errors point there.
    """

    def __init__(self, columns: Sequence[NumberColumn]) -> None:
        self.columns = tuple(columns)
        self.feature_names = tuple(column.name for column in columns)
        self.n_features = len(self.columns)
        self._columns_by_name = {column.name: column for column in columns}
        # What is within it is right in every column; else each column is asked.
        self._largest = min(column.largest for column in columns)

    def parse_instance(self, row: Any, path: Place = ()) -> FloatMatrix:
        """Return `row` as a matrix of shape (1, n_features). Raises `InvalidInput`."""
        matrix = self._parse_plain([row])
        if matrix is not None:
            return matrix
        faults = FaultList()
        numbers = self._parse_row(row, path, faults)
        faults.raise_if_any()
        return np.array([numbers], dtype=np.float64)

    def parse_instances(self, rows: Sequence[Any], path: Place = ()) -> FloatMatrix:
        """Return `rows` as a matrix of shape (n_instances, n_features). Raises `InvalidInput`."""
        matrix = self._parse_plain(rows)
        if matrix is not None:
            return matrix
        faults = FaultList()
        numbers = [self._parse_row(row, (*path, index), faults) for index, row in enumerate(rows)]
        faults.raise_if_any()
        return np.array(numbers, dtype=np.float64)

    def check_matrix(self, matrix: NDArray[Any]) -> FloatMatrix:
        """Return `matrix` as float64 when it is of shape (n_instances, n_features) and all its numbers are right.

        Raises `ValueError` for another shape or type and `InvalidInput` for wrong numbers.
        """
        shape = f"be of shape (n_instances, {self.n_features}), not {tuple(matrix.shape)}"
        if matrix.ndim != 2:
            raise ValueError(f"The instances must {shape}.")
        if matrix.shape[1] != self.n_features:
            raise ValueError(f"Expected {self.n_features} features, got {matrix.shape[1]}: the instances must {shape}.")
        if matrix.dtype.kind not in "iuf":
            raise ValueError(f"The instances must be numbers, not {matrix.dtype}.")
        with np.errstate(over="ignore"):  # longer numbers become infinite, and are refused for it
            checked = matrix.astype(np.float64, copy=False)
        if not self._is_right(checked):
            faults = FaultList()
            for row, numbers in enumerate(checked.tolist()):
                self._check_values(numbers, (row,), self.columns, range(self.n_features), faults)
            faults.raise_if_any()
        return checked

    def describe(self) -> str:
        """Return what a row must be, to end a sentence that begins with 'must be'."""
        return f"an array of {self.n_features} numbers, or an object with a number for each feature by name"

    def to_json_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of a row: by position or by name."""
        by_position = {
            "title": "By position",
            "description": f"In this order: {', '.join(self.feature_names)}.",
            "type": "array",
            "items": self.columns[0].to_json_schema(),
            "minItems": self.n_features,
            "maxItems": self.n_features,
        }
        by_name = {
            "title": "By name",
            "description": "In any order.",
            "type": "object",
            "properties": {column.name: column.to_json_schema() for column in self.columns},
            "required": list(self.feature_names),
            "additionalProperties": False,
        }
        return {"oneOf": [by_position, by_name]}

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
            return None
        try:
            matrix = np.fromiter(numbers, np.float64, len(numbers)).reshape(len(rows), self.n_features)
        except OverflowError:
            return None
        return matrix if self._is_right(matrix) else None

    def _is_right(self, matrix: FloatMatrix) -> bool:
        return bool((np.abs(matrix) <= self._largest).all())  # which NaN is not

    def _in_order(self, row: Mapping[str, Any]) -> list[Any] | None:
        if len(row) != self.n_features:
            return None
        try:
            return [row[name] for name in self.feature_names]
        except KeyError:
            return None

    def _parse_row(self, row: Any, path: Place, faults: FaultList) -> list[Any]:
        if isinstance(row, Mapping):
            return self._parse_named_row(row, path, faults)
        if not isinstance(row, (list, tuple)) and not (isinstance(row, np.ndarray) and row.ndim == 1):
            faults.add(path, f"must be {self.describe()}, not {name_type(row)}", FaultKind.WRONG_TYPE)
            return []
        if len(row) != self.n_features:
            faults.add(path, f"must have {self.n_features} numbers, not {len(row)}", FaultKind.WRONG_LENGTH)
        values = list(row)
        # What is too much is checked as what came last would be.
        columns = itertools.chain(self.columns, itertools.repeat(self.columns[-1]))
        self._check_values(values, path, itertools.islice(columns, len(values)), range(len(values)), faults)
        return values

    def _parse_named_row(self, row: Mapping[Any, Any], path: Place, faults: FaultList) -> list[Any]:
        for name in repeated_keys(row):
            faults.add_key(path, name, "is given more than once", FaultKind.REPEATED)
        unknown = [str(name) for name in row if name not in self._columns_by_name]
        for name in faults.list_first(unknown):
            faults.add_key(path, name, "is not a feature of the model" + self._suggest(name), FaultKind.UNKNOWN)
        missing = [name for name in self.feature_names if name not in row]
        for name in faults.list_first(missing):
            faults.add((*path, name), "is missing", FaultKind.MISSING)
        present = [column for column in self.columns if column.name in row]
        values = [row[column.name] for column in present]
        self._check_values(values, path, present, [column.name for column in present], faults)
        return values

    def _suggest(self, name: str) -> str:
        if len(name) > MAX_QUOTED_NAME_LENGTH or self.n_features > _MAX_FEATURES_TO_SUGGEST_FROM:
            return ""
        close = difflib.get_close_matches(name, self.feature_names, n=1, cutoff=0.75)
        return f"; did you mean {close[0]!r}?" if close else ""

    def _check_values(
        self, values: list[Any], path: Place, columns: Iterable[Column], keys: Iterable[str | int], faults: FaultList
    ) -> None:
        """Add a fault for every value that its column does not accept."""
        wrong = [
            (key, column, value)
            for key, column, value in zip(keys, columns, values, strict=True)
            if not column.accepts(value)
        ]
        for key, column, value in faults.list_first(wrong):
            faults.add((*path, key), *column.explain(value))
