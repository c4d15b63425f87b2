"""Predictions: the answers for the instances of one request, as arrays with a row for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")

Arrays = Mapping[str, NDArray[Any]]
"""What a model computes, by name: `labels`, `probabilities`, `scores`, `values`; each has a row for each instance."""


def find_array(arrays: Mapping[str, T], name: str) -> T:
    """Return the array of that name. Raises `AttributeError`, which says what there is instead."""
    if name not in arrays:
        raise AttributeError(f"This model gives {' and '.join(arrays)}, and no {name}.")
    return arrays[name]


@dataclass(frozen=True, eq=False)
class Prediction:
    """The answer for one instance: a row of each array that the model gives.

    What its model does not give, as a regressor gives no label, raises `AttributeError`.
    """

    row: Mapping[str, Any]
    model_version: str

    @property
    def label(self) -> int:
        """The class index, or the index of the cluster, or -1 for an outlier."""
        return int(find_array(self.row, "labels"))

    @property
    def labels(self) -> NDArray[np.int64]:
        """The class index of each target, shape (n_targets,)."""
        labels: NDArray[np.int64] = find_array(self.row, "labels")
        return labels

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """The probability of each class, shape (n_classes,), or of each label that is given or not."""
        probabilities: NDArray[np.float64] = find_array(self.row, "probabilities")
        return probabilities

    @property
    def scores(self) -> Any:
        """The estimator's decision function."""
        return find_array(self.row, "scores")

    @property
    def value(self) -> float:
        """The number that is predicted. Raises `ValueError` where there are several."""
        return float(find_array(self.row, "values").item())

    @property
    def values(self) -> NDArray[np.float64]:
        """The number that is predicted for each target, shape (n_targets,)."""
        values: NDArray[np.float64] = find_array(self.row, "values")
        return values


@dataclass(frozen=True, eq=False)
class BatchPrediction:
    """The answers for a batch: `labels` of shape (n,), `probabilities` of shape (n, n_classes), or what there is.

    What the model does not give raises `AttributeError`.
    """

    arrays: Arrays
    model_version: str

    def __len__(self) -> int:
        return len(next(iter(self.arrays.values())))

    def __getitem__(self, row: int) -> Prediction:
        return Prediction({name: array[row] for name, array in self.arrays.items()}, self.model_version)

    @property
    def labels(self) -> NDArray[np.int64]:
        """Class indices, shape (n,), or (n, n_targets) where there are several targets."""
        return find_array(self.arrays, "labels")

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """Of each class, shape (n, n_classes)."""
        return find_array(self.arrays, "probabilities")

    @property
    def scores(self) -> NDArray[np.float64]:
        """The estimator's decision function."""
        return find_array(self.arrays, "scores")

    @property
    def values(self) -> NDArray[np.float64]:
        """The numbers that are predicted, shape (n, n_targets)."""
        return find_array(self.arrays, "values")
