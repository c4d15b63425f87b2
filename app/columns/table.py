"""Hand-written validation of feature rows: one pass over numpy when all is well, an exact one to name the culprits."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.columns.faults import MAX_QUOTED_NAME_LENGTH, FaultKind, FaultList, Place
from app.web.bodies.json_text import repeated_keys

FloatMatrix = NDArray[np.float64]

_PLAIN_NUMBERS = frozenset({int, float})
_JSON_NAMES = {
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    type(None): "null",
    list: "an array",
    dict: "an object",
}
# Looking for the name that was meant costs about 20 microseconds a feature: bounded, for a hostile body.
_MAX_FEATURES_TO_SUGGEST_FROM = 200


class FeatureContract:
    """The rows that a model accepts: one number for each of its features, in its order or by name.

    A number is neither infinite nor NaN, and its magnitude is at most `largest_number`.
    Every `path` below is where the value stands in the caller's body; the errors point there.
    """

    def __init__(self, feature_names: Sequence[str], largest_number: float = sys.float_info.max) -> None:
        self.feature_names = tuple(feature_names)
        self.n_features = len(self.feature_names)
        self.largest_number = largest_number
        self._known_names = frozenset(self.feature_names)

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
        if matrix.ndim != 2 or matrix.shape[1] != self.n_features:
            raise ValueError(
                f"The instances must be of shape (n_instances, {self.n_features}), not {tuple(matrix.shape)}."
            )
        if matrix.dtype.kind not in "iuf":
            raise ValueError(f"The instances must be numbers, not {matrix.dtype}.")
        with np.errstate(over="ignore"):  # longer numbers become infinite, and are refused for it
            checked = matrix.astype(np.float64, copy=False)
        if not self._is_right(checked):
            faults = FaultList()
            for row, numbers in enumerate(checked.tolist()):
                self._check_numbers(numbers, (row,), range(self.n_features), faults)
            faults.raise_if_any()
        return checked

    def describe(self) -> str:
        """Return what a row must be, to end a sentence that begins with 'must be'."""
        return f"an array of {self.n_features} numbers, or an object with a number for each feature by name"

    def _parse_plain(self, rows: Sequence[Any]) -> FloatMatrix | None:
        """Return the matrix when every row is plain and right, else `None`. The work is done in C."""
        numbers: list[Any] = []
        for row in rows:
            if type(row) is dict:
                row = self._in_order(row)
            if type(row) is not list or len(row) != self.n_features:
                return None
            numbers.extend(row)
        if not _PLAIN_NUMBERS.issuperset(map(type, numbers)):
            return None
        try:
            matrix = np.fromiter(numbers, np.float64, len(numbers)).reshape(len(rows), self.n_features)
        except OverflowError:
            return None
        return matrix if self._is_right(matrix) else None

    def _is_right(self, matrix: FloatMatrix) -> bool:
        return bool((np.abs(matrix) <= self.largest_number).all())  # which NaN is not

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
            faults.add(path, f"must be {self.describe()}, not {_name_type(row)}", FaultKind.WRONG_TYPE)
            return []
        if len(row) != self.n_features:
            faults.add(path, f"must have {self.n_features} numbers, not {len(row)}", FaultKind.WRONG_LENGTH)
        numbers = list(row)
        self._check_numbers(numbers, path, range(len(numbers)), faults)
        return numbers

    def _parse_named_row(self, row: Mapping[Any, Any], path: Place, faults: FaultList) -> list[Any]:
        for name in repeated_keys(row):
            faults.add_key(path, name, "is given more than once", FaultKind.REPEATED)
        unknown = [str(name) for name in row if name not in self._known_names]
        for name in faults.take(unknown):
            faults.add_key(path, name, "is not a feature of the model" + self._suggest(name), FaultKind.UNKNOWN)
        missing = [name for name in self.feature_names if name not in row]
        for name in faults.take(missing):
            faults.add((*path, name), "is missing", FaultKind.MISSING)
        present = [name for name in self.feature_names if name in row]
        numbers = [row[name] for name in present]
        self._check_numbers(numbers, path, present, faults)
        return numbers

    def _suggest(self, name: str) -> str:
        if len(name) > MAX_QUOTED_NAME_LENGTH or self.n_features > _MAX_FEATURES_TO_SUGGEST_FROM:
            return ""
        close = difflib.get_close_matches(name, self.feature_names, n=1, cutoff=0.75)
        return f"; did you mean {close[0]!r}?" if close else ""

    def _check_numbers(self, values: list[Any], path: Place, keys: Iterable[str | int], faults: FaultList) -> None:
        """Note every value that is not a right number."""
        wrong = [(key, value) for key, value in zip(keys, values, strict=True) if not self._is_right_number(value)]
        for key, value in faults.take(wrong):
            faults.add((*path, key), *self._explain(value))

    def _is_right_number(self, value: Any) -> bool:
        number = _to_plain(value)
        return type(number) in _PLAIN_NUMBERS and bool(abs(number) <= self.largest_number)

    def _explain(self, value: Any) -> tuple[str, FaultKind]:
        value = _to_plain(value)
        if type(value) not in _PLAIN_NUMBERS:
            return f"must be a number, not {_name_type(value)}", FaultKind.WRONG_TYPE
        # float64 holds no larger number: an integer of more digits is as good as infinite.
        if not abs(value) <= sys.float_info.max:
            return "must be a finite number", FaultKind.NOT_FINITE
        limits = f"{-self.largest_number:g} to {self.largest_number:g}"
        return f"must be a number from {limits}", FaultKind.OUT_OF_RANGE


def _to_plain(value: Any) -> Any:
    """Return a scalar of numpy as what Python itself would use; anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def _name_type(value: Any) -> str:
    for kind, name in _JSON_NAMES.items():
        if isinstance(value, kind):
            return name
    return f"a {type(value).__name__}"
