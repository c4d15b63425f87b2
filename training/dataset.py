"""The data that a model learns from, and the example's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer

from training.errors import DatasetInvalid
from training.instances import cast_instances, is_frame
from training.targets import cast_targets, find_classes, name_classes, name_targets
from training.tasks import CLASSIFICATION, find_task
from training.values import find_missing_rows

__all__ = ["Dataset", "DatasetInvalid", "Split", "build_dataset", "load_dataset"]


@dataclass(frozen=True)
class Dataset:
    """Rows with what is to be learnt of them, checked and cast once. Raises `DatasetInvalid`.

    X : ndarray of shape (n_samples, n_features), DataFrame of that shape, or ndarray of texts of shape (n_samples,)
    y : ndarray of shape (n_samples,) or (n_samples, n_targets), or None
    groups, times : ndarray of shape (n_samples,), or None
    """

    name: str
    X: Any
    y: Any
    feature_names: list[str]
    task: str = CLASSIFICATION
    targets: list[str] = field(default_factory=list)
    """The name of each target; empty is for those of y, else made ones."""
    classes: list[Any] = field(default_factory=list)
    """What each class is called, in the order of the estimator's `classes_`; empty is for the classes themselves."""
    groups: Any = None
    """Rows of one group never stand in both parts of a split."""
    times: Any = None
    """The newest rows are tested on."""

    def __post_init__(self) -> None:
        X, feature_names = cast_instances(self.X, self.feature_names)
        y = cast_targets(self.y, len(X), self.task)
        if self.groups is not None and self.times is not None:
            raise DatasetInvalid("Rows are split by groups or by times, not by both: leave one out.")
        cast = {
            "X": X,
            "y": y,
            "feature_names": feature_names,
            "targets": [] if y is None else name_targets(self.y, self.targets),
            "classes": name_classes(find_classes(y, self.task), self.classes, self.task),
            "groups": _cast_keys(self.groups, len(X), "groups"),
            "times": _cast_keys(self.times, len(X), "times"),
        }
        for name, value in cast.items():
            object.__setattr__(self, name, value)

    @property
    def own_classes(self) -> list[Any]:
        """The classes themselves, as they stand in y, in the order of a fitted estimator."""
        return find_classes(self.y, self.task)


@dataclass(frozen=True)
class Split:
    """The two parts of a dataset; the test part is looked at only to evaluate, and may have no rows."""

    X_train: Any
    X_test: Any
    y_train: Any
    y_test: Any
    task: str = CLASSIFICATION
    targets: list[str] = field(default_factory=list)
    groups_train: Any = None
    is_by_time: bool = False
    """Whether the rows to train on stand in the order of time."""
    warnings: tuple[str, ...] = ()
    """What whoever trains should know of the parts, a sentence each."""


def build_dataset(
    name: str, X: Any, y: Any = None, *, estimator: Any, feature_names: Sequence[Any] = (), **facts: Any
) -> Dataset:
    """Return the data for what `estimator` is, with the names of the columns where `X` has them, else made ones.

    `facts` are `targets`, `classes`, `groups` and `times`. Raises `DatasetInvalid` or `EstimatorUnusable`.
    """
    names = list(feature_names) or _make_feature_names(X)
    return Dataset(name, X, y, names, task=find_task(estimator, y), **facts)


def load_dataset() -> Dataset:
    """Return the breast-cancer data that scikit-learn carries: 569 rows of 30 features, 0 malignant and 1 benign."""
    bunch = load_breast_cancer()
    return Dataset(
        name="breast cancer Wisconsin (diagnostic), as scikit-learn carries it",
        feature_names=[str(name) for name in bunch.feature_names],
        classes=[str(name) for name in bunch.target_names],
        X=bunch.data,
        y=bunch.target,
    )


def _make_feature_names(X: Any) -> list[Any]:
    if is_frame(X):
        return list(X.columns)
    shape = np.shape(X)
    if len(shape) < 2:
        own_name = getattr(X, "name", None)
        return ["text" if own_name is None else own_name]
    return [f"feature_{index}" for index in range(shape[1])]


def _cast_keys(values: Any, n_rows: int, thing: str) -> NDArray[np.int64] | None:
    """Return what rows are split by as numbers that order the rows as the values do."""
    if values is None:
        return None
    keys = np.asarray(values)
    if keys.shape != (n_rows,):
        raise DatasetInvalid(f"There must be one of the {thing} for each row of X: {len(keys)} for {n_rows} rows.")
    missing = np.flatnonzero(np.isnat(keys)) if keys.dtype.kind == "M" else find_missing_rows(keys)
    if len(missing):
        raise DatasetInvalid(f"The {thing} have gaps in {len(missing)} rows, first in row {missing[0]}: fill them.")
    try:
        ranks: NDArray[np.int64] = np.unique(keys, return_inverse=True)[1]
    except TypeError as error:
        raise DatasetInvalid(f"The {thing} cannot be put in order: make them all of one type.") from error
    return ranks
