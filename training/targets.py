"""Targets: what a model learns, checked and cast for its task, with the classes that stand in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.errors import DatasetInvalid
from training.instances import check_names, is_frame
from training.tasks import CLASSIFICATION, CLUSTER, MULTILABEL, MULTIOUTPUT, OUTLIER, REGRESSION
from training.values import cast_values, find_missing_rows


def cast_targets(y: Any, n_rows: int, task: str) -> NDArray[Any] | None:
    """Return `y` as it is learnt: of shape (n_samples,) or (n_samples, n_targets). Raises `DatasetInvalid`."""
    if task == CLUSTER:
        if y is not None:
            raise DatasetInvalid("A clusterer learns without y: leave it out.")
        return None
    if y is None:
        if task != OUTLIER:
            raise DatasetInvalid(f"There is no y, and {task} is learnt from one.")
        return None
    values = cast_values(y, "y")
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    _check_shape(values, n_rows, task)
    _check_complete(values)
    return _CASTS[task](values)


def name_targets(y: Any, names: Sequence[Any]) -> list[str]:
    """Return the name of each target: the given ones, else those of the columns of `y`, else numbered ones."""
    n_targets = 1 if np.ndim(y) < 2 else np.shape(y)[1]
    if len(names):
        return check_target_names(names, n_targets)
    if is_frame(y):
        return check_target_names(list(y.columns), n_targets)
    own_name = getattr(y, "name", None)
    if n_targets == 1:
        return ["target" if own_name is None else str(own_name)]
    return [f"target_{index}" for index in range(n_targets)]


def check_target_names(names: Sequence[Any], n_targets: int) -> list[str]:
    """Return the names of the targets as texts. Raises `DatasetInvalid` where they are not distinct, one a target."""
    try:
        return check_names(names, n_targets)
    except DatasetInvalid as error:
        raise DatasetInvalid(str(error).replace("of X", "of y").replace("a column", "a target")) from error


def find_classes(y: NDArray[Any] | None, task: str) -> list[Any]:
    """Return the classes in `y`, in the order of a fitted estimator; one list a target where there are several."""
    if y is None or task not in (CLASSIFICATION, MULTIOUTPUT):
        return []
    if task == MULTIOUTPUT:
        return [np.unique(column).tolist() for column in y.T]
    return list(np.unique(y).tolist())


def name_classes(own: list[Any], names: Sequence[Any], task: str) -> list[Any]:
    """Return what the classes are called: `names` by index where y holds indices, else what they are themselves.

    Raises `DatasetInvalid` where `names` would call a class by the name of another, or there is no telling which.
    """
    given = [name.item() if isinstance(name, np.generic) else name for name in names]
    if not given or given == own:
        return own
    if task != CLASSIFICATION:
        raise DatasetInvalid(f"Names of classes are for classification, not for {task}: leave them out.")
    if len(given) == len(own) and all(each in own for each in given) and own != list(range(len(own))):
        return own  # the same classes, in an order that is not the estimator's
    if own != list(range(len(own))) or len(given) != len(own):
        raise DatasetInvalid(
            f"Names can be given to classes 0 to {len(given) - 1}, one each, and y holds {_list_few(own)}: "
            "leave the names out, and the classes are called what they are."
        )
    if len(set(given)) != len(given) or not all(isinstance(name, str) and name for name in given):
        raise DatasetInvalid(f"The names of classes must be distinct texts, not {_list_few(given)}.")
    return given


def _check_shape(values: NDArray[Any], n_rows: int, task: str) -> None:
    if len(values) != n_rows if values.ndim else True:
        raise DatasetInvalid(f"y must be as long as X: {len(values) if values.ndim else 0} and {n_rows} rows.")
    has_columns = task in (MULTILABEL, MULTIOUTPUT)
    if values.ndim > 2 or (values.ndim == 2) < has_columns or (values.ndim == 2 and task in (CLASSIFICATION, OUTLIER)):
        raise DatasetInvalid(f"y has {values.ndim} dimensions, which is not what {task} is learnt from.")


def _check_complete(values: NDArray[Any]) -> None:
    missing = find_missing_rows(values)
    if len(missing):
        raise DatasetInvalid(f"y has no value in {len(missing)} rows, first in row {missing[0]}: leave those rows out.")


def _cast_numbers(values: NDArray[Any]) -> NDArray[np.float64]:
    if values.dtype.kind not in "bif":
        raise DatasetInvalid("A regressor learns numbers, and y holds texts: choose a classifier, or give it numbers.")
    numbers = values.astype(np.float64)
    if not np.isfinite(numbers).all():
        row = int(np.argwhere(~np.isfinite(numbers))[0][0])
        raise DatasetInvalid(f"y holds an infinite number, first in row {row}: leave that row out.")
    return numbers


def _cast_classes(values: NDArray[Any]) -> NDArray[Any]:
    if values.dtype.kind == "f" and not np.equal(values, np.floor(values)).all():
        raise DatasetInvalid("A classifier learns classes, and y holds fractions: choose a regressor, or round them.")
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise DatasetInvalid("A classifier learns classes, and y holds an infinite number: leave that row out.")
    if values.dtype == object and not all(isinstance(value, str) for value in values.flat):
        raise DatasetInvalid("y mixes texts with numbers or booleans: make all of its classes texts.")
    for column in values.reshape(len(values), -1).T:
        if len(np.unique(column)) < 2:
            raise DatasetInvalid(f"y must hold at least two classes, and is {column[0]!s} in every row.")
    return values


def _cast_labels(values: NDArray[Any]) -> NDArray[np.int64]:
    if values.dtype.kind not in "bif" or not np.isin(values, (0, 1)).all():
        raise DatasetInvalid("y must hold 0 or 1 for each label.")
    return values.astype(np.int64)


def _cast_outliers(values: NDArray[Any]) -> NDArray[np.int64]:
    if values.dtype.kind not in "if" or not np.isin(values, (-1, 1)).all():
        raise DatasetInvalid("y must hold -1 for an outlier and 1 for an inlier, as the answers of a detector do.")
    return values.astype(np.int64)


_CASTS = {
    CLASSIFICATION: _cast_classes,
    MULTIOUTPUT: _cast_classes,
    MULTILABEL: _cast_labels,
    REGRESSION: _cast_numbers,
    OUTLIER: _cast_outliers,
}


def _list_few(values: list[Any]) -> str:
    return ", ".join(repr(value) for value in values[:5]) + (", ..." if len(values) > 5 else "")
