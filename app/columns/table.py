"""Tables: the columns of a model in their order, and the rows of values that they accept.

One pass when all is well, an exact one to name the culprits.
"""

from __future__ import annotations

import difflib
import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.columns.column import Column, name_type
from app.columns.faults import MAX_QUOTED_NAME_LENGTH, FaultKind, FaultList, Place
from app.columns.json_object import repeated_keys
from app.columns.row_schema import RowSchema

FloatMatrix = NDArray[np.float64]
Rows = NDArray[Any]
"""Checked rows of shape (n_instances, n_features): float64 where all columns are numeric, else objects."""

# Looking for the name that was meant costs about 20 microseconds a feature: bounded, for a hostile body.
_MAX_FEATURES_TO_SUGGEST_FROM = 200


class Table(ABC):
    """The rows that a model accepts: one value for each of its columns, in their order or by name.

    Every `path` below is where the value stands in the caller's body; the errors point there.
    """

    noun = "values"
    """What the values of a row are called together."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = tuple(columns)
        self.feature_names = tuple(column.name for column in columns)
        self.n_features = len(self.columns)
        self._columns_by_name = {column.name: column for column in columns}

    def parse_instance(self, row: Any, path: Place = ()) -> Rows:
        """Return `row` as rows of shape (1, n_features). Raises `InvalidInput`."""
        rows = self._parse_plain([row])
        if rows is not None:
            return rows
        faults = FaultList()
        values = self._parse_row(row, path, faults)
        faults.raise_if_any()
        return self._collect([values])

    def parse_instances(self, rows: Sequence[Any], path: Place = ()) -> Rows:
        """Return `rows` as rows of shape (n_instances, n_features). Raises `InvalidInput`."""
        parsed = self._parse_plain(rows)
        if parsed is not None:
            return parsed
        faults = FaultList()
        values = [self._parse_row(row, (*path, index), faults) for index, row in enumerate(rows)]
        faults.raise_if_any()
        return self._collect(values)

    @abstractmethod
    def check_matrix(self, matrix: NDArray[Any]) -> Rows:
        """Return the rows of `matrix`, when it is of shape (n_instances, n_features) and all its values are right.

        Raises `ValueError` for another shape or type and `InvalidInput` for wrong values.
        """

    @abstractmethod
    def encode(self, rows: Rows) -> FloatMatrix:
        """Return a number for each value of checked `rows`, whose distribution can be compared with training."""

    @abstractmethod
    def to_json(self, rows: Rows) -> list[list[Any]]:
        """Return checked `rows` as JSON-ready values that read back as they are."""

    def describe(self) -> str:
        """Return what a row must be, to end a sentence that begins with 'must be'."""
        one = self.noun.removesuffix("s")
        return f"an array of {self._count_values()}, or an object with a {one} for each feature by name"

    def describe_row(self) -> RowSchema:
        """Return the JSON Schema of a row, and what it refers to where the table is wide."""
        return RowSchema(self.columns)

    def to_json_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of a row: by position or by name."""
        return self.describe_row().schema

    @abstractmethod
    def _parse_plain(self, rows: Sequence[Any]) -> Rows | None:
        """Return the rows when every one is plainly right, else `None`."""

    @abstractmethod
    def _collect(self, rows: list[list[Any]]) -> Rows:
        """Return rows of accepted values."""

    def _check_shape(self, matrix: NDArray[Any]) -> None:
        shape = f"be of shape (n_instances, {self.n_features}), not {tuple(matrix.shape)}"
        if matrix.ndim != 2:
            raise ValueError(f"The instances must {shape}.")
        if matrix.shape[1] != self.n_features:
            raise ValueError(f"Expected {self.n_features} features, got {matrix.shape[1]}: the instances must {shape}.")

    def _in_order(self, row: Mapping[str, Any]) -> list[Any] | None:
        if len(row) != self.n_features:
            return None
        try:
            return [row[name] for name in self.feature_names]
        except KeyError:
            return None

    def _count_values(self) -> str:
        return f"{self.n_features} {self.noun if self.n_features != 1 else self.noun.removesuffix('s')}"

    def _parse_row(self, row: Any, path: Place, faults: FaultList) -> list[Any]:
        if isinstance(row, Mapping):
            return self._parse_named_row(row, path, faults)
        if not isinstance(row, (list, tuple)) and not (isinstance(row, np.ndarray) and row.ndim == 1):
            faults.add(path, f"must be {self.describe()}, not {name_type(row)}", FaultKind.WRONG_TYPE)
            return []
        if len(row) != self.n_features:
            faults.add(path, f"must have {self._count_values()}, not {len(row)}", FaultKind.WRONG_LENGTH)
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
            if not (column.missing if value is None else column.accepts(value))
        ]
        for key, column, value in faults.list_first(wrong):
            faults.add((*path, key), *_explain(column, value))


def replace_nan(rows: list[list[Any]]) -> list[list[Any]]:
    """Return rows with `None`, which is how requests give a missing value, in place of NaN."""
    return [[None if value != value else value for value in row] for row in rows]  # NaN differs from itself


def _explain(column: Column, value: Any) -> tuple[str, FaultKind]:
    if value is None:
        return "must not be null", FaultKind.WRONG_TYPE
    return column.explain(value)
