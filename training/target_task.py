"""The task that a target asks for: whether its values are classes or numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.errors import DatasetInvalid
from training.tasks import CLASSIFICATION, REGRESSION

# More distinct numbers are taken for quantities.
MAX_NUMBERED_CLASSES = 20


class TargetTask(NamedTuple):
    """The task of a target, and a sentence that says why it is that one."""

    task: str
    reason: str


def find_target_task(target: pd.Series, kind: str) -> TargetTask:
    """Return the task of a target without gaps. Raises `DatasetInvalid` where it is neither classes nor numbers."""
    name, n_values = target.name, target.nunique()
    if kind in {"text", "date-time"}:
        raise DatasetInvalid(
            f"The target {name!r} is of the kind {kind}, with {n_values} distinct values: a model learns classes or "
            f"numbers. If they are classes, say --kind {name}=category."
        )
    if kind in {"category", "boolean"}:
        return TargetTask(CLASSIFICATION, f"Classification, as {name!r} has {n_values} classes.")
    if not _are_whole(target):
        return TargetTask(REGRESSION, f"Regression, as {name!r} has numbers with a fraction (--task overrules).")
    if n_values > MAX_NUMBERED_CLASSES:
        return TargetTask(REGRESSION, f"Regression, as {name!r} has {n_values} distinct numbers (--task overrules).")
    return TargetTask(CLASSIFICATION, f"Classification, as {name!r} has {n_values} whole numbers (--task overrules).")


def to_target(target: pd.Series, task: str) -> NDArray[Any]:
    """Return the values of a target as they are learnt. Raises `DatasetInvalid` where they are none for the task."""
    if task == REGRESSION:
        if not pd.api.types.is_numeric_dtype(target.dtype):
            raise DatasetInvalid(f"The target {target.name!r} holds no numbers, which regression learns.")
        return np.asarray(target, dtype=np.float64)
    if target.nunique() < 2:
        raise DatasetInvalid(
            f"The target {target.name!r} is {target.iloc[0]!r} in every row, so that there is nothing to tell apart."
        )
    if target.dtype.kind == "f":
        if not _are_whole(target):
            raise DatasetInvalid(f"The target {target.name!r} holds fractions, which are no classes.")
        return np.asarray(target, dtype=np.int64)
    if target.dtype.kind == "i":
        return np.asarray(target)
    values: NDArray[Any] = np.asarray(target, dtype=object)
    return values.astype(np.bool_) if isinstance(values[0], (bool, np.bool_)) else values


def _are_whole(target: pd.Series) -> bool:
    numbers = target.to_numpy(dtype=np.float64)
    return bool((numbers == np.floor(numbers)).all())
