"""Rows that a script has: lists, mappings, arrays, series and frames, parsed as the columns of a model take them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from app.columns.faults import FaultKind, InvalidInput
from app.columns.numeric_table import NumericTable
from app.columns.table import Rows, Table

# What pandas writes in place of a missing value, of which nothing is true, not even that it equals itself.
_PANDAS_MARKS = frozenset({"NAType", "NaTType"})


class Series(Protocol):
    """A row by name, as pandas has it."""

    def to_dict(self) -> Any:
        """Return the values by name."""


class Frame(Protocol):
    """A table with named columns, as pandas has it."""

    columns: Any
    dtypes: Any
    iloc: Any


Instance = Sequence[Any] | Mapping[str, Any] | NDArray[Any] | Series
"""One row: values in the model's order, or by name."""
Instances = Sequence[Instance] | NDArray[Any] | Frame
"""Rows: each for itself, or as a table."""


class RowsRefused(InvalidInput):
    """Rows that break the model's contract; the message begins with what is wrong in general."""

    def __init__(self, summary: str, error: InvalidInput) -> None:
        super().__init__(error.faults, error.total)
        self.args = (f"{summary}: {error}",)


def to_batch(instance: Any) -> Any:
    """Return one row as a batch of it. Raises `ValueError` for a frame."""
    if _is_frame(instance):
        raise ValueError("One instance is a row, not a frame: predict_batch takes frames.")
    if isinstance(instance, np.ndarray):
        return instance[np.newaxis]
    return [_to_mapping(instance)]


def parse_rows(columns: Table, instances: Any) -> Rows:
    """Return the rows of a sequence, a two-dimensional array or a frame, at least one. Raises `ValueError`."""
    if _is_empty(instances):
        raise ValueError("A batch must have at least one instance.")
    try:
        if _is_frame(instances):
            return _parse_frame(columns, instances)
        if isinstance(instances, np.ndarray):
            return columns.check_matrix(instances)
        if isinstance(instances, Sequence) and not isinstance(instances, str):
            return columns.parse_instances([_to_mapping(row) for row in instances])
    except InvalidInput as error:
        raise _summarize(error, columns.n_features, instances) from error
    raise ValueError(f"The instances must be a sequence, an array or a frame, not a {type(instances).__name__}.")


def _is_empty(instances: Any) -> bool:
    # An array may have no length at all.
    return hasattr(instances, "__len__") and getattr(instances, "shape", None) != () and len(instances) == 0


def _is_frame(instances: Any) -> bool:
    # By what it can do: most models do without pandas, whose import takes a third of a second.
    return all(hasattr(instances, name) for name in ("columns", "dtypes", "iloc"))


def _to_mapping(row: Any) -> Any:
    """Return a series as a mapping, and any other row as it is."""
    if isinstance(row, Mapping) or not hasattr(row, "to_dict"):
        return row
    return {name: _to_plain(value) for name, value in row.to_dict().items()}


def _parse_frame(columns: Table, frame: Any) -> Rows:
    """Return the rows of a frame, whose columns may stand in any order."""
    names = list(map(str, frame.columns))
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise ValueError(f"The frame has more than one column {', '.join(map(repr, repeated))}.")
    is_named = set(names) == set(columns.feature_names)
    if isinstance(columns, NumericTable) and is_named and all(_is_plain(dtype) for dtype in frame.dtypes):
        return columns.check_matrix(frame.iloc[:, [names.index(name) for name in columns.feature_names]].to_numpy())
    values = [map(_to_plain, frame.iloc[:, place].tolist()) for place in range(len(names))]
    rows = [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)] if names else [{}] * len(frame)
    return columns.parse_instances(rows)


def _is_plain(dtype: Any) -> bool:
    return isinstance(dtype, np.dtype) and dtype.kind in "iuf"


def _to_plain(value: Any) -> Any:
    """Return what JSON would have for a value of pandas, `None` for a missing one."""
    if value is None or type(value).__name__ in _PANDAS_MARKS or isinstance(value, float) and value != value:
        return None
    return value.item() if isinstance(value, np.generic) else value


def _summarize(error: InvalidInput, n_features: int, instances: Any) -> InvalidInput:
    for fault in error.faults:
        if fault.kind is FaultKind.WRONG_LENGTH:
            return RowsRefused(f"Expected {n_features} features, got {len(instances[fault.path[0]])}", error)
        if fault.kind is FaultKind.NOT_FINITE:
            return RowsRefused("NaN or infinite values", error)
    return error
